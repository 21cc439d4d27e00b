"""What a TextWorld game is, as plain data: :class:`Game`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Entity", "Game", "Quest"]

_KINDS = {"oven": "c", "toaster": "c", "stove": "s", "meal": "f"}


@dataclass(frozen=True, slots=True)
class Entity:
    """A room, door or thing: its id (``c_0`` is container 0), its name and the text that describes it."""

    id: str
    name: str
    text: str
    indefinite: str = ""
    """The article in lists; empty: chosen by the first letter."""
    definite: str = ""
    synonyms: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """``r`` room, ``d`` door, ``c`` container, ``s`` supporter, ``f`` food, ``k`` key, ``o`` any other thing.

        Cooking games have more, such as ``oven`` and ``meal``.
        """
        return self.id.partition("_")[0]

    @property
    def kind(self) -> str:
        """The type of one letter that a type of a cooking game is a special case of."""
        return _KINDS.get(self.type, self.type)


@dataclass(frozen=True, slots=True)
class Quest:
    """A reward, and the sets of facts of which any one earns it (``win``) or loses the game (``fail``)."""

    reward: int
    win: tuple[tuple[str, ...], ...]
    fail: tuple[tuple[str, ...], ...] = ()
    optional: bool = False
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Game:
    """All that is needed to play one game; facts are strings such as ``at c_0 r_1`` or ``locked c_0``."""

    entities: tuple[Entity, ...]
    """Rooms first, then by type: the order in which the interpreter lists things that were never moved."""
    facts: tuple[str, ...]
    quests: tuple[Quest, ...]
    objective: str
    walkthrough: tuple[str, ...]
    """The generator's own solution; it wins, but it is not always the shortest."""
    optimal_turns: int | None = field(default=None, compare=False)
    """The length of a shortest win, once somebody has looked for it; 0: there is none."""

    @property
    def max_score(self) -> int:
        """The sum of the quests' rewards."""
        return sum(quest.reward for quest in self.quests if not quest.optional or quest.reward > 0)

    def to_json(self) -> str:
        """The game as one compact line of JSON, with the defaults left out."""
        entities = []
        for entity in self.entities:
            row: list[Any] = [entity.id, entity.name, entity.text]
            if entity.indefinite or entity.definite or entity.synonyms:
                row += [entity.indefinite, entity.definite, list(entity.synonyms)]
            entities.append(row)
        quests = []
        for quest in self.quests:
            row = [quest.reward, quest.win]
            if quest.fail or quest.optional or quest.repeatable:
                row += [quest.fail, int(quest.optional), int(quest.repeatable)]
            quests.append(row)
        data: dict[str, Any] = {
            "objective": self.objective,
            "walkthrough": self.walkthrough,
            "quests": quests,
            "entities": entities,
            "facts": ";".join(self.facts),
        }
        if self.optimal_turns is not None:
            data["optimal"] = self.optimal_turns
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Game:
        """The inverse of :meth:`to_json`."""
        data = json.loads(line)
        quests = []
        for reward, win, *rest in data["quests"]:
            fail, optional, repeatable = rest or ((), 0, 0)
            quests.append(Quest(reward, _tuples(win), _tuples(fail), bool(optional), bool(repeatable)))
        entities = []
        for row in data["entities"]:
            id, name, text, indefinite, definite, synonyms = row if len(row) == 6 else (*row, "", "", ())
            entities.append(Entity(id, name, text, indefinite, definite, tuple(synonyms)))
        facts = tuple(data["facts"].split(";"))
        walkthrough = tuple(data["walkthrough"])
        return cls(tuple(entities), facts, tuple(quests), data["objective"], walkthrough, data.get("optimal"))

    @classmethod
    def from_textworld(cls, data: Mapping[str, Any]) -> Game:
        """The game in a ``.json`` file of the ``textworld`` package (or in ``Game.serialize()``)."""
        infos = [info for _, info in data["infos"] if info["type"] not in ("P", "I")]
        # Rooms are declared first, then the types in alphabetical order; sorted() keeps the order within a type.
        infos.sort(key=lambda info: (info["type"] != "r", info["type"]))
        entities = tuple(
            Entity(
                info["id"],
                info["name"],
                info["desc"] or "",
                info["indefinite"] or "",
                info["definite"] or "",
                tuple(info["synonyms"] or ()),
            )
            for info in infos
        )
        quests = tuple(
            Quest(
                quest["reward"],
                _conditions(quest["win_events"]),
                _conditions(quest["fail_events"]),
                quest["optional"],
                quest["repeatable"],
            )
            for quest in data["quests"]
        )
        walkthrough = tuple(data["metadata"].get("walkthrough") or ())
        return cls(entities, tuple(map(_fact, data["world"])), quests, data["objective"] or "", walkthrough)


def _fact(proposition: Mapping[str, Any]) -> str:
    return " ".join([proposition["name"], *(argument["name"] for argument in proposition["arguments"])])


def _conditions(events: list[Any]) -> tuple[tuple[str, ...], ...]:
    # Sorted: any one of them will do, and the package writes them in the order of a set, which depends on the process.
    return tuple(sorted(tuple(map(_fact, event["condition"]["preconditions"])) for event in events))


def _tuples(lists: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(items) for items in lists)
