"""Games that the user brings: ``.json`` files for our engine, ``.z8`` files for the original interpreter."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.world import World
from textarena_rl.errors import MissingData
from textarena_rl.storage import data_folder, written_whole

__all__ = ["GameFiles", "import_games", "read_game"]

_SUFFIXES = (".json", ".z8")
_SPLITS = ("train", "valid", "test")


@functools.lru_cache(maxsize=64)
def _read(path: str, stamp: int) -> World:
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return World(Game.from_textworld(data))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MissingData(
            f"{path}: expected a game that tw-make has made, got other JSON ({type(error).__name__}: {error}). "
            "Give the .json file that lies beside a .z8 file."
        ) from error


def read_game(path: Path) -> World:
    """The game of a ``.json`` file, ready to be played.

    Raises:
        MissingData: The file is not there, is not a game, or has rules of its own.
    """
    try:
        return _read(str(path), path.stat().st_mtime_ns)
    except OSError as error:
        raise MissingData(f"{path}: expected a game file, got {error}. Check the path.") from error


class GameFiles:
    """The games in a file or a folder; a folder may have subfolders ``train``, ``valid`` and ``test``.

    A task is the name of a file; of two that differ in their suffix only, the ``.z8`` file is taken.

    Args:
        path: The file or folder; None: what ``textarena-rl import-data textworld`` has stored.

    Raises:
        MissingData: There is no game.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = data_folder() / "textworld" if path is None else Path(path)
        self.splits: dict[str, dict[str, Path]] = {}
        if self.path.is_file():
            self.splits = {"all": {self.path.name: self.path}} if self.path.suffix in _SUFFIXES else {}
        else:
            folders = {name: self.path / name for name in _SPLITS if (self.path / name).is_dir()}
            self.splits = {name: _games_in(folder) for name, folder in (folders or {"all": self.path}).items()}
        if not any(self.splits.values()):
            raise MissingData(
                f"TextWorld-z8: expected games (.z8 or .json, as tw-make writes them) in {self.path}, got none. Give "
                "games=PATH, or bring them once with `textarena-rl import-data textworld PATH`."
            )

    def __str__(self) -> str:
        return "z8"

    def find(self, task: str) -> Path | None:
        """The file of a task, whichever split it is in."""
        return next((files[task] for files in self.splits.values() if task in files), None)


def _games_in(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    files = {file.name: file for file in sorted(folder.iterdir()) if file.suffix in _SUFFIXES}
    stories = {name.removesuffix(".z8") for name in files if name.endswith(".z8")}
    return {name: file for name, file in files.items() if name.endswith(".z8") or file.stem not in stories}


def _all_files(path: Path) -> Iterator[tuple[Path, Path]]:
    """The game files under a path, each with where it goes."""
    if path.is_file():
        yield from ((file, Path(file.name)) for file in (path, path.with_suffix(".json")) if file.is_file())
        return
    for folder in (Path(), *map(Path, _SPLITS)):
        for file in sorted((path / folder).glob("*")):
            if file.is_file() and file.suffix in _SUFFIXES:
                yield file, folder / file.name


def import_games(path: Path) -> str:
    """Copy a user's games to where ``TextWorld-z8`` finds them, and say what there is now.

    Raises:
        MissingData: There is no game at the path, or one that cannot be played.
    """
    GameFiles(path)
    target = data_folder() / "textworld"
    count = 0
    for file, place in dict(_all_files(path)).items():
        if file.suffix == ".z8" and file.read_bytes()[:1] != b"\x08":
            raise MissingData(f"{file}: expected a story file for the Z-machine, version 8, got other bytes. Leave it.")
        if file.suffix == ".json" and not file.with_suffix(".z8").is_file():
            read_game(file)
        with written_whole(target / place) as partial:
            shutil.copyfile(file, partial)
        count += 1
    games = sum(map(len, GameFiles(target).splits.values()))
    return f"Stored {count} files in {target}; TextWorld-z8 plays {games} games."
