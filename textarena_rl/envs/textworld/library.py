"""Where a game comes from: a shipped pack, else the disk cache, else the generator."""

from __future__ import annotations

import dataclasses
import functools
import json
import zlib
from collections.abc import Mapping
from importlib import resources
from itertools import islice

from textarena_rl.envs.textworld.challenges import SPLITS, Family, Knobs, split_of
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.generation import cached
from textarena_rl.envs.textworld.world import World
from textarena_rl.errors import InvalidConfig, MissingData

__all__ = ["Pack", "find_game", "find_world", "pack_bytes", "shipped", "task_ids"]

_MAGIC = b"textworld-pack-1\n"
_BLOCK = 50  # games compressed together: they share most of their words, and a block opens in half a millisecond


def pack_bytes(games: Mapping[int, Game]) -> bytes:
    """The games as one file: a first line, an index as JSON line, and blocks of compressed JSON lines."""
    rows = iter(sorted(games.items()))
    blocks, index = [], []
    while block := list(islice(rows, _BLOCK)):
        data = zlib.compress("\n".join(game.to_json() for _, game in block).encode(), 9)
        index.append([len(data), [seed for seed, _ in block]])
        blocks.append(data)
    return _MAGIC + json.dumps(index, separators=(",", ":")).encode() + b"\n" + b"".join(blocks)


class Pack:
    """The games of one file, opened one block at a time.

    Args:
        data: What :func:`pack_bytes` returned.
        name: What to call the pack in errors.

    Raises:
        MissingData: The data is not a pack.
    """

    def __init__(self, data: bytes, name: str = "pack") -> None:
        if not data.startswith(_MAGIC):
            raise MissingData(
                f"{name}: expected a TextWorld pack, got other bytes. Make it again with "
                "`python -m textarena_rl.envs.textworld.pack`."
            )
        self._data = data
        self._name = name
        start = data.index(b"\n", len(_MAGIC)) + 1
        self._where: dict[int, tuple[int, int, int]] = {}
        for length, block in json.loads(data[len(_MAGIC) : start]):
            for place, seed in enumerate(block):
                self._where[seed] = (start, length, place)
            start += length

    def __contains__(self, seed: object) -> bool:
        return seed in self._where

    def __len__(self) -> int:
        return len(self._where)

    def game(self, seed: int) -> Game:
        """The game of a seed.

        Raises:
            KeyError: The pack has no such seed.
        """
        start, length, place = self._where[seed]
        return Game.from_json(_lines(self, start, length)[place])


@functools.lru_cache(maxsize=16)
def _lines(pack: Pack, start: int, length: int) -> list[str]:
    return zlib.decompress(pack._data[start : start + length]).decode().split("\n")


@functools.lru_cache(maxsize=256)
def shipped(family: Family) -> Pack | None:
    """The pack that comes with this project for a family, if there is one.

    That of games of exact length holds only those that differ from the games without that wish.
    """
    file = resources.files("envs_data") / "textworld" / f"{family}.pack"
    return Pack(file.read_bytes(), f"{family}.pack") if file.is_file() else None


def _packs(family: Family) -> list[Pack]:
    """The packs that a family's games come from; the first that has a seed has its game."""
    own = shipped(family)
    if own is None:
        return []
    if not isinstance(family, Knobs) or not family.exact:
        return [own]
    base = shipped(dataclasses.replace(family, exact=False))
    return [own] if base is None else [own, base]


@functools.lru_cache(maxsize=256)
def task_ids(family: Family, split: str) -> tuple[str, ...]:
    """The seeds to draw from in a split, as strings: those in the pack where one is shipped, else the whole split."""
    packs = _packs(family)
    return tuple(str(seed) for seed in SPLITS[split] if not packs or any(seed in pack for pack in packs))


def find_game(family: Family, seed: int) -> Game:
    """The game of a seed, from the pack, the cache or the generator.

    Raises:
        InvalidConfig: The seed belongs to no split.
        MissingDependency: The game is not shipped, and the ``textworld`` package is not installed.
    """
    if split_of(seed) is None:
        spans = ", ".join(f"{name} {span[0]}..{span[-1]}" for name, span in SPLITS.items())
        raise InvalidConfig(f"TextWorld-{family}: expected a seed of one of the splits ({spans}), got {seed}.")
    for pack in _packs(family):
        if seed in pack:
            return pack.game(seed)
    return cached(family, seed)


@functools.lru_cache(maxsize=256)
def find_world(family: Family, seed: int) -> World:
    """The game of a seed, ready to be played; the last few hundred stay ready.

    Raises:
        InvalidConfig: The seed belongs to no split.
        MissingDependency: The game is not shipped, and the ``textworld`` package is not installed.
    """
    return World(find_game(family, seed))
