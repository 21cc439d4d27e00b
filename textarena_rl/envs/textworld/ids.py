"""The ids of TextWorld."""

import itertools

from textarena_rl.grammar import Flag, Knob, Word, World

__all__ = ["ROWS"]

_CUSTOM = tuple(itertools.product((1, 2, 4, 6, 8), (1, 2, 3, 4, 6, 8, 12), (1, 2, 3, 4, 5, 6, 8, 12)))
_EXACT = ((1, 1, 1), (1, 2, 2), (2, 3, 4), (8, 3, 4), (2, 12, 4), (8, 12, 4), (4, 6, 8))

ROWS = (
    World(
        name="TextWorld",
        entry_point="textarena_rl.envs.textworld.env:TextWorldEnv",
        description="Rooms, doors, chests and keys: carry out a quest that is told in words.",
        knobs=(
            Knob("w", "world_size", 1, 12, "rooms"),
            Knob("o", "nb_objects", 1, 50, "objects, at least"),
            Knob("q", "quest_length", 1, 20, "commands in the generated quest"),
            Flag("exact", "exact_quest_length", "the shortest win takes exactly so many commands"),
        ),
        example=(2, 3, 4, False),
        canonical=(*((*numbers, False) for numbers in _CUSTOM), *((*numbers, True) for numbers in _EXACT)),
        extra="textworld",
    ),
    World(
        name="TextWorld-simple",
        entry_point="textarena_rl.envs.textworld.manuals:simple",
        description="One house: find the key, leave the bedroom, put the right food on the stove; eating it loses.",
        knobs=(
            Word("rewards", ("sparse", "balanced", "dense"), "how often there is a reward"),
            Word("goal", ("detailed", "brief", "none"), "how much the objective tells", default="detailed"),
            Flag("unseen", "unseen_foods", "foods that occur nowhere else"),
        ),
        example=("dense", "detailed", False),
        canonical=tuple(
            (rewards, goal, unseen)
            for rewards in ("sparse", "balanced", "dense")
            for goal in ("detailed", "brief", "none")
            for unseen in (False, True)
        ),
        extra="textworld",
    ),
    World(
        name="TextWorld-coin",
        entry_point="textarena_rl.envs.textworld.manuals:coin",
        description="A coin at the end of a chain of rooms, with dead ends from level 101 on.",
        knobs=(Knob("l", "level", 1, 300, "difficulty"),),
        example=(5,),
        canonical=tuple((level,) for level in (*range(1, 11), 15, 20, 30, 50, 100, 105, 110, 150, 205, 210, 250, 300)),
        extra="textworld",
    ),
    World(
        name="TextWorld-treasure",
        entry_point="textarena_rl.envs.textworld.manuals:treasure",
        description="A maze with two things in it: take the one that is named; taking the other loses.",
        knobs=(Knob("l", "level", 1, 30, "difficulty"),),
        example=(5,),
        canonical=tuple((level,) for level in range(1, 31)),
        extra="textworld",
    ),
    World(
        name="TextWorld-cooking",
        entry_point="textarena_rl.envs.textworld.manuals:cooking",
        description="Read the cookbook, fetch the ingredients, cook and cut them as it says, eat the meal.",
        knobs=(
            Knob("recipe", "recipe", 1, 5, "ingredients"),
            Knob("take", "take", 0, 5, "ingredients to be found, at most as many", default=0),
            Flag("cook", "cook", "ingredients have to be cooked"),
            Flag("cut", "cut", "ingredients have to be cut"),
            Flag("open", "open", "doors and containers start closed"),
            Flag("drop", "drop", "few things can be carried"),
            Word("go", ("go1", "go6", "go9", "go12"), "rooms", default="go1"),
        ),
        example=(2, 1, True, True, True, False, "go6"),
        canonical=tuple(
            (recipe, take, cook, cut, open, drop, go)
            for recipe, take in ((1, 0), (1, 1), (2, 1), (3, 3))
            for cook, cut in ((False, False), (True, True))
            for open, drop in ((False, False), (True, False), (True, True))
            for go in ("go1", "go6")
        ),
        extra="textworld",
    ),
    World(
        name="TextWorld-z8",
        entry_point="textarena_rl.envs.textworld.manuals:game_files",
        description="Any game file of yours: .json by the own engine, .z8 by the original interpreter.",
        knobs=(),
        example=(),
        canonical=((),),
        extra="textworld",
        official=True,
        importer="textarena_rl.envs.textworld.files:import_games",
    ),
)
