"""Many games in one small file: :class:`Pack`.

A pack is a first line, a line with the sizes and the checksum of what follows, a compressed index, a dictionary and the
games. The dictionary holds what games share, so that each is compressed by itself and opens by itself, in about a tenth
of a millisecond, wherever it stands.
"""

from __future__ import annotations

import functools
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from textarena_rl.envs.alfworld.games import Game
from textarena_rl.errors import InvalidConfig, MissingData
from textarena_rl.storage import data_folder

__all__ = ["Pack", "imported", "pack_bytes", "pack_path"]

_MAGIC = b"alfworld-pack-1\n"
_DICTIONARY_SIZE = 32_768  # as far as DEFLATE looks back
_SAMPLES = 8

GET_DATA = (
    "ALFWorld's games are on the release page of its repository (alfworld/alfworld, release 0.4.2, the files "
    "json_2.1.*.zip), and `alfworld-download` of the package alfworld fetches them into $ALFWORLD_DATA. "
    "Run `textarena-rl import-data alfworld PATH` with that folder or a zip file."
)
"""What to do where there are no games."""


def pack_path() -> Path:
    """Where the imported games are."""
    return data_folder() / "alfworld" / "games.pack"


def pack_bytes(games: Iterable[Game]) -> bytes:
    """The games as the content of one file, sorted by id."""
    texts = {game.id: (game.goal.task_type, game.to_json().encode()) for game in games}
    names = sorted(texts)
    samples = [texts[name][1] for name in names[:: max(1, len(names) // _SAMPLES)]]
    dictionary = b"\n".join(samples)[-_DICTIONARY_SIZE:]
    index, parts = [], []
    for name in names:
        task_type, text = texts[name]
        compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=dictionary)
        parts.append(compressor.compress(text) + compressor.flush())
        index.append([name, task_type, len(parts[-1]), zlib.crc32(text)])
    packed = zlib.compress(json.dumps(index, separators=(",", ":")).encode(), 9)
    body = packed + dictionary + b"".join(parts)
    sizes = {"index": len(packed), "dictionary": len(dictionary), "sha256": hashlib.sha256(body).hexdigest()}
    return _MAGIC + json.dumps(sizes).encode() + b"\n" + body


class Pack:
    """The games of one file.

    A game is found by id; ids are listed by split and by type of task, in order. Nothing is ever changed, so threads
    may share a pack.

    Args:
        data: What :func:`pack_bytes` returned.
        name: What to call the pack in errors.

    Raises:
        MissingData: The data is not a whole pack.
    """

    def __init__(self, data: bytes, name: str = "pack") -> None:
        self._name = name
        try:
            if not data.startswith(_MAGIC):
                raise ValueError("other bytes at the beginning")
            start = data.index(b"\n", len(_MAGIC)) + 1
            sizes = json.loads(data[len(_MAGIC) : start])
            body = data[start:]
            if hashlib.sha256(body).hexdigest() != sizes["sha256"]:
                raise ValueError("another checksum than was written")
            rows = json.loads(zlib.decompress(body[: sizes["index"]]))
            at = sizes["index"] + sizes["dictionary"]
            self._dictionary = body[sizes["index"] : at]
            self._body = body
            self._where: dict[str, tuple[int, int, int]] = {}
            self._ids: dict[tuple[str, str], list[str]] = {}
            for game_id, task_type, length, checksum in rows:
                self._where[game_id] = (at, at + length, checksum)
                self._ids.setdefault((game_id.partition("/")[0], task_type), []).append(game_id)
                at += length
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, reason: str) -> MissingData:
        return MissingData(
            f"{self._name}: expected a whole pack of ALFWorld games, got {reason}. Delete the file, and make it again "
            "with `textarena-rl import-data alfworld PATH`."
        )

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, game_id: object) -> bool:
        return game_id in self._where

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def splits(self) -> dict[str, int]:
        """How many games each split has."""
        counts: dict[str, int] = {}
        for (split, _), ids in self._ids.items():
            counts[split] = counts.get(split, 0) + len(ids)
        return dict(sorted(counts.items()))

    @functools.lru_cache(maxsize=64)  # noqa: B019  (packs live as long as the process)
    def ids(self, split: str, task_type: str = "all") -> tuple[str, ...]:
        """The ids of a split, or of its games of one type, in order: the n-th game is ``ids(split)[n]``."""
        found = [
            game_id
            for (of_split, of_type), ids in self._ids.items()
            for game_id in ids
            if of_split == split and task_type in ("all", of_type)
        ]
        return tuple(sorted(found))

    def game(self, game_id: str) -> Game:
        """The game of an id.

        Raises:
            KeyError: There is none.
            MissingData: The pack is damaged.
        """
        start, end, checksum = self._where[game_id]
        try:
            text = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self._dictionary).decompress(self._body[start:end])
            if zlib.crc32(text) != checksum:
                raise ValueError(f"another checksum of {game_id}")
            return Game.from_json(text.decode())
        except (ValueError, zlib.error, InvalidConfig) as error:
            raise self._damaged(str(error)) from error


def imported() -> Pack:
    """The pack that the user imported.

    Raises:
        MissingData: There is none, or it is damaged.
    """
    path = pack_path()
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise MissingData(f"ALFWorld: expected the official games in {path}, and there are none. {GET_DATA}") from error
    return _read(path, changed)


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Pack:
    """The pack in a file; read again when the file has changed."""
    return Pack(path.read_bytes(), str(path))
