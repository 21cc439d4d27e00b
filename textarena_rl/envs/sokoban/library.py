"""Where levels come from, and which of them belong to which split: the generator, or files.

Both kinds answer the same three questions: which tasks a split has, which level a task is, what the levels are.
"""

from __future__ import annotations

import functools
import json
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Protocol, overload

from textarena_rl.envs.sokoban.generator import Knobs, generate
from textarena_rl.envs.sokoban.levels import SUFFIXES, Block, read_blocks, to_level
from textarena_rl.envs.sokoban.rules import Level
from textarena_rl.errors import InvalidConfig, MissingData

__all__ = ["INDEX", "SEEDS", "FiledLevels", "GeneratedLevels", "LevelSource"]

SEEDS = {"train": range(50_001, 150_001), "valid": range(40_001, 40_501), "test": range(1, 501)}
"""The seeds of each split of generated levels."""

INDEX = "index.json"
"""How many levels each file of an imported folder holds, so that a million of them need not be counted again."""


class LevelSource(Protocol):
    """Something that has levels."""

    def tasks(self, split: str) -> Sequence[str]:
        """The task ids of a split, in a fixed order."""
        ...

    def level(self, task: str) -> Level:
        """The level of a task id.

        Raises:
            InvalidConfig: There is no such task, or its level is damaged.
        """
        ...


class GeneratedLevels:
    """A level for every seed. Task ids are seeds.

    A board belongs to one split only, whatever its seed: its checksum decides, and the generator looks for a board of
    the seed's split. So nothing that is tested on was ever trained on, small as a room may be.
    """

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs

    def tasks(self, split: str) -> Sequence[str]:
        """The seeds of a split as strings."""
        return _Numbers(SEEDS[split])

    def level(self, task: str) -> Level:
        """The level of a seed."""
        split = next((name for name in SEEDS if task in self.tasks(name)), None)
        if split is None:
            spans = ", ".join(f"{name} {seeds[0]} to {seeds[-1]}" for name, seeds in SEEDS.items())
            raise InvalidConfig(
                f"Sokoban: expected a task to be a seed of a split ({spans}), got {task!r}. Take one of tasks()."
            )
        return _generated(self.knobs, int(task), split)


@functools.lru_cache(maxsize=256)
def _generated(knobs: Knobs, seed: int, split: str) -> Level:
    """The level of a seed; remembered, because groups of episodes play one level."""
    return generate(knobs, seed, lambda level: _split_of(level) == split)


def _split_of(level: Level) -> str:
    """The split that a board belongs to: an eighth of all boards are for validation, an eighth for testing."""
    return {0: "test", 1: "valid"}.get(zlib.crc32(level.text.encode()) % 8, "train")


class FiledLevels:
    """The levels of a file, or of all level files in a folder. Task ids are a file and an index: ``easy.xsb#3``.

    Files below a folder named ``train``, ``valid`` or ``test`` belong to that split. Of every other file the first
    eight of each ten levels are for training, then one is for validation and one for testing.

    Args:
        path: The file or folder.

    Raises:
        MissingData: It is not there, or holds no level files.
    """

    def __init__(self, path: str | Path) -> None:
        root = Path(path)
        self._files: tuple[str, ...]
        if root.is_file():
            self._folder, self._files = root.parent, (root.name,)
        elif root.is_dir():
            found = (file for file in root.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
            self._folder, self._files = root, tuple(sorted(file.relative_to(root).as_posix() for file in found))
        else:
            raise MissingData(
                f"Sokoban levels: expected a file or folder at {root}, got nothing there. Check the path."
            )
        if not self._files:
            raise MissingData(
                f"Sokoban levels: expected {', '.join(SUFFIXES)} files in {root}, got none. Check the path."
            )

    def tasks(self, split: str) -> Sequence[str]:
        """The task ids of a split."""
        index = _changed(self._folder / INDEX)
        return _tasks(self._folder, self._files, split, index or max(_changed(self._folder / n) for n in self._files))

    def level(self, task: str) -> Level:
        """The level of a file and an index."""
        name, _, number = task.rpartition("#")
        boards = _boards(self._folder / name) if name in self._files else []
        if not (number.isdecimal() and number.isascii() and len(number) < 10 and int(number) < len(boards)):
            raise InvalidConfig(
                f"Sokoban levels: expected a task such as {self._files[0]}#0, a level file and an index, got {task!r}. "
                "Take one of tasks()."
            )
        return to_level(boards[int(number)], f"{self._folder / name}, level {int(number) + 1}")


def _changed(file: Path) -> float:
    """When a file was changed last; 0 where there is none."""
    return file.stat().st_mtime if file.is_file() else 0.0


def _boards(file: Path) -> list[Block]:
    """The boards of a file, remembered until it is changed."""
    return _read(file, _changed(file))


@functools.lru_cache(maxsize=64)
def _read(file: Path, changed: float) -> list[Block]:
    return read_blocks(file)


@functools.lru_cache(maxsize=32)
def _tasks(folder: Path, files: tuple[str, ...], split: str, changed: float) -> _Boards:
    """The tasks of a split: files are looked through for boards, where no index says how many they hold."""
    index = folder / INDEX
    counts = json.loads(index.read_text("utf-8")) if index.is_file() else {}
    parts: list[tuple[str, Sequence[int]]] = []
    for name in files:
        fixed = {part.lower() for part in PurePosixPath(name).parts[:-1]} & set(SEEDS)
        if fixed and split not in fixed:
            continue
        count = counts[name] if name in counts else len(_boards(folder / name))
        places = {"train": range(8), "valid": (8,), "test": (9,)}[split]
        parts.append((name, range(count) if fixed else [n for n in range(count) if n % 10 in places]))
    return _Boards(parts)


class _Numbers(Sequence[str]):
    """A range of numbers as strings, none of which exists before it is asked for."""

    def __init__(self, numbers: range) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, item: object) -> bool:
        if not (isinstance(item, str) and item.isdecimal() and item.isascii() and len(item) < 10):
            return False
        return str(int(item)) == item and int(item) in self._numbers

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return _Numbers(self._numbers[index]) if isinstance(index, slice) else str(self._numbers[index])


class _Boards(Sequence[str]):
    """Files and indices as task ids, none of which exists before it is asked for."""

    def __init__(self, parts: list[tuple[str, Sequence[int]]]) -> None:
        self._parts = parts
        self._ends = list(accumulate(len(places) for _, places in parts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[str]:
        return (f"{name}#{place}" for name, places in self._parts for place in places)

    def __contains__(self, item: object) -> bool:
        name, _, number = str(item).rpartition("#")
        if not (number.isdecimal() and number.isascii() and len(number) < 10):
            return False
        return any(name == file and int(number) in places for file, places in self._parts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"task {index} of {len(self)}")
        part = bisect_right(self._ends, place)
        name, places = self._parts[part]
        return f"{name}#{places[place - (self._ends[part - 1] if part else 0)]}"
