"""What ``strict=False`` changes: commands read with good will, what players miss in the original, and reasons."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textarena_rl.envs.alfworld.actions import ACTIONS, contents, describe
from textarena_rl.envs.alfworld.games import TREATMENTS
from textarena_rl.envs.alfworld.house import NOWHERE
from textarena_rl.envs.alfworld.text import NOTHING_HAPPENS

if TYPE_CHECKING:
    from textarena_rl.envs.alfworld.engine import Engine

__all__ = ["answer", "list_added"]

_PUT = re.compile(r"(?:move|put|place) (.+?) (?:to|in/on|into|onto|in|on) (.+)")
_JOINTS = {"take": " from ", "clean": " with ", "heat": " with ", "cool": " with ", "slice": " with "}


def answer(engine: Engine, command: str) -> tuple[str, bool]:
    """Carry out a command; the answer, or the reason against it, and whether it was carried out."""
    plain = _plain(engine, command)
    told = engine.perform(plain)
    if told is None:
        told = _added(engine, plain)
    if told is not None:
        return told, True
    return f"{NOTHING_HAPPENS} {_reason(engine, plain)}", False


def list_added(engine: Engine) -> list[str]:
    """The commands that the original lacks: to receptacles that share the location, and on visible things."""
    house = engine.house
    here = house.receptacles_at[engine.location]
    going = [f"go to {house.receptacle_names[place]}" for place in here] if len(here) > 1 else []
    visible = {thing for place in here if engine.is_open(place) for thing in engine.within[place]} - {engine.held}
    return going + [f"examine {house.thing_names[thing]}" for thing in visible]


def _plain(engine: Engine, command: str) -> str:
    """The command without differences of case and blanks, and with this version's words for putting down."""
    plain = " ".join(command.lower().split())
    match = _PUT.fullmatch(plain)
    if match is None:
        return plain
    wording = engine.house.wording
    return f"{wording.put} {match[1]}{wording.joint}{match[2]}"


def _added(engine: Engine, command: str) -> str | None:
    """The answer to a command of :func:`list_added`."""
    house = engine.house
    if command.startswith("go to "):
        place = engine.near(command.removeprefix("go to "))
        if place != NOWHERE and len(house.receptacles_at[engine.location]) > 1:
            return house.arrivals[place] + contents(engine, place)
    elif command.startswith("examine "):
        thing = house.thing_numbers.get(command.removeprefix("examine "), NOWHERE)
        if thing != NOWHERE and _visible(engine, thing):
            return describe(engine, thing)
    return None


def _visible(engine: Engine, thing: int) -> bool:
    """Whether a thing lies in the open at one's location."""
    here = engine.house.receptacles_at[engine.location]
    return any(thing in engine.within[place] for place in here if engine.is_open(place))


def _reason(engine: Engine, command: str) -> str:
    """Why a command is refused, in a sentence."""
    house = engine.house
    verb, _, rest = command.partition(" ")
    if verb not in ACTIONS or (verb == "help" and not house.wording.has_help):
        known = sorted({*ACTIONS, "go to"} - {"go", "move", "put"} | {house.wording.put})
        return f"Begin a command with one of: {', '.join(known)}."
    if verb in ("look", "inventory", "help"):
        return f"Say {verb} alone."
    if verb == "go":
        return _reason_to_stay(engine, rest)
    if verb == "use":
        return _reason_about(engine, rest, None, verb)
    if verb in ("open", "close", "examine"):
        place = engine.near(rest)
        if place != NOWHERE and verb != "examine":
            state = "already open" if verb == "open" else "already closed"
            return f"The {rest} is {state if house.openable[place] else 'no receptacle with a door'}."
        return _reason_about(engine, rest if verb == "examine" else None, None if verb == "examine" else rest, verb)
    joint = _JOINTS.get(verb, house.wording.joint)
    name, found, other = rest.partition(joint)
    if not found:
        return f"Say {verb} (object){joint}({'object' if verb == 'slice' else 'receptacle'})."
    if verb == "slice":
        return _reason_about(engine, name, None, verb)
    return _reason_about(engine, name, other, verb)


def _reason_to_stay(engine: Engine, rest: str) -> str:
    """Why one does not go."""
    name = rest.removeprefix("to ")
    if name == rest or not name:
        return "Say go to (receptacle)."
    if name not in engine.house.receptacle_numbers:
        return f"There is no receptacle {_quoted(name)}."
    return f"You are at the {name} already." if engine.near(name) != NOWHERE else f"The {name} is out of reach."


def _reason_about(engine: Engine, name: str | None, target: str | None, verb: str) -> str:
    """What is wrong with the thing, the receptacle, or both of a command."""
    house = engine.house
    place = NOWHERE
    if target is not None:
        if target not in house.receptacle_numbers:
            return f"There is no receptacle {_quoted(target)}."
        place = engine.near(target)
        if place == NOWHERE:
            return f"You are not at the {target}."
    if name is None:
        return f"The {target} cannot be used like that."
    thing = house.thing_numbers.get(name, NOWHERE)
    if thing == NOWHERE:
        return f"There is no object {_quoted(name)}."
    if verb in ("examine", "use", "slice"):
        if not _visible(engine, thing) and thing != engine.held:
            return f"You do not see the {name} here."
        return f"The {name} cannot be sliced with that." if verb == "slice" else f"The {name} has no switch to use."
    if verb == "take":
        return _reason_not_to_take(engine, thing, place)
    if thing != engine.held:
        return f"You are not carrying the {name}."
    if verb in TREATMENTS:
        if place not in house.appliances[verb]:
            return f"You cannot {verb} anything with the {target}."
        return f"You cannot {verb} the {name}."
    return (
        f"The {target} is closed."
        if not engine.is_open(place)
        else f"The {name} does not belong in or on the {target}."
    )


def _reason_not_to_take(engine: Engine, thing: int, place: int) -> str:
    """Why a thing stays where it is."""
    house = engine.house
    name, source = house.thing_names[thing], house.receptacle_names[place]
    if engine.held != NOWHERE:
        return f"You are carrying the {house.thing_names[engine.held]} already."
    if not engine.is_open(place):
        return f"The {source} is closed."
    if thing not in engine.within[place]:
        return f"The {name} is not in or on the {source}."
    return f"The {name} cannot be picked up."


def _quoted(name: str) -> str:
    """A player's words, shortened, with nothing in them that could break the text."""
    return ascii(name if len(name) <= 40 else name[:40] + "...")
