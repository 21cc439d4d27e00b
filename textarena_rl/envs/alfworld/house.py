"""What never changes while a game is played, as tables: :class:`House`.

Receptacles, things and locations are numbered in the original's order, which is that of their ids. The tables turn
every rule into a look-up; any number of engines share one house.
"""

from __future__ import annotations

from collections import Counter

from textarena_rl.envs.alfworld.games import TREATMENTS, Game, Goal, Thing, sort_key
from textarena_rl.envs.alfworld.text import TEXT_VERSIONS, listing

__all__ = ["NOWHERE", "House"]

NOWHERE = -1
"""The number of a location that a receptacle out of reach has, and of the hand that holds nothing."""

_APPLIANCES = {"clean": ("Sink", "SinkBasin"), "heat": ("Microwave",), "cool": ("Fridge",)}
_KNIVES = ("Knife", "ButterKnife")


def _names(keys: dict[str, str]) -> dict[str, str]:
    """The names that players see, by id; ``keys`` are what ids are sorted by.

    Of the ids that share a first part, the first in order gets the highest number; an id with ``basin`` in it is
    counted apart. An id of one part is its own name, with a blank behind it.
    """
    ordered = sorted(keys, key=keys.__getitem__)
    bases = {}
    for name in ordered:
        first, bar, _ = keys[name].partition("_bar_")
        bases[name] = (first + "basin" * ("basin" in keys[name])) if bar else ""
    left = Counter(bases.values())
    names = {}
    for name in ordered:
        base = bases[name]
        names[name] = f"{base} {left[base]}" if base else f"{name.lower()} "
        left[base] -= 1
    return names


class House:
    """The tables of one game in one text version.

    Args:
        game: The game.
        text_version: ``0.4`` or ``0.3``.
    """

    __slots__ = (
        "accepts",
        "appliances",
        "arrivals",
        "examine_commands",
        "facing",
        "game",
        "go_commands",
        "inside",
        "intro",
        "knives",
        "lamps",
        "location_of",
        "openable",
        "properties",
        "receptacle_names",
        "receptacle_numbers",
        "receptacles_at",
        "start_at",
        "start_in",
        "start_location",
        "start_opened",
        "target_receptacles",
        "target_things",
        "task_type",
        "text_version",
        "thing_names",
        "thing_numbers",
        "things_listed",
        "wording",
    )

    def __init__(self, game: Game, text_version: str = "0.4") -> None:
        self.game = game
        self.text_version = text_version
        self.wording = TEXT_VERSIONS[text_version]
        self.task_type = game.goal.task_type
        spots = {game.start, *(place.location for place in game.receptacles if place.location is not None)}
        spots.update(location for thing in game.things for location in thing.locations)
        keys = {name: sort_key(name) for name in spots}
        ids = [place.id for place in game.receptacles] + [thing.id for thing in game.things]
        keys.update((name, sort_key(name)) for name in ids)
        receptacles = sorted(game.receptacles, key=lambda receptacle: keys[receptacle.id])
        things = sorted(game.things, key=lambda thing: keys[thing.id])
        locations = sorted(spots, key=keys.__getitem__)
        names = _names(keys)
        spot: dict[str | None, int] = {location: number for number, location in enumerate(locations)}
        spot[None] = NOWHERE

        self.receptacle_names = tuple(names[place.id] for place in receptacles)
        self.thing_names = tuple(names[thing.id] for thing in things)
        self.things_listed = tuple(f"a {name}" for name in self.thing_names)
        self.receptacle_numbers = {name: index for index, name in enumerate(self.receptacle_names)}
        self.thing_numbers = {name: index for index, name in enumerate(self.thing_names)}
        self.location_of = tuple(spot[place.location] for place in receptacles)
        self.openable = tuple(place.openable for place in receptacles)
        at: list[list[int]] = [[] for _ in locations]
        for index, location in enumerate(self.location_of):
            if location != NOWHERE:
                at[location].append(index)
        self.receptacles_at = tuple(map(tuple, at))
        self.start_location = spot[game.start]
        self.start_opened = sum(1 << index for index, place in enumerate(receptacles) if place.opened)
        self.start_at = tuple(tuple(sorted(spot[location] for location in thing.locations)) for thing in things)
        within: dict[str, list[int]] = {name: [] for name in ids}
        bits: dict[str, int] = {}
        for index, thing in enumerate(things):
            for container in (*thing.receptacles, *thing.inside):
                within[container].append(index)
            for name in thing.properties:
                bits[name] = bits.get(name, 0) | 1 << index
        self.start_in = tuple(tuple(within[place.id]) for place in receptacles)
        self.inside = tuple(tuple(within[thing.id]) for thing in things)
        self.properties = bits
        self._set_rules(game.goal, dict(game.accepts), [place.kind for place in receptacles], things)
        self._set_texts(game.task, [names[location] for location in locations])

    def has(self, name: str, thing: int) -> bool:
        """Whether a thing has a property from the start."""
        return bool(self.properties.get(name, 0) >> thing & 1)

    def _set_rules(
        self, goal: Goal, accepts: dict[str, tuple[str, ...]], kinds: list[str], things: list[Thing]
    ) -> None:
        """What fits where, what changes things, and what wins."""
        of_kind: dict[str, list[int]] = {}
        for index, thing in enumerate(things):
            of_kind.setdefault(thing.kind, []).append(index)
        fitting = {
            kind: frozenset(index for name in accepts.get(kind, ()) for index in of_kind.get(name, ()))
            for kind in set(kinds)
        }
        self.accepts = tuple(fitting[kind] for kind in kinds)
        self.appliances = {
            verb: frozenset(index for index, kind in enumerate(kinds) if kind in those)
            for verb, those in _APPLIANCES.items()
        }
        self.knives = frozenset(index for kind in _KNIVES for index in of_kind.get(kind, ()))
        looks = goal.task_type == "look"
        needed = TREATMENTS[goal.task_type][0] if goal.task_type in TREATMENTS else None
        wanted, lamps = of_kind.get(goal.thing_kind, []), of_kind.get(goal.target_kind, []) if looks else []
        self.target_things = tuple(index for index in wanted if needed is None or self.has(needed, index))
        self.lamps = tuple(index for index in lamps if self.has("toggleable", index))
        self.target_receptacles = tuple(
            index for index, kind in enumerate(kinds) if not looks and kind == goal.target_kind
        )

    def _set_texts(self, task: str, location_names: list[str]) -> None:
        """The sentences that never change."""
        reachable = [index for index, location in enumerate(self.location_of) if location != NOWHERE]
        room = listing([f"a {self.receptacle_names[index]}" for index in reachable])
        self.intro = (
            "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. "
            f"Looking quickly around you, you see {room}.\n\n{task}"
        )
        commands = sorted((f"go to {self.receptacle_names[index]}", self.location_of[index]) for index in reachable)
        # Nobody can get to a location without a receptacle.
        self.go_commands = tuple(
            tuple([command for command, location in commands if location != here])
            if places or here == self.start_location
            else ()
            for here, places in enumerate(self.receptacles_at)
        )
        self.examine_commands = tuple(
            tuple(sorted(f"examine {self.receptacle_names[index]}" for index in here)) for here in self.receptacles_at
        )
        self.facing = tuple(
            f"You are facing the {listing([self.receptacle_names[index] for index in here])}." if here else ""
            for here in self.receptacles_at
        )
        if self.wording.arrives_at_receptacle:
            self.arrivals = tuple(f"You arrive at {name}. " for name in self.receptacle_names)
        else:
            self.arrivals = tuple(
                f"You arrive at {location_names[location]}. " if location != NOWHERE else ""
                for location in self.location_of
            )
