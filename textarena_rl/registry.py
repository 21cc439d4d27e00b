"""Ids of worlds: one row per world, ``parse`` and ``make_id`` as inverses, registration with Gymnasium.

An id is the world's name, then its knobs in a fixed order, joined by dashes: ``TextWorld-w2-o3-q4``. A knob is a letter
and a number, or a word of a fixed list; a knob that has a default is written only where it differs. So every setting has
exactly one id. To add a world, add a :class:`World` to :data:`WORLDS`.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, registry

from textarena_rl.core import TextEnv
from textarena_rl.errors import InvalidConfig, UnknownId

__all__ = ["WORLDS", "Knob", "Word", "World", "describe", "ids", "make", "make_id", "parse", "register", "spec"]


@dataclass(frozen=True, slots=True)
class Knob:
    """A number in an id: a letter and its value, as in ``w2``."""

    letter: str
    """Stands before the number; never ``v``, which Gymnasium reads as a version."""
    keyword: str
    """The constructor argument that it sets."""
    low: int
    """The smallest value allowed."""
    high: int
    """The greatest value allowed."""
    meaning: str
    """A few words for people."""
    default: int | None = None
    """The value that is not written; None: the knob is always written."""

    @property
    def grammar(self) -> str:
        """The knob's place in the grammar, e.g. ``w<1..12>``."""
        return f"{self.letter}<{self.low}..{self.high}>"

    def read(self, part: str) -> int | None:
        """The value written in ``part``, or None where ``part`` is not this knob."""
        match = re.fullmatch(rf"{self.letter}(0|[1-9][0-9]*)", part)
        return int(match[1]) if match else None

    def write(self, value: int) -> str:
        """The inverse of :meth:`read`."""
        return f"{self.letter}{value}"

    def allows(self, value: object) -> bool:
        """Whether the value is a whole number in range."""
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def nearest(self, parts: Iterable[str]) -> int:
        """The allowed value closest to what the writer of ``parts`` may have meant."""
        for part in parts:
            match = re.fullmatch(rf"{self.letter}[^0-9]*([0-9]+)", part, re.IGNORECASE)
            if match:
                return min(max(int(match[1]), self.low), self.high)
        return self.low if self.default is None else self.default


@dataclass(frozen=True, slots=True)
class Word:
    """A word in an id, out of a fixed list, as in ``ALFWorld-heat``."""

    keyword: str
    """The constructor argument that it sets."""
    words: tuple[str, ...]
    """What may be written."""
    meaning: str
    """A few words for people."""
    default: str | None = None
    """The word that is not written; None: one is always written."""

    @property
    def grammar(self) -> str:
        """The word's place in the grammar, e.g. ``<heat|cool>``."""
        return f"<{'|'.join(self.words)}>"

    def read(self, part: str) -> str | None:
        """The word written in ``part``, or None where it is not one of these."""
        return part if part in self.words else None

    def write(self, value: str) -> str:
        """The inverse of :meth:`read`."""
        return value

    def allows(self, value: object) -> bool:
        """Whether the value is one of the words."""
        return value in self.words

    def nearest(self, parts: Iterable[str]) -> str:
        """The word closest to what the writer of ``parts`` may have meant."""
        for part in parts:
            close = difflib.get_close_matches(part, self.words, n=1, cutoff=0.6)
            if close:
                return close[0]
        return self.words[0] if self.default is None else self.default


@dataclass(frozen=True, slots=True)
class World:
    """One row: everything that the registry knows about a world, without importing it."""

    name: str
    """The first part of every id; may hold dashes itself (``TextWorld-cooking``)."""
    entry_point: str
    """``module:Class``, imported when an environment is made."""
    description: str
    """One line for people."""
    knobs: tuple[Knob | Word, ...] = ()
    """In the order in which they are written."""
    canonical: tuple[tuple[int | str, ...], ...] = ((),)
    """The settings that are registered with Gymnasium at import, one value per knob."""
    extra: str | None = None
    """The extra of the distribution that the world needs, or needs for more than its packed data."""
    requires: tuple[str, ...] = field(default=())
    """The modules which that extra brings."""

    @property
    def grammar(self) -> str:
        """The form of every id of this world; what stands in brackets may be left out."""
        parts = [f"-{knob.grammar}" if knob.default is None else f"[-{knob.grammar}]" for knob in self.knobs]
        return self.name + "".join(parts)

    def write(self, values: Sequence[int | str]) -> str:
        """The id of a setting, given as one value per knob."""
        pairs = zip(self.knobs, values, strict=True)
        return "-".join([self.name, *(knob.write(value) for knob, value in pairs if value != knob.default)])  # type: ignore[arg-type]

    def read(self, tail: str) -> dict[str, Any]:
        """The constructor arguments behind an id without its name.

        Raises:
            InvalidConfig: ``tail`` is not in the grammar; the message says which part and why.
        """
        parts = tail.split("-") if tail else []
        arguments: dict[str, Any] = {}
        for knob in self.knobs:
            value = knob.read(parts[0]) if parts else None
            if value is None and knob.default is None:
                got = f"got {parts[0]!r}" if parts else "the id ends"
                raise InvalidConfig(f"expected {knob.grammar} ({knob.meaning}), {got}")
            if value is not None:
                if not knob.allows(value):
                    raise InvalidConfig(f"expected {knob.grammar} ({knob.meaning}), got {parts[0]!r}")
                if value == knob.default:
                    raise InvalidConfig(f"{parts[0]!r} is the default of {knob.keyword} and is not written")
                parts.pop(0)
            arguments[knob.keyword] = knob.default if value is None else value
        if parts:
            raise InvalidConfig(f"expected the end of the id, got {parts[0]!r}")
        return arguments


def _grid(*axes: Iterable[int | str]) -> tuple[tuple[int | str, ...], ...]:
    """Every combination of one value per axis."""
    return tuple(itertools.product(*axes))


_ROWS = (
    World(
        name="TextWorld",
        entry_point="textarena_rl.envs.textworld.env:TextWorldEnv",
        description="Rooms, doors, chests and keys: carry out a quest told in words.",
        knobs=(
            Knob("w", "world_size", 1, 12, "rooms"),
            Knob("o", "nb_objects", 1, 40, "objects, at least"),
            Knob("q", "quest_length", 1, 20, "actions on the shortest way to win"),
        ),
        canonical=_grid((1, 2, 4, 6, 8), (1, 2, 3, 4, 6, 8, 12), (1, 2, 3, 4, 5, 6, 8, 12)),
        extra="textworld",
        requires=("textworld",),
    ),
)

WORLDS: dict[str, World] = {row.name: row for row in _ROWS}
"""Every world by name."""


def _split(env_id: str) -> tuple[World | None, str]:
    """The row with the longest name that begins the id, and the rest of the id."""
    fits = [row for row in WORLDS.values() if env_id == row.name or env_id.startswith(row.name + "-")]
    row = max(fits, key=lambda row: len(row.name), default=None)
    return row, env_id[len(row.name) + 1 :] if row else env_id


def _nearest(env_id: str) -> tuple[World, str]:
    """The world that the writer of a wrong id may have meant, and the valid id closest to it."""
    row, tail = _split(env_id)
    if row is None:
        name = env_id.rpartition(":")[2].rpartition("/")[2]
        head = name.partition("-")[0]
        by_lower = {world.lower(): world for world in WORLDS}
        close = difflib.get_close_matches(head.lower(), by_lower, n=1, cutoff=0.0)
        row, tail = WORLDS[by_lower[close[0]]], name.partition("-")[2]
    parts = [part for part in re.split(r"[-_/ ]", tail) if part]
    return row, row.write([knob.nearest(parts) for knob in row.knobs])


def parse(env_id: str) -> tuple[str, dict[str, Any]]:
    """The world's name and the constructor arguments behind an id; the inverse of :func:`make_id`.

    >>> parse("TextWorld-w2-o3-q4")
    ('TextWorld', {'world_size': 2, 'nb_objects': 3, 'quest_length': 4})

    Raises:
        UnknownId: The id is not in the grammar; the message names the nearest id that is.
    """
    row, tail = _split(env_id)
    if row is None:
        problem = f"expected an id that begins with {' or '.join(WORLDS)}"
    else:
        try:
            return row.name, row.read(tail)
        except InvalidConfig as error:
            problem = str(error)
    nearest_row, nearest_id = _nearest(env_id)
    raise UnknownId(f"id {env_id!r}: {problem}. Did you mean {nearest_id}? The grammar is {nearest_row.grammar}.")


def make_id(world: str, **arguments: int | str) -> str:
    """The id of a world with these knob values; the inverse of :func:`parse`.

    >>> make_id("TextWorld", world_size=2, nb_objects=3, quest_length=4)
    'TextWorld-w2-o3-q4'

    Raises:
        UnknownId: There is no such world.
        InvalidConfig: A knob is missing, unknown or out of range.
    """
    if world not in WORLDS:
        raise UnknownId(
            f"world {world!r}: expected one of {', '.join(WORLDS)}. Did you mean {_nearest(world)[0].name}?"
        )
    row = WORLDS[world]
    unknown = sorted(set(arguments) - {knob.keyword for knob in row.knobs})
    if unknown:
        raise InvalidConfig(f"{world}: expected the knobs of {row.grammar}, got {', '.join(unknown)}. Leave them out.")
    values: list[int | str] = []
    for knob in row.knobs:
        value = arguments.get(knob.keyword, knob.default)
        if not knob.allows(value):
            raise InvalidConfig(
                f"{world}: expected {knob.keyword} in {knob.grammar}, got {value!r}. Give {knob.meaning}."
            )
        values.append(cast("int | str", value))
    return row.write(values)


def ids() -> list[str]:
    """The canonical ids, which ``gym.make`` knows as they are; many more are in the grammar."""
    return [row.write(values) for row in WORLDS.values() for values in row.canonical]


def spec(env_id: str, **kwargs: Any) -> EnvSpec:
    """Gymnasium's specification of any id in the grammar, for ``gym.make`` and ``gym.make_vec``.

    Args:
        env_id: An id, registered or not.
        **kwargs: Further constructor arguments, such as ``split`` or ``max_turns``.

    Raises:
        UnknownId: The id is not in the grammar.
    """
    world, arguments = parse(env_id)
    # The worlds count their own turns, refuse a step after the end and have a conformance suite: no wrapper is needed.
    return EnvSpec(
        id=env_id,
        entry_point=WORLDS[world].entry_point,
        kwargs={**arguments, **kwargs},
        order_enforce=False,
        disable_env_checker=True,
    )


def make(env_id: str, **kwargs: Any) -> gym.Env[str, str]:
    """The environment behind any id in the grammar.

    Args:
        env_id: An id, registered or not.
        **kwargs: Further constructor arguments, such as ``split``, ``max_turns`` or ``expert_actions``.

    Raises:
        UnknownId: The id is not in the grammar.
    """
    return cast("gym.Env[str, str]", gym.make(spec(env_id, **kwargs)))


def describe(env_id: str) -> str:
    """The manual of an id: its settings, its grammar and its world's own documentation (which is imported).

    Raises:
        UnknownId: The id is not in the grammar.
    """
    world, arguments = parse(env_id)
    row = WORLDS[world]
    settings = [
        f"  {knob.grammar:<12} {knob.keyword} = {arguments[knob.keyword]}  ({knob.meaning})" for knob in row.knobs
    ]
    env_class = gym.envs.registration.load_env_creator(row.entry_point)
    import inspect

    manual = inspect.getdoc(env_class) or ""
    needs = [f"Extra: {row.extra}"] if row.extra else []
    return "\n".join([env_id, row.description, "", f"Grammar: {row.grammar}", *settings, *needs, "", manual])


def register() -> None:
    """Tell Gymnasium the canonical ids; runs once, at ``import textarena_rl``.

    ``gym.register`` looks through all that is registered on every call; writing the rows is linear.
    """
    registry.update({env_id: spec(env_id) for env_id in ids()})
