"""Reading an official game: the JSON of a ``game.tw-pddl`` file, the PDDL problem in it, and the sentence of its task.

Only what the rules use is read, and everything else is refused, so that a game is either understood or not played.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NoReturn

from textarena_rl.envs.alfworld.games import PROPERTIES, TASK_TYPES, Game, Goal, Receptacle, Thing, simulator_id
from textarena_rl.errors import InvalidConfig

__all__ = ["read_game", "solvable"]

_IGNORED = {"=", "wasInReceptacle", "checked", "examined", "full", "isReceptacleObjectFull"}
"""Facts that change nothing that a player can see or do."""

_ARITY = {
    "atLocation": 2,
    "receptacleAtLocation": 2,
    "objectAtLocation": 2,
    "inReceptacle": 2,
    "inReceptacleObject": 2,
    "objectType": 2,
    "receptacleType": 2,
    "canContain": 2,
    "openable": 1,
    "opened": 1,
    **dict.fromkeys(PROPERTIES, 1),
}
"""The facts that are read, and how many arguments each has."""

_PLACED = ["inReceptacle", "objectType", "receptacleType"]
_GOALS: dict[tuple[str, ...], str] = {
    tuple(sorted(_PLACED)): "pick",
    tuple(sorted([*_PLACED, *_PLACED, "="])): "two",
    tuple(sorted([*_PLACED, "cleanable", "isClean"])): "clean",
    tuple(sorted([*_PLACED, "heatable", "isHot"])): "heat",
    tuple(sorted([*_PLACED, "coolable", "isCool"])): "cool",
    (
        "atLocation",
        "holds",
        "inReceptacle",
        "isToggled",
        "objectType",
        "objectType",
        "receptacleAtLocation",
        "toggleable",
    ): ("look"),
}
"""The six forms of a goal, told apart by their conditions."""

_TASK = re.compile(r'"task"\s*:\s*\[\s*\{\s*"rhs"\s*:\s*("(?:[^"\\]|\\.)*")')
_OLD_PUT = re.compile(r"put (.+) in/on (.+)")

Tree = list[Any]
Facts = dict[str, list[tuple[str, ...]]]


class _Malformed(Exception):
    """The text is not a game; the message says what was expected and what came."""


def read_game(text: str, game_id: str, where: str) -> Game:
    """The game in the text of a ``game.tw-pddl`` file.

    Args:
        text: The whole file.
        game_id: What to call the game.
        where: The file's name, for errors.

    Raises:
        InvalidConfig: The text is damaged, or the game needs rules that the text world does not have.
    """
    try:
        data = json.loads(text)
        problem, grammar = data["pddl_problem"], data["grammar"]
        tree = _parse(problem)
        sections = {part[0].lower(): part[1:] for part in tree if isinstance(part, list) and part}
        for name in (":init", ":goal"):
            if name not in sections:
                _refuse(f"a section {name}", f"the sections {', '.join(sorted(map(str, sections)))}")
        facts = _facts(sections[":init"])
        walkthrough = data.get("walkthrough") or ()
        return _game(game_id, facts, _goal(sections[":goal"]), _task(grammar), tuple(map(_current, walkthrough)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, _Malformed) as error:
        reason = f"the key {error}" if isinstance(error, KeyError) else str(error)
        raise InvalidConfig(
            f"{where}: expected a game of the text version of ALFWorld, and it cannot be read: {reason}. "
            "Bring a fresh copy of this file, or take it away."
        ) from error


def solvable(text: str, where: str) -> bool:
    """Whether the file says that its game can be won; the original plays no others.

    Raises:
        InvalidConfig: The text is not JSON.
    """
    try:
        return bool(json.loads(text).get("solvable", False))
    except (ValueError, AttributeError, RecursionError) as error:
        raise InvalidConfig(
            f"{where}: expected the JSON of a game.tw-pddl file, got other text ({error}). Download it again."
        ) from error


def _refuse(expected: str, got: str) -> NoReturn:
    raise _Malformed(f"expected {expected}, got {got[:120]}")


def _parse(problem: str) -> Tree:
    """The nested lists of a PDDL text."""
    tokens = re.findall(r"[()]|[^\s()]+", re.sub(r";[^\n]*", "", problem))
    if not tokens or tokens[0] != "(":
        _refuse("PDDL that begins with a bracket", repr(problem[:40]))
    stack: list[Tree] = [[]]
    for number, token in enumerate(tokens):
        if token == "(":
            stack.append([])
        elif token == ")":
            closed = stack.pop()
            stack[-1].append(closed)
            if len(stack) == 1:
                if number + 1 < len(tokens):
                    _refuse("one expression", f"{' '.join(tokens[number + 1 : number + 6])!r} after its end")
                return closed
        else:
            stack[-1].append(token)
    _refuse("as many closing as opening brackets", f"{len(stack) - 1} left open at the end")


def _facts(rows: Tree) -> Facts:
    """The facts by predicate, each once."""
    facts: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
    for row in rows:
        if not isinstance(row, list) or not row or not isinstance(row[0], str):
            _refuse("a fact", repr(row))
        name, arguments = row[0], tuple(row[1:])
        if name in _IGNORED:
            continue
        if len(arguments) != _ARITY.get(name, -1) or not all(isinstance(part, str) for part in arguments):
            _refuse(f"a fact of {', '.join(sorted(_ARITY))}", f"({name} {' '.join(map(str, arguments))})")
        facts[name][arguments] = None
    return {name: list(found) for name, found in facts.items()}


def _conditions(tree: Tree) -> Iterator[Tree]:
    """The innermost lists of a goal, without what quantifies and joins them."""
    head = tree[0] if tree else None
    if head in ("and", "not"):
        for part in tree[1:]:
            yield from _conditions(part)
    elif head == "exists":
        yield from _conditions(tree[2])
    elif isinstance(head, list):
        for part in tree:
            yield from _conditions(part)
    else:
        yield tree


def _kind(name: str) -> str:
    """``Apple`` of ``AppleType``."""
    if not name.endswith("Type"):
        _refuse("a kind such as AppleType", repr(name))
    return name.removesuffix("Type")


def _goal(tree: Tree) -> Goal:
    """The goal, if it has one of the six forms."""
    conditions = list(_conditions(tree))
    task_type = _GOALS.get(tuple(sorted(str(condition[0]) for condition in conditions)))
    if task_type is None:
        _refuse(f"a goal of the types {', '.join(TASK_TYPES)}", " ".join(map(str, conditions)))
    kinds = {arguments[0]: _kind(arguments[1]) for name, *arguments in conditions if name == "objectType"}
    if task_type == "look":
        holder = {name: arguments for name, *arguments in conditions}
        return Goal(task_type, kinds[holder["holds"][1]], kinds[holder["isToggled"][0]])
    targets = {_kind(arguments[1]) for name, *arguments in conditions if name == "receptacleType"}
    if len(set(kinds.values())) != 1 or len(targets) != 1:
        _refuse("a goal about one kind of thing and one of receptacle", " ".join(map(str, conditions)))
    return Goal(task_type, next(iter(kinds.values())), targets.pop())


def _task(grammar: str) -> str:
    """The sentence that states the task, out of the grammar of the game's texts."""
    match = _TASK.search(grammar)
    if match is None:
        _refuse('a rule "task" in the grammar', repr(grammar[:40]))
    return str(json.loads(match[1], strict=False))


def _current(command: str) -> str:
    """A command in the words of text version 0.4."""
    match = _OLD_PUT.fullmatch(command)
    return f"move {match[1]} to {match[2]}" if match else command


def _one(rows: dict[str, list[str]], name: str, what: str) -> str | None:
    """The only entry of ``name``; None where there is none."""
    found = rows.get(name, [])
    if len(found) > 1:
        _refuse(f"one {what} of {name}", ", ".join(found))
    return found[0] if found else None


def _game(game_id: str, facts: Facts, goal: Goal, task: str, walkthrough: tuple[str, ...]) -> Game:
    """The game that the facts describe."""
    pairs: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    marked: dict[str, set[str]] = defaultdict(set)
    for name, rows in facts.items():
        for row in rows:
            if len(row) == 2:
                pairs[name][row[0]].append(row[1])
            else:
                marked[name].add(row[0])
    if len(facts.get("atLocation", [])) != 1:
        _refuse("one agent at one location", str(facts.get("atLocation", [])))
    kinds, furniture = pairs["objectType"], pairs["receptacleType"]
    for name, known in (("inReceptacle", furniture), ("receptacleAtLocation", furniture)):
        used = {row[1 if name == "inReceptacle" else 0] for row in facts.get(name, [])}
        if not used <= set(known):
            _refuse("a receptacleType for every receptacle", ", ".join(sorted(used - set(known))))
    located = [name for part in ("inReceptacle", "objectAtLocation", "inReceptacleObject") for name in pairs[part]]
    located += [outer for outers in pairs["inReceptacleObject"].values() for outer in outers]
    things = {*kinds, *located, *(name for part in PROPERTIES for name in marked[part])}
    if not things <= set(kinds):
        _refuse("an objectType for every object", ", ".join(sorted(things - set(kinds))))

    def spot(name: str | None) -> str | None:
        return None if name is None else simulator_id(name)

    return Game(
        id=game_id,
        goal=goal,
        task=task,
        start=simulator_id(facts["atLocation"][0][1]),
        receptacles=tuple(
            Receptacle(
                id=simulator_id(name),
                kind=_kind(str(_one(furniture, name, "type"))),
                location=spot(_one(pairs["receptacleAtLocation"], name, "location")),
                openable=name in marked["openable"],
                opened=name in marked["opened"],
            )
            for name in sorted(furniture, key=str.lower)
        ),
        things=tuple(
            Thing(
                id=simulator_id(name),
                kind=_kind(str(_one(kinds, name, "type"))),
                properties=tuple(part for part in PROPERTIES if name in marked[part]),
                receptacles=tuple(map(simulator_id, pairs["inReceptacle"].get(name, ()))),
                locations=tuple(map(simulator_id, pairs["objectAtLocation"].get(name, ()))),
                inside=tuple(map(simulator_id, pairs["inReceptacleObject"].get(name, ()))),
            )
            for name in sorted(kinds, key=str.lower)
        ),
        accepts=tuple(
            sorted((_kind(kind), tuple(sorted(map(_kind, kinds)))) for kind, kinds in pairs["canContain"].items())
        ),
        walkthrough=walkthrough,
    )
