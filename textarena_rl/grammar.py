"""The grammar of ids: knobs, words, and the row that describes one world.

An id is the world's name, then its settings in a fixed order, joined by dashes: ``TextWorld-w2-o3-q4``. A setting is a
letter and a number, or a word of a fixed list; one that has a default is written only where it differs. So everything
that an id can say has exactly one id.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from textarena_rl.errors import InvalidConfig

__all__ = ["Flag", "Knob", "Size", "Value", "Word", "World"]

Value = int | str | bool
"""What a setting can be: a number for a knob, one of its words for a word, yes or no for a flag."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A number in an id: a letter and its value, as in ``w2``."""

    letter: str
    """Stands before the number; never ``v``, which Gymnasium reads as a version."""
    keyword: str
    """The constructor argument that it sets."""
    low: int
    """The smallest value allowed."""
    high: int
    """The greatest value allowed."""
    meaning: str
    """A few words for people."""
    default: Value | None = None
    """The value that is not written; None: the knob is always written."""

    @property
    def grammar(self) -> str:
        """The knob's place in the grammar, e.g. ``w<1..12>``."""
        return f"{self.letter}<{self.low}..{self.high}>"

    def read(self, part: str) -> Value | None:
        """The value written in ``part``, or None where ``part`` is not this knob."""
        match = re.fullmatch(rf"{self.letter}(0|[1-9][0-9]{{0,8}})", part, re.ASCII)
        return int(match[1]) if match else None

    def write(self, value: Value) -> str:
        """The inverse of :meth:`read`."""
        return f"{self.letter}{value}"

    def allows(self, value: object) -> bool:
        """Whether the value is a whole number in range, or the default, which may lie outside of it."""
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return self.low <= value <= self.high or value == self.default

    def nearest(self, parts: Iterable[str]) -> Value | None:
        """The allowed value closest to what the writer of ``parts`` may have meant; None: no part looks like it."""
        for part in parts:
            match = re.fullmatch(rf"{self.letter}[^0-9]*([0-9]{{1,9}})", part, re.ASCII | re.IGNORECASE)
            if match:
                meant = int(match[1])
                return meant if meant == self.default else min(max(meant, self.low), self.high)
        return None


@dataclass(frozen=True, slots=True)
class Size:
    """The two sides of a board in an id: ``s6`` for 6 rows and 6 columns, ``s6x8`` for 6 rows and 8 columns."""

    letter: str
    """Stands before the numbers."""
    keyword: str
    """The constructor argument that it sets, to a string such as ``6x8``."""
    low: int
    """The shortest side allowed."""
    high: int
    """The longest side allowed."""
    meaning: str
    """A few words for people."""
    default: Value | None = None
    """The size that is not written; None: it is always written."""

    @property
    def grammar(self) -> str:
        """The size's place in the grammar, e.g. ``s<5..16>[x<5..16>]``."""
        return f"{self.letter}<{self.low}..{self.high}>[x<{self.low}..{self.high}>]"

    def read(self, part: str) -> Value | None:
        """The size written in ``part``, or None where ``part`` is none; equal sides are written once."""
        match = re.fullmatch(rf"{self.letter}([1-9][0-9]{{0,3}})(?:x([1-9][0-9]{{0,3}}))?", part, re.ASCII)
        if not match or match[1] == match[2]:
            return None
        return f"{match[1]}x{match[2] or match[1]}"

    def write(self, value: Value) -> str:
        """The inverse of :meth:`read`."""
        rows, _, columns = str(value).partition("x")
        return f"{self.letter}{rows}" if rows == columns else f"{self.letter}{rows}x{columns}"

    def allows(self, value: object) -> bool:
        """Whether the value is a string of two sides in range, such as ``6x8``."""
        match = (
            re.fullmatch(r"([1-9][0-9]{0,3})x([1-9][0-9]{0,3})", value, re.ASCII) if isinstance(value, str) else None
        )
        return match is not None and all(self.low <= int(side) <= self.high for side in match.groups())

    def nearest(self, parts: Iterable[str]) -> Value | None:
        """The allowed size closest to what the writer of ``parts`` may have meant; None: no part looks like it."""
        for part in parts:
            match = re.fullmatch(rf"{self.letter}?([0-9]{{1,9}})(?:x([0-9]{{1,9}}))?", part, re.ASCII | re.IGNORECASE)
            if match:
                rows, columns = (min(max(int(side), self.low), self.high) for side in (match[1], match[2] or match[1]))
                return f"{rows}x{columns}"
        return None


@dataclass(frozen=True, slots=True)
class Word:
    """A word in an id, out of a fixed list, as in ``ALFWorld-heat``."""

    keyword: str
    """The constructor argument that it sets."""
    words: tuple[str, ...]
    """What may be written."""
    meaning: str
    """A few words for people."""
    default: Value | None = None
    """The word that is not written; None: one is always written."""

    @property
    def grammar(self) -> str:
        """The word's place in the grammar, e.g. ``<heat|cool>``."""
        return f"<{'|'.join(self.words)}>"

    def read(self, part: str) -> Value | None:
        """The word written in ``part``, or None where it is not one of these."""
        return part if part in self.words else None

    def write(self, value: Value) -> str:
        """The inverse of :meth:`read`."""
        return str(value)

    def allows(self, value: object) -> bool:
        """Whether the value is one of the words, or the default, which need not be one."""
        return value in self.words or value == self.default

    def nearest(self, parts: Iterable[str]) -> Value | None:
        """The word closest to what the writer of ``parts`` may have meant; None: no part looks like one."""
        for part in parts:
            close = difflib.get_close_matches(part.lower(), self.words, n=1, cutoff=0.6)
            if close:
                return close[0]
        return None


@dataclass(frozen=True, slots=True)
class Flag:
    """A word in an id that is there or not, as in ``TextWorld-w2-o3-q4-exact``."""

    word: str
    """What is written where the setting is True."""
    keyword: str
    """The constructor argument that it sets."""
    meaning: str
    """A few words for people."""
    default: Value | None = False

    @property
    def grammar(self) -> str:
        """The word itself."""
        return self.word

    def read(self, part: str) -> Value | None:
        """True, or None where ``part`` is another word."""
        return True if part == self.word else None

    def write(self, value: Value) -> str:
        """The word; only True is written."""
        return self.word

    def allows(self, value: object) -> bool:
        """Whether the value is True or False."""
        return isinstance(value, bool)

    def nearest(self, parts: Iterable[str]) -> Value | None:
        """True, where one of the parts looks like the word."""
        close = any(difflib.get_close_matches(part.lower(), (self.word,), n=1, cutoff=0.6) for part in parts)
        return True if close else None


@dataclass(frozen=True, slots=True)
class World:
    """One row of the registry: everything that is known about a world without importing it."""

    name: str
    """The first part of every id; may hold dashes itself."""
    entry_point: str
    """``module:Class``, imported when an environment is made."""
    description: str
    """One line for people."""
    knobs: tuple[Knob | Size | Word | Flag, ...]
    """In the order in which they are written."""
    example: tuple[Value, ...]
    """A typical setting, one value per knob: shown first, tested first, and the guess where an id says too little."""
    canonical: tuple[tuple[Value, ...], ...]
    """The settings that Gymnasium learns at import, one value per knob each."""
    extra: str | None = None
    """The extra of this distribution that the world needs, or needs for more than its packed data."""
    official: bool = False
    """It plays data that others published and only the user can bring; without, making it raises MissingData."""
    importer: str | None = None
    """``module:function`` behind ``textarena-rl import-data``: takes the path of the user's files, stores them in the
    form that the world reads, whole or not at all, and returns a sentence on what there is now."""
    wrappers: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Wrappers around the environment, the innermost first: ``module:Class`` and its arguments."""

    @property
    def family(self) -> str:
        """What all rows of one world share: the first word of the name."""
        return self.name.partition("-")[0]

    @property
    def grammar(self) -> str:
        """The form of every id of this world; what stands in brackets may be left out."""
        parts = [f"-{knob.grammar}" if knob.default is None else f"[-{knob.grammar}]" for knob in self.knobs]
        return self.name + "".join(parts)

    @property
    def example_id(self) -> str:
        """The id of the typical setting."""
        return self.write(self.example)

    def write(self, values: Sequence[Value]) -> str:
        """The id of a setting, given as one value per knob; the inverse of :meth:`read`."""
        pairs = zip(self.knobs, values, strict=True)
        return "-".join([self.name, *(knob.write(value) for knob, value in pairs if value != knob.default)])

    def read(self, tail: str) -> dict[str, Any]:
        """The constructor arguments behind what follows the name in an id.

        Raises:
            InvalidConfig: ``tail`` is not in the grammar; the message says which part and why.
        """
        parts = tail.split("-") if tail else []
        arguments: dict[str, Any] = {}
        for knob in self.knobs:
            value = knob.read(parts[0]) if parts else None
            if value is None and knob.default is None:
                got = repr(parts[0]) if parts else "the end of the id"
                raise InvalidConfig(f"expected {knob.grammar} ({knob.meaning}), got {got}")
            if value is not None:
                if not knob.allows(value):
                    raise InvalidConfig(f"expected {knob.grammar} ({knob.meaning}), got {parts[0]!r}")
                if value == knob.default:
                    raise InvalidConfig(f"expected the default of {knob.keyword} to be left out, got {parts[0]!r}")
                parts.pop(0)
            arguments[knob.keyword] = knob.default if value is None else value
        if parts:
            raise InvalidConfig(f"expected the end of the id, got {parts[0]!r}")
        return arguments

    def nearest(self, tail: str) -> str:
        """The valid id closest to what may have been meant by the name of this world and ``tail``."""
        parts = [part for part in re.split(r"[-_/: ]", tail) if part]
        values: list[Value] = []
        for knob, usual in zip(self.knobs, self.example, strict=True):
            meant = knob.nearest(parts)
            missing = usual if knob.default is None else knob.default
            values.append(missing if meant is None else meant)
        return self.write(values)
