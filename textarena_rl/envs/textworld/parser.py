"""Reads what a player writes: :class:`Parser` turns free text into an action, or into the game's refusal."""

from __future__ import annotations

from dataclasses import dataclass

from textarena_rl.envs.textworld.grammar import ARTICLES, DIRECTION_WORDS, PATTERNS, SPOKEN, WORD_LENGTH, Pattern
from textarena_rl.envs.textworld.world import INVENTORY, State, World

__all__ = ["Action", "Parser", "Reading", "Refusal"]

Action = tuple[str, str, str]
"""What to do, the first noun, the second noun; a noun is an entity's id, a direction, ``P`` for the player, or empty."""

_MAX_LENGTH = 198  # what the interpreter's line buffer holds
_CHAIN = frozenset({"then", "and"})
_ALL = frozenset({"all", "each", "every", "everything", "both"})
_SELF = frozenset({"me", "myself", "self", "yourself"})


@dataclass(frozen=True, slots=True)
class Reading:
    """An understood command."""

    action: Action
    note: str = ""
    """A line that says which of several things was taken to be meant."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not understood."""

    text: str
    rank: int = 0
    """Of several failed patterns the one that got farther answers."""


_NOT_SEEN = Refusal("You can't see any such thing.", 4)
_STUCK = Refusal("I didn't understand that sentence.", 1)


@dataclass(slots=True)
class _Progress:
    """A pattern half read: the nouns so far, and the words as the game would repeat them."""

    nouns: list[str]
    spoken: list[str]
    guessed: int | None = None
    """From which of the spoken words on the game has guessed; it tells what it took the rest to be."""

    @property
    def note(self) -> str:
        return "" if self.guessed is None else f"({' '.join(self.spoken[self.guessed :])})\n"


class Parser:
    """The parser of one world; it keeps no state of its own.

    Args:
        world: The fixed part of the game.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        # Each way to name a thing, as word keys: the whole name, and its single words.
        self._names: dict[str, list[tuple[str, ...]]] = {}
        for entity in world.game.entities:
            ways = [tuple(map(_key, name.split())) for name in (entity.name, *entity.synonyms)]
            words = entity.name.split()
            if len(words) > 1:
                ways += [(_key(word),) for word in words if word.lower() not in ("the", "of")]
            self._names[entity.id] = sorted(dict.fromkeys(ways), key=len, reverse=True)
        self._shared = self._find_shared()

    def _find_shared(self) -> frozenset[str]:
        """The things whose full name could also stand for another thing."""
        shared = set()
        for entity in self.world.game.entities:
            words = tuple(map(_key, entity.name.split()))
            for other in self.world.game.entities:
                if other is not entity and "r" not in (entity.type, other.type):
                    if self._matched(other.id, words, 0) >= len(words):
                        shared.add(entity.id)
        return frozenset(shared)

    def needs_note(self, action: Action) -> bool:
        """Whether an admissible command may be answered with a note of what was meant."""
        return action[1] in self._shared or action[2] in self._shared

    # ------------------------------------------------------------------ sentences

    def read(self, command: str, state: State) -> Reading | Refusal:
        """What a command asks for in a state."""
        text = command.strip().lower()
        if text.endswith("."):
            text = text[:-1].rstrip()
        if not text:
            return Refusal("I beg your pardon?")
        if len(text) > _MAX_LENGTH:
            return Refusal(f"That is too long: a command has at most {_MAX_LENGTH} characters.")
        if not text.isprintable() or any(sign in text for sign in ".,;\n"):
            return Refusal("One command at a time, please.")
        words = text.split()
        if _CHAIN.intersection(words):
            return Refusal("One command at a time, please.")
        if _ALL.intersection(words):
            return Refusal("You have to be more specific!")
        if len(words) == 1 and words[0] in DIRECTION_WORDS:
            return Reading(("go", DIRECTION_WORDS[words[0]], ""))
        patterns = PATTERNS.get(words[0])
        if patterns is None:
            return Refusal("That's not a verb I recognise.")
        failure = _STUCK
        for pattern in patterns:
            result = self._read_pattern(pattern, words, text, state)
            if isinstance(result, Reading) or result.rank >= 100:
                return result
            if result.rank > failure.rank:
                failure = result
        return failure

    def _read_pattern(self, pattern: Pattern, words: list[str], text: str, state: State) -> Reading | Refusal:
        tokens, action = pattern
        place = 1
        progress = _Progress([], [SPOKEN.get(words[0], words[0])])
        for index, token in enumerate(tokens):
            if not token.startswith("{"):
                choices = token.split("/")
                if place < len(words) and words[place] not in choices:
                    return _STUCK if not progress.nouns else self._too_much(progress, place, words, index, tokens)
                progress.spoken.append(words[place] if place < len(words) else choices[0])
                place += 1
            elif place >= len(words):
                return self._infer(token, tokens, index, progress, action, state)
            else:
                second = self._look_ahead(tokens, index, words, place, text, state)
                found = self._read_noun(token, words, place, text, state, progress, second)
                if isinstance(found, Refusal):
                    return found
                noun, place, guessed = found
                if guessed and progress.guessed is None:
                    progress.guessed = len(progress.spoken)
                progress.nouns.append(noun)
                progress.spoken.append(self._called(noun))
        if place < len(words):
            return Refusal(f"I only understood you as far as wanting to {' '.join(progress.spoken)}.", 2)
        first, second_noun, *_ = [*progress.nouns, "", ""]
        return Reading((action, first, second_noun), progress.note)

    def _too_much(
        self, progress: _Progress, place: int, words: list[str], index: int, tokens: tuple[str, ...]
    ) -> Refusal:
        return Refusal(f"I only understood you as far as wanting to {' '.join(progress.spoken)}.", 2)

    def _look_ahead(
        self, tokens: tuple[str, ...], index: int, words: list[str], place: int, text: str, state: State
    ) -> str:
        """The second noun, where the first one depends on it."""
        if tokens[index] not in ("{inside}", "{other}"):
            return ""
        for position in range(place + 1, len(words) - 1):
            if words[position] in tokens[index + 1].split("/"):
                found = self._read_noun("{noun}", words, position + 1, text, state, _Progress([], []), "")
                if not isinstance(found, Refusal):
                    return found[0]
        return ""

    # ------------------------------------------------------------------ nouns

    def _read_noun(
        self, token: str, words: list[str], place: int, text: str, state: State, progress: _Progress, second: str
    ) -> tuple[str, int, bool] | Refusal:
        """The thing named from ``place`` on, the place after it, and whether it had to be guessed."""
        while place < len(words) - 1 and words[place] in ARTICLES:
            place += 1
        word = words[place]
        if token == "{direction}":
            direction = DIRECTION_WORDS.get(word)
            return (direction, place + 1, False) if direction else _STUCK
        if word in _SELF:
            return "P", place + 1, False
        scope = self.scope(state)
        if word == "it" and state.it in scope:
            return state.it, place + 1, False
        keys = tuple(map(_key, words))
        longest, matches = 0, []
        for thing in scope:
            length = self._matched(thing, keys, place)
            if length > longest:
                longest, matches = length, [thing]
            elif length and length == longest:
                matches.append(thing)
        if not matches:
            direction = DIRECTION_WORDS.get(word)
            return (direction, place + 1, False) if direction else _NOT_SEEN
        if token == "{inside}":
            matches = [thing for thing in matches if second and state.holder.get(thing) == second]
            if not matches:
                return _NOT_SEEN
        if len(matches) == 1:
            return matches[0], place + longest, False
        return self._choose(token, matches, place + longest, text, state, progress, second)

    def _choose(
        self, token: str, matches: list[str], place: int, text: str, state: State, progress: _Progress, second: str
    ) -> tuple[str, int, bool] | Refusal:
        """The likeliest of several things of the same name, or the question which one is meant."""
        if token == "{held}":
            good = [thing for thing in matches if state.holder.get(thing) == INVENTORY]
        elif token == "{other}":
            good = [thing for thing in matches if thing != second]
        else:
            good = matches
        if len(good) == 1:
            return good[0], place, True
        ranked = {thing: self._likelihood(token, thing, thing in good, text, state, progress) for thing in matches}
        best = max(ranked.values())
        top = [thing for thing in matches if ranked[thing] == best]
        if len(top) == 1:
            return top[0], place, True
        called = [self._called(thing) for thing in matches]
        return Refusal(f"Which do you mean, {', '.join(called[:-1])} or {called[-1]}?", 100)

    def _likelihood(
        self, token: str, thing: str, good: bool, text: str, state: State, progress: _Progress
    ) -> int:
        """The interpreter's score of a candidate: named in full, where the token wants it, close at hand."""
        # Names are compared as they are spelt with what was typed, and that reaches the game in small letters.
        named = self.world.name[thing] in text
        if progress.nouns:
            first = progress.nouns[0]
            mean = 4 if named and first in self.world.name and self.world.name[first] in text else 2
        else:
            mean = 3 if named else 2
        holder = state.holder.get(thing, state.room)
        here, carried = (40, 60) if token in ("{held}", "{other}") else (60, 40)
        near = carried if holder == INVENTORY else here if holder == state.room else 20
        return 1000 * mean + 500 * good + near

    def _infer(
        self, token: str, tokens: tuple[str, ...], index: int, progress: _Progress, action: str, state: State
    ) -> Reading | Refusal:
        """What a sentence that ends too early must have meant, or the question what to do it to."""
        held = state.contents[INVENTORY]
        if token == "{held}" and len(held) == 1:
            progress.guessed = len(progress.spoken) - (1 if index else 0)
            progress.spoken.append(self._called(held[0]))
            first, second, *_ = [*progress.nouns, held[0], ""]
            return Reading((action, first, second), progress.note)
        tail = [t.split("/")[0] for t in tokens[index + 1 :] if not t.startswith("{")]
        return Refusal(f"What do you want to {' '.join([*progress.spoken, *tail])}?", 100)

    def scope(self, state: State) -> list[str]:
        """What the player can see, in the order in which the game looks for it."""
        seen = []
        for thing in (*self.world.doors[state.room], *state.contents[state.room], *state.contents[INVENTORY]):
            seen.append(thing)
            if thing in state.contents and state.status.get(thing, "open") == "open":
                seen += state.contents[thing]
        return seen

    def _matched(self, thing: str, keys: tuple[str, ...], place: int) -> int:
        """How many words from ``place`` on may name the thing."""
        start = place
        while place < len(keys):
            for way in self._names[thing]:
                if keys[place : place + len(way)] == way:
                    place += len(way)
                    break
            else:
                break
        return place - start

    def _called(self, noun: str) -> str:
        return self.world.definite.get(noun, "yourself" if noun == "P" else f"the {noun}")


def _key(word: str) -> str:
    """As much of a word as the interpreter's dictionary keeps."""
    room = WORD_LENGTH
    for place, sign in enumerate(word.lower()):
        room -= 1 if "a" <= sign <= "z" else 2
        if room < 0:
            return word[:place].lower()
    return word.lower()
