"""The ids of WebShop."""

import itertools

from textarena_rl.grammar import Knob, Value, Word, World

__all__ = ["ROWS"]

_PRESET = -1  # a knob that an id does not mention is as its preset says
_REST: tuple[Value, ...] = (*(_PRESET,) * 8, "preset")

ROWS = (
    World(
        name="WebShop",
        entry_point="textarena_rl.envs.webshop.env:WebShopEnv",
        description="A web shop in text: find and buy what an instruction asks for, among lookalikes.",
        knobs=(
            Word("preset", ("tiny", "easy", "default", "hard", "huge"), "what the other knobs default to", "default"),
            Knob("p", "num_products", 20, 1_000_000, "products", _PRESET),
            Knob("a", "num_attributes", 1, 6, "attributes asked for", _PRESET),
            Knob("o", "num_options", 0, 3, "options asked for", _PRESET),
            Knob("l", "price_limit", 0, 2, "price limit: none, loose, tight", _PRESET),
            Knob("f", "family_size", 1, 20, "products that resemble one another", _PRESET),
            Knob("s", "family_overlap", 0, 100, "how much, in percent", _PRESET),
            Knob("c", "visibility", 0, 100, "percent of attributes said word for word", _PRESET),
            Knob("y", "synonym_rate", 0, 100, "percent of an instruction in other words", _PRESET),
            Knob("r", "results_per_page", 1, 50, "results a page", _PRESET),
            Knob("n", "num_pages", 1, 50, "pages of results", _PRESET),
            Knob("k", "catalogue_seed", 0, 999_999_999, "which shop", _PRESET),
            Word("instructions", ("template", "varied"), "how instructions are written", "preset"),
        ),
        example=("default", 1000, 3, 1, *_REST),
        canonical=(
            *((preset, *(_PRESET,) * 3, *_REST) for preset in ("tiny", "easy", "default", "hard", "huge")),
            *(
                ("default", *knobs, *_REST)
                for knobs in itertools.product((100, 1000, 5000), (1, 2, 3, 4, 5), (0, 1, 2, 3))
            ),
        ),
    ),
    World(
        name="WebShop-official",
        entry_point="textarena_rl.envs.webshop.official_env:WebShopOfficialEnv",
        description="WebShop's own products and instructions, which you bring: import-data webshop FOLDER.",
        knobs=(
            Word("goals", ("synthetic", "human"), "who wrote the instructions", "synthetic"),
            Knob("p", "num_products", 1, 9_999_999, "entries of the product file; 0: all", 0),
        ),
        example=("synthetic", 0),
        canonical=(("synthetic", 0), ("synthetic", 1000), ("human", 0), ("human", 1000)),
        extra="webshop",
        official=True,
        importer="textarena_rl.envs.webshop.importer:import_data",
    ),
)
