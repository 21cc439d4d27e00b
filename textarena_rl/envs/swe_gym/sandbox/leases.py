"""Who owns what: names that tell the owner, folders that vanish with it, and the reaper of what a crash left behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["make_folder", "owner_is_dead", "owner_token", "reap_folders", "remove_folder"]

_PREFIX = "textarena-rl-swe-"


def _start_time(pid: int) -> str:
    """When a process began, in clock ticks since boot, so that a reused number is not mistaken; "" unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _host() -> str:
    """The machine and its view of process numbers, as eight characters: only its own dead can be told dead."""
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:
        space = ""
    return hashlib.sha256(f"{socket.gethostname()}{space}".encode()).hexdigest()[:8]


def owner_token() -> str:
    """This process as ``host.pid.start``."""
    return f"{_host()}.{os.getpid()}.{_start_time(os.getpid())}"


def owner_is_dead(token: str) -> bool:
    """Whether the process behind a token of this machine is gone; False where that cannot be known."""
    match = re.fullmatch(r"([0-9a-f]{8})\.(\d+)\.(\d*)", token)
    if not match or match[1] != _host():
        return False
    pid = int(match[2])
    if match[3]:
        return _start_time(pid) != match[3]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def make_folder() -> Path:
    """A fresh folder that names its owner."""
    folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{owner_token()}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    return folder


def _insist(function: Callable[..., Any], path: str, _: Any) -> None:
    """Take back the permissions that the agent took away, and try once more."""
    with contextlib.suppress(OSError):
        for place in (os.path.dirname(path), path):  # noqa: PTH120
            if not stat.S_ISLNK(os.lstat(place).st_mode):
                os.chmod(place, 0o700)  # noqa: PTH101
        if function is os.open or function is os.scandir:
            shutil.rmtree(path, ignore_errors=True)
        else:
            function(path)


def remove_folder(folder: Path) -> None:
    """Delete a folder and everything in it, whatever its permissions; no link is followed."""
    shutil.rmtree(folder, onerror=_insist)


def reap_folders() -> int:
    """Delete the folders of owners that are dead, and say how many there were."""
    count = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        token = folder.name[len(_PREFIX) :].rpartition("-")[0]
        if owner_is_dead(token):
            remove_folder(folder)
            count += 1
    return count
