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
_DOORS = {"open": "is open already", "close": "is closed already"}
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
    if verb not in ACTIONS or verb not in _known(engine):
        return f"Begin a command with one of: {', '.join(_known(engine))}."
    if verb in house.wording.plain_commands:
        return f"Say {verb} alone."
    if verb == "go":
        return _not_going(engine, rest)
    if verb in ("open", "close"):
        return (
            _not_here(engine, rest)
            or f"The {rest} {_DOORS[verb] if engine.house.openable[engine.near(rest)] else 'has no door'}."
        )
    if verb in ("examine", "use"):
        return _not_seen(engine, rest) or f"The {rest} has no switch."
    joint = _JOINTS.get(verb, house.wording.joint)
    name, found, other = rest.partition(joint)
    if not found:
        return f"Say {verb} (object){joint}({'object' if verb == 'slice' else 'receptacle'})."
    if verb == "slice":
        return _not_seen(engine, name) or f"You cannot slice the {name} with that."
    return _not_here(engine, other) or _not_handled(engine, verb, name, other)


def _known(engine: Engine) -> list[str]:
    """The first words of commands in this version."""
    wording = engine.house.wording
    plain = set(wording.plain_commands)
    return sorted(set(ACTIONS) - {"look", "inventory", "help", "move", "put"} | plain | {wording.put})


def _not_going(engine: Engine, rest: str) -> str:
    """Why one does not go."""
    name = rest.removeprefix("to ")
    if name == rest or not name:
        return "Say go to (receptacle)."
    if name not in engine.house.receptacle_numbers:
        return f"There is no receptacle {_quoted(name)}."
    return f"You are at the {name} already." if engine.near(name) != NOWHERE else f"The {name} is out of reach."


def _not_here(engine: Engine, name: str) -> str | None:
    """Why a receptacle cannot be used; None where it is at hand."""
    if name not in engine.house.receptacle_numbers:
        return f"There is no receptacle {_quoted(name)}."
    return f"You are not at the {name}." if engine.near(name) == NOWHERE else None


def _not_seen(engine: Engine, name: str) -> str | None:
    """Why a thing cannot be used; None where it is at hand."""
    thing = engine.house.thing_numbers.get(name, NOWHERE)
    if thing == NOWHERE:
        return _not_here(engine, name) or f"The {name} is no object."
    return None if thing == engine.held or _visible(engine, thing) else f"You do not see the {name} here."


def _not_handled(engine: Engine, verb: str, name: str, target: str) -> str:
    """Why a thing is not taken, put down or treated, with a receptacle that is at hand."""
    house = engine.house
    place, thing = engine.near(target), house.thing_numbers.get(name, NOWHERE)
    if thing == NOWHERE:
        return f"There is no object {_quoted(name)}."
    if verb == "take" and engine.held != NOWHERE:
        return f"You are carrying the {house.thing_names[engine.held]} already."
    if verb != "take" and thing != engine.held:
        return f"You are not carrying the {name}."
    if verb in TREATMENTS:
        able = place in house.appliances[verb]
        return f"You cannot {verb} the {name}." if able else f"You cannot {verb} anything with the {target}."
    if not engine.is_open(place):
        return f"The {target} is closed."
    if verb != "take":
        return f"The {name} does not belong in or on the {target}."
    if thing not in engine.within[place]:
        return f"The {name} is not in or on the {target}."
    return f"The {name} cannot be picked up."


def _quoted(name: str) -> str:
    """A player's words, shortened, with nothing in them that could break the text."""
    return ascii(name if len(name) <= 40 else name[:40] + "...")
