"""The table of worlds, and everything that turns an id into an environment.

To add a world, write its folder with an ``ids.py`` and name it in :data:`WORLDS`: conformance, solvability and
documentation tests pick it up from here. An ``ids.py`` holds rows and imports nothing of its world.
"""

from __future__ import annotations

import difflib
import inspect
from typing import Any, cast

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, WrapperSpec, load_env_creator, registry

from textarena_rl.envs.alfworld import ids as alfworld
from textarena_rl.envs.sokoban import ids as sokoban
from textarena_rl.envs.swe_gym import ids as swe_gym
from textarena_rl.envs.textworld import ids as textworld
from textarena_rl.envs.webshop import ids as webshop
from textarena_rl.errors import InvalidConfig, UnknownId
from textarena_rl.grammar import Value, World

__all__ = ["WORLDS", "describe", "ids", "make", "make_id", "parse", "register", "spec"]

_ROWS = (*textworld.ROWS, *sokoban.ROWS, *alfworld.ROWS, *webshop.ROWS, *swe_gym.ROWS)
WORLDS: dict[str, World] = {row.name: row for row in _ROWS}
"""Every world by name."""


def _row_of(env_id: str) -> World | None:
    """The row with the longest name that begins the id."""
    fits = [row for row in WORLDS.values() if env_id == row.name or env_id.startswith(row.name + "-")]
    return max(fits, key=lambda row: len(row.name), default=None)


def _guess(env_id: str) -> World:
    """The world that the writer of an unknown id most likely meant."""
    names = {name.lower(): row for name, row in WORLDS.items()}
    written = env_id.lower()
    best = max(names, key=lambda name: difflib.SequenceMatcher(None, name, written[: len(name)]).ratio())
    return names[best]


def _nearest(env_id: str) -> tuple[World, str]:
    """The row and the id that the writer of a wrong id most likely meant, among all rows of that world."""
    written = env_id.rpartition(":")[2].rpartition("/")[2]
    family = (_row_of(written) or _guess(written)).family
    candidates = []
    for row in (row for row in WORLDS.values() if row.family == family):
        named = written.lower().startswith(row.name.lower())
        candidates.append((row, row.nearest(written[len(row.name) :] if named else written)))

    def num_kept(candidate: tuple[World, str]) -> int:
        """How many of the characters written are in the candidate, in order."""
        blocks = difflib.SequenceMatcher(None, candidate[1].lower(), written.lower()).get_matching_blocks()
        return sum(block.size for block in blocks)

    # Of equals the first: the plainest row of a world comes before its special ones.
    return max(candidates, key=num_kept)


def parse(env_id: str) -> tuple[str, dict[str, Any]]:
    """The world's name and the constructor arguments behind an id; the inverse of :func:`make_id`.

    >>> parse("TextWorld-coin-l5")
    ('TextWorld-coin', {'level': 5})

    Raises:
        UnknownId: The id is not in the grammar; the message names the nearest id that is.
    """
    row = _row_of(env_id)
    if row is None:
        families = ", ".join(dict.fromkeys(row.family for row in WORLDS.values()))
        problem = f"expected the name of a world ({families}) at the beginning"
    else:
        try:
            return row.name, row.read(env_id[len(row.name) + 1 :])
        except InvalidConfig as error:
            problem = str(error)
    meant, nearest = _nearest(env_id)
    raise UnknownId(f"id {env_id!r}: {problem}. Did you mean {nearest}? The grammar is {meant.grammar}.")


def make_id(world: str, **arguments: Value) -> str:
    """The id of a world with these settings; the inverse of :func:`parse`.

    >>> make_id("TextWorld", world_size=2, nb_objects=3, quest_length=4)
    'TextWorld-w2-o3-q4'

    Raises:
        UnknownId: There is no such world.
        InvalidConfig: A setting is missing, unknown or out of range.
    """
    if world not in WORLDS:
        raise UnknownId(f"world {world!r}: expected one of {', '.join(WORLDS)}. Did you mean {_guess(world).name}?")
    row = WORLDS[world]
    unknown = sorted(set(arguments) - {knob.keyword for knob in row.knobs})
    if unknown:
        raise InvalidConfig(
            f"{world}: expected the settings of {row.grammar}, got {', '.join(unknown)}. Leave them out."
        )
    values: list[Value] = []
    for knob in row.knobs:
        value = arguments.get(knob.keyword, knob.default)
        if not knob.allows(value):
            raise InvalidConfig(f"{world}: expected {knob.keyword} as in {knob.grammar}, got {value!r}. Change it.")
        values.append(cast(Value, value))
    return row.write(values)


def ids() -> list[str]:
    """The canonical ids, which ``gym.make`` knows as they are; the grammar holds many more."""
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
    # Worlds count their own turns, refuse a step after the end and pass the conformance suite: no wrapper is needed.
    return EnvSpec(
        id=env_id,
        entry_point=WORLDS[world].entry_point,
        kwargs={**arguments, **kwargs},
        additional_wrappers=tuple(
            WrapperSpec(entry_point.rpartition(":")[2], entry_point, dict(settings))
            for entry_point, settings in WORLDS[world].wrappers
        ),
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
        MissingDependency: The world needs an extra that is not installed.
    """
    return cast("gym.Env[str, str]", gym.make(spec(env_id, **kwargs)))


def describe(env_id: str) -> str:
    """The manual of an id: what it sets, the grammar, and the documentation of its world (which is imported).

    Raises:
        UnknownId: The id is not in the grammar.
    """
    world, arguments = parse(env_id)
    row = WORLDS[world]
    lines = [env_id, row.description, "", f"Ids: {row.grammar}, {len(row.canonical)} of them known to gym.make"]
    lines += [f"  {knob.keyword} = {arguments[knob.keyword]}  ({knob.meaning}; {knob.grammar})" for knob in row.knobs]
    for entry_point, settings in row.wrappers:
        given = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        lines.append(f"Wrapper: {entry_point.rpartition(':')[2]}({given})")
    if row.extra:
        lines.append(f"Extra: pip install 'textarena-rl[{row.extra}]'")
    return "\n".join([*lines, "", inspect.getdoc(load_env_creator(row.entry_point)) or ""]).rstrip() + "\n"


def register() -> None:
    """Tell Gymnasium the canonical ids; ``import textarena_rl`` does it.

    ``gym.register`` compares with all that is registered on every call; writing the rows is linear.
    """
    registry.update({env_id: spec(env_id) for env_id in ids()})
