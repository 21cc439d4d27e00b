"""One quiet thread that starts sandboxed processes and kills those that take too much.

Starting them all from here matters: the kernel kills a child with ``--die-with-parent`` when the *thread* that started
it ends, and users' threads come and go.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from textarena_rl.envs.swe_gym.sandbox.leases import reap_folders

__all__ = ["Ward", "spawn", "watch"]

_PERIOD_SECONDS = 0.1
_DISK_EVERY = 5  # periods
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Ward(Protocol):
    """What the warden asks of a sandbox."""

    def spaces(self) -> set[str]:
        """What tells its processes: names of process namespaces, or ``session:<number>``."""
        ...

    def judge(self, processes: int, memory_bytes: int, look_at_disk: bool) -> None:
        """Kill it, if this is too much."""
        ...


class _Warden:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self.wards: weakref.WeakSet[Any] = weakref.WeakSet()
        self.starter = ThreadPoolExecutor(1, thread_name_prefix="swe-starter")
        self._lock = threading.Lock()
        self._wake = threading.Event()
        threading.Thread(target=self._rounds, name="swe-warden", daemon=True).start()
        reap_folders()

    def add(self, ward: Ward) -> None:
        with self._lock:
            self.wards.add(ward)
        self._wake.set()

    def _rounds(self) -> None:
        period = 0
        while True:
            with self._lock:
                wards = list(self.wards)
            if not wards:
                self._wake.clear()
                self._wake.wait(1.0)
                continue
            period += 1
            census = _census()
            for ward in wards:
                used = [census[space] for space in ward.spaces() if space in census]
                ward.judge(sum(n for n, _ in used), sum(m for _, m in used), period % _DISK_EVERY == 0)
            del wards, ward
            threading.Event().wait(_PERIOD_SECONDS)


def _census() -> dict[str, tuple[int, int]]:
    """Processes and resident bytes by process namespace, and by session as ``session:<number>``."""
    found: dict[str, tuple[int, int]] = {}
    for name in os.listdir("/proc") if Path("/proc/self/stat").exists() else ():  # noqa: PTH208
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            space = os.readlink(f"/proc/{name}/ns/pid")  # noqa: PTH115
            with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                fields = file.read().rpartition(b")")[2].split()
            memory = int(fields[21]) * _PAGE
            for key in (space, f"session:{int(fields[3])}"):
                count, total = found.get(key, (0, 0))
                found[key] = (count + 1, total + memory)
    return found


_current: _Warden | None = None
_making = threading.Lock()


def _warden() -> _Warden:
    """This process's warden; a forked child gets its own."""
    global _current
    with _making:
        if _current is None or _current.pid != os.getpid():
            _current = _Warden()
        return _current


def watch(ward: Ward) -> None:
    """Keep an eye on a sandbox for as long as it lives."""
    _warden().add(ward)


def spawn(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """``subprocess.Popen`` in a thread that lives as long as this process; a few milliseconds each, one at a time."""

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, **options)

    return _warden().starter.submit(begin).result()
