"""TextWorld's rules and words as a plain Python object: :class:`Engine`.

It plays the game that the ``textworld`` package would compile for an interpreter: the same admissible commands,
the same score, the same sentences. It imports neither that package nor an interpreter and keeps nothing outside itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textarena_rl.envs.textworld import cooking
from textarena_rl.envs.textworld.actions import describe_room, list_inventory, perform, score_line
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.parser import Action, Parser, Refusal
from textarena_rl.envs.textworld.world import INVENTORY, World

__all__ = ["Engine", "Outcome"]

_CHANGING = frozenset(
    {"go", "enter", "take", "take from", "drop", "put", "insert", "eat", "open", "close", "lock", "unlock"}
    | {"slice", "dice", "chop", "cook", "drink it", "prepare"}
)
"""The actions that change anything but the count of turns, where the rules allow them."""

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to."""

    feedback: str
    """What the game says of the action itself."""
    invalid: bool = False
    """The command was not understood, or the rules did not allow it."""
    notice: str = ""
    """What the game adds: a change of the score, the end."""
    changed: bool = False
    """Anything but the count of turns has changed."""


def _parser_of(world: World) -> Parser:
    """The parser of a world, which all its engines share."""
    if world.parser is None:
        world.parser = Parser(world)
    parser: Parser = world.parser
    return parser


class Engine:
    """One game being played.

    Departures from the interpreter:
        A command holds one action on one thing: chains (``open box. take key``) and ``take all`` are refused.
        A question such as "Which do you mean" is not waited on for an answer, and ``it`` stands for nothing.
        An admissible command is always carried out; the interpreter asks back at a few whose names are parts of others.
        Commands about the program itself (save, restart, undo, script, ...) do not exist; ``help`` has its own words.

    Args:
        game: The game, or its world, which other engines may share: nothing of it is changed.
    """

    def __init__(self, game: Game | World) -> None:
        self.world = game if isinstance(game, World) else World(game)
        self.parser = _parser_of(self.world)
        self.state = self.world.start.copy()
        self._forget()

    def __deepcopy__(self, memo: dict[int, Any]) -> Engine:
        return self.copy()

    def copy(self) -> Engine:
        """An independent copy in the same state; what never changes is shared."""
        twin = object.__new__(Engine)
        twin.__dict__.update(self.__dict__)
        twin.state = self.state.copy()
        return twin

    def reset(self) -> str:
        """Go back to the start and return the first room's description."""
        self.state = self.world.start.copy()
        self._forget()
        return self.description

    def _forget(self) -> None:
        """Throw away what was computed for a state that has changed."""
        self._actions: dict[str, Action] | None = None
        self._admissible: tuple[str, ...] = ()
        self._description = ""
        self._inventory = ""
        self._scored = False

    @property
    def objective(self) -> str:
        """What the game is about, in its own words."""
        return self.world.game.objective

    @property
    def max_score(self) -> int:
        """The greatest score that there is."""
        return self.world.game.max_score

    @property
    def room_name(self) -> str:
        """The name of the player's room."""
        return self.world.name[self.state.room]

    @property
    def description(self) -> str:
        """The answer to ``look``."""
        if not self._description:
            self._description = describe_room(self.world, self.state)
        return self._description

    @property
    def inventory(self) -> str:
        """The answer to ``inventory``."""
        if not self._inventory:
            self._inventory = list_inventory(self.world, self.state)
        return self._inventory

    @property
    def over(self) -> bool:
        """Whether the game has been won or lost."""
        return self.state.won or self.state.lost

    @property
    def admissible(self) -> list[str]:
        """Every command that the rules of the game's logic allow now, sorted.

        The parser understands more (``wait``, ``search box``), which changes nothing in the world. In cooking games the
        logic also lists some that the game then refuses (``prepare meal`` before everything is ready).
        """
        if not self._admissible:
            self._admissible = tuple(sorted(self.actions()))
        return list(self._admissible)

    def actions(self) -> dict[str, Action]:
        """The admissible commands and what each of them asks for."""
        if self._actions is None:
            self._actions = self._find_actions()
        return self._actions

    def _find_actions(self) -> dict[str, Action]:
        state, name, type = self.state, self.world.name, self.world.type
        found: dict[str, Action] = {"look": ("look", "", ""), "inventory": ("inventory", "", "")}
        carried = [*state.contents[INVENTORY], *state.ghosts] if state.ghosts else state.contents[INVENTORY]
        for direction, (_, door) in self.world.exits[state.room].items():
            if door is None or state.status[door] == "open":
                found[f"go {direction}"] = ("go", direction, "")
        for door in self.world.doors[state.room]:
            self._add_opening(found, door)
        for thing in state.contents[state.room]:
            kind = type[thing]
            if kind == "c":
                self._add_opening(found, thing)
                if state.status[thing] == "open":
                    self._add_holder(found, thing, "insert", "into", carried)
                continue
            found[f"examine {name[thing]}"] = ("examine", thing, "")
            if kind == "s":
                self._add_holder(found, thing, "put", "on", carried)
            else:
                found[f"take {name[thing]}"] = ("take", thing, "")
        for thing in carried:
            label = name[thing]
            found[f"examine {label}"] = ("examine", thing, "")
            found[f"drop {label}"] = ("drop", thing, "")
            if type[thing] == "f" and (not state.traits or "edible" in state.traits[thing]):
                found[f"eat {label}"] = ("eat", thing, "")
        if self.world.recipe is not None:
            cooking.add_admissible(self.world, state, found)
        return found

    def _add_opening(self, found: dict[str, Action], thing: str) -> None:
        label, status, key = self.world.name[thing], self.state.status[thing], self.world.key.get(thing)
        found[f"examine {label}"] = ("examine", thing, "")
        if status != "locked":
            verb = "close" if status == "open" else "open"
            found[f"{verb} {label}"] = (verb, thing, "")
        if status != "open" and key is not None and self.state.holder[key] == INVENTORY:
            verb = "lock" if status == "closed" else "unlock"
            found[f"{verb} {label} with {self.world.name[key]}"] = (verb, thing, key)

    def _add_holder(self, found: dict[str, Action], holder: str, verb: str, word: str, carried: list[str]) -> None:
        name = self.world.name
        place = name[holder]
        for thing in self.state.contents[holder]:
            found[f"take {name[thing]} from {place}"] = ("take from", thing, holder)
            found[f"examine {name[thing]}"] = ("examine", thing, "")
        for thing in carried:
            found[f"{verb} {name[thing]} {word} {place}"] = (verb, thing, holder)

    def step(self, command: str) -> Outcome:
        """Carry out one command, however it is written; what cannot be understood is refused in the game's words.

        After the end of the game nothing happens any more.
        """
        if self.over:
            return Outcome("The game is over.", invalid=True)
        listed = action = self.actions().get(command)
        note = ""
        if action is None or not self.parser.is_clear(action):
            reading = self.parser.read(command, self.state)
            if not isinstance(reading, Refusal):
                action, note = reading.action, reading.note
            elif action is None:
                return Outcome(reading.text, invalid=True)
        verb, noun, second = action
        self.state.turns += 1
        text, allowed = perform(self.world, self.state, verb, noun, second)
        changed = allowed and verb in _CHANGING
        if changed:
            self._forget()
        return Outcome(note + text, not allowed and listed is None, self._score(), changed)

    def _score(self) -> str:
        """Test the quests, as the interpreter does at the end of every turn, and tell what changed."""
        if self._scored and not self.world.repeatable:
            return ""
        self._scored = True
        state = self.state
        completed, gained = list(state.completed), 0
        for number, quest in enumerate(self.world.scoring):
            if completed[number]:
                continue
            if any(map(state.holds, quest.fail)):
                state.lost = True
            elif any(map(state.holds, quest.win)):
                gained += quest.reward
                completed[number] = not quest.repeatable
        state.score += gained
        state.completed = tuple(completed)
        required = [finished for finished, quest in zip(completed, self.world.scoring, strict=True) if quest.required]
        state.won = bool(required) and all(required) and not state.lost
        text = ""
        if gained:
            amount = _NUMBERS[abs(gained)] if abs(gained) < len(_NUMBERS) else str(abs(gained))
            change = f"has just gone up by {amount}" if gained > 0 else f"changed by minus {amount}"
            text = f"\n\n\nYour score {change} point{'' if abs(gained) == 1 else 's'}."
        if self.over:
            ending = "*** The End ***" if state.won else "*** You lost! ***"
            text += f"\n\n\n{ending}\n\nYou {score_line(self.world, state)}"
        return text
