"""The ids of WebShop."""

import itertools

from textarena_rl.grammar import Knob, Value, Word, World

__all__ = ["ROWS"]

_PRESET = -1  # a knob that an id does not mention is as its preset says
_REST: tuple[Value, ...] = (*(_PRESET,) * 8, "preset")


def _knob(letter: str, keyword: str, low: int, high: int, meaning: str) -> Knob:
    """A knob that presets set."""
    return Knob(letter, keyword, low, high, f"{meaning}; {_PRESET}: as the preset", _PRESET)


ROWS = (
    World(
        name="WebShop",
        entry_point="textarena_rl.envs.webshop.env:WebShopEnv",
        description="A web shop in text: find and buy what an instruction asks for, among lookalikes.",
        knobs=(
            Word("preset", ("tiny", "easy", "default", "hard", "huge"), "what the other knobs default to", "default"),
            _knob("p", "num_products", 20, 1_000_000, "products"),
            _knob("a", "num_attributes", 1, 6, "attributes asked for"),
            _knob("o", "num_options", 0, 3, "options asked for"),
            _knob("l", "price_limit", 0, 2, "price limit: none, loose, tight"),
            _knob("f", "family_size", 1, 20, "products that resemble one another"),
            _knob("s", "family_overlap", 0, 100, "how much, in percent"),
            _knob("c", "visibility", 0, 100, "percent of attributes said word for word"),
            _knob("y", "synonym_rate", 0, 100, "percent of an instruction in other words"),
            _knob("r", "results_per_page", 1, 50, "results a page"),
            _knob("n", "num_pages", 1, 50, "pages of results"),
            _knob("k", "catalogue_seed", 0, 999_999_999, "which shop"),
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
