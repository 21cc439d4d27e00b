"""TextWorld's rules and words as a plain Python object: :class:`Engine`.

It plays the game that the ``textworld`` package would compile for an interpreter: the same admissible commands, the same
score, the same sentences. It imports neither that package nor an interpreter, and it keeps nothing outside itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.grammar import DIRECTION_WORDS, RESPONSES, SELF_RESPONSES
from textarena_rl.envs.textworld.parser import Action, Parser, Refusal
from textarena_rl.envs.textworld.text import render, sentence_list
from textarena_rl.envs.textworld.world import INVENTORY, State, World

__all__ = ["Engine", "Outcome"]

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to."""

    feedback: str
    """What the action itself says."""
    invalid: bool = False
    """The command was not understood, or the rules did not allow it."""
    notice: str = ""
    """What the game adds below: a change of the score, the end."""


class Engine:
    """One game being played.

    Args:
        game: The game; nothing of it is changed, and copies of the engine share it.
    """

    def __init__(self, game: Game) -> None:
        self.world = World(game)
        self.parser = Parser(self.world)
        self.state = self.world.start.copy()
        self._actions: dict[str, Action] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Engine:
        return self.copy()

    def copy(self) -> Engine:
        """An independent copy in the same state; the world is shared."""
        twin = object.__new__(Engine)
        twin.world, twin.parser, twin.state, twin._actions = self.world, self.parser, self.state.copy(), None
        return twin

    def reset(self) -> str:
        """Go back to the start and return the first room's description."""
        self.state = self.world.start.copy()
        self._actions = None
        return self.description

    # ------------------------------------------------------------------ what can be seen

    @property
    def room_name(self) -> str:
        """The name of the player's room."""
        return self.world.name[self.state.room]

    @property
    def description(self) -> str:
        """The answer to ``look``."""
        state, world = self.state, self.world
        text = f"-= {self.room_name.title()} =-\n{self._text(state.room)}"
        floor = [thing for thing in state.contents[state.room] if world.type[thing] not in "cs"]
        if floor:
            text = f"{text}\n\nThere is {self._list(floor)} on the floor."
        return text

    @property
    def inventory(self) -> str:
        """The answer to ``inventory``."""
        carried = self.state.contents[INVENTORY]
        return f"You are carrying: {self._list(carried)}." if carried else "You are carrying nothing."

    @property
    def admissible(self) -> list[str]:
        """Every command that TextWorld's rules allow now, sorted; commands for the parser's other verbs are left out."""
        return sorted(self.actions())

    @property
    def over(self) -> bool:
        """Whether the game has been won or lost."""
        return self.state.won or self.state.lost

    def actions(self) -> dict[str, Action]:
        """The admissible commands and what each of them does."""
        if self._actions is None:
            self._actions = self._find_actions()
        return self._actions

    def _text(self, entity: str) -> str:
        return render(self.world.text[entity], self.state.status, self.state.contents, self.world.articled)

    def _list(self, things: list[str]) -> str:
        articled = self.world.articled
        return sentence_list([articled[thing] for thing in things])

    def _find_actions(self) -> dict[str, Action]:
        state, name, type, key = self.state, self.world.name, self.world.type, self.world.key
        found: dict[str, Action] = {"look": ("look", "", ""), "inventory": ("inventory", "", "")}
        carried = state.contents[INVENTORY]
        opening = list(self.world.doors[state.room])
        for direction, (_, door) in self.world.exits[state.room].items():
            if door is None or state.status[door] == "open":
                found[f"go {direction}"] = ("go", direction, "")
        for thing in state.contents[state.room]:
            kind = type[thing]
            if kind == "c":
                opening.append(thing)
                if state.status[thing] == "open":
                    self._add_holder(found, thing, "insert", "into", carried)
            elif kind == "s":
                self._add_holder(found, thing, "put", "on", carried)
            else:
                found[f"take {name[thing]}"] = ("take", thing, "")
            found[f"examine {name[thing]}"] = ("examine", thing, "")
        for thing in opening:
            label = name[thing]
            found[f"examine {label}"] = ("examine", thing, "")
            status = state.status[thing]
            if status != "locked":
                verb = "close" if status == "open" else "open"
                found[f"{verb} {label}"] = (verb, thing, "")
            if status != "open" and thing in key and state.holder[key[thing]] == INVENTORY:
                verb = "lock" if status == "closed" else "unlock"
                found[f"{verb} {label} with {name[key[thing]]}"] = (verb, thing, key[thing])
        for thing in carried:
            label = name[thing]
            found[f"examine {label}"] = ("examine", thing, "")
            found[f"drop {label}"] = ("drop", thing, "")
            if type[thing] == "f":
                found[f"eat {label}"] = ("eat", thing, "")
        return found

    def _add_holder(self, found: dict[str, Action], holder: str, verb: str, word: str, carried: list[str]) -> None:
        name = self.world.name
        place = name[holder]
        for thing in self.state.contents[holder]:
            found[f"take {name[thing]} from {place}"] = ("take from", thing, holder)
            found[f"examine {name[thing]}"] = ("examine", thing, "")
        for thing in carried:
            found[f"{verb} {name[thing]} {word} {place}"] = (verb, thing, holder)

    # ------------------------------------------------------------------ what can be done

    def step(self, command: str) -> Outcome:
        """Carry out one command, however it is written; it is never an exception.

        Returns:
            The game's answer. After the end of the game nothing happens any more.
        """
        if self.over:
            return Outcome("The game is over.", invalid=True)
        action = self.actions().get(command)
        note = ""
        if action is None or self.parser.needs_note(action):
            reading = self.parser.read(command, self.state)
            if isinstance(reading, Refusal):
                if action is None:
                    return Outcome(reading.text, invalid=True)
            else:
                action, note = reading.action, reading.note
        assert action is not None
        for noun in action[1:]:
            if noun in self.world.type:
                self.state.it = noun
        text, allowed = self._perform(*action)
        self._actions = None
        self.state.turns += 1
        return Outcome(note + text, not allowed, self._score())

    def _perform(self, verb: str, noun: str, second: str) -> tuple[str, bool]:
        if verb in RESPONSES:
            return RESPONSES[verb]
        if verb != "go" and (noun in DIRECTION_WORDS or second in DIRECTION_WORDS):
            if verb == "examine":
                return "You see nothing unexpected in that direction.", True
            return "You must name something more substantial.", False
        if "P" in (noun, second):
            return SELF_RESPONSES.get(verb, ("That can't be done to yourself.", False))
        act: Callable[[str, str], tuple[str, bool]] = getattr(self, "_do_" + verb.replace(" ", "_"))
        return act(noun, second)

    def _score(self) -> str:
        """Test the quests as the interpreter does at the end of every turn."""
        state, text = self.state, ""
        completed = list(state.completed)
        before = state.score
        for number, quest in enumerate(self.world.scoring):
            if completed[number]:
                continue
            if any(map(state.holds, quest.fail)):
                state.lost = True
            elif any(map(state.holds, quest.win)):
                state.score += quest.reward
                completed[number] = not quest.repeatable
        state.completed = tuple(completed)
        gained = state.score - before
        if gained:
            amount = f"{'minus ' if gained < 0 else ''}{_WORDS[abs(gained)] if abs(gained) < 13 else abs(gained)}"
            verb = "has just gone up" if gained > 0 else "changed"
            text = f"\n\n\nYour score {verb} by {amount} point{'' if abs(gained) == 1 else 's'}."
        required = [done for done, quest in zip(completed, self.world.scoring, strict=True) if quest.required]
        state.won = bool(required) and all(required) and not state.lost
        if state.won or state.lost:
            ending = "*** The End ***" if state.won else "*** You lost! ***"
            total = sum(quest.reward for quest in self.world.scoring)
            text += f"\n\n\n{ending}\n\nYou scored {state.score} out of a possible {total}, in {state.turns} turns."
        return text

    def _do_look(self, noun: str, second: str) -> tuple[str, bool]:
        return self.description, True

    def _do_inventory(self, noun: str, second: str) -> tuple[str, bool]:
        return self.inventory, True

    def _do_go(self, direction: str, second: str) -> tuple[str, bool]:
        target, door = self.world.exits[self.state.room].get(direction, ("", None))
        if not target:
            return "You can't go that way.", False
        if door is not None and self.state.status[door] != "open":
            return f"You have to open the {self.world.name[door]} first.", False
        self.state.room = target
        return self.description, True

    def _do_examine(self, thing: str, second: str) -> tuple[str, bool]:
        kind = self.world.type[thing]
        text = self._text(thing)
        inside = self.state.contents.get(thing)
        if inside and (kind == "s" or self.state.status[thing] == "open"):
            word, verb = "On" if kind == "s" else "In", "is" if len(inside) == 1 else "are"
            text += f"\n\n{word} {self.world.definite[thing]} {verb} {self._list(inside)}."
        return text, True

    def _do_take(self, thing: str, second: str) -> tuple[str, bool]:
        holder = self.state.holder.get(thing)
        if holder == INVENTORY:
            return "You already have that.", False
        if self.world.type[thing] in "csd" or holder is None:
            return "That's fixed in place.", False
        self.state.move(thing, INVENTORY)
        if holder == self.state.room:
            return f"You pick up {self.world.definite[thing]} from the ground.", True
        return f"You take {self.world.definite[thing]} from {self.world.definite[holder]}.", True

    _do_take_from = _do_take

    def _do_drop(self, thing: str, second: str) -> tuple[str, bool]:
        holder = self.state.holder.get(thing)
        if holder == self.state.room or self.world.type[thing] == "d":
            return f"{_capital(self.world.definite[thing])} is already here.", False
        if holder != INVENTORY:
            return "You haven't got that.", False
        self.state.move(thing, self.state.room)
        return f"You drop {self.world.definite[thing]} on the ground.", True

    def _do_put(self, thing: str, holder: str) -> tuple[str, bool]:
        if missing := self._must_carry(thing):
            return missing, False
        if thing == holder:
            return "You can't put something on top of itself.", False
        if self.world.type[holder] != "s":
            return f"Putting things on {self.world.definite[holder]} would achieve nothing.", False
        self.state.move(thing, holder)
        return f"You put {self.world.definite[thing]} on {self.world.definite[holder]}.", True

    def _do_insert(self, thing: str, holder: str) -> tuple[str, bool]:
        if missing := self._must_carry(thing):
            return missing, False
        if thing == holder:
            return "You can't put something inside itself.", False
        if self.world.type[holder] != "c":
            return "That can't contain things.", False
        if self.state.status[holder] != "open":
            return f"{_capital(self.world.definite[holder])} is closed.", False
        self.state.move(thing, holder)
        return f"You put {self.world.definite[thing]} into {self.world.definite[holder]}.", True

    def _must_carry(self, thing: str) -> str:
        if self.state.holder.get(thing) == INVENTORY:
            return ""
        if self.world.type[thing] in "csd":
            return f"The {self.world.name[thing]} is fixed in place."
        return f"You need to take the {self.world.name[thing]} first."

    def _do_open(self, thing: str, second: str) -> tuple[str, bool]:
        status = self.state.status.get(thing)
        if status is None:
            return "It isn't something you can open.", False
        if status == "open":
            return "That's already open.", False
        if status == "locked":
            label, key = self.world.name[thing], self.world.key.get(thing)
            if key is None:
                return f"The {label} is welded shut.", False
            return f"You have to unlock the {label} with the {self.world.name[key]} first.", False
        self.state.status[thing] = "open"
        inside = self.state.contents.get(thing)
        revealed = f", revealing {self._list(inside)}" if inside else ""
        return f"You open {self.world.definite[thing]}{revealed}.", True

    def _do_close(self, thing: str, second: str) -> tuple[str, bool]:
        status = self.state.status.get(thing)
        if status is None:
            return "It isn't something you can close.", False
        if status != "open":
            return "That's already closed.", False
        self.state.status[thing] = "closed"
        return f"You close {self.world.definite[thing]}.", True

    def _do_lock(self, thing: str, key: str) -> tuple[str, bool]:
        return self._turn_key(thing, key, "lock")

    def _do_unlock(self, thing: str, key: str) -> tuple[str, bool]:
        return self._turn_key(thing, key, "unlock")

    def _turn_key(self, thing: str, key: str, verb: str) -> tuple[str, bool]:
        if missing := self._must_carry(key):
            return missing, False
        status = self.state.status.get(thing)
        if status is None:
            return f"That doesn't seem to be something you can {verb}.", False
        if (status == "locked") == (verb == "lock"):
            return f"That's {verb}ed at the moment.", False
        if status == "open" and verb == "lock":
            return f"First you would have to close {self.world.definite[thing]}.", False
        if self.world.key.get(thing) != key:
            return "That doesn't seem to fit the lock.", False
        self.state.status[thing] = "locked" if verb == "lock" else "closed"
        return f"You {verb} {self.world.definite[thing]}.", True

    def _do_eat(self, thing: str, second: str) -> tuple[str, bool]:
        if self.world.type[thing] != "f":
            return "That's plainly inedible.", False
        if missing := self._must_carry(thing):
            return missing, False
        self.state.move(thing, None)
        return f"You eat {self.world.definite[thing]}. Not bad.", True


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
