"""The ids of ALFWorld."""

import itertools

from textarena_rl.grammar import Knob, Word, World

__all__ = ["ROWS"]

_TASK_TYPES = ("pick", "look", "clean", "heat", "cool", "two", "all")
_OFFICIAL = {
    "train": ("TrainEnv", "The 3,553 official games to train on."),
    "valid_seen": ("ValidSeenEnv", "The 140 official games in rooms seen in training."),
    "valid_unseen": ("ValidUnseenEnv", "The 134 official games in rooms not seen in training."),
}

ROWS = (
    World(
        name="ALFWorld",
        entry_point="textarena_rl.envs.alfworld.env:ALFWorldEnv",
        description="A household and a chore: find a thing, clean, heat or cool it, bring it where it belongs.",
        knobs=(
            Word("task_type", _TASK_TYPES, "what is to be done; all: any of them"),
            Knob("r", "receptacles", 5, 60, "receptacles in the room"),
            Knob("o", "objects", 5, 100, "things that can be picked up"),
        ),
        example=("heat", 20, 30),
        canonical=tuple(itertools.product(_TASK_TYPES, (5, 10, 20, 30, 50), (10, 20, 30, 50))),
    ),
    *(
        World(
            name=f"ALFWorld-{split}",
            entry_point=f"textarena_rl.envs.alfworld.official:{entry_point}",
            description=description,
            knobs=(),
            example=(),
            canonical=((),),
            official=True,
            importer="textarena_rl.envs.alfworld.importing:import_games",
        )
        for split, (entry_point, description) in _OFFICIAL.items()
    ),
)
