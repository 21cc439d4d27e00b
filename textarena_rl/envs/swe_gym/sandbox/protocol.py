"""What a sandbox is, to everything that is not one: limits in, results out, files in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from textarena_rl.errors import EpisodeFailed, TextArenaError

__all__ = ["WORKSPACE", "Backend", "Files", "InfrastructureError", "Limits", "Result", "Sandbox", "TooLarge"]

WORKSPACE = "/testbed"
"""Where the repository lies, in every sandbox."""

Files = Mapping[str, bytes]
"""A tree as relative POSIX paths and contents. What begins with ``#!`` is executable; links are not part of a tree."""


class InfrastructureError(EpisodeFailed):
    """The sandbox broke, not the agent's work: such an episode is no wrong answer and stays out of the gradient."""


class TooLarge(TextArenaError):
    """A file or a tree in the sandbox is larger than anything that is read from it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sandbox may use. Everything beyond is killed or refused, and the agent is told."""

    memory_bytes: int = 2 * 2**30
    """All processes together."""
    cpus: float = 1.0
    """Cores (docker only; the others share what the machine has)."""
    processes: int = 128
    """At once."""
    cpu_seconds: int = 900
    """Of one process."""
    disk_bytes: int = 256 * 2**20
    """In the workspace, and again in /tmp."""
    output_bytes: int = 64 * 2**10
    """Of one command, kept: the first half and the last half of it."""
    flood_bytes: int = 32 * 2**20
    """Of one command, printed: one that prints more is killed."""
    tree_bytes: int = 64 * 2**20
    """Read back from the workspace at once."""
    lifetime_seconds: int = 4 * 3600
    """After which a container removes itself, whatever became of its owner (docker only)."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a command went."""

    output: str
    """Standard output and standard error as they came, undecodable bytes replaced; the middle may be missing."""
    exit_code: int | None
    """None where the command had to be killed."""
    dropped_bytes: int = 0
    """How much of the middle of the output is missing."""
    timed_out: bool = False
    """It ran past its time."""
    killed: str = ""
    """Why it was killed, if not for time: ``memory``, ``processes``, ``disk`` or ``output``."""
    restarted: bool = False
    """The shell was started anew: variables and background processes are gone, files and folder are as before."""


class Sandbox(Protocol):
    """A place with a workspace, cut off from everything else. Safe to close twice; closes itself when forgotten."""

    def run(self, command: str, timeout: float) -> Result:
        """Run a command in the persistent shell: folder, variables and functions stay for the next one."""
        ...

    def execute(self, command: str, timeout: float, output_bytes: int | None = None) -> Result:
        """Run a command in a process of its own, whose exit code no output can forge."""
        ...

    def read(self, path: str) -> bytes | None:
        """The contents of a regular file of the workspace, no link followed; None where there is none."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Write a file of the workspace and the folders above it; raises OSError where something stands in the way."""
        ...

    def fill(self, files: Files) -> None:
        """Write many files."""
        ...

    def export(self) -> dict[str, bytes]:
        """Every regular file of the workspace, caches and .git left out; raises TooLarge beyond ``tree_bytes``."""
        ...

    def close(self) -> None:
        """End every process and delete every trace."""
        ...

    @property
    def folder(self) -> str:
        """The shell's working folder."""
        ...


class Backend(Protocol):
    """Makes sandboxes."""

    name: str

    def check(self) -> None:
        """Raise MissingDependency or InvalidConfig, with what to do, where this machine cannot make them."""
        ...

    def start(self, image: str | None = None) -> Sandbox:
        """A fresh sandbox; ``image`` only where there are images."""
        ...
