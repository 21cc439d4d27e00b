"""No sandbox at all: plain processes in a copy of the repository. Only for code that you would run yourself."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

from textarena_rl.envs.swe_gym.sandbox.bwrap import python_environment
from textarena_rl.envs.swe_gym.sandbox.processes import ProcessSandbox
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Limits
from textarena_rl.errors import InvalidConfig

__all__ = ["LocalBackend"]


class LocalBackend:
    """Commands run as you, see your files and your network; time, memory, processes and output stay limited.

    Args:
        limits: What a sandbox may use.
        allow_unsandboxed: Say that you know this.

    Raises:
        InvalidConfig: You did not.
    """

    name = "local"
    workspace: str | None = None

    def __init__(self, limits: Limits | None = None, *, allow_unsandboxed: bool = False) -> None:
        if not allow_unsandboxed:
            raise InvalidConfig(
                "SWEGym: expected allow_unsandboxed=True with sandbox='local', got False. The local backend protects "
                "nothing: commands run as you. Use 'bwrap' or 'docker', or say that you accept this."
            )
        warnings.warn(
            "SWEGym: sandbox='local' runs an agent's commands as you, with your files and your network.",
            RuntimeWarning,
            stacklevel=3,
        )
        self.limits = limits or Limits()

    def check(self) -> None:
        """Nothing is needed but bash."""

    def start(self, image: str | None = None) -> ProcessSandbox:
        """A temporary folder and processes in it."""
        return ProcessSandbox(self, self.limits)

    def new_owner(self) -> int | None:
        """This process's own user."""
        return None

    def command(self, folder: Path, owner: int | None, inside: str, arguments: list[str], info: int) -> list[str]:
        """Bash itself, in the real folder."""
        root = folder / WORKSPACE.strip("/")
        place = root / inside.removeprefix(WORKSPACE).strip("/") if inside.startswith(WORKSPACE) else Path(inside)
        begin = place if place.is_dir() else root
        return ["/bin/bash", "-c", 'cd "$1" && shift && exec bash "$@"', "bash", str(begin), *arguments]

    def environment(self, folder: Path) -> dict[str, str] | None:
        """A clean one, so that no secret of the caller's is passed on."""
        programs = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        return {"PATH": programs, "HOME": str(folder), **python_environment()}

    def identify(self, process: subprocess.Popen[bytes], info: bytes) -> tuple[str, int]:
        """The session, which a process can leave."""
        return f"session:{process.pid}", 0
