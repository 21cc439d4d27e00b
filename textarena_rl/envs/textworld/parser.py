"""Reads what a player writes: :class:`Parser` turns free text into an action, or into the game's refusal."""

from __future__ import annotations

from dataclasses import dataclass, field

from textarena_rl.envs.textworld.grammar import (
    ARTICLES,
    COOKING_PATTERNS,
    DIRECTION_WORDS,
    INDEFINITE,
    OWNED,
    PATTERNS,
    SPOKEN,
    WORD_LENGTH,
    Pattern,
)
from textarena_rl.envs.textworld.world import INVENTORY, PLAYER, State, World

__all__ = ["Action", "Parser", "Reading", "Refusal", "refuse_form"]

Action = tuple[str, str, str]
"""What to do, the first noun, the second noun; a noun is an entity's id, a direction, ``P`` (the player) or empty."""

_MAX_LENGTH = 198  # what the interpreter's line buffer holds
_CHAIN = frozenset({"then", "and"})
_ALL = frozenset({"all", "each", "every", "everything", "both"})
_DROPPING = frozenset({"drop", "throw", "discard"})
_WEARING = frozenset({"wear", "don", "put"})
_SELF = frozenset({"me", "myself", "self"})


@dataclass(frozen=True, slots=True)
class Reading:
    """An understood command."""

    action: Action
    note: str = ""
    """A line that says what the game took to be meant where the command left it open."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not understood."""

    text: str
    rank: int = 0
    """Of several patterns that failed, the one of the highest rank answers."""


_STUCK = Refusal("I didn't understand that sentence.", 1)
_UP_TO = 2
_NOT_SEEN = Refusal("You can't see any such thing.", 4)
_NOT_ALIVE = Refusal("You can only do that to something animate.", 5)
_ONE_AT_A_TIME = Refusal("You can't use multiple objects with that verb.", 6)
_QUESTION = 100
_POSTURES = {"stand": "stand on", "sit": "sit down on", "lie": "lie down on"}


@dataclass(slots=True)
class _Sentence:
    """A command that is being read along a pattern."""

    words: list[str]
    keys: tuple[str, ...]
    text: str
    state: State
    place: int = 1
    """The next word."""
    nouns: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    """The command so far, as the game would repeat it."""
    guessed: int | None = None
    """From which of the spoken words on the game has guessed."""

    @property
    def ended(self) -> bool:
        return self.place >= len(self.words)

    def restart(self) -> None:
        self.place, self.nouns, self.spoken, self.guessed = 1, [], [SPOKEN.get(self.words[0], self.words[0])], None

    def guess(self) -> None:
        if self.guessed is None:
            self.guessed = len(self.spoken)


def refuse_form(text: str) -> str:
    """Why a command, in small letters, is no single line of text; empty if it is one."""
    if not text:
        return "I beg your pardon?"
    if len(text) > _MAX_LENGTH:
        return f"That is too long: a command has at most {_MAX_LENGTH} characters."
    if not text.isprintable() or any(sign in text for sign in ".,;") or _CHAIN.intersection(text.split()):
        return "One command at a time, please."
    return ""


class Parser:
    """The parser of one world; it keeps no state of its own.

    Args:
        world: The fixed part of the game.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        # The ways to name a thing, as word keys: its whole name, and each of its words.
        self._names: dict[str, list[tuple[str, ...]]] = {}
        for entity in world.game.entities:
            if entity.id not in world.type:
                continue
            ways = [tuple(map(_key, name.split())) for name in (entity.name, *entity.synonyms)]
            words = entity.name.split()
            if len(words) > 1:
                ways += [(_key(word),) for word in words if word.lower() not in ("the", "of")]
            self._names[entity.id] = sorted(dict.fromkeys(ways), key=len, reverse=True)
        self._patterns = PATTERNS if world.recipe is None else COOKING_PATTERNS
        self._rivals = self._find_rivals()

    def _find_rivals(self) -> dict[str, tuple[str, ...]]:
        """For each thing, others that its whole name may also stand for, as ``chest`` does for ``type J chest``."""
        things = [entity for entity in self.world.game.entities if self.world.type.get(entity.id, "r") != "r"]
        rivals = {}
        for entity in things:
            keys = tuple(map(_key, entity.name.split()))
            others = [other.id for other in things if other is not entity]
            found = tuple(other for other in others if self._matched(other, keys, 0, None) == len(keys))
            if found:
                rivals[entity.id] = found
        return rivals

    def is_clear(self, action: Action, state: State) -> bool:
        """Whether the names in an admissible command can mean nothing else, so that reading it tells nothing new."""
        rivals = self._rivals
        for noun in action[1:]:
            if noun in rivals:
                for rival in rivals[noun]:
                    if self._in_scope(rival, state):
                        return False
        return True

    def _in_scope(self, thing: str, state: State) -> bool:
        holder = state.holder.get(thing)
        if holder is None:
            return thing in self.world.doors[state.room]
        if holder in (state.room, INVENTORY):
            return True
        return state.holder.get(holder) == state.room and state.status.get(holder, "open") == "open"

    # ------------------------------------------------------------------ sentences

    def read(self, command: str, state: State) -> Reading | Refusal:
        """What a command asks for in a state."""
        text = command.strip().lower()
        if text.endswith("."):
            text = text[:-1].rstrip()
        if refusal := refuse_form(text):
            return Refusal(refusal)
        return self._read_sentence(text, state)

    def _read_sentence(self, text: str, state: State) -> Reading | Refusal:
        words = text.split()
        if _ALL.intersection(words):
            return Refusal("You have to be more specific!")
        if words[0] in DIRECTION_WORDS:
            words = ["(go)", *words]
        patterns = self._patterns.get(words[0])
        if patterns is None:
            return Refusal("That's not a verb I recognise.")
        failure = _STUCK
        sentence = _Sentence(words, tuple(map(_key, words)), text, state)
        for pattern in patterns:
            sentence.restart()
            result = self._read_pattern(pattern, sentence)
            if isinstance(result, Reading) or result.rank == _QUESTION:
                return result
            if result.rank > failure.rank or result.rank == failure.rank == _UP_TO:
                failure = result
        return failure

    def _read_pattern(self, pattern: Pattern, sentence: _Sentence) -> Reading | Refusal:
        tokens, action = pattern
        for index, token in enumerate(tokens):
            if token == "{text}" or not token.startswith("{"):
                if not self._read_words(tokens, index, sentence):
                    return _STUCK
                continue
            noun = self._infer(token, sentence) if sentence.ended else self._read_noun(tokens, index, sentence)
            if isinstance(noun, Refusal):
                return noun
            sentence.nouns.append(noun)
            into = noun == "inside" and sentence.words[0] == "(go)"
            sentence.spoken.append("in" if into else self._called(noun))
        if not sentence.ended:
            return Refusal(f"I only understood you as far as wanting to {' '.join(sentence.spoken)}.", _UP_TO)
        note = "" if sentence.guessed is None else f"({' '.join(sentence.spoken[sentence.guessed :])})\n"
        first, second, *_ = [*sentence.nouns, "", ""]
        if action == "enter":
            action = next((posture for word, posture in _POSTURES.items() if word in sentence.words), action)
        return Reading((action, first, second), note)

    def _read_words(self, tokens: tuple[str, ...], index: int, sentence: _Sentence) -> bool:
        """Read words that are no noun: the pattern's own, or any at all; whether they are there or can be guessed."""
        if tokens[index] == "{text}":
            # Any words up to the next one of the pattern.
            end = next((p for p in range(sentence.place, len(sentence.words)) if sentence.words[p] == "to"), None)
            if sentence.ended or end == sentence.place:
                return False
            sentence.place = len(sentence.words) if end is None else end
            return True
        choices = tokens[index].split("/")
        if sentence.ended:
            sentence.guess()
            sentence.spoken.append(choices[0])
            return any(later.startswith("{") for later in tokens[index:])
        if sentence.words[sentence.place] not in choices:
            return False
        sentence.spoken.append(sentence.words[sentence.place])
        sentence.place += 1
        return True

    # ------------------------------------------------------------------ nouns

    def _read_noun(self, tokens: tuple[str, ...], index: int, sentence: _Sentence) -> str | Refusal:
        """The thing that the next words name; they are used up."""
        token, state = tokens[index], sentence.state
        other = self._look_ahead(tokens[index + 1], sentence) if token in ("{inside}", "{other}") else None
        article = self._skip_articles(sentence)
        last = index == len(tokens) - 1
        if sentence.ended:
            guess = self._infer(token, sentence)
            guessed = token == "{held}" and article not in OWNED and last and sentence.words[0] not in _DROPPING
            return guess if isinstance(guess, Refusal) or guessed else _NOT_SEEN
        word = sentence.words[sentence.place]
        if word.isdecimal() and token in ("{noun}", "{direction}") and not self._named(sentence):
            return _ONE_AT_A_TIME
        if token == "{direction}" or word in _SELF:
            sentence.place += 1
            return PLAYER if token != "{direction}" else DIRECTION_WORDS.get(word, _NOT_SEEN)
        matches = self._match(sentence)
        if not matches:
            sentence.place += 1
            return _NOT_SEEN if article in INDEFINITE else DIRECTION_WORDS.get(word, _NOT_SEEN)
        if token == "{someone}":
            return _NOT_ALIVE
        if len(matches) > 1 and not sentence.ended and last:
            return _NOT_SEEN
        if token == "{inside}" and other is not None:
            matches = [thing for thing in matches if state.holder.get(thing) == other]
        if len(matches) > 1 and article in OWNED:
            matches = [thing for thing in matches if (state.holder.get(thing) == INVENTORY) is OWNED[article]]
        return self._choose(token, matches, other, article, sentence)

    def _choose(
        self, token: str, matches: list[str], other: str | None, article: str, sentence: _Sentence
    ) -> str | Refusal:
        """The one of several things of the same name that is meant, or the question about it."""
        if len(matches) < 2:
            return matches[0] if matches else _NOT_SEEN
        best = self._likeliest(token, matches, other, sentence, settle=article in INDEFINITE)
        if best is None:
            called = [self._called(thing) for thing in matches]
            return Refusal(f"Which do you mean, {', '.join(called[:-1])} or {called[-1]}?", _QUESTION)
        sentence.guess()
        return best

    def _skip_articles(self, sentence: _Sentence) -> str:
        """The last of the articles that come next, if any; they are used up."""
        article = ""
        while not sentence.ended and sentence.words[sentence.place] in ARTICLES:
            article = sentence.words[sentence.place]
            sentence.place += 1
        return article

    def _named(self, sentence: _Sentence) -> bool:
        """Whether the next word names anything here."""
        state = sentence.state
        return any(self._matched(thing, sentence.keys, sentence.place, state) for thing in self.scope(state))

    def _match(self, sentence: _Sentence) -> list[str]:
        """The things that the next words name best; the words are used up."""
        scope = self.scope(sentence.state)
        lengths = [self._matched(thing, sentence.keys, sentence.place, sentence.state) for thing in scope]
        longest = max(lengths, default=0)
        if not longest:
            return []
        sentence.place += longest
        return [thing for thing, length in zip(scope, lengths, strict=True) if length == longest]

    def _look_ahead(self, preposition: str, sentence: _Sentence) -> str | None:
        """The second noun, where the first one depends on it; empty if it cannot be made out, None if there is none."""
        choices = preposition.split("/")
        for place in range(sentence.place + 1, len(sentence.words) - 1):
            if sentence.words[place] in choices:
                ahead = _Sentence(sentence.words, sentence.keys, sentence.text, sentence.state, place + 1)
                noun = self._read_noun(("{noun}",), 0, ahead)
                return "" if isinstance(noun, Refusal) else noun
        return None

    def _infer(self, token: str, sentence: _Sentence) -> str | Refusal:
        """What a command that ends too early must mean, or the question about it."""
        if token == "{someone}":
            sentence.guess()
            return PLAYER
        things = self.scope(sentence.state)
        if token == "{things}":
            things = [thing for thing in things if sentence.state.holder.get(thing) != INVENTORY] or things
        elif token == "{held}" and not sentence.nouns and sentence.words[0] in _WEARING:
            things.append(PLAYER)
        best = None if token == "{direction}" else self._likeliest(token, things, None, sentence)
        if best is None:
            return Refusal(f"What do you want to {' '.join(sentence.spoken)}?", _QUESTION)
        sentence.guess()
        return best

    def _likeliest(
        self, token: str, matches: list[str], other: str | None, sentence: _Sentence, settle: bool = False
    ) -> str | None:
        """The thing that is likelier meant than all others; the first of equals only if told to ``settle``."""
        holder = sentence.state.holder
        good = matches
        if token == "{held}":
            good = [thing for thing in matches if holder.get(thing) == INVENTORY]
        elif token == "{other}":
            good = [thing for thing in matches if thing != other]
        if len(good) == 1:
            return good[0]
        scores = [self._score(token, thing, thing in good, other, sentence) for thing in matches]
        best = max(scores, default=0)
        return matches[scores.index(best)] if scores and (settle or scores.count(best) == 1) else None

    def _score(self, token: str, thing: str, good: bool, other: str | None, sentence: _Sentence) -> int:
        """The interpreter's order of candidates: named in full, then what the token prefers, then what is near."""
        # The game compares names as they are spelt with the command in small letters, so that a name with a capital
        # never counts as named in full; and of two nouns both must be.
        name = self.world.name
        meant = name[thing] in sentence.text
        for noun in (*sentence.nouns, *([] if other is None else [other])):
            meant = meant and name.get(noun, "\0") in sentence.text
        holder = sentence.state.holder.get(thing, sentence.state.room)
        near = 3 if holder == INVENTORY else 2 if holder == sentence.state.room else 1
        if thing == PLAYER:
            near = 0
        if holder == INVENTORY and self._unlikely(thing, token, sentence):
            return 10 * good + near - 100
        return 100 * meant + 10 * good + near

    def _unlikely(self, thing: str, token: str, sentence: _Sentence) -> bool:
        """Whether a thing in hand is hardly meant: to be taken, to cook with, or to cut with unless it is sharp."""
        recipe, verb = self.world.recipe, sentence.words[0]
        if token == "{things}":
            return True
        if recipe is None or not sentence.nouns:
            return False
        return verb == "cook" or (verb in ("slice", "dice", "chop") and thing not in recipe.sharp)

    def scope(self, state: State) -> list[str]:
        """What the player can see, in the order in which the game looks for it."""
        seen = []
        for thing in (*self.world.doors[state.room], *state.contents[state.room], *state.contents[INVENTORY]):
            seen.append(thing)
            if thing in state.contents and state.status.get(thing, "open") == "open":
                seen += state.contents[thing]
        return seen

    def _matched(self, thing: str, keys: tuple[str, ...], place: int, state: State | None) -> int:
        """How many words from ``place`` on may name the thing; a food is also named by how it is cut and cooked."""
        start, ways = place, self._names[thing]
        if state is not None and state.traits and self.world.type[thing] == "f":
            ways = [*ways, (_key(state.cut_of(thing)),), (_key(state.cooking_of(thing)),)]
        while place < len(keys):
            for way in ways:
                if keys[place : place + len(way)] == way:
                    place += len(way)
                    break
            else:
                break
        return place - start

    def _called(self, noun: str) -> str:
        return self.world.definite.get(noun, noun)


def _key(word: str) -> str:
    """As much of a word as the interpreter's dictionary keeps."""
    room = WORD_LENGTH
    for place, sign in enumerate(word.lower()):
        room -= 1 if "a" <= sign <= "z" else 2
        if room < 0:
            return word[:place].lower()
    return word.lower()
