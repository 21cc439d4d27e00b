"""What each command does to the state, and the list of those that do anything."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textarena_rl.envs.alfworld.games import TREATMENTS
from textarena_rl.envs.alfworld.house import NOWHERE
from textarena_rl.envs.alfworld.text import HELP, listing

if TYPE_CHECKING:
    from textarena_rl.envs.alfworld.engine import Engine

__all__ = ["ACTIONS", "contents", "describe", "list_commands"]

_OPPOSITES = {"heat": "isCool", "cool": "isHot"}

_LOOKS: tuple[tuple[str, str], ...] = (
    ("isClean isHot isSliced", "a hot and clean sliced"),
    ("isClean isCool isSliced", "a cool and clean sliced"),
    ("isClean isSliced", "a clean sliced"),
    ("isHot isSliced", "a hot sliced"),
    ("isCool isSliced", "a cool sliced"),
    ("isClean isHot", "a hot and clean"),
    ("isClean isCool", "a cool and clean"),
    ("isHot", "a hot"),
    ("isClean", "a clean"),
    ("isCool", "a cold"),
)
"""How a thing looks; of those that hold, the first is said."""


def contents(engine: Engine, place: int) -> str:
    """What a receptacle shows."""
    house = engine.house
    name = house.receptacle_names[place]
    if not engine.is_open(place):
        return f"The {name} is closed."
    things = listing([house.things_listed[thing] for thing in engine.within[place]])
    opening = f"The {name} is open. In it" if house.openable[place] else f"On the {name}"
    return f"{opening}, you see {things}."


def describe(engine: Engine, thing: int) -> str:
    """What a thing looks like."""
    house, marks = engine.house, engine.marks
    name = house.thing_names[thing]
    if house.has("isReceptacleObject", thing):
        return (
            f"This is a normal {name}. In it, you see {listing([house.things_listed[i] for i in house.inside[thing]])}."
        )
    held = {mark for mark, bits in marks.items() if bits >> thing & 1}
    for needed, words in _LOOKS:
        if held.issuperset(needed.split()):
            return f"This is {words} {name}."
    if "isToggled" in held and house.has("toggleable", thing):
        return f"This {name} is on."
    if "isSliced" in held and house.has("sliceable", thing):
        return f"This is a sliced {name}."
    return f"There's nothing special about {name}."


def _look(engine: Engine, rest: str) -> str | None:
    if rest:
        return None
    house, here = engine.house, engine.house.receptacles_at[engine.location]
    if not here:
        return "You are in the middle of a room. Looking quickly around you, you see nothing."
    beside = [
        house.things_listed[thing]
        for thing, spots in enumerate(engine.at if engine.taken else ())
        if engine.location in spots
        for place in here
        if (thing, place) in engine.taken
    ]
    return f"{house.facing[engine.location]} Next to it, you see {listing(beside)}."


def _inventory(engine: Engine, rest: str) -> str | None:
    if rest:
        return None
    if engine.held == NOWHERE:
        return "You are not carrying anything."
    return f"You are carrying: {engine.house.things_listed[engine.held]}."


def _help(engine: Engine, rest: str) -> str | None:
    return HELP if engine.house.wording.has_help and not rest else None


def _examine(engine: Engine, rest: str) -> str | None:
    place = engine.near(rest)
    if place != NOWHERE:
        return contents(engine, place)
    thing = engine.house.thing_numbers.get(rest, NOWHERE)
    return describe(engine, thing) if thing != NOWHERE and thing == engine.held else None


def _go(engine: Engine, rest: str) -> str | None:
    preposition, _, name = rest.partition(" ")
    place = engine.house.receptacle_numbers.get(name, NOWHERE)
    if preposition != "to" or place == NOWHERE:
        return None
    location = engine.house.location_of[place]
    if location in (NOWHERE, engine.location):
        return None
    engine.location = location
    engine.changed()
    return engine.house.arrivals[place] + contents(engine, place)


def _open(engine: Engine, rest: str) -> str | None:
    place = engine.near(rest)
    if place == NOWHERE or engine.is_open(place):
        return None
    engine.opened |= 1 << place
    engine.changed()
    return f"You open the {rest}. {contents(engine, place)}"


def _close(engine: Engine, rest: str) -> str | None:
    place = engine.near(rest)
    if place == NOWHERE or not engine.house.openable[place] or not engine.is_open(place):
        return None
    engine.opened ^= 1 << place
    engine.changed()
    return f"You close the {rest}."


def _take(engine: Engine, rest: str) -> str | None:
    name, _, source = rest.partition(" from ")
    place, thing = engine.near(source), engine.house.thing_numbers.get(name, NOWHERE)
    if NOWHERE in (place, thing) or engine.held != NOWHERE or not engine.is_open(place):
        return None
    if thing not in engine.within[place] or not engine.house.has("pickupable", thing):
        return None
    engine.held = thing
    engine.within[place] = tuple(other for other in engine.within[place] if other != thing)
    engine.at[thing] = tuple(spot for spot in engine.at[thing] if spot != engine.location)
    engine.taken |= {(thing, place)}
    engine.changed()
    return f"You pick up the {name} from the {source}."


def _put(verb: str, engine: Engine, rest: str) -> str | None:
    wording = engine.house.wording
    name, _, target = rest.partition(wording.joint)
    place, thing = engine.near(target), engine.house.thing_numbers.get(name, NOWHERE)
    if verb != wording.put or NOWHERE in (place, thing) or thing != engine.held:
        return None
    if thing not in engine.house.accepts[place] or not engine.is_open(place):
        return None
    engine.held = NOWHERE
    engine.within[place] = tuple(sorted({*engine.within[place], thing}))
    engine.at[thing] = tuple(sorted({*engine.at[thing], engine.location}))
    engine.taken -= {(thing, place)}
    engine.changed()
    return wording.put_answer.format(name, target)


def _treat(verb: str, engine: Engine, rest: str) -> str | None:
    name, _, tool = rest.partition(" with ")
    place, thing = engine.near(tool), engine.house.thing_numbers.get(name, NOWHERE)
    if thing == NOWHERE or thing != engine.held or place not in engine.house.appliances[verb]:
        return None
    needed, mark = TREATMENTS[verb]
    if not engine.house.has(needed, thing):
        return None
    engine.marks[mark] |= 1 << thing
    if verb in _OPPOSITES:
        engine.marks[_OPPOSITES[verb]] &= ~(1 << thing)
    engine.changed()
    return f"You {verb} the {name} using the {tool}."


def _use(engine: Engine, rest: str) -> str | None:
    thing, house = engine.house.thing_numbers.get(rest, NOWHERE), engine.house
    if thing == NOWHERE or not house.has("toggleable", thing):
        return None
    if not any(thing in engine.within[place] for place in house.receptacles_at[engine.location]):
        return None
    engine.marks["isToggled"] |= 1 << thing
    engine.changed()
    return f"You turn on the {rest}."


def _slice(engine: Engine, rest: str) -> str | None:
    name, _, knife = rest.partition(" with ")
    thing, tool = (engine.house.thing_numbers.get(word, NOWHERE) for word in (name, knife))
    if NOWHERE in (thing, tool) or tool != engine.held or tool not in engine.house.knives:
        return None
    if not engine.house.has("sliceable", thing) or engine.location not in engine.at[thing]:
        return None
    engine.marks["isSliced"] |= 1 << thing
    engine.changed()
    return f"You sliced the {name} with the {knife}."


ACTIONS: dict[str, Callable[[Engine, str], str | None]] = {
    "look": _look,
    "inventory": _inventory,
    "help": _help,
    "examine": _examine,
    "go": _go,
    "open": _open,
    "close": _close,
    "take": _take,
    "move": functools.partial(_put, "move"),
    "put": functools.partial(_put, "put"),
    "clean": functools.partial(_treat, "clean"),
    "heat": functools.partial(_treat, "heat"),
    "cool": functools.partial(_treat, "cool"),
    "use": _use,
    "slice": _slice,
}
"""By the first word of the command; each gets the engine and the other words, and gives None where nothing happens."""


_EMPTY_HAND: dict[str, Sequence[str]] = dict.fromkeys(("clean", "cool", "heat", "put", "slice"), ())


def list_commands(engine: Engine) -> list[str]:
    """Every command that the original would carry out, verb by verb in alphabetical order, which is theirs as well."""
    house, held, opened = engine.house, engine.held, engine.opened
    names, things = house.receptacle_names, house.thing_names
    pickupable, toggleable = house.properties.get("pickupable", 0), house.properties.get("toggleable", 0)
    close, opening, take = [], [], []
    switches: set[str] = set()
    for place in house.receptacles_at[engine.location]:
        inside, name = engine.within[place], names[place]
        is_open = True
        if house.openable[place]:
            is_open = bool(opened >> place & 1)
            if is_open:
                close.append(f"close {name}")
            else:
                opening.append(f"open {name}")
        if toggleable:
            switches.update([f"use {things[thing]}" for thing in inside if toggleable >> thing & 1])
        if is_open and held == NOWHERE:
            take += [f"take {things[thing]} from {name}" for thing in inside if pickupable >> thing & 1]
    hand = _EMPTY_HAND
    examine: Sequence[str] = house.examine_commands[engine.location]
    if held != NOWHERE:
        hand = _hand_commands(engine)
        examine = sorted((*examine, f"examine {things[held]}"))
    put_first = house.wording.put < "open"
    return [
        *hand["clean"],
        *sorted(close),
        *hand["cool"],
        *examine,
        *house.go_commands[engine.location],
        *hand["heat"],
        *house.wording.plain_commands,
        *(hand["put"] if put_first else ()),
        *sorted(opening),
        *(() if put_first else hand["put"]),
        *hand["slice"],
        *sorted(take),
        *sorted(switches),
    ]


def _hand_commands(engine: Engine) -> dict[str, Sequence[str]]:
    """The commands for the thing in the hand, in order, by verb."""
    house, held, wording = engine.house, engine.held, engine.house.wording
    name, here = house.thing_names[held], house.receptacles_at[engine.location]
    commands = dict(_EMPTY_HAND)
    commands["put"] = sorted(
        [
            f"{wording.put} {name}{wording.joint}{house.receptacle_names[place]}"
            for place in here
            if held in house.accepts[place] and engine.is_open(place)
        ]
    )
    for verb, (needed, _) in TREATMENTS.items():
        tools = [house.receptacle_names[place] for place in here if place in house.appliances[verb]]
        if tools and house.has(needed, held):
            commands[verb] = sorted([f"{verb} {name} with {tool}" for tool in tools])
    if held in house.knives:
        commands["slice"] = sorted(
            [
                f"slice {house.thing_names[thing]} with {name}"
                for thing, spots in enumerate(engine.at)
                if engine.location in spots and house.has("sliceable", thing)
            ]
        )
    return commands
