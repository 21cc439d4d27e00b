"""One bash that stays open: commands go in, and a random word tells where the answer to each one ends."""

from __future__ import annotations

import re
import secrets
import shlex
import time
from typing import Protocol

from textarena_rl.envs.swe_gym.sandbox.output import Output
from textarena_rl.envs.swe_gym.sandbox.protocol import Limits

__all__ = ["Answer", "Shell", "Stream", "read_until"]

PREPARATION = "exec 2>&1 9>&1\n"
"""Sent first: the end of an answer is told through descriptor 9, so that no redirection of the agent's swallows it.
Both streams become one before the engine sees them: from two it would hand them over in any order."""
_LONGEST_FOLDER = 5_000


class Stream(Protocol):
    """Two ways to a process: bytes in, bytes out."""

    def send(self, data: bytes) -> None:
        """Write all of it; raises OSError where nobody reads any more."""
        ...

    def receive(self, timeout: float) -> bytes | None:
        """What came within ``timeout`` seconds; None where nothing came, ``b""`` at the end of the stream."""
        ...

    def close(self) -> None:
        """Let go of both ways."""
        ...


class Answer:
    """What came back for a command, and how it ended: ``ended`` is one of ``exit``, ``eof``, ``time``, ``flood``."""

    def __init__(self, text: str, dropped_bytes: int, ended: str, exit_code: int | None, folder: str = "") -> None:
        self.text = text
        self.dropped_bytes = dropped_bytes
        self.ended = ended
        self.exit_code = exit_code
        self.folder = folder


def read_until(stream: Stream, limits: Limits, deadline: float, end: re.Pattern[bytes] | None) -> Answer:
    """Read until ``end`` matches, the stream ends, the time is over or too much has come.

    Args:
        stream: What to read.
        limits: How much to keep, and how much is too much.
        deadline: On the clock of ``time.monotonic``.
        end: Group 1 is the exit code, group 2 the folder; None: read to the end of the stream.
    """
    output = Output(limits.output_bytes)
    while True:
        data = stream.receive(min(max(deadline - time.monotonic(), 0.0), 0.5))
        if data:
            output.add(data)
            if end is not None:
                match = end.search(output.tail(len(data) + _LONGEST_FOLDER + 100))
                if match:
                    after = len(match.string) - match.start()
                    text, lost = output.text(without=after)
                    return Answer(text, lost, "exit", int(match[1]), match[2].decode("utf-8", "replace"))
            if output.total > limits.flood_bytes:
                return Answer(*output.text(), "flood", None)
        elif data == b"":
            return Answer(*output.text(), "eof", None)
        if time.monotonic() >= deadline:
            return Answer(*output.text(), "time", None)


class Shell:
    """A persistent bash at the other end of a stream.

    Args:
        stream: The ways to its standard input and output.
        limits: What to keep of the output.
    """

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        stream.send(PREPARATION.encode())

    def run(self, command: str, timeout: float) -> Answer:
        """Run one command; where it did not ``exit``, the shell must be given up."""
        word = secrets.token_hex(16)
        script = f'eval {shlex.quote(command)} </dev/null 9>&-\nbuiltin printf \'\\n{word} %d %s\\n\' "$?" "$PWD" >&9\n'
        end = re.compile(rb"\n" + word.encode() + rb" (\d+) ([^\n]*)\n")
        try:
            self._stream.send(script.encode("utf-8", "replace"))
        except OSError:
            return Answer("", 0, "eof", None)
        return read_until(self._stream, self._limits, time.monotonic() + timeout, end)

    def close(self) -> None:
        """Let go of the stream."""
        self._stream.close()
