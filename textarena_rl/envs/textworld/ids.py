"""The ids of TextWorld."""

import itertools

from textarena_rl.grammar import Knob, World

__all__ = ["ROWS"]

ROWS = (
    World(
        name="TextWorld",
        entry_point="textarena_rl.envs.textworld.env:TextWorldEnv",
        description="Rooms, doors, chests and keys: carry out a quest that is told in words.",
        knobs=(
            Knob("w", "world_size", 1, 12, "rooms"),
            Knob("o", "nb_objects", 1, 50, "objects, at least"),
            Knob("q", "quest_length", 1, 20, "commands in the generated quest"),
        ),
        example=(2, 3, 4),
        canonical=tuple(itertools.product((1, 2, 4, 6, 8), (1, 2, 3, 4, 6, 8, 12), (1, 2, 3, 4, 5, 6, 8, 12))),
        extra="textworld",
    ),
)
