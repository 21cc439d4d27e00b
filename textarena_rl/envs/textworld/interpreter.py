"""A story file in the original interpreter: :class:`Interpreter`, which keeps it in a process of its own.

The interpreter hangs on some bytes, crashes on others, and writes files when told to. Here it runs in a child process,
in an empty folder that is deleted afterwards; a command that it does not answer in time costs a turn, and the game goes
on from where it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textarena_rl.envs.textworld.engine import Outcome
from textarena_rl.envs.textworld.parser import refuse_form
from textarena_rl.errors import EpisodeFailed, MissingDependency

__all__ = ["META", "Interpreter"]

META = frozenset(
    {"save", "restore", "restart", "quit", "q", "script", "transcript", "unscript", "noscript", "undo", "verify"}
    | {"version", "pronouns", "nouns", "notify", "brief", "verbose", "superbrief", "normal", "long", "short", "full"}
    | {"actions", "rules", "relations", "scenes", "showme", "showverb", "showheap", "tree", "purloin", "abstract"}
    | {"gonear", "goto", "random", "recording", "replay", "test", "trace", "scope", "responses", "print_state"}
    | {"restrict", "tw-trace-actions", "tw-extra-infos", "tw-print", "again", "g", "oops", "o"}
)
"""Verbs about the program instead of the world, or about earlier commands: refused."""

_CHILD = Path(__file__).with_name("interpreter_child.py")
_FIRST_ANSWER_SECONDS = 60.0  # the packages are imported first
_REFUSALS = (
    "That's not a verb I recognise.",
    "I didn't understand that sentence.",
    "You can't see any such thing.",
    "I beg your pardon?",
)
_STATUS_LINE = re.compile(r"\n>\s{20,}-= .*$", re.DOTALL)


@dataclass(slots=True)
class _Standing:
    """Where the game stands, as :class:`~textarena_rl.envs.textworld.world.State` has it."""

    score: int = 0
    won: bool = False
    lost: bool = False
    turns: int = 0


class Interpreter:
    """One game being played from a ``.z8`` file.

    It answers to the same names as :class:`~textarena_rl.envs.textworld.engine.Engine`. Copies play the commands so far
    again when they are first asked for something.

    Args:
        story: The file. Where the ``.json`` of the same name lies beside it, the admissible commands are known.
        seconds: How long a command may take.

    Raises:
        MissingDependency: The ``textworld`` package is not installed.
        EpisodeFailed: The file cannot be played, or the interpreter breaks down over commands that it took before.
    """

    def __init__(self, story: Path, seconds: float = 10.0) -> None:
        self.story = story
        self.seconds = seconds
        self.commands: list[str] = []
        self.state = _Standing()
        self._child: _Child | None = None
        self._seen: dict[str, Any] = {}
        self._start()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_child": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> Interpreter:
        return self.copy()

    def copy(self) -> Interpreter:
        """An independent copy in the same state."""
        twin = object.__new__(Interpreter)
        twin.__dict__.update(self.__getstate__())
        twin.commands = list(self.commands)
        twin.state = _Standing(self.state.score, self.state.won, self.state.lost, self.state.turns)
        return twin

    def close(self) -> None:
        """End the child process."""
        if self._child is not None:
            self._child.close()
            self._child = None

    @property
    def optimal_turns(self) -> None:
        """The interpreter cannot be searched."""

    @property
    def known(self) -> bool:
        """Whether the game's data lies beside the file."""
        return self.story.with_suffix(".json").is_file()

    @property
    def objective(self) -> str:
        """What the game is about, as its data says or as it tells at the start."""
        return str(self._seen["objective"] or "")

    @property
    def max_score(self) -> float:
        """The greatest score that there is."""
        return float(self._seen["max_score"] or 0)

    @property
    def room_name(self) -> str:
        """The name of the player's room, as its description is headed."""
        match = re.match(r"\s*-= (.*?) =-", self.description)
        return match[1].lower() if match else ""

    @property
    def description(self) -> str:
        """The answer to ``look``; where the game's data is not known, the last that the game said."""
        return str(self._seen["description"] or self._seen["feedback"])

    @property
    def inventory(self) -> str:
        """The answer to ``inventory``."""
        return str(self._seen["inventory"])

    @property
    def admissible(self) -> list[str]:
        """The package's list of what can be done now, sorted."""
        return list(self._seen["admissible"])

    @property
    def over(self) -> bool:
        """Whether the game has been won or lost."""
        return self.state.won or self.state.lost

    def step(self, command: str) -> Outcome:
        """Carry out one command; what is about the program, or more than one command, is refused."""
        if self.over:
            return Outcome("The game is over.", invalid=True)
        text = command.strip().removesuffix(".").rstrip()
        refusal = refuse_form(text.lower())
        if not refusal and (text.lower().split()[0] in META or not text.isascii()):
            refusal = "That's not a verb I recognise."
        if refusal:
            return Outcome(refusal, invalid=True)
        try:
            seen = self._ask(text)
        except TimeoutError:
            self.close()
            return Outcome("The game does not answer to that.", invalid=True)
        before, self._seen = self._seen, seen
        self.commands.append(text)
        self.state = _Standing(seen["score"], seen["won"], seen["lost"], self.state.turns + 1)
        changed = any(seen[key] != before[key] for key in ("description", "inventory", "score", "won", "lost"))
        refused = not changed and text not in before["admissible"] and (self.known or seen["feedback"] in _REFUSALS)
        return Outcome(seen["feedback"], refused, changed=changed)

    def _start(self) -> None:
        self._seen = self._ask(None)
        self.state = _Standing(self._seen["score"], self._seen["won"], self._seen["lost"])

    def _ask(self, command: str | None) -> dict[str, Any]:
        """The child's answer to a command, or to none: the start of the game."""
        if self._child is None:
            self._child = _Child(self.story)
            try:
                seen = self._child.answer(None, _FIRST_ANSWER_SECONDS)
                for earlier in self.commands:
                    seen = self._child.answer(earlier, self.seconds)
            except TimeoutError as error:
                self.close()
                raise EpisodeFailed(
                    f"TextWorld-z8, {self.story.name}: expected the interpreter to play the file, got no answer. "
                    "Check that `tw-play` plays it."
                ) from error
            if command is None:
                return seen
        assert command is not None
        return self._child.answer(command, self.seconds)


class _Child:
    """The process with the interpreter in it; commands and answers are lines of JSON."""

    def __init__(self, story: Path) -> None:
        folder = tempfile.TemporaryDirectory(prefix="textworld-")
        self._process = subprocess.Popen(
            [sys.executable, str(_CHILD), str(story.absolute())],
            cwd=folder.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._buffer = b""
        self.close = weakref.finalize(self, _end, self._process, folder)

    def answer(self, command: str | None, seconds: float) -> dict[str, Any]:
        """Send a command and wait for what it leads to.

        Raises:
            TimeoutError: No answer came in time, or the process has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            if command is not None:
                self._process.stdin.write(json.dumps(command).encode() + b"\n")
                self._process.stdin.flush()
            line = self._line(self._process.stdout, time.monotonic() + seconds)
        except OSError as error:
            raise TimeoutError from error
        seen: dict[str, Any] = json.loads(line)
        if "missing" in seen:
            raise MissingDependency(
                f"TextWorld-z8: expected the textworld package, got {seen['missing']}. "
                "Install it with `pip install textarena-rl[textworld]`."
            )
        seen["feedback"] = _STATUS_LINE.sub("", seen["feedback"]).split("Would you like to RESTART")[0].strip()
        return seen

    def _line(self, stream: Any, deadline: float) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                data = os.read(stream.fileno(), 65_536)
                if not data:
                    raise TimeoutError  # the process has ended
                self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line


def _end(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()
    folder.cleanup()
