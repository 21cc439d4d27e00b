"""Level files: XSB boards with titles and comments, run-length encoded or not, and Boxoban's files.

A file is text. A board is a block of neighbouring lines of ``# @ + $ * .`` and blanks, ``-`` or ``_`` for floor; in
run-length encoding a number repeats what follows it (``4#``, ``2(-.)``) and ``|`` ends a row. Every other line is a
comment. A board's title is the ``Title:`` line after it, or the comment before it, as Boxoban's ``; 17``.

Source: the format as the Sokoban community documents it (sokobano.de, "Level format").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from textarena_rl.envs.sokoban.rules import Level, LevelError
from textarena_rl.errors import InvalidConfig, MissingData

__all__ = ["SUFFIXES", "Block", "read_blocks", "to_level"]

SUFFIXES = (".xsb", ".sok", ".txt")
"""Files that may hold levels."""

_SYMBOLS = "#@+$*.-_ "
_PACKED = re.compile(r"[ ]*(\d*[#@+$*.\-_ |(]|[)])+\s*")
_SOLUTION = re.compile(r"[udlrUDLR\s]+")
_MOST_CELLS = 64
"""Rows and columns that a board may have: more is surely no board."""


@dataclass(frozen=True, slots=True)
class Block:
    """A board as it stands in a file, not checked yet."""

    line: int
    """The number of its first line, counted from 1."""
    rows: tuple[str, ...]
    """Its lines."""
    titles: list[str] = field(default_factory=list)
    """What may be its title, the best first."""

    @property
    def title(self) -> str:
        """The title, or an empty string."""
        return self.titles[0] if self.titles else ""


def read_blocks(path: Path) -> list[Block]:
    """The boards of a file, in order.

    Raises:
        MissingData: The file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingData(f"Sokoban levels: expected a file that can be read, got {path}: {error.strerror}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return list(_blocks(text))


def _blocks(text: str) -> Iterator[Block]:
    block: Block | None = None
    rows: list[str] = []
    comment = ""
    for number, line in enumerate([*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""], 1):
        if _is_row(line):
            if not rows:
                if block is not None:
                    yield block
                block = Block(number, (), [comment] if comment else [])
            rows.append(line.rstrip())
            continue
        if rows and block is not None:
            block, rows, comment = Block(block.line, tuple(rows), block.titles), [], ""
        said = line.strip().strip(";:").strip()
        key, colon, value = said.partition(":")
        if colon and key.strip().lower() == "title" and block is not None:
            block.titles.insert(0, value.strip())
        elif said and not _SOLUTION.fullmatch(said):
            comment = said
    if block is not None:
        yield block


def _is_row(line: str) -> bool:
    """Whether a line is meant as a row: it holds a wall and hardly anything that no row holds."""
    if "#" not in line or line.lstrip().startswith((";", "::")):
        return False
    known = sum(symbol in _SYMBOLS for symbol in line.rstrip())
    return 2 * known > len(line.rstrip()) or bool(_PACKED.fullmatch(line))


def to_level(block: Block, where: str) -> Level:
    """The level of a block.

    Args:
        block: The board as it stands in the file.
        where: The file and the level's number in it, for errors.

    Raises:
        InvalidConfig: The board is damaged; the message names the file, the level and the line.
    """
    rows: list[str] = []
    lines: list[int] = []
    for offset, row in enumerate(block.rows):
        for unpacked in _unpack(row):
            rows.append(unpacked.replace("-", " ").replace("_", " "))
            lines.append(block.line + offset)
    named = f"{where} ({block.title})" if block.title else where
    if len(rows) > _MOST_CELLS or max(map(len, rows)) > _MOST_CELLS:
        raise InvalidConfig(
            f"{named}, line {block.line}: expected a board of at most {_MOST_CELLS} rows and columns, "
            f"got {len(rows)} x {max(map(len, rows))}. Leave the level out."
        )
    try:
        return Level.from_rows(rows)
    except LevelError as error:
        raise InvalidConfig(
            f"{named}, line {lines[error.row]}: {error.problem} Mend the level or leave it out."
        ) from error


def _unpack(row: str) -> list[str]:
    """The rows behind one line of run-length encoding; a line without numbers and bars is its own row."""
    if not re.search(r"[0-9|()]", row) or not _PACKED.fullmatch(row):
        return [row]
    while group := re.search(r"(\d*)\(([^()]*)\)", row):
        row = row[: group.start()] + group[2] * _times(group[1]) + row[group.end() :]
    row = re.sub(r"(\d+)([^\d])", lambda run: run[2] * _times(run[1]), row)
    return row.rstrip("|").split("|")


def _times(number: str) -> int:
    """How often a run repeats; beyond what a board can hold, the exact number does not matter."""
    return min(int(number[:6] or 1), _MOST_CELLS + 1)
