"""A buffer that keeps the beginning and the end of what a command prints, however much that is."""

from __future__ import annotations

__all__ = ["Output"]


class Output:
    """Bytes as they come in; never more than twice ``limit`` of them in memory.

    Args:
        limit: How many bytes to keep: the first half and the last half.
    """

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = b""
        self._rest = bytearray()
        self._lost = 0
        self.total = 0
        """All bytes that ever came."""

    def add(self, data: bytes) -> None:
        """Take in what was read."""
        self.total += len(data)
        self._rest += data
        if len(self._head) < self._half:
            room = self._half - len(self._head)
            self._head += bytes(self._rest[:room])
            del self._rest[:room]
        if len(self._rest) > 3 * self._half:
            surplus = len(self._rest) - self._half
            self._lost += surplus
            del self._rest[:surplus]

    def tail(self, size: int) -> bytes:
        """The last bytes, up to ``size`` and as far as they are kept."""
        kept = self._head + bytes(self._rest) if self._lost == 0 else bytes(self._rest)
        return kept[-size:]

    def text(self, without: int = 0) -> tuple[str, int]:
        """What is kept but for the last ``without`` bytes, decoded, and how many bytes of the middle are missing."""
        rest = bytes(self._rest)
        head = self._head
        if without:
            from_head = max(without - len(rest), 0)
            rest = rest[: max(len(rest) - without, 0)]
            head = head[: len(head) - from_head]
        lost = self._lost
        if len(rest) > self._half:
            lost += len(rest) - self._half
            rest = rest[-self._half :]
        return (head + rest).decode("utf-8", "replace"), lost
