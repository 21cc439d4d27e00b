"""The ids of Sokoban: generated levels, the literature's settings, Boxoban, and files of your own."""

import itertools

from textarena_rl.grammar import Knob, Size, Value, Word, World

__all__ = ["ROWS"]

_SIZES = ("6x6", "7x7", "8x8", "9x9", "10x10", "6x8", "7x10")
_GENERATED: tuple[tuple[Value, ...], ...] = (
    *itertools.product(("5x5",), (1, 2, 3), (0,), (0,)),
    *itertools.product(_SIZES, (1, 2, 3, 4), (0,), (0,)),
    *itertools.product(("6x6",), (1,), (1, 2, 3, 4, 5), (0,)),
    *itertools.product(("6x6",), (1,), (0,), range(2, 13)),
    *itertools.product(("8x8",), (2,), range(2, 13), (0,)),
    *itertools.product(("8x8",), (2,), (0,), range(4, 33, 4)),
    *itertools.product(("10x10",), (3,), range(4, 19, 2), (0,)),
)

ROWS = (
    World(
        name="Sokoban",
        entry_point="textarena_rl.envs.sokoban.env:SokobanEnv",
        description="Push every box onto a goal; boxes cannot be pulled. Every level's shortest solution is known.",
        knobs=(
            Size("s", "size", 5, 16, "rows and columns, walls included"),
            Knob("b", "boxes", 1, 6, "boxes"),
            Knob("p", "pushes", 1, 40, "pushes of a shortest solution, exactly; 0: any number", default=0),
            Knob("m", "moves", 1, 99, "moves of a shortest solution, exactly; 0: any number", default=0),
        ),
        example=("6x6", 1, 0, 0),
        canonical=_GENERATED,
    ),
    World(
        name="Sokoban-preset",
        entry_point="textarena_rl.envs.sokoban.presets:make_preset",
        description="Sokoban with the settings of RAGEN, Turn-PPO, verl-agent and GEM, so that numbers compare.",
        knobs=(
            Word(
                "preset",
                ("ragen", "ragen_larger", "turn_ppo", "turn_ppo_larger", "verl_agent", "gem_easy", "gem_hard"),
                "whose settings",
            ),
        ),
        example=("ragen",),
        canonical=(
            ("ragen",),
            ("ragen_larger",),
            ("turn_ppo",),
            ("turn_ppo_larger",),
            ("verl_agent",),
            ("gem_easy",),
            ("gem_hard",),
        ),
        wrappers=(("textarena_rl.wrappers.rewards:InvalidActionPenalty", {"penalty": 0.1}),),
    ),
    World(
        name="Sokoban-Boxoban",
        entry_point="textarena_rl.envs.sokoban.imported:make_boxoban",
        description="DeepMind's Boxoban levels, which you import: 10 x 10, four boxes.",
        knobs=(Word("collection", ("unfiltered", "medium", "hard"), "which collection"),),
        example=("unfiltered",),
        canonical=(("unfiltered",), ("medium",), ("hard",)),
        official=True,
        importer="textarena_rl.envs.sokoban.imported:import_levels",
    ),
    World(
        name="Sokoban-levels",
        entry_point="textarena_rl.envs.sokoban.imported:make_levels",
        description="Level files of your own, imported or given by levels=PATH.",
        knobs=(),
        example=(),
        canonical=((),),
        official=True,
        importer="textarena_rl.envs.sokoban.imported:import_levels",
    ),
)
