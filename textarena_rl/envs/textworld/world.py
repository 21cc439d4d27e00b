"""What of a game never changes while it is played (:class:`World`), and what does (:class:`State`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.recipe import COOKING, CUTTING, Recipe, read_recipe
from textarena_rl.envs.textworld.text import compile_text, subjects, with_article
from textarena_rl.errors import MissingData

__all__ = ["INVENTORY", "PLAYER", "Condition", "Scoring", "State", "World"]

INVENTORY = "I"
"""The holder of what the player carries."""

PLAYER = "P"

_STATUS = ("open", "closed", "locked")
_PLACE = ("at", "in", "on")
_WAYS = {f"{way}_of": way for way in ("north", "south", "east", "west")}
_ALWAYS = frozenset({"free", "link", "match", *_WAYS})
"""Facts that no action changes, or that follow from the others."""

_TRAITS = frozenset(
    {"edible", "inedible", "drinkable", "raw", "needs_cooking", "cooked", "burned", "consumed", "sharp", "uncut"}
    | {"cookable", "cuttable", *COOKING, *CUTTING}
)
_NEVER_SEEN = frozenset({"RECIPE", "ingredient", "slot"})

Condition = tuple[tuple[str, str, str], ...]
"""Facts that must hold together: ``("room", r, "")``, ``("held", thing, holder)``, ``("status", thing, value)`` or
``("trait", thing, trait)``."""


@dataclass(slots=True)
class State:
    """Where everything is; the lists in ``contents`` are in the order in which the game lists them."""

    room: str
    holder: dict[str, str | None]
    contents: dict[str, list[str]]
    status: dict[str, str]
    completed: tuple[bool, ...]
    articled: dict[str, str]
    """Names as lists show them: ``a type J chest``, ``a diced carrot``; replaced, never changed."""
    traits: dict[str, frozenset[str]] = field(default_factory=dict)
    """What is true of each thing in a cooking game, such as ``raw`` and ``uncut``."""
    slots: tuple[int, int] = (0, 0)
    """Where the player carries a few things only: the free and the used slots, as the game's logic counts them."""
    ghosts: tuple[str, ...] = ()
    """Ingredients of the meal that the game's logic takes to be carried still."""
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
            self.articled,
            self.traits.copy(),
            self.slots,
            self.ghosts,
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
        """Whether every fact of the condition is true: none of them is of the sort that something is *not* so."""
        for kind, subject, value in condition:
            if kind == "held":
                if self.holder[subject] != (value or None):
                    return False
            elif kind == "status":
                if self.status[subject] != value:
                    return False
            elif kind == "trait":
                if value not in self.traits[subject]:
                    return False
            elif self.room != subject:
                return False
        return True

    def cut_of(self, food: str) -> str:
        """How a food is cut: ``uncut``, ``sliced``, ``diced`` or ``chopped``."""
        return next((value for value in CUTTING if value in self.traits[food]), "uncut")

    def cooking_of(self, food: str) -> str:
        """How a food is cooked: ``raw``, ``fried``, ``roasted`` or ``grilled``."""
        return next((value for value in COOKING if value in self.traits[food]), "raw")


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
    article: dict[str, str] = field(default_factory=dict)
    """The indefinite article of each thing; empty: chosen by the first letter."""
    text: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    type: dict[str, str] = field(default_factory=dict)
    depends: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    """For each room, whose status and whose contents its description tells."""
    described: dict[tuple[Any, ...], str] = field(default_factory=dict)
    """Descriptions of rooms that were told before, by all that they depend on."""
    exits: dict[str, dict[str, tuple[str, str | None]]] = field(default_factory=dict)
    """For each room, where a direction leads and through which door."""
    doors: dict[str, list[str]] = field(default_factory=dict)
    """The doors of each room."""
    key: dict[str, str] = field(default_factory=dict)
    """The key of what can be locked."""
    silent: frozenset[str] = frozenset()
    """Things that open, but of which no admissible command speaks."""
    recipe: Recipe | None = None
    capacity: int | None = None
    """How many things the player can carry; None: any number."""
    scoring: tuple[Scoring, ...] = ()
    watched: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """For each thing or room, the quests that it has a part in."""
    repeatable: bool = False
    """Whether a quest can be rewarded again and again."""
    optimal_turns: int | None = None
    """The length of a shortest win, once it is known."""
    tools: Any = None
    """Room for the parser and the commands of this world, which all its engines share."""
    start: State = field(init=False)

    def __post_init__(self) -> None:
        self.optimal_turns = self.game.optimal_turns
        self._name_things()
        rooms = [id for id, type in self.type.items() if type == "r"]
        self.exits = {room: {} for room in rooms}
        self.doors = {room: [] for room in rooms}
        self.start = State("", {}, {}, {}, (False,) * len(self.game.quests), self.articled)
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
        for number, quest in enumerate(self.scoring):
            for subject in {test[1] for condition in (*quest.win, *quest.fail) for test in condition}:
                self.watched[subject] = (*self.watched.get(subject, ()), number)
        self.repeatable = any(quest.repeatable for quest in self.scoring)
        if self.recipe is not None:
            self.start.articled = {**self.articled, **{food: self.shown(self.start, food) for food in self._foods()}}

    def _name_things(self) -> None:
        self.type[PLAYER] = PLAYER
        self.name[PLAYER] = self.definite[PLAYER] = self.articled[PLAYER] = "yourself"
        for entity in self.game.entities:
            if entity.type in _NEVER_SEEN:
                continue
            self.type[entity.id] = entity.kind
            self.name[entity.id] = entity.name
            self.article[entity.id] = entity.indefinite
            self.articled[entity.id] = with_article(entity.name, entity.indefinite)
            # Inform takes a door that is declared as "called d_0" for a proper name.
            article = entity.definite or ("" if entity.kind == "d" else "the")
            self.definite[entity.id] = f"{article} {entity.name}".lstrip()
            self.text[entity.id] = compile_text(entity.text, entity.id, entity.kind == "r")
            if entity.kind == "r":
                opening, holding = subjects(self.text[entity.id])
                self.depends[entity.id] = (tuple(sorted(opening)), (entity.id, *sorted(holding)))

    def _foods(self) -> list[str]:
        return [id for id, type in self.type.items() if type == "f"]

    def _read_facts(self) -> None:
        facts = [tuple(fact.split()) for fact in self.game.facts]
        doors = {(fact[1], fact[3]): fact[2] for fact in facts if fact[0] == "link"}
        self.recipe, self.start.slots, facts = read_recipe(self.game, facts)
        if self.recipe is not None:
            self.start.traits = {id: frozenset() for id, type in self.type.items() if type not in "rdP"}
            self.capacity = sum(self.start.slots) or None
        for kind, *names in facts:
            if kind in _WAYS:
                target, room = names
                self.exits[room][_WAYS[kind]] = (target, doors.get((room, target)))
            else:
                self._read_fact(kind, names)
        for thing, type in self.type.items():
            # What opens is closed unless a fact says otherwise; the game's logic knows nothing of that.
            if type in ("c", "d") and thing not in self.start.status:
                self.start.status[thing] = "closed"
                self.silent |= {thing}
        for room, exits in self.exits.items():
            self.doors[room] = [door for _, door in exits.values() if door is not None]

    def _read_fact(self, kind: str, names: list[str]) -> None:
        if kind in _STATUS:
            self.start.status[names[0]] = kind
        elif kind == "match":
            self.key[names[1]] = names[0]
        elif kind in _PLACE and names[0] == PLAYER:
            self.start.room = names[1]
        elif kind in _PLACE:
            self.start.holder[names[0]] = names[1]
        elif kind in _TRAITS and self.recipe is not None:
            self.start.traits[names[0]] |= {kind}
        elif kind not in _ALWAYS and kind != "edible":
            raise _unknown("the facts of the standard or the cooking rules", " ".join((kind, *names)))

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
            elif kind in _TRAITS and self.recipe is not None:
                tests.append(("trait", names[0], kind))
            elif kind not in _ALWAYS:
                raise _unknown("a quest in terms of the standard or the cooking rules", fact)
        return tuple(tests)

    def prefixed(self, state: State, thing: str) -> str:
        """The name as a look at it shows it: ``diced fried carrot``."""
        traits = state.traits.get(thing)
        if traits is None or self.type[thing] != "f":
            return self.name[thing]
        cut, cooking = state.cut_of(thing), state.cooking_of(thing)
        words = [] if cut == "uncut" else [cut]
        if "needs_cooking" in traits:
            words.append("raw")
        elif "burned" in traits:
            words.append("burned")
        elif cooking != "raw":
            words.append(cooking)
        return " ".join([*words, self.name[thing]])

    def shown(self, state: State, thing: str) -> str:
        """The name as lists show it: ``a diced fried carrot``."""
        return with_article(self.prefixed(state, thing), self.article[thing])


def _unknown(expected: str, got: str) -> MissingData:
    return MissingData(
        f"TextWorld: expected {expected}, got {got!r}. "
        "Compile the game with the textworld package and play the .z8 file."
    )
