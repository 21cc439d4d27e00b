"""Where files are kept, and how they are written: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["cache_folder", "data_folder", "written_whole"]


def cache_folder() -> Path:
    """What can be made again: ``$TEXTARENA_RL_CACHE``, or the place where this platform keeps caches."""
    return _folder("TEXTARENA_RL_CACHE", mac="Library/Caches", linux=("XDG_CACHE_HOME", ".cache"))


def data_folder() -> Path:
    """What the user imported: ``$TEXTARENA_RL_DATA``, or the place where this platform keeps a program's data."""
    return _folder("TEXTARENA_RL_DATA", mac="Library/Application Support", linux=("XDG_DATA_HOME", ".local/share"))


def _folder(variable: str, *, mac: str, linux: tuple[str, str]) -> Path:
    chosen = os.environ.get(variable)
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / mac
    else:
        base = Path(os.environ.get(linux[0]) or Path.home() / linux[1])
    return base / "textarena-rl"


@contextlib.contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """A temporary name beside ``path``, which takes its place when the block ends well and is deleted when it doesn't.

    Readers, and writers in other threads and processes, never see a part of a file. Folders above are made.

    >>> with written_whole("scores.txt") as partial:  # doctest: +SKIP
    ...     partial.write_text("12")

    Raises:
        OSError: The folder cannot be made, or the file cannot be put in place.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        yield partial
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
