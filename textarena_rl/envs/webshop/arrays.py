"""Numpy arrays and lists of byte strings in a folder, opened by memory map so that processes share the pages."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Lines", "built_whole", "load", "save", "write_lines"]

Array = npt.NDArray[Any]


def save(folder: Path, name: str, array: Array) -> None:
    """Write one array."""
    np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load(folder: Path, name: str) -> Array:
    """Open one array; its pages are read when they are touched."""
    path = folder / f"{name}.npy"
    # An empty array cannot be mapped, and a small one need not be.
    loaded = np.load(path, mmap_mode="r" if path.stat().st_size > 4096 else None, allow_pickle=False)
    return np.asarray(loaded)


def write_lines(folder: Path, name: str, lines: Iterable[bytes]) -> int:
    """Write byte strings one after another, and where each begins; return how many there were."""
    starts = [0]
    with (folder / f"{name}.bin").open("wb") as file:
        for line in lines:
            file.write(line)
            starts.append(starts[-1] + len(line))
    save(folder, f"{name}_at", np.asarray(starts, dtype=np.int64))
    return len(starts) - 1


class Lines:
    """The byte strings that :func:`write_lines` wrote, by number."""

    def __init__(self, folder: Path, name: str) -> None:
        self._starts = load(folder, f"{name}_at")
        path = folder / f"{name}.bin"
        self._bytes: Array = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.zeros(0, np.uint8)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> bytes:
        return self._bytes[self._starts[number] : self._starts[number + 1]].tobytes()


_elsewhere: dict[Path, Path] = {}  # folders that could not be put where they belong, and where they are


def _partial_folder(target: Path) -> Path:
    """A fresh folder beside ``target``, or among the temporary files where that place cannot be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="textarena-rl-webshop-"))


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a forked child leaves its parent's folder alone
        shutil.rmtree(folder, ignore_errors=True)


def built_whole(target: Path, build: Callable[[Path], None]) -> Path:
    """The folder ``target``, filled by ``build`` unless it is there; whole or not at all.

    Where two processes build the same folder, one of them wins and the other's work is dropped. Where the place cannot
    be written, the folder lies among the temporary files until this process ends.

    Returns:
        Where the folder is.
    """
    place = _elsewhere.get(target, target)
    if (place / "meta.json").is_file():
        return place
    partial = _partial_folder(target)
    try:
        build(partial)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if partial.parent == target.parent:
        partial.chmod(0o755)
        with contextlib.suppress(OSError):
            os.replace(partial, target)
            return target
        if (target / "meta.json").is_file():
            shutil.rmtree(partial, ignore_errors=True)
            return target
    _elsewhere[target] = partial
    atexit.register(_remove, partial, os.getpid())
    return partial
