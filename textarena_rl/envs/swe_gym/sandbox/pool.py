"""A few sandboxes that are ready before they are asked for."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from typing import Any

from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Sandbox
from textarena_rl.errors import InvalidConfig, TextArenaError

__all__ = ["Pool"]

_STALE_SECONDS = 1800.0


class Pool:
    """A backend that keeps ``size`` sandboxes of another backend warm; give it as ``sandbox=``.

    Environments of one process share a pool; a copy in another process (``pickle``) fills its own. What is taken is
    never put back, so no episode sees what another one left.

    Args:
        backend: Makes the sandboxes.
        size: How many to keep ready.
        image: Of what, where the backend has images; others are made when they are asked for.

    Raises:
        InvalidConfig: ``size`` is not positive.
    """

    def __init__(self, backend: Backend, size: int = 4, image: str | None = None) -> None:
        if size < 1:
            raise InvalidConfig(f"Pool: expected a size of at least 1, got {size}. Leave the pool out.")
        self.name = backend.name
        self._backend = backend
        self._size = size
        self._image = image
        self._begin()

    def _begin(self) -> None:
        self._ready: deque[tuple[float, Sandbox]] = deque()
        self._lock = threading.Lock()
        self._refilling = False
        self._closed = False
        self._pid = os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in ("name", "_backend", "_size", "_image")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def __deepcopy__(self, memo: dict[int, Any]) -> Pool:
        return self

    def check(self) -> None:
        """Check the backend, and begin to fill the pool."""
        self._backend.check()
        self._refill()

    def start(self, image: str | None = None) -> Sandbox:
        """One that is ready, or a fresh one."""
        if self._pid != os.getpid():
            self._begin()
        sandbox = self._take() if image in (None, self._image) else None
        self._refill()
        return sandbox or self._backend.start(image or self._image)

    def _take(self) -> Sandbox | None:
        while True:
            with self._lock:
                if not self._ready:
                    return None
                made, sandbox = self._ready.popleft()
            if time.monotonic() - made < _STALE_SECONDS:
                return sandbox
            sandbox.close()

    @property
    def ready(self) -> int:
        """How many are ready now."""
        return len(self._ready)

    def _refill(self) -> None:
        with self._lock:
            if self._refilling or self._closed or len(self._ready) >= self._size:
                return
            self._refilling = True
        threading.Thread(target=self._fill, name="swe-pool", daemon=True).start()

    def _fill(self) -> None:
        try:
            while True:
                with self._lock:
                    if self._closed or len(self._ready) >= self._size:
                        return
                with contextlib.suppress(OSError):
                    sandbox = self._backend.start(self._image)
                    sandbox.run("true", 30.0)
                    with self._lock:
                        if not self._closed:
                            self._ready.append((time.monotonic(), sandbox))
                            continue
                    sandbox.close()
        except TextArenaError:
            return  # whoever asks next starts one, and gets the error
        finally:
            self._refilling = False

    def close(self) -> None:
        """Close what is ready; the pool stays empty from now on."""
        with self._lock:
            self._closed = True
            left = list(self._ready)
            self._ready.clear()
        for _, sandbox in left:
            sandbox.close()
