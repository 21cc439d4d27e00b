"""A world small enough to know by heart, for tests of everything that is not a world itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.errors import InvalidConfig

COLOURS = ("red", "green", "blue", "gold", "white", "black")


def import_archive(path: Path) -> str:
    """An importer, as a row of the registry names one."""
    return f"Imported from {path}."


@dataclass
class Door:
    """The whole state: which two colours it wants, how many it has heard, whether it has locked for good."""

    colours: tuple[str, str]
    heard: int = 0
    locked: bool = False


class CodeWordEnv(TextEnv):
    """A door that shows a coloured lamp and wants to hear its colour; twice.

    A right colour scores 1 (so a win scores 2), a wrong colour locks the door for good, anything else is invalid. The
    36 tasks are the ordered pairs of colours: 24 for training, 6 for validation, 6 for testing. ``max_turns`` is 4, so
    a winning episode may waste two turns.
    """

    def __init__(
        self,
        *,
        max_turns: int = 4,
        split: str = "train",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            max_turns=max_turns,
            split=split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )

    def tasks(self, split: str | None = None) -> Sequence[str]:
        wanted = {"train": (0, 1, 2, 3), "valid": (4,), "test": (5,)}[split or self.split]
        pairs = [(i, j) for i in range(6) for j in range(6)]
        return [f"{COLOURS[i]}-{COLOURS[j]}" for i, j in pairs if (i + j) % 6 in wanted]

    def _start(self, task: str) -> str:
        first, _, second = task.partition("-")
        if first not in COLOURS or second not in COLOURS:
            raise InvalidConfig(f"CodeWordEnv: expected a task such as red-blue, got {task!r}. Take one of tasks().")
        self.engine = Door((first, second))
        return f"The first lamp is {first}. The door waits."

    def _act(self, action: str) -> Reply:
        word = action.strip().lower()
        door: Door = self.engine
        if word not in COLOURS:
            return Reply("The door does not know that word.", invalid=True)
        if word != door.colours[door.heard]:
            door.locked = True
            return Reply("The door locks for good.")
        door.heard += 1
        if door.heard == 2:
            return Reply("The door opens.")
        return Reply(f"A click. The second lamp is {door.colours[1]}. The door waits.")

    def _status(self) -> Status:
        door: Door = self.engine
        return Status(won=door.heard == 2, lost=door.locked, score=float(door.heard), max_score=2.0)

    def _objective(self) -> str:
        return "Open the door: say the colour of each lamp."

    def _admissible_actions(self) -> list[str]:
        return list(COLOURS)

    def _expert_actions(self) -> list[str]:
        door: Door = self.engine
        return [] if door.locked else list(door.colours[door.heard :])

    def _progress(self) -> float:
        return 0.0 if self.engine.locked else self.engine.heard / 2
