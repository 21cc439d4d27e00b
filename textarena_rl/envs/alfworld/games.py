"""A household game as data: :class:`Game`, what it holds, and its JSON form.

A game holds the facts that the original writes in PDDL and nothing derived from them. Ids are those of the simulator
that the official games come from, such as ``Drawer|-01.59|+00.86|+00.26``; :func:`symbol` gives the PDDL spelling,
whose lower-case form decides every order and every number that a player sees.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from textarena_rl.errors import InvalidConfig

__all__ = [
    "OFFICIAL_NAMES",
    "PROPERTIES",
    "TASK_TYPES",
    "TREATMENTS",
    "Game",
    "Goal",
    "Receptacle",
    "Thing",
    "simulator_id",
    "sort_key",
    "symbol",
]

TASK_TYPES = ("pick", "look", "clean", "heat", "cool", "two")
"""The six kinds of chores, by the words that ids use."""

OFFICIAL_NAMES = {
    "pick": "pick_and_place_simple",
    "look": "look_at_obj_in_light",
    "clean": "pick_clean_then_place_in_recep",
    "heat": "pick_heat_then_place_in_recep",
    "cool": "pick_cool_then_place_in_recep",
    "two": "pick_two_obj_and_place",
}
"""What the original calls them."""

TREATMENTS = {"clean": ("cleanable", "isClean"), "heat": ("heatable", "isHot"), "cool": ("coolable", "isCool")}
"""Of the tasks that change a thing: what the thing must allow, and what it becomes."""

PROPERTIES = (
    "pickupable",
    "cleanable",
    "heatable",
    "coolable",
    "sliceable",
    "toggleable",
    "isReceptacleObject",
    "isClean",
    "isHot",
    "isCool",
    "isSliced",
    "isToggled",
    "isOn",
    "moveable",
)
"""What can be true of a thing by itself; the order is that of the letters in the JSON form."""

_SPELLINGS = (("_bar_", "|"), ("_minus_", "-"), ("_plus_", "+"), ("_dot_", "."), ("_comma_", ","))
_LETTERS = "abcdefghijklmn"


def symbol(simulator: str) -> str:
    """The PDDL spelling of an id; the inverse of :func:`simulator_id`.

    >>> symbol("Drawer|-01.59|+00.86|+00.26")
    'Drawer_bar__minus_01_dot_59_bar__plus_00_dot_86_bar__plus_00_dot_26'
    """
    for word, sign in _SPELLINGS:
        simulator = simulator.replace(sign, word)
    return simulator


def simulator_id(spelling: str) -> str:
    """The id behind a PDDL symbol.

    Raises:
        ValueError: The symbol is not the spelling of an id.
    """
    simulator = spelling
    for word, sign in _SPELLINGS:
        simulator = simulator.replace(word, sign)
    if symbol(simulator) != spelling:
        raise ValueError(f"expected a symbol such as Drawer_bar__minus_01_dot_59, got {spelling!r}")
    return simulator


def sort_key(simulator: str) -> str:
    """What the original sorts ids by."""
    return symbol(simulator).lower()


@dataclass(frozen=True, slots=True)
class Receptacle:
    """A place that holds things: furniture, an appliance."""

    id: str
    kind: str
    """``Drawer``, ``SinkBasin``, ..."""
    location: str | None
    """Where one stands to use it; other receptacles may share the spot. None: it is out of reach."""
    openable: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """Anything that is not a receptacle."""

    id: str
    kind: str
    """``Apple``, ``DeskLamp``, ..."""
    properties: tuple[str, ...]
    """Of :data:`PROPERTIES`, in that order."""
    receptacles: tuple[str, ...] = ()
    """The receptacles that it is in: none, one, and in many official games two."""
    locations: tuple[str, ...] = ()
    """The spots that it counts as being at."""
    inside: tuple[str, ...] = ()
    """The things that it is in, such as a bowl."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What wins."""

    task_type: str
    """One of :data:`TASK_TYPES`."""
    thing_kind: str
    """The kind to be handled."""
    target_kind: str
    """The kind of receptacle it must end in; for ``look``, the kind of lamp."""


@dataclass(frozen=True, slots=True)
class Game:
    """One household and one chore."""

    id: str
    goal: Goal
    task: str
    """The whole sentence that states the chore."""
    start: str
    """The location at the start."""
    receptacles: tuple[Receptacle, ...]
    things: tuple[Thing, ...]
    accepts: tuple[tuple[str, tuple[str, ...]], ...]
    """Which kinds of things each kind of receptacle takes."""
    walkthrough: tuple[str, ...] = ()
    """Commands that win, in the words of text version 0.4; empty where none is known."""

    @property
    def objective(self) -> str:
        """The chore without the introduction, as the papers put it into prompts."""
        return self.task.removeprefix("Your task is to:").strip() or self.task

    def to_json(self) -> str:
        """One line that :meth:`from_json` reads back; nothing is lost."""
        locations = sorted(
            {self.start}
            | {receptacle.location for receptacle in self.receptacles if receptacle.location is not None}
            | {location for thing in self.things for location in thing.locations}
        )
        spot = {location: number for number, location in enumerate(locations)}
        place = {receptacle.id: number for number, receptacle in enumerate(self.receptacles)}
        data = {
            "id": self.id,
            "goal": list(asdict(self.goal).values()),
            "task": self.task,
            "locations": locations,
            "start": spot[self.start],
            "receptacles": [
                [r.id, r.kind, -1 if r.location is None else spot[r.location], r.openable + 2 * r.opened]
                for r in self.receptacles
            ],
            "things": [
                [
                    t.id,
                    t.kind,
                    "".join(_LETTERS[PROPERTIES.index(name)] for name in t.properties),
                    [place[name] for name in t.receptacles],
                    [spot[name] for name in t.locations],
                    *([list(t.inside)] if t.inside else []),
                ]
                for t in self.things
            ],
            "accepts": dict(self.accepts),
            "walkthrough": self.walkthrough,
        }
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Game:
        """The game behind one line of :meth:`to_json`.

        Raises:
            InvalidConfig: The line is not a game.
        """
        try:
            return _game(json.loads(text))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise InvalidConfig(
                f"ALFWorld game: expected a line of Game.to_json, got {text[:60]!r} ({error}). Make it again."
            ) from error


def _game(data: dict[str, Any]) -> Game:
    """The game behind the decoded JSON; whatever is wrong with it raises."""
    locations, rows = data["locations"], data["receptacles"]
    receptacles = tuple(
        Receptacle(name, kind, None if spot < 0 else locations[spot], bool(flags & 1), bool(flags & 2))
        for name, kind, spot, flags in rows
    )
    things = tuple(
        Thing(
            id=name,
            kind=kind,
            properties=tuple(PROPERTIES[_LETTERS.index(letter)] for letter in letters),
            receptacles=tuple(rows[place][0] for place in places),
            locations=tuple(locations[spot] for spot in spots),
            inside=tuple(inside[0]) if inside else (),
        )
        for name, kind, letters, places, spots, *inside in data["things"]
    )
    goal = Goal(*data["goal"])
    if goal.task_type not in TASK_TYPES:
        raise ValueError(f"unknown task type {goal.task_type!r}")
    return Game(
        id=data["id"],
        goal=goal,
        task=data["task"],
        start=locations[data["start"]],
        receptacles=receptacles,
        things=things,
        accepts=tuple((kind, tuple(kinds)) for kind, kinds in data["accepts"].items()),
        walkthrough=tuple(data["walkthrough"]),
    )
