"""What of a game never changes while it is played (:class:`World`), and what does (:class:`State`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.text import compile_text, with_article
from textarena_rl.errors import MissingData

__all__ = ["INVENTORY", "PLAYER", "Condition", "Scoring", "State", "World"]

INVENTORY = "I"
"""The holder of what the player carries."""

PLAYER = "P"

_STATUS = ("open", "closed", "locked")
_PLACE = ("at", "in", "on")
_WAYS = {f"{way}_of": way for way in ("north", "south", "east", "west")}
_ALWAYS = frozenset({"free", "link", "match", "edible", *_WAYS})
"""Facts that no action changes, or that follow from the others."""

Condition = tuple[tuple[str, str, str], ...]
"""Facts that must hold together: ``("room", r, "")``, ``("held", thing, holder)`` or ``("status", thing, value)``."""


@dataclass(slots=True)
class State:
    """Where everything is; the lists in ``contents`` are in the order in which the game lists them."""

    room: str
    holder: dict[str, str | None]
    contents: dict[str, list[str]]
    status: dict[str, str]
    completed: tuple[bool, ...]
    score: int = 0
    won: bool = False
    lost: bool = False
    turns: int = 0

    def copy(self) -> State:
        """An independent copy."""
        return State(
            self.room,
            self.holder.copy(),
            {holder: things.copy() for holder, things in self.contents.items()},
            self.status.copy(),
            self.completed,
            self.score,
            self.won,
            self.lost,
            self.turns,
        )

    def move(self, thing: str, holder: str | None) -> None:
        """Put ``thing`` in front of what is in ``holder``; None takes it out of the game."""
        before = self.holder[thing]
        if before is not None:
            self.contents[before].remove(thing)
        self.holder[thing] = holder
        if holder is not None:
            self.contents[holder].insert(0, thing)

    def holds(self, condition: Condition) -> bool:
        """Whether every fact of the condition is true."""
        for kind, subject, value in condition:
            if kind == "held":
                if self.holder[subject] != (value or None):
                    return False
            elif kind == "status":
                if self.status[subject] != value:
                    return False
            elif self.room != subject:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Scoring:
    """One quest, ready to be tested."""

    reward: int
    win: tuple[Condition, ...]
    fail: tuple[Condition, ...]
    required: bool
    repeatable: bool


@dataclass(slots=True)
class World:
    """The fixed part of a game, computed once and shared by all copies of an engine."""

    game: Game
    name: dict[str, str] = field(default_factory=dict)
    articled: dict[str, str] = field(default_factory=dict)
    """Names as lists show them: ``a type J chest``."""
    definite: dict[str, str] = field(default_factory=dict)
    """Names as sentences show them: ``the type J chest``; a door's has no article."""
    text: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    type: dict[str, str] = field(default_factory=dict)
    exits: dict[str, dict[str, tuple[str, str | None]]] = field(default_factory=dict)
    """For each room, where a direction leads and through which door."""
    doors: dict[str, list[str]] = field(default_factory=dict)
    """The doors of each room."""
    key: dict[str, str] = field(default_factory=dict)
    """The key of what can be locked."""
    scoring: tuple[Scoring, ...] = ()
    start: State = field(init=False)

    def __post_init__(self) -> None:
        self.type[PLAYER] = PLAYER
        self.name[PLAYER] = self.definite[PLAYER] = self.articled[PLAYER] = "yourself"
        for entity in self.game.entities:
            self.type[entity.id] = entity.type
            self.name[entity.id] = entity.name
            self.articled[entity.id] = with_article(entity.name, entity.indefinite)
            # Inform takes a door that is declared as "called d_0" for a proper name.
            article = entity.definite or ("" if entity.type == "d" else "the")
            self.definite[entity.id] = f"{article} {entity.name}".lstrip()
            self.text[entity.id] = compile_text(entity.text, entity.id)
        rooms = [id for id, type in self.type.items() if type == "r"]
        self.exits = {room: {} for room in rooms}
        self.doors = {room: [] for room in rooms}
        self.start = State("", {}, {}, {}, (False,) * len(self.game.quests))
        for holder in (*rooms, INVENTORY, *(id for id, type in self.type.items() if type in "cs")):
            self.start.contents[holder] = []
        for id, type in self.type.items():
            if type not in "rdP":
                self.start.holder[id] = None
        self._read_facts()
        for thing, held_by in self.start.holder.items():
            if held_by is not None:
                self.start.contents[held_by].append(thing)
        self.scoring = tuple(
            Scoring(
                quest.reward,
                tuple(map(self._condition, quest.win)),
                tuple(map(self._condition, quest.fail)),
                not quest.optional and bool(quest.win),
                quest.repeatable,
            )
            for quest in self.game.quests
        )

    def _read_facts(self) -> None:
        facts = [tuple(fact.split()) for fact in self.game.facts]
        doors = {(fact[1], fact[3]): fact[2] for fact in facts if fact[0] == "link"}
        for kind, *names in facts:
            if kind in _STATUS:
                self.start.status[names[0]] = kind
            elif kind == "match":
                self.key[names[1]] = names[0]
            elif kind in _WAYS:
                target, room = names
                self.exits[room][_WAYS[kind]] = (target, doors.get((room, target)))
            elif kind in _PLACE and names[0] == PLAYER:
                self.start.room = names[1]
            elif kind in _PLACE:
                self.start.holder[names[0]] = names[1]
            elif kind not in _ALWAYS:
                raise MissingData(
                    f"TextWorld: expected the facts of the standard rules, got {kind!r}. "
                    "Play this game with the textworld package."
                )
        for room, exits in self.exits.items():
            self.doors[room] = [door for _, door in exits.values() if door is not None]

    def _condition(self, facts: tuple[str, ...]) -> Condition:
        tests: list[tuple[str, str, str]] = []
        for fact in facts:
            kind, *names = fact.split()
            if kind in _STATUS:
                tests.append(("status", names[0], kind))
            elif kind == "eaten":
                tests.append(("held", names[0], ""))
            elif kind in _PLACE and names[0] == PLAYER:
                tests.append(("room", names[1], ""))
            elif kind in _PLACE:
                # Where a container or supporter stands is tested too; it never moves.
                tests.append(("held", names[0], names[1]))
            elif kind not in _ALWAYS:
                raise MissingData(
                    f"TextWorld: expected a quest in terms of the standard rules, got {fact!r}. "
                    "Play this game with the textworld package."
                )
        return tuple(tests)
