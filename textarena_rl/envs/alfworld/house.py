"""What never changes while a game is played, as tables: :class:`House`.

Receptacles, things and locations are numbered in the original's order, which is that of their ids. The tables turn
every rule into a look-up; any number of engines share one house.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from textarena_rl.envs.alfworld.games import TREATMENTS, Game, sort_key
from textarena_rl.envs.alfworld.text import TEXT_VERSIONS, listing

__all__ = ["NOWHERE", "House"]

NOWHERE = -1
"""The number of a location that a receptacle out of reach has, and of the hand that holds nothing."""

_APPLIANCES = {"clean": ("Sink", "SinkBasin"), "heat": ("Microwave",), "cool": ("Fridge",)}
_KNIVES = ("Knife", "ButterKnife")


def _names(ids: Iterable[str]) -> dict[str, str]:
    """The names that players see, by id.

    Of the ids that share a first part, the first in order gets the highest number; an id with ``basin`` in it is
    counted apart. An id of one part is its own name, with a blank behind it.
    """
    ordered = sorted(ids, key=sort_key)
    bases = {}
    for name in ordered:
        first, bar, _ = sort_key(name).partition("_bar_")
        bases[name] = (first + "basin" * ("basin" in sort_key(name))) if bar else ""
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
        receptacles = sorted(game.receptacles, key=lambda receptacle: sort_key(receptacle.id))
        things = sorted(game.things, key=lambda thing: sort_key(thing.id))
        locations = sorted(
            {game.start}
            | {place.location for place in receptacles if place.location is not None}
            | {location for thing in things for location in thing.locations},
            key=sort_key,
        )
        names = _names([place.id for place in receptacles] + [thing.id for thing in things] + locations)
        spot: dict[str | None, int] = {location: number for number, location in enumerate(locations)}
        spot[None] = NOWHERE

        self.receptacle_names = tuple(names[place.id] for place in receptacles)
        self.thing_names = tuple(names[thing.id] for thing in things)
        self.things_listed = tuple(f"a {name}" for name in self.thing_names)
        self.receptacle_numbers = {name: index for index, name in enumerate(self.receptacle_names)}
        self.thing_numbers = {name: index for index, name in enumerate(self.thing_names)}
        self.location_of = tuple(spot[place.location] for place in receptacles)
        self.openable = tuple(place.openable for place in receptacles)
        self.receptacles_at = tuple(
            tuple(index for index, location in enumerate(self.location_of) if location == here)
            for here in range(len(locations))
        )
        self.start_location = spot[game.start]
        self.start_opened = sum(1 << index for index, place in enumerate(receptacles) if place.opened)
        self.start_in: tuple[tuple[int, ...], ...] = tuple(
            tuple(index for index, thing in enumerate(things) if place.id in thing.receptacles) for place in receptacles
        )
        self.start_at: tuple[tuple[int, ...], ...] = tuple(
            tuple(sorted(spot[location] for location in thing.locations)) for thing in things
        )
        self.inside: tuple[tuple[int, ...], ...] = tuple(
            tuple(index for index, inner in enumerate(things) if thing.id in inner.inside) for thing in things
        )
        self._set_rules(game, [place.kind for place in receptacles], [thing.kind for thing in things])
        self.properties = {
            name: sum(1 << index for index, thing in enumerate(things) if name in thing.properties)
            for name in sorted({name for thing in things for name in thing.properties})
        }
        self._set_texts(game, [names[location] for location in locations])

    def has(self, name: str, thing: int) -> bool:
        """Whether a thing has a property from the start."""
        return bool(self.properties.get(name, 0) >> thing & 1)

    def _set_rules(self, game: Game, receptacle_kinds: list[str], thing_kinds: list[str]) -> None:
        """What fits where, what changes things, and what wins."""
        allowed = {kind: frozenset(kinds) for kind, kinds in game.accepts}
        by_kind = {
            kind: frozenset(index for index, thing in enumerate(thing_kinds) if thing in allowed.get(kind, ()))
            for kind in set(receptacle_kinds)
        }
        self.accepts = tuple(by_kind[kind] for kind in receptacle_kinds)
        self.appliances = {
            verb: frozenset(index for index, kind in enumerate(receptacle_kinds) if kind in kinds)
            for verb, kinds in _APPLIANCES.items()
        }
        self.knives = frozenset(index for index, kind in enumerate(thing_kinds) if kind in _KNIVES)
        goal = game.goal
        needs = TREATMENTS.get(goal.task_type, ("",))[0]
        things = sorted(game.things, key=lambda thing: sort_key(thing.id))
        self.target_things = tuple(
            index
            for index, thing in enumerate(things)
            if thing.kind == goal.thing_kind and (not needs or needs in thing.properties)
        )
        looks = goal.task_type == "look"
        self.lamps = tuple(
            index
            for index, thing in enumerate(things)
            if looks and thing.kind == goal.target_kind and "toggleable" in thing.properties
        )
        self.target_receptacles = tuple(
            index for index, kind in enumerate(receptacle_kinds) if not looks and kind == goal.target_kind
        )

    def _set_texts(self, game: Game, location_names: list[str]) -> None:
        """The sentences that never change."""
        reachable = [index for index, location in enumerate(self.location_of) if location != NOWHERE]
        room = listing([f"a {self.receptacle_names[index]}" for index in reachable])
        self.intro = (
            "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. "
            f"Looking quickly around you, you see {room}.\n\n{game.task}"
        )
        commands = sorted((f"go to {self.receptacle_names[index]}", self.location_of[index]) for index in reachable)
        self.go_commands = tuple(
            tuple(command for command, location in commands if location != here)
            for here in range(len(self.receptacles_at))
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
