"""The hijacked connection to a process in a container: frames of eight bytes of header and what was printed."""

from __future__ import annotations

import contextlib
import select
import socket
from typing import Any

__all__ = ["SocketStream"]


class SocketStream:
    """Standard input and output of one process.

    Args:
        connection: What docker-py returned for ``socket=True``.
        exec_id: The engine's name of the process.
    """

    def __init__(self, connection: Any, exec_id: str) -> None:
        self._connection = connection  # keeps the connection open
        self._socket: socket.socket = getattr(connection, "_sock", connection)
        self._socket.settimeout(30)
        self._raw = b""
        self._frame_left = 0
        self.exec_id = exec_id

    def send(self, data: bytes) -> None:
        """Write to the process."""
        self._socket.sendall(data)

    def receive(self, timeout: float) -> bytes | None:
        """What was printed, both streams as one; None where nothing came, ``b""`` at the end."""
        if not self._raw:
            ready, _, _ = select.select([self._socket], [], [], timeout)
            if not ready:
                return None
            try:
                self._raw = self._socket.recv(2**16)
            except ConnectionResetError:
                return b""
            if not self._raw:
                return b""
        return self._unpacked() or None

    def _unpacked(self) -> bytes:
        """The contents of the frames that are there; an incomplete header waits for the rest of it."""
        found = []
        while self._raw:
            if self._frame_left:
                piece, self._raw = self._raw[: self._frame_left], self._raw[self._frame_left :]
                self._frame_left -= len(piece)
                found.append(piece)
            elif len(self._raw) >= 8:
                self._frame_left = int.from_bytes(self._raw[4:8], "big")
                self._raw = self._raw[8:]
            else:
                more = self._socket.recv(8 - len(self._raw))
                if not more:
                    self._raw = b""
                self._raw += more
        return b"".join(found)

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError, AttributeError):
            self._connection.close()
