"""Levels that the user brings: imported once, then played by id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from textarena_rl.envs.sokoban.env import SokobanEnv
from textarena_rl.envs.sokoban.levels import SUFFIXES, read_blocks, to_level
from textarena_rl.envs.sokoban.library import INDEX
from textarena_rl.errors import MissingData
from textarena_rl.storage import data_folder, written_whole

__all__ = ["import_levels", "make_boxoban", "make_levels"]

_BOXOBAN = ("unfiltered", "medium", "hard")


def make_levels(levels: str | None = None, **settings: Any) -> SokobanEnv:
    """Levels from a file or folder of your own, or those that you imported.

    ``textarena_rl.make("Sokoban-levels", levels="microban.xsb")`` plays a file as it is. Without ``levels`` it plays
    what ``textarena-rl import-data sokoban PATH`` stored, all files together.

    Action Space:
        As in every Sokoban; ``describe Sokoban-s6-b1`` has the manual.

    Observation Space:
        The board, in the symbols that were chosen.

    Starting State:
        A level of the split. Task ids are a file and an index, ``microban.xsb#3``. Files below folders named train,
        valid or test belong to that split; of each ten levels of every other file the first eight are for training,
        one is for validation, one for testing.

    Rewards:
        gym-sokoban's.

    Episode End:
        Terminated when all boxes are on goals, truncated after ``max_turns`` turns, by default 120.

    Information:
        As in every Sokoban.

    Arguments:
        levels: A file or folder (XSB, .sok, .txt, Boxoban).
        **settings: Arguments of :class:`~textarena_rl.envs.sokoban.env.SokobanEnv`.

    Version History:
        1: the first.

    Raises:
        MissingData: There is nothing at ``levels``, or nothing was imported.
    """
    if levels is None:
        folder = data_folder() / "sokoban" / "levels"
        if not (folder / INDEX).is_file():
            raise MissingData(
                "Sokoban-levels: expected imported levels, got none. Run `textarena-rl import-data sokoban PATH` with "
                "a level file or a folder of them, or give levels=PATH."
            )
        levels = str(folder)
    return SokobanEnv(levels=levels, **settings)


def make_boxoban(collection: str, **settings: Any) -> SokobanEnv:
    """DeepMind's Boxoban levels: 10 x 10, four boxes.

    ``unfiltered`` has the official splits train (900,000), valid (100,000) and test (1,000); ``medium`` has train and
    valid; ``hard`` (3,332) has none, so that of each ten levels eight are for training, one for validation and one for
    testing.

    Action Space:
        As in every Sokoban; ``describe Sokoban-s6-b1`` has the manual.

    Observation Space:
        The board, in the symbols that were chosen.

    Starting State:
        A level of the split. Task ids are a file and an index, ``test/000.txt#17``.

    Rewards:
        gym-sokoban's.

    Episode End:
        Terminated when all boxes are on goals, truncated after ``max_turns`` turns, by default 120.

    Information:
        As in every Sokoban.

    Arguments:
        collection: ``unfiltered``, ``medium`` or ``hard``.
        **settings: Arguments of :class:`~textarena_rl.envs.sokoban.env.SokobanEnv`.

    Version History:
        1: the first.

    Source: Guez et al. 2018, "An investigation of model-free planning: boxoban levels" (Apache License 2.0).

    Raises:
        MissingData: The collection was not imported.
    """
    folder = data_folder() / "sokoban" / "boxoban" / collection
    if not (folder / INDEX).is_file():
        raise MissingData(
            f"Sokoban-Boxoban-{collection}: expected imported levels, got none. Get the repository boxoban-levels of "
            "google-deepmind on GitHub and run `textarena-rl import-data sokoban PATH` with its folder."
        )
    return SokobanEnv(levels=str(folder), **settings)


def import_levels(path: Path) -> str:
    """Check every level below a path and store the files: Boxoban's under its own name, all others together.

    Args:
        path: A level file, a folder of them, or the folder of the Boxoban repository.

    Returns:
        What there is now, in a sentence.

    Raises:
        MissingData: There are no level files.
        InvalidConfig: A level is damaged; nothing was stored.
    """
    home = data_folder() / "sokoban"
    boxoban = [path / name for name in _BOXOBAN if (path / name).is_dir()]
    if boxoban:
        counts = {folder.name: _import(folder, home / "boxoban" / folder.name) for folder in boxoban}
        there = ", ".join(f"Sokoban-Boxoban-{name} ({count:,} levels)" for name, count in counts.items())
        return f"Imported Boxoban: {there}."
    return f"Imported {_import(path, home / 'levels'):,} levels: play them as Sokoban-levels."


def _import(source: Path, target: Path) -> int:
    """Check and copy the level files below a path, then write the index, without which the copy counts for nothing."""
    root = source.parent if source.is_file() else source
    files = [source] if source.is_file() else sorted(file for file in source.rglob("*") if file.is_file())
    files = [file for file in files if file.suffix.lower() in SUFFIXES]
    counts: dict[str, int] = {}
    for file in files:
        blocks = read_blocks(file)
        for number, block in enumerate(blocks, 1):
            to_level(block, f"{file}, level {number}")
        if blocks:  # notes and licences lie beside levels
            counts[file.relative_to(root).as_posix()] = len(blocks)
    if not counts:
        raise MissingData(
            f"textarena-rl import-data sokoban: expected level files ({', '.join(SUFFIXES)}) at {source}, got none. "
            "Check the path."
        )
    for name in counts:
        with written_whole(target / name) as partial:
            partial.write_bytes((root / name).read_bytes())
    known = json.loads((target / INDEX).read_text("utf-8")) if (target / INDEX).is_file() else {}
    with written_whole(target / INDEX) as partial:
        partial.write_text(json.dumps({**known, **counts}, indent=0), "utf-8")
    return sum(counts.values())
