"""The workspace as a folder of the host that a stranger writes to: no link is ever followed out of it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from textarena_rl.envs.swe_gym.sandbox.protocol import Files, TooLarge

__all__ = ["IGNORED", "HostFiles"]

IGNORED = {".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".hypothesis"}
_AGE = 1_700_000_000
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class HostFiles:
    """Reads and writes below one folder, component by component.

    Args:
        root: The folder.
        owner: The user number that files must belong to; None: whoever runs this.
    """

    def __init__(self, root: Path, owner: int | None = None) -> None:
        self.root = root
        self._owner = owner

    @contextlib.contextmanager
    def _parent(self, path: str, make: bool) -> Iterator[tuple[int, str]]:
        """A descriptor of the folder that holds ``path``, and the last part of the name."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not parts or ".." in parts or "\x00" in path:
            raise OSError(errno.EINVAL, "not a path in the workspace", path)
        folder = os.open(self.root, _FOLDER_FLAGS)
        try:
            for part in parts[:-1]:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=folder)
                        if self._owner is not None:
                            os.chown(part, self._owner, self._owner, dir_fd=folder, follow_symlinks=False)
                inner = os.open(part, _FOLDER_FLAGS, dir_fd=folder)
                os.close(folder)
                folder = inner
            yield folder, parts[-1]
        finally:
            os.close(folder)

    def read(self, path: str, most_bytes: int) -> bytes | None:
        """A regular file; None where there is none.

        Raises:
            TooLarge: It has more than ``most_bytes``.
        """
        try:
            with self._parent(path, make=False) as (folder, name):
                return _read_at(folder, name, most_bytes)
        except OSError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Write a file and the folders above it.

        Raises:
            OSError: A link, a folder or a file stands in the way.
        """
        with self._parent(path, make=True) as (folder, name):
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            descriptor = os.open(name, flags, 0o755 if data.startswith(b"#!") else 0o644, dir_fd=folder)
            with os.fdopen(descriptor, "wb") as file:
                about = os.fstat(descriptor)
                if not stat.S_ISREG(about.st_mode):
                    raise OSError(errno.EINVAL, "not a regular file", path)
                if about.st_nlink > 1:
                    raise OSError(errno.EMLINK, "a file with two names", path)
                file.truncate()
                file.write(data)
                if self._owner is not None:
                    os.fchown(descriptor, self._owner, self._owner)

    def fill(self, files: Files) -> None:
        """Write many files, all of the same age, so that listings always read the same."""
        for path, data in files.items():
            self.write(path, data)
            with self._parent(path, make=False) as (folder, name):
                os.utime(name, (_AGE, _AGE), dir_fd=folder, follow_symlinks=False)

    def export(self, most_bytes: int) -> dict[str, bytes]:
        """Every regular file, in order of their paths.

        Raises:
            TooLarge: Together they have more than ``most_bytes``, or there are more than 20,000.
        """
        found: dict[str, bytes] = {}
        self._walk(os.open(self.root, _FOLDER_FLAGS), "", found, [most_bytes])
        return dict(sorted(found.items()))

    def _walk(self, folder: int, prefix: str, found: dict[str, bytes], left: list[int]) -> None:
        try:
            for name in sorted(os.listdir(folder)):
                if name in IGNORED or name.endswith(".pyc"):
                    continue
                path = prefix + name
                kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
                if stat.S_ISDIR(kind):
                    if path.count("/") > 60:
                        raise TooLarge(f"workspace: expected folders up to 60 deep, got {path[:80]}")
                    with contextlib.suppress(PermissionError, FileNotFoundError):
                        self._walk(os.open(name, _FOLDER_FLAGS, dir_fd=folder), path + "/", found, left)
                elif stat.S_ISREG(kind):
                    with contextlib.suppress(PermissionError, FileNotFoundError, UnicodeEncodeError):
                        path.encode()
                        data = _read_at(folder, name, left[0])
                        left[0] -= len(data)
                        found[path] = data
                        if len(found) > 20_000:
                            raise TooLarge("workspace: expected at most 20000 files, got more")
        finally:
            os.close(folder)

    def size(self) -> int:
        """Bytes in use, links not followed; stops counting at 50,000 files and calls that 2**62."""
        total, count, folders = 0, 0, [self.root]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        count += 1
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(Path(entry.path))
                        else:
                            total += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                continue
            if count > 50_000:
                return 2**62
        return total


def _read_at(folder: int, name: str, most_bytes: int) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(name)
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise TooLarge(f"{name}: expected at most {most_bytes} bytes to read, got more")
    return data
