"""The agent's working tree: plain files until a command needs a sandbox, and plain files again when it is copied."""

from __future__ import annotations

import shlex
from typing import Any

from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Backend, Files, Result, Sandbox, TooLarge
from textarena_rl.errors import TextArenaError

__all__ = ["NotAllowed", "Workspace", "inner_path"]

_SHELL_STATE = "declare -p; declare -f; alias -p; shopt -p; set +o"
_SHELL_SECONDS = 10.0


class NotAllowed(TextArenaError):
    """A tool cannot do that; the sentence is for the agent."""


def inner_path(path: str) -> str:
    """A path below the workspace, from one that an agent wrote; "" is the workspace itself.

    Raises:
        NotAllowed: It leads out of the workspace.
    """
    text = path.strip()
    if text == WORKSPACE or text.startswith(WORKSPACE + "/"):
        text = text[len(WORKSPACE) :].lstrip("/")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/") or ".." in parts or len(text) > 1000:
        raise NotAllowed(f"{path[:100]} is not below {WORKSPACE}.")
    return "/".join(parts)


class Workspace:
    """Files and, once a command was run, the sandbox that they have moved to.

    A copy (``copy.deepcopy``, ``pickle``) has the same files, folder, variables and functions, and starts a sandbox of
    its own when it needs one; background processes and what lies outside the workspace stay with the original.

    Args:
        backend: Makes the sandbox.
        files: The tree at the beginning.
    """

    def __init__(self, backend: Backend, files: Files) -> None:
        self._backend = backend
        self._files: dict[str, bytes] = dict(files)
        self._sandbox: Sandbox | None = None
        self._folder = WORKSPACE
        self._variables = ""
        self._used_shell = False

    def __getstate__(self) -> dict[str, Any]:
        self._bring_home()
        return {**self.__dict__, "_sandbox": None, "_used_shell": False}

    def _bring_home(self) -> None:
        """Note down what the sandbox holds, and leave it running."""
        if self._sandbox is None:
            return
        self._files = self.tree()
        self._note_shell(self._sandbox)

    def _note_shell(self, sandbox: Sandbox) -> None:
        """Note down the shell's folder, variables and functions."""
        self._folder = sandbox.folder
        if self._used_shell:
            result = sandbox.run(_SHELL_STATE, _SHELL_SECONDS)
            self._variables = result.output if result.exit_code is not None and not result.dropped_bytes else ""

    def _restore_shell(self, sandbox: Sandbox) -> None:
        """Go where the shell stood, and set what was noted down."""
        if self._folder != WORKSPACE:
            place = shlex.quote(self._folder)
            sandbox.run(f"mkdir -p {place} && cd {place}", _SHELL_SECONDS)
        if self._variables:
            sandbox.run(f"eval {shlex.quote(self._variables)} >/dev/null 2>&1", _SHELL_SECONDS)
            self._used_shell = True

    def _moved_in(self) -> Sandbox:
        """The sandbox, with the files in it."""
        if self._sandbox is None:
            sandbox = self._backend.start()
            sandbox.fill(self._files)
            self._restore_shell(sandbox)
            self._sandbox = sandbox
        return self._sandbox

    def run(self, command: str, timeout: float) -> Result:
        """Run a command in the persistent shell."""
        self._used_shell = True
        return self._moved_in().run(command, timeout)

    def execute(self, command: str, timeout: float) -> Result:
        """Run a command in a process of its own."""
        return self._moved_in().execute(command, timeout)

    def tree(self) -> dict[str, bytes]:
        """All files as they are now.

        Raises:
            TooLarge: They are more than can be read.
        """
        return dict(self._files) if self._sandbox is None else self._sandbox.export()

    def names(self, path: str) -> list[str]:
        """The files below a folder."""
        prefix = f"{path}/" if path else ""
        return [name for name in self.tree() if name.startswith(prefix)]

    def find(self, text: str, path: str) -> list[str]:
        """Places that hold a text, as ``file:line: text``."""
        hits = []
        for name, data in self.tree().items():
            if (not path or name == path or name.startswith(path + "/")) and b"\x00" not in data:
                lines = enumerate(data.decode("utf-8", "replace").split("\n"), 1)
                hits += [f"{name}:{number}: {line.strip()[:200]}" for number, line in lines if text in line]
        return hits

    def read(self, path: str) -> bytes | None:
        """A file, or None where there is none (or it is too large to be shown)."""
        if self._sandbox is None:
            return self._files.get(path)
        try:
            return self._sandbox.read(path)
        except TooLarge:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Write a file.

        Raises:
            NotAllowed: Something stands in the way.
        """
        if self._sandbox is not None:
            try:
                self._sandbox.write(path, data)
            except OSError as error:
                raise NotAllowed(f"{path[:100]} cannot be written: {error.strerror}.") from error
            return
        above = path.split("/")
        for depth in range(1, len(above)):
            if "/".join(above[:depth]) in self._files:
                raise NotAllowed(f"{'/'.join(above[:depth])[:100]} is a file, not a folder.")
        if any(name.startswith(path + "/") for name in self._files):
            raise NotAllowed(f"{path[:100]} is a folder.")
        if any(len(part.encode()) > 255 for part in above):
            raise NotAllowed(f"the name {path[:60]}... is too long.")
        self._files[path] = data

    def close(self) -> None:
        """Let go of the sandbox; the files in it are gone."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None
