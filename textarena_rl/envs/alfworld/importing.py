"""``textarena-rl import-data alfworld PATH``: a user's official games become one pack, or nothing changes."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from textarena_rl.envs.alfworld.games import Game
from textarena_rl.envs.alfworld.pack import GET_DATA, Pack, pack_bytes, pack_path
from textarena_rl.envs.alfworld.pddl import read_game, solvable
from textarena_rl.errors import InvalidConfig
from textarena_rl.storage import written_whole

__all__ = ["game_files", "import_games"]

_FILE = "game.tw-pddl"
_LEFT_OUT = ("movable", "Sliced")
"""The original leaves out the games whose folder is named so."""


def import_games(path: Path) -> str:
    """Read every game in a folder, zip or tar file, and add them to the pack; a sentence on what there is now.

    Games of an earlier import stay, unless the new files hold a game of the same id. The pack is written under another
    name, read back and compared game by game, and only then takes the place of the old one.

    Raises:
        InvalidConfig: ``path`` holds no games, or one that cannot be read.
        MissingData: The pack of an earlier import is damaged.
    """
    found, unsolvable, left_out = _read_all(path)
    if not found:
        raise InvalidConfig(f"{path}: expected ALFWorld games (files named {_FILE}), got none. {GET_DATA}")
    target = pack_path()
    games = dict(found)
    kept = 0
    if target.exists():
        earlier = Pack(target.read_bytes(), str(target))
        for game_id in earlier:
            if game_id not in games:
                games[game_id] = earlier.game(game_id)
                kept += 1
    with written_whole(target) as partial:
        partial.write_bytes(pack_bytes(games.values()))
        _check(partial, games)
    pack = Pack(target.read_bytes(), str(target))
    counts = ", ".join(f"{split} {number}" for split, number in pack.splits().items())
    notes = [
        f"{number} {what}"
        for number, what in ((unsolvable, "not marked solvable"), (left_out, "of types that the text world lacks"))
        if number
    ]
    return (
        f"Imported {len(found)} games from {path}"
        + (f" (left out, as the original does: {', '.join(notes)})" if notes else "")
        + (f"; {kept} of earlier imports stay" if kept else "")
        + f". Now there are {len(pack)} in {target}, {target.stat().st_size / 2**20:.1f} MiB: {counts}."
    )


def _check(path: Path, games: dict[str, Game]) -> None:
    """Read a pack back and compare it with what went into it."""
    pack = Pack(path.read_bytes(), str(path))
    if len(pack) != len(games) or any(pack.game(game_id) != game for game_id, game in games.items()):
        raise InvalidConfig(f"{path}: expected the {len(games)} games that were written, got others. Check the disk.")


def _read_all(path: Path) -> tuple[dict[str, Game], int, int]:
    """The games by id, how many are marked unsolvable, and how many belong to types that are left out."""
    games: dict[str, Game] = {}
    origins: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for name, text in game_files(path):
        if any(word in name for word in _LEFT_OUT):
            counts["left out"] += 1
            continue
        where = f"{path}: {name}" if name not in str(path) else str(path)
        if not solvable(text, where):
            counts["unsolvable"] += 1
            continue
        game = read_game(text, _game_id(name, path), where)
        if games.get(game.id, game) != game:
            raise InvalidConfig(
                f"{path}: expected one game of the id {game.id}, got two that differ: {origins[game.id]} and {name}. "
                "Import the folder of one version of the data."
            )
        games[game.id] = game
        origins[game.id] = name
    return games, counts["unsolvable"], counts["left out"]


def _game_id(name: str, path: Path) -> str:
    """``split/task/trial``, from the folders above a file."""
    parts = PurePosixPath(name).parts[:-1]
    if len(parts) < 3:
        parts = (*path.resolve().parts, *parts)
    if len(parts) < 3:
        raise InvalidConfig(f"{name}: expected the folders split/task/trial above a game, got {'/'.join(parts)}.")
    return "/".join(parts[-3:])


def game_files(path: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every game file in a folder or archive.

    Raises:
        InvalidConfig: There is nothing at ``path``, or it is damaged.
    """
    if path.is_dir():
        for file in sorted(path.rglob(_FILE)):
            yield file.relative_to(path).as_posix(), _decoded(file.read_bytes(), str(file))
        return
    if not path.is_file():
        raise InvalidConfig(f"{path}: expected a folder, a zip or a tar file, and there is none. {GET_DATA}")
    try:
        yield from _members(path)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError) as error:
        raise InvalidConfig(
            f"{path}: expected a whole zip or tar file of ALFWorld games, and it cannot be read: {_first_line(error)}. "
            "Download it again."
        ) from error


def _first_line(error: Exception) -> str:
    """What went wrong, without the list of everything that was tried."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(":")


def _members(path: Path) -> Iterable[tuple[str, str]]:
    """Name and text of every game file in an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if PurePosixPath(name).name == _FILE:
                    yield name, _decoded(archive.read(name), name)
        return
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile() and PurePosixPath(member.name).name == _FILE:
                file = tar.extractfile(member)
                assert file is not None
                yield member.name, _decoded(file.read(), member.name)


def _decoded(data: bytes, name: str) -> str:
    """The text of a file."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidConfig(
            f"{name}: expected UTF-8 text, got other bytes ({error.reason}). Download it again."
        ) from error
