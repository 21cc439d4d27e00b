"""Large JSON files, read one element at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from textarena_rl.errors import MissingData

__all__ = ["elements", "entries"]

_CHUNK = 1 << 20  # characters read at once
_DELIMITERS = tuple(",]}:\n\r\t ")
_LONGEST_TAIL = 64  # characters that the rest of a number can take, and more
_BLANK = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()


class _Reader:
    """The text of a file through a window that moves forward."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open(encoding="utf-8")
        except OSError as error:
            raise MissingData(f"{path}: expected a JSON file, got {error.strerror}. Check the path.") from error
        self._text, self._at, self._passed, self._ended = "", 0, 0, False

    def close(self) -> None:
        self._file.close()

    def _more(self) -> bool:
        """Widen the window; False at the end of the file."""
        try:
            chunk = self._file.read(_CHUNK)
        except UnicodeDecodeError as error:
            raise self.damaged(f"bytes that are not UTF-8 ({error.reason})") from error
        self._passed += self._at
        self._text, self._at = self._text[self._at :] + chunk, 0
        self._ended = not chunk
        return bool(chunk)

    def damaged(self, what: str) -> MissingData:
        """The error for a file that is not what it should be."""
        where = f"near character {self._passed + self._at:,}"
        return MissingData(f"{self.path}: expected a whole JSON file, got {what} {where}. Fetch the file again.")

    def character(self) -> str:
        """The next character that is not blank, which stays unread; empty at the end of the file."""
        while True:
            match = _BLANK.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, expected: str) -> str:
        """Read the next character, which must be one of ``expected``."""
        character = self.character()
        if not character or character not in expected:
            found = f"{character!r} where {' or '.join(expected)} should be" if character else "the end of the file"
            raise self.damaged(found)
        self._at += 1
        return character

    def value(self) -> Any:
        """Read the next JSON value."""
        self.character()
        width = _CHUNK
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
                # A number at the edge of the window may go on behind it, as in 0 and .5 or 1 and e-7.
                if self._ended or len(self._text) > end + _LONGEST_TAIL or self._text[end : end + 1] in _DELIMITERS:
                    self._at = end
                    return value
                problem = "the end of the file"
            except (json.JSONDecodeError, RecursionError) as error:
                problem = getattr(error, "msg", "values too deep")
            # Each try begins anew, so the window doubles: the work stays linear.
            grown = 0
            while grown < width and self._more():
                grown += _CHUNK
            width *= 2
            if not grown:
                raise self.damaged(f"{problem.lower()}, and then the end of the file," if self._ended else problem)


def _separated(reader: _Reader, opening: str, closing: str, read: Callable[[], Any]) -> Iterator[Any]:
    reader.take(opening)
    if reader.character() == closing:
        reader.take(closing)
    else:
        while True:
            yield read()
            if reader.take("," + closing) == closing:
                break
    if reader.character():
        raise reader.damaged("something behind the last bracket")


def elements(path: Path) -> Iterator[Any]:
    """The elements of a JSON list.

    Raises:
        MissingData: The file is not there, is cut off, or holds something else.
    """
    reader = _Reader(path)
    try:
        yield from _separated(reader, "[", "]", reader.value)
    finally:
        reader.close()


def entries(path: Path) -> Iterator[tuple[str, Any]]:
    """The keys and values of a JSON object.

    Raises:
        MissingData: The file is not there, is cut off, or holds something else.
    """
    reader = _Reader(path)

    def entry() -> tuple[str, Any]:
        key = reader.value()
        if not isinstance(key, str):
            raise reader.damaged(f"the key {key!r}")
        reader.take(":")
        return key, reader.value()

    try:
        yield from _separated(reader, "{", "}", entry)
    finally:
        reader.close()
