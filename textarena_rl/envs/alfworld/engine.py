"""ALFWorld's rules as a plain Python object: :class:`Engine`.

It answers as the original does, which compiles each game for a planner and reads its texts out of a grammar: the same
sentences, the same admissible commands, the same win. Nothing is kept outside the object.
"""

from __future__ import annotations

from typing import Any

from textarena_rl.envs.alfworld.actions import ACTIONS, list_commands
from textarena_rl.envs.alfworld.games import TREATMENTS
from textarena_rl.envs.alfworld.house import NOWHERE, House
from textarena_rl.envs.alfworld.repairs import answer, list_added
from textarena_rl.envs.alfworld.text import NOTHING_HAPPENS

__all__ = ["Engine"]

_TOTALS = {"pick": 1, "two": 2, "look": 2, "clean": 3, "heat": 3, "cool": 3}
_MARKS = ("isClean", "isHot", "isCool", "isSliced", "isToggled")


class Engine:
    """One game being played.

    Quirks of the original, which ``strict`` keeps:
        A receptacle that shares one's location cannot be gone to, though it can be used.
        Of things, only the one in the hand can be examined.
        A command is understood to the letter, and refused without a reason.

    Quirks that are always kept:
        ``look`` tells only of things that were taken from another receptacle of the same location and put down again.
        Many official games hold a thing in two receptacles at once; taken from one, it stays in the other.
        ``use`` always turns a lamp on. ``heat`` and ``cool`` work through a closed door.

    Args:
        house: The game's tables; nothing of them is changed, and copies of the engine share them.
        strict: Keep the quirks of the first list. Otherwise they are repaired.
    """

    __slots__ = (
        "_admissible",
        "_met",
        "at",
        "held",
        "house",
        "location",
        "marks",
        "opened",
        "strict",
        "taken",
        "within",
    )

    def __init__(self, house: House, *, strict: bool = True) -> None:
        self.house = house
        self.strict = strict
        self.reset()

    def reset(self) -> str:
        """Go back to the start; the first text."""
        house = self.house
        self.location = house.start_location
        self.held = NOWHERE
        """The thing in the hand."""
        self.opened = house.start_opened
        """One bit for each receptacle."""
        self.within = list(house.start_in)
        """The things in each receptacle, in order."""
        self.at = list(house.start_at)
        """The locations of each thing, in order."""
        self.taken: frozenset[tuple[int, int]] = frozenset()
        """The things that were taken from a receptacle and not put back into it."""
        self.marks = {name: house.properties.get(name, 0) for name in _MARKS}
        """What became of things: one bit for each, by property."""
        self._admissible: list[str] | None = None
        self._met: int | None = None
        return house.intro

    def copy(self) -> Engine:
        """An independent copy in the same state, in a microsecond or two."""
        twin = object.__new__(Engine)
        twin.house, twin.strict = self.house, self.strict
        twin.location, twin.held, twin.opened = self.location, self.held, self.opened
        twin.within, twin.at, twin.marks = self.within.copy(), self.at.copy(), self.marks.copy()
        twin.taken, twin._admissible, twin._met = self.taken, self._admissible, self._met
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Engine:
        return self.copy()

    def step(self, command: str) -> tuple[str, bool]:
        """Carry out a command; the answer, and whether it was one that can be carried out."""
        stripped = command.strip()
        if not self.strict:
            return answer(self, stripped)
        told = self.perform(stripped)
        return (NOTHING_HAPPENS, False) if told is None else (told, True)

    def perform(self, command: str) -> str | None:
        """The answer to a command that the original carries out; None to every other, which changes nothing."""
        verb, _, rest = command.partition(" ")
        action = ACTIONS.get(verb)
        return None if action is None else action(self, rest)

    def changed(self) -> None:
        """Forget what was derived from the state."""
        self._admissible = self._met = None

    def is_open(self, place: int) -> bool:
        """Whether things can go in and out of a receptacle."""
        return not self.house.openable[place] or bool(self.opened >> place & 1)

    def near(self, name: str) -> int:
        """The number of the receptacle of this name, if it is here."""
        place = self.house.receptacle_numbers.get(name, NOWHERE)
        return place if place != NOWHERE and self.house.location_of[place] == self.location else NOWHERE

    @property
    def admissible(self) -> list[str]:
        """Every command that would be carried out now, in order."""
        if self._admissible is None:
            self._admissible = list_commands(self) if self.strict else sorted(list_commands(self) + list_added(self))
        return self._admissible.copy()

    @property
    def conditions(self) -> tuple[int, int]:
        """How many conditions of the goal are met, and of how many; all of them exactly where the game is won.

        One for ``pick``, that a thing of the right kind is in its place. Two for ``two``, the most such things in one
        receptacle counting up to both, and for ``look``, such a thing in the hand and a lamp here that was turned on.
        Three for the others: something in its place, something treated, and one thing that is both.

        Source: ALFWorld 0.4.2, ``alfworld/env/tasks.py``, ``goal_conditions_met`` of the visual environment.
        Departures: a lamp counts as visible where its receptacle is at one's location, as in the text game's goal.
        """
        if self._met is None:
            self._met = self._count_conditions()
        return self._met, _TOTALS[self.house.task_type]

    @property
    def won(self) -> bool:
        """Whether the goal is reached."""
        met, total = self.conditions
        return met == total

    def _count_conditions(self) -> int:
        house, within = self.house, self.within
        task_type, targets = house.task_type, house.target_things
        if task_type == "look":
            here, lit = house.receptacles_at[self.location], self.marks["isToggled"]
            shining = any(lit >> lamp & 1 and lamp in within[place] for lamp in house.lamps for place in here)
            return (self.held in targets) + shining
        if task_type == "two":
            in_each = [sum(thing in within[place] for thing in targets) for place in house.target_receptacles]
            return min(max(in_each, default=0), 2)
        placed = [thing for thing in targets if any(thing in within[place] for place in house.target_receptacles)]
        if task_type == "pick":
            return int(bool(placed))
        mark = self.marks[TREATMENTS[task_type][1]]
        treated = any(mark >> thing & 1 for thing in targets)
        return bool(placed) + treated + any(mark >> thing & 1 for thing in placed)
