"""Households made up on the spot: the same settings and the same seed give the same game, anywhere and at any time.

Rooms are furnished by the counts of the original's scenes, and things are put where its tables allow them. Only
``random.random`` is drawn from, whose stream Python promises to keep.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from textarena_rl.envs.alfworld.games import (
    PROPERTIES,
    TASK_TYPES,
    TREATMENTS,
    Game,
    Goal,
    Receptacle,
    Thing,
    sort_key,
)
from textarena_rl.envs.alfworld.tables import Household, Room, household
from textarena_rl.errors import InvalidConfig

__all__ = ["SPLITS", "Settings", "generate"]

SPLITS = {"train": range(50_001, 55_001), "valid": range(40_001, 40_101), "test": range(1, 101)}
"""The seeds of each split."""

_ROOMS = {
    "pick": ("Kitchen", "LivingRoom", "Bedroom", "Bathroom"),
    "two": ("Kitchen", "LivingRoom", "Bedroom", "Bathroom"),
    "look": ("LivingRoom", "Bedroom"),
    "clean": ("Kitchen", "Bathroom"),
    "heat": ("Kitchen",),
    "cool": ("Kitchen",),
}
"""Where the original sets each type of task."""

_APPLIANCES = {"clean": "SinkBasin", "heat": "Microwave", "cool": "Fridge"}
_LAMP = "DeskLamp"
_LAMP_STANDS = ("Desk", "SideTable", "Dresser", "Shelf")  # where official games have theirs
_MANY = 3  # of the kinds that a scene has so many of, a larger room has more

_SENTENCES = {
    "pick": ("put a {} in {}", "put some {} on {}"),
    "look": ("look at {} under the {}", "examine the {} with the {}"),
    "clean": ("put a clean {} in {}", "clean some {} and put it in {}"),
    "heat": ("put a hot {} in {}", "heat some {} and put it in {}"),
    "cool": ("put a cool {} in {}", "cool some {} and put it in {}"),
    "two": ("put two {} in {}", "find two {} and put them in {}"),
}
"""The original's two ways to state each task."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Settings:
    """How hard a household is.

    Raises:
        InvalidConfig: A number is out of range.
    """

    task_type: str = "all"
    """One of the six, or ``all``: drawn anew for each seed."""
    receptacles: int = 20
    """How many there are, 5 to 60."""
    objects: int = 30
    """How many things can be picked up, 5 to 100."""
    colocated: float = 0.2
    """The share of receptacles that stand where another one stands."""
    distractors: int = 1
    """How many things of the wanted kind there are beyond those that are needed; 0 makes the search harder."""

    def __post_init__(self) -> None:
        where = "ALFWorld"
        if self.task_type not in (*TASK_TYPES, "all"):
            raise InvalidConfig(
                f"{where}: expected task_type to be one of {', '.join(TASK_TYPES)} or all, got {self.task_type!r}."
            )
        for name, low, high in (("receptacles", 5, 60), ("objects", 5, 100), ("distractors", 0, self.objects)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise InvalidConfig(f"{where}: expected {name} as a whole number from {low} to {high}, got {value!r}.")
        if not isinstance(self.colocated, (int, float)) or not 0 <= self.colocated <= 1:
            raise InvalidConfig(f"{where}: expected colocated as a share from 0 to 1, got {self.colocated!r}.")
        if self.distractors > self.objects - 2:
            raise InvalidConfig(
                f"{where}: expected at most {self.objects - 2} distractors among {self.objects} objects, "
                f"got {self.distractors}. Give more objects."
            )

    def __str__(self) -> str:
        """As in ids, with what ids leave out where it is not the default."""
        extras = [f"c{self.colocated:g}"] * (self.colocated != 0.2) + [f"d{self.distractors}"] * (self.distractors != 1)
        return "-".join([self.task_type, f"r{self.receptacles}", f"o{self.objects}", *extras])


class _Dice:
    """Choices from a stream of numbers in [0, 1)."""

    def __init__(self, seed: str) -> None:
        self._number = random.Random(seed).random

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1."""
        return int(self._number() * limit)

    def one_of(self, items: Sequence[_Item]) -> _Item:
        """Any item, with equal chance."""
        return items[self.below(len(items))]

    def weighted(self, weights: Mapping[_Item, float]) -> _Item:
        """A key, with chances in proportion to the values."""
        left = self._number() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return item

    def shuffled(self, items: Iterable[_Item]) -> list[_Item]:
        """The items in any order."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed


def generate(settings: Settings, seed: int) -> Game:
    """The game of a seed; it can be won, and is not won yet."""
    dice = _Dice(f"{settings} {float(settings.colocated)!r} {seed}")
    tables = household()
    task_type = dice.one_of(TASK_TYPES) if settings.task_type == "all" else settings.task_type
    room = tables.rooms[dice.one_of(_ROOMS[task_type])]
    goal = _choose_goal(dice, tables, room, task_type)
    kinds = _furnish(dice, tables, room, goal, settings.receptacles)
    placed = _place(dice, tables, room, goal, kinds, settings)
    game_id = f"{settings}/{seed}"
    return _assemble(dice, tables, goal, kinds, placed, settings.colocated, game_id)


def _choose_goal(dice: _Dice, tables: Household, room: Room, task_type: str) -> Goal:
    """What is to be done, with kinds that the room has."""
    furniture = [kind for kind in room.receptacles if tables.accepts[kind]]
    if task_type == "look":
        wanted = {
            kind: share
            for kind, share in room.things.items()
            if any(kind in tables.accepts[place] for place in furniture)
        }
        return Goal(task_type, dice.weighted(wanted), _LAMP)
    needed = TREATMENTS[task_type][0] if task_type in TREATMENTS else None
    able = tables.properties[needed] if needed else set(room.things)
    targets = {
        kind: [
            place
            for place in furniture
            if kind in tables.accepts[place]
            and place != _APPLIANCES.get(task_type)
            and any(other != place and kind in tables.accepts[other] for other in furniture)
        ]
        for kind in room.things
        if kind in able
    }
    wanted = {kind: room.things[kind] for kind, places in targets.items() if places}
    kind = dice.weighted(wanted)
    return Goal(task_type, kind, dice.weighted({place: room.receptacles[place][0] for place in targets[kind]}))


def _furnish(dice: _Dice, tables: Household, room: Room, goal: Goal, number: int) -> list[str]:
    """The kinds of the receptacles: what the task needs first, then what such a room has."""
    kinds = []
    if goal.task_type == "look":
        stands = {kind: room.receptacles[kind][0] for kind in _LAMP_STANDS if kind in room.receptacles}
        kinds.append(dice.weighted(stands))
    else:
        kinds.append(goal.target_kind)
    if goal.task_type in _APPLIANCES:
        kinds.append(_APPLIANCES[goal.task_type])
    sources = {
        kind: mean
        for kind, (mean, _) in room.receptacles.items()
        if goal.thing_kind in tables.accepts[kind] and kind != goal.target_kind
    }
    kinds.append(dice.weighted(sources))
    there = Counter(kinds)

    def weight(kind: str) -> float:
        mean, most = room.receptacles[kind]
        return mean / (1 + there[kind] / most) if there[kind] < most or most >= _MANY else 0.0

    weights = {kind: weight(kind) for kind in room.receptacles}
    while len(kinds) < number:
        kind = dice.weighted(weights)
        kinds.append(kind)
        there[kind] += 1
        weights[kind] = weight(kind)
    return kinds


def _place(
    dice: _Dice, tables: Household, room: Room, goal: Goal, kinds: list[str], settings: Settings
) -> list[tuple[str, int]]:
    """The kind of each thing and the number of its receptacle."""
    spots: dict[str, list[int]] = {}
    for thing in room.things:
        spots[thing] = [number for number, kind in enumerate(kinds) if thing in tables.accepts[kind]]
    away = [number for number in spots[goal.thing_kind] if kinds[number] != goal.target_kind]
    wanted = (2 if goal.task_type == "two" else 1) + settings.distractors
    placed = [(goal.thing_kind, dice.one_of(away)) for _ in range(wanted)]
    there: Counter[str] = Counter()
    weights = {kind: share for kind, share in room.things.items() if spots[kind] and kind != goal.thing_kind}
    while len(placed) < settings.objects:
        kind = dice.weighted(weights)
        there[kind] += 1
        weights[kind] = room.things[kind] / (1 + there[kind]) ** 2
        placed.append((kind, dice.one_of(spots[kind])))
    if goal.task_type == "look":
        placed.append((_LAMP, dice.one_of([number for number, kind in enumerate(kinds) if kind in _LAMP_STANDS])))
    return placed


def _spots(dice: _Dice, kinds: list[str], share: float) -> list[int]:
    """A location number for each receptacle; those that share one are of a kind where possible."""
    together = min(round(share * len(kinds)), len(kinds))
    chosen = sorted(
        dice.shuffled(range(len(kinds)))[: max(together, 2) if together else 0], key=lambda number: kinds[number]
    )
    groups = [chosen[first : first + 2] for first in range(0, len(chosen), 2)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        single = groups.pop()
        groups[-1] += single
    spots = list(range(1, len(kinds) + 1))
    for group in groups:
        for number in group:
            spots[number] = group[0] + 1
    return spots


def _ids(dice: _Dice, kinds: Iterable[str]) -> list[str]:
    """Ids as the simulator writes them: the kind, then coordinates that nothing else has."""
    seen: set[str] = set()
    ids = []
    for kind in kinds:
        while True:
            numbers = [dice.below(601) - 300, dice.below(250), dice.below(601) - 300]
            place = "|".join(f"{number / 100:+06.2f}" for number in numbers)
            if place not in seen:
                break
        seen.add(place)
        ids.append(f"{kind.removesuffix('Basin')}|{place}|{kind}" if kind.endswith("Basin") else f"{kind}|{place}")
    return ids


def _assemble(
    dice: _Dice,
    tables: Household,
    goal: Goal,
    kinds: list[str],
    placed: list[tuple[str, int]],
    colocated: float,
    game_id: str,
) -> Game:
    """The game, with ids and locations."""
    names = _ids(dice, [*kinds, *(kind for kind, _ in placed)])
    poses: dict[tuple[int, int], str] = {}
    while len(poses) <= len(kinds):
        pose = dice.below(25) - 12, dice.below(25) - 12
        poses.setdefault(pose, f"loc|{pose[0]}|{pose[1]}|{dice.below(4)}|{dice.one_of((30, 45, 60))}")
    locations = list(poses.values())
    spots = _spots(dice, kinds, colocated)
    receptacles = [
        Receptacle(names[number], kind, locations[spots[number]], openable=kind in tables.openable)
        for number, kind in enumerate(kinds)
    ]
    things = []
    for name, (kind, place) in zip(names[len(kinds) :], placed, strict=True):
        able = {"toggleable"} if kind == _LAMP else {"pickupable"}
        able |= {mark for mark, those in tables.properties.items() if kind in those}
        properties = tuple(mark for mark in PROPERTIES if mark in able)
        things.append(Thing(name, kind, properties, (names[place],), (locations[spots[place]],)))
    portable = {kind for kind, _ in placed}
    words = goal.thing_kind.lower(), goal.target_kind.lower()
    return Game(
        id=game_id,
        goal=goal,
        task=f"Your task is to: {dice.one_of(_SENTENCES[goal.task_type]).format(*words)}.",
        start=locations[0],
        receptacles=tuple(sorted(receptacles, key=lambda receptacle: sort_key(receptacle.id))),
        things=tuple(sorted(things, key=lambda thing: sort_key(thing.id))),
        accepts=tuple(
            (kind, tuple(sorted(tables.accepts[kind] & portable)))
            for kind in sorted(set(kinds))
            if tables.accepts[kind] & portable
        ),
    )
