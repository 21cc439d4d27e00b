"""TextWorld's rules and words as a plain Python object: :class:`Engine`.

It plays the game that the ``textworld`` package would compile for an interpreter: the same admissible commands,
the same score, the same sentences. It imports neither that package nor an interpreter and keeps nothing outside itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from textarena_rl.envs.textworld.actions import describe_room, list_inventory, perform, score_line
from textarena_rl.envs.textworld.admissible import Commands
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.parser import Action, Parser, Refusal
from textarena_rl.envs.textworld.world import World

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
        if self.world.tools is None:
            self.world.tools = (Parser(self.world), Commands(self.world))
        self.parser: Parser
        self._commands: Commands
        self.parser, self._commands = self.world.tools
        self.state = self.world.start.copy()
        self._scored = False
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
        self._scored = False
        self._forget()
        return self.description

    def _forget(self) -> None:
        """Throw away what was computed for a state that has changed."""
        self._actions: dict[str, Action] | None = None
        self._admissible: tuple[str, ...] = ()
        self._description = ""
        self._inventory = ""

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
            self._actions = self._commands.find(self.state)
        return self._actions

    def step(self, command: str) -> Outcome:
        """Carry out one command, however it is written; what cannot be understood is refused in the game's words.

        After the end of the game nothing happens any more.
        """
        if self.over:
            return Outcome("The game is over.", invalid=True)
        listed = action = self.actions().get(command)
        note = ""
        if action is None or not self.parser.is_clear(action, self.state):
            reading = self.parser.read(command, self.state)
            if not isinstance(reading, Refusal):
                action, note = reading.action, reading.note
            elif action is None:
                return Outcome(reading.text, invalid=True)
        verb, noun, second = action
        self.state.turns += 1
        text, allowed = perform(self.world, self.state, verb, noun, second)
        changed = allowed and verb in _CHANGING
        quests = self._to_test(changed, verb, noun, second)
        if changed:
            self._forget()
            if verb == "go":
                self._description = text
        return Outcome(note + text, not allowed and listed is None, self._score(quests), changed)

    def _to_test(self, changed: bool, verb: str, noun: str, second: str) -> Iterable[int]:
        """The quests that may have come true: a condition that was false can only do so by what an action is about."""
        world = self.world
        if not self._scored or world.repeatable or verb == "prepare":
            self._scored = True
            return range(len(world.scoring))
        if not changed:
            return ()
        watched = world.watched
        if verb in ("go", "enter"):
            return watched.get(self.state.room, ())
        quests = watched.get(noun, ())
        return quests if second not in watched else sorted({*quests, *watched[second]})

    def _score(self, quests: Iterable[int]) -> str:
        """Test quests, as the interpreter does at the end of every turn, and tell what changed."""
        if not quests:
            return ""
        state = self.state
        completed, gained = list(state.completed), 0
        for number in quests:
            if completed[number]:
                continue
            quest = self.world.scoring[number]
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
