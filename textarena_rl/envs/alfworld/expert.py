"""The shortest way to win from any state: :func:`shortest_plan`.

Every shortest win has one of a few forms: empty the hand if it is in the way, fetch a thing, treat it, put it in its
place, once or twice. So it is enough to try which thing, from where, by which appliance, and where to; walking and
opening doors follow. Nothing is searched blindly, so the answer always comes, within milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.games import TREATMENTS
from textarena_rl.envs.alfworld.house import NOWHERE, House

__all__ = ["shortest_plan"]


class _Errand(NamedTuple):
    """One thing to do at one receptacle; walking there and opening it come on top."""

    verb: str
    """``take``, ``put``, ``use``, ``stand`` (be there), or a treatment."""
    thing: int
    place: int


_Errands = tuple[_Errand, ...]
_THROUGH_THE_DOOR = ("take", "put")


def shortest_plan(engine: Engine) -> list[str] | None:
    """The fewest commands that win from here, in the words of the engine's text version.

    Empty where the game is won; None where it cannot be won any more, which takes a thing in the hand that belongs
    nowhere. The state of ``engine`` is left alone.
    """
    if engine.won:
        return []
    best, best_cost = None, 1_000_000
    for errands in _ways(engine):
        if len(errands) - 1 < best_cost:  # an errand costs a command at least, but for standing somewhere
            cost = _cost(engine, errands)
            if cost < best_cost:
                best, best_cost = errands, cost
    return None if best is None else _commands(engine, best)


def _ways(engine: Engine) -> Iterator[_Errands]:
    """Every way to win that may be the shortest."""
    task_type = engine.house.task_type
    for errands in {"look": _to_look, "two": _to_gather}.get(task_type, _to_place)(engine):
        first = errands[0]
        if engine.held == NOWHERE or first.verb != "take":
            yield errands
        else:
            for place in _where_to_unload(engine, errands):
                yield (_Errand("put", engine.held, place), *errands)


def _sources(engine: Engine, thing: int) -> list[int]:
    """The receptacles that a thing can be taken from."""
    if not engine.house.has("pickupable", thing):
        return []
    return [
        place
        for place, things in enumerate(engine.within)
        if thing in things and engine.house.location_of[place] != NOWHERE
    ]


def _to_place(engine: Engine) -> Iterator[_Errands]:
    """One thing, treated where the task says so, in one receptacle."""
    house, verb = engine.house, engine.house.task_type
    targets = [place for place in house.target_receptacles if house.location_of[place] != NOWHERE]
    for thing in house.target_things:
        fetched: list[tuple[int, _Errands]] = [(NOWHERE, ())]
        if thing != engine.held:
            fetched = [(place, (_Errand("take", thing, place),)) for place in _sources(engine, thing)]
        treated: list[_Errands] = [()]
        if verb in TREATMENTS and not engine.marks[TREATMENTS[verb][1]] >> thing & 1:
            places = [place for place in house.appliances[verb] if house.location_of[place] != NOWHERE]
            treated = [(_Errand(verb, thing, place),) for place in sorted(places)]
        for source, first in fetched:
            # A thing that is in two receptacles stays in one of them.
            stays = any(thing in engine.within[place] for place in house.target_receptacles if place != source)
            puts: list[_Errands] = (
                [()]
                if stays
                else [(_Errand("put", thing, place),) for place in targets if thing in house.accepts[place]]
            )
            for second in treated:
                yield from ((*first, *second, *last) for last in puts if first or second or last)


def _to_look(engine: Engine) -> Iterator[_Errands]:
    """One thing in the hand, beside a lamp that was turned on."""
    house = engine.house
    for lamp in house.lamps:
        verb = "stand" if engine.marks["isToggled"] >> lamp & 1 else "use"
        for place, things in enumerate(engine.within):
            if lamp not in things or house.location_of[place] == NOWHERE:
                continue
            last = _Errand(verb, lamp, place)
            for thing in house.target_things:
                if thing == engine.held:
                    yield (last,)
                else:
                    yield from ((_Errand("take", thing, source), last) for source in _sources(engine, thing))


def _to_gather(engine: Engine) -> Iterator[_Errands]:
    """Two things in one receptacle."""
    house, held = engine.house, engine.held
    for target in house.target_receptacles:
        if house.location_of[target] == NOWHERE:
            continue
        inside = [thing for thing in house.target_things if thing in engine.within[target]]
        missing = 2 - len(inside)
        wanted = [thing for thing in house.target_things if thing not in inside and thing in house.accepts[target]]
        start: _Errands = ()
        if held in wanted:
            start = (_Errand("put", held, target),)
            missing -= 1
        trips = [
            (_Errand("take", thing, source), _Errand("put", thing, target))
            for thing, source in _representatives(engine, [thing for thing in wanted if thing != held], target)
        ]
        if missing == 0:
            yield start
        elif missing == 1:
            yield from ((*start, *trip) for trip in trips)
        else:
            yield from ((*one, *two) for one in trips for two in trips if one[0].thing != two[0].thing)


def _representatives(engine: Engine, things: list[int], target: int) -> list[tuple[int, int]]:
    """Things and where to take them from: of those that cost the same, two."""
    house = engine.house
    classes: dict[tuple[bool, bool, bool, int], list[tuple[int, int]]] = {}
    for thing in things:
        for source in _sources(engine, thing):
            location = house.location_of[source]
            many = sum(other in engine.within[source] for other in things)
            key = (
                location == engine.location,
                location == house.location_of[target],
                engine.is_open(source),
                min(many, 2),
            )
            members = classes.setdefault(key, [])
            together = [member for member in members if member[1] == source]
            if len(members) < 2 or (many > 1 and together and len(together) < 2):
                members.append((thing, source))
    return [member for members in classes.values() for member in members]


def _where_to_unload(engine: Engine, errands: _Errands) -> Iterator[int]:
    """Receptacles to put the thing in the hand into: here, on the way, or any other, one open and one closed."""
    house = engine.house
    on_the_way = {engine.location} | {house.location_of[errand.place] for errand in errands}
    elsewhere = {True: True, False: True}
    for place, location in enumerate(house.location_of):
        if engine.held not in house.accepts[place] or location == NOWHERE:
            continue
        if location in on_the_way:
            yield place
        elif elsewhere[engine.is_open(place)]:
            elsewhere[engine.is_open(place)] = False
            yield place


def _cost(engine: Engine, errands: _Errands) -> int:
    """How many commands the errands take."""
    location_of, openable = engine.house.location_of, engine.house.openable
    location, opened, cost = engine.location, engine.opened, 0
    for verb, _, place in errands:
        if location_of[place] != location:
            location = location_of[place]
            cost += 1
        if verb in _THROUGH_THE_DOOR and openable[place] and not opened >> place & 1:
            opened |= 1 << place
            cost += 1
        cost += verb != "stand"
    return cost


def _commands(engine: Engine, errands: _Errands) -> list[str]:
    """The errands in words, with the walking and the opening."""
    house = engine.house
    location, opened = engine.location, engine.opened
    commands = []
    for verb, thing, place in errands:
        name = house.receptacle_names[place]
        if house.location_of[place] != location:
            location = house.location_of[place]
            commands.append(f"go to {name}")
        if verb in _THROUGH_THE_DOOR and house.openable[place] and not opened >> place & 1:
            opened |= 1 << place
            commands.append(f"open {name}")
        if verb != "stand":
            commands.append(_words(house, verb, house.thing_names[thing], name))
    return commands


def _words(house: House, verb: str, thing: str, place: str) -> str:
    """The command for one errand."""
    if verb == "use":
        return f"use {thing}"
    if verb == "take":
        return f"take {thing} from {place}"
    if verb == "put":
        return f"{house.wording.put} {thing}{house.wording.joint}{place}"
    return f"{verb} {thing} with {place}"
