"""One container: the shell in it, processes of their own, files in and out."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import tarfile
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from textarena_rl.envs.swe_gym.sandbox.hostfiles import IGNORED
from textarena_rl.envs.swe_gym.sandbox.protocol import (
    WORKSPACE,
    Files,
    InfrastructureError,
    Limits,
    Result,
    TooLarge,
)
from textarena_rl.envs.swe_gym.sandbox.shell import Answer, Shell, read_until
from textarena_rl.envs.swe_gym.sandbox.sockets import SocketStream

__all__ = ["DockerSandbox", "engine_errors", "remove"]

_KILL = "while [ $SECONDS -lt 5 ]; do kill -9 -1; set -- /proc/[0-9]*; [ $# -gt 2 ] || exit 0; done 2>/dev/null; exit 1"
"""Kills until process 1 and this one are alone, the dead collected; starts no process itself."""
_KILL_TRIES = 30


@contextlib.contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn whatever the engine or the way to it does wrong into InfrastructureError."""
    import docker
    import requests

    try:
        yield
    except (docker.errors.DockerException, requests.RequestException, OSError, tarfile.TarError) as error:
        said = " ".join(str(getattr(error, "explanation", None) or error).split())[:300]
        raise InfrastructureError(
            f"docker: {doing} failed ({said}). Look at the engine; this is no wrong answer."
        ) from error


def remove(api: Any, container_id: str) -> bool:
    """Remove a container with its processes; False where it was gone."""
    import docker
    import requests

    try:
        api.remove_container(container_id, force=True, v=True)
    except (docker.errors.DockerException, requests.RequestException, OSError):
        return False
    return True


def _release(api: Any, container_id: str, owner_pid: int) -> None:
    if os.getpid() == owner_pid:
        remove(api, container_id)


class DockerSandbox:
    """A container, and a shell in it. Made by :class:`DockerBackend`."""

    def __init__(self, client: Any, container: Any, limits: Limits) -> None:
        self._api = client.api
        self._container = container
        self._limits = limits
        self._folder = WORKSPACE
        self._shell: Shell | None = None
        self._shell_stream: SocketStream | None = None
        self._close = weakref.finalize(self, _release, client.api, container.id, os.getpid())
        with engine_errors("making the workspace"):
            container.exec_run(["mkdir", "-p", WORKSPACE])

    @property
    def folder(self) -> str:
        """The shell's working folder."""
        return self._folder

    @property
    def container_id(self) -> str:
        """The engine's name of the container."""
        return str(self._container.id)

    # ------------------------------------------------------------------ commands

    def _open(self, command: list[str]) -> SocketStream:
        """A process in the container, and the ways to it."""
        with engine_errors("running a command"):
            made = self._api.exec_create(self._container.id, command, stdin=True, workdir="/")
            return SocketStream(self._api.exec_start(made["Id"], socket=True), made["Id"])

    def _ulimits(self) -> str:
        limits = self._limits
        wanted = {"-f": limits.disk_bytes // 1024, "-t": limits.cpu_seconds, "-c": 0}
        return "; ".join(f"ulimit {name} {value} 2>/dev/null" for name, value in wanted.items())

    def run(self, command: str, timeout: float) -> Result:
        """Run a command in the persistent shell; where it has to be killed, a new shell goes on in the same folder."""
        if self._shell is None:
            stream = self._open(["bash", "--noprofile", "--norc"])
            place = shlex.quote(self._folder)
            first = f'{self._ulimits()}; cd {WORKSPACE}; [ -f "$BASH_ENV" ] && . "$BASH_ENV"; cd {place} 2>/dev/null\n'
            with engine_errors("opening the shell"):
                stream.send(first.encode())
                self._shell = Shell(stream, self._limits)
            self._shell_stream = stream
        assert self._shell_stream is not None
        with engine_errors("running a command"):
            answer = self._shell.run(command, timeout)
        if answer.ended == "exit":
            self._folder = answer.folder
            return self._result(answer, answer.exit_code, False)
        exit_code = self._exit_code(self._shell_stream) if answer.ended == "eof" else None
        self._shell.close()
        self._shell = self._shell_stream = None
        self._kill_everything()
        return self._result(answer, exit_code, True)

    def execute(self, command: str, timeout: float, output_bytes: int | None = None) -> Result:
        """Run a command in a process of its own; the engine tells its exit code."""
        limits = replace(self._limits, output_bytes=output_bytes) if output_bytes else self._limits
        stream = self._open(["bash", "-c", f"exec </dev/null 2>&1; {self._ulimits()}; cd {WORKSPACE}\n{command}"])
        try:
            with engine_errors("running a command"):
                answer = read_until(stream, limits, time.monotonic() + timeout, None)
            exit_code = self._exit_code(stream) if answer.ended in ("eof", "time") else None
            if exit_code is not None:  # it has ended; only something that it left behind was still talking
                answer.ended = "eof"
        finally:
            stream.close()
        if answer.ended != "eof":
            self._kill_everything()
        return self._result(answer, exit_code, answer.ended != "eof")

    def _exit_code(self, stream: SocketStream) -> int | None:
        """What the engine says of a process; None while it runs."""
        with engine_errors("asking for an exit code"):
            for _ in range(20):
                told = self._api.exec_inspect(stream.exec_id)
                if not told["Running"] and told["ExitCode"] is not None:
                    return int(told["ExitCode"])
                time.sleep(0.05)
        return None

    def _kill_everything(self) -> None:
        """Kill all but process 1: by ``kill``, by a restart, or else give the container up.

        A fork bomb leaves hardly any room for one more process, so ``kill`` is tried for a while.
        """
        for _ in range(_KILL_TRIES):
            with contextlib.suppress(InfrastructureError), engine_errors("killing processes"):
                if self._container.exec_run(["bash", "-c", _KILL]).exit_code == 0:
                    return
            time.sleep(0.1)
        try:
            with engine_errors("restarting the container"):
                self._container.restart(timeout=0)
        except InfrastructureError:
            self.close()
            raise

    def _result(self, answer: Answer, exit_code: int | None, restarted: bool) -> Result:
        return Result(
            output=answer.text,
            exit_code=exit_code,
            dropped_bytes=answer.dropped_bytes,
            timed_out=answer.ended == "time",
            killed="output" if answer.ended == "flood" else "",
            restarted=restarted,
        )

    # ------------------------------------------------------------------ files

    def _archive(self, path: str) -> Iterator[tuple[str, bytes | None]]:
        """What lies at a path: names and contents of regular files, None for everything else."""
        import docker

        try:
            with engine_errors(f"reading {path}"):
                try:
                    chunks, about = self._container.get_archive(path)
                except docker.errors.NotFound:
                    return
                if about.get("linkTarget") not in ("", None, path):
                    return  # a link; Podman would follow it
                left = self._limits.tree_bytes
                with tarfile.open(fileobj=_Chunks(chunks, 2 * left), mode="r|") as tar:  # type: ignore[call-overload]
                    for member in tar:
                        if set(member.name.split("/")) & IGNORED or member.name.endswith(".pyc"):
                            continue
                        if not member.isreg():
                            yield member.name, None
                            continue
                        left -= member.size
                        if left < 0:
                            raise TooLarge(f"{path}: expected at most {self._limits.tree_bytes} bytes, got more")
                        content = tar.extractfile(member)
                        yield member.name, content.read() if content else b""
        except UnicodeError:
            return

    def read(self, path: str) -> bytes | None:
        """A regular file; None where there is none."""
        for name, data in self._archive(f"{WORKSPACE}/{path}"):
            return data if "/" not in name else None
        return None

    def write(self, path: str, data: bytes) -> None:
        """Write a file and the folders above it."""
        self._put({path: data})

    def fill(self, files: Files) -> None:
        """Write many files."""
        if files:
            self._put(files)

    def _put(self, files: Mapping[str, bytes]) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for above in sorted({part for path in files for part in _above(path)}):
                entry = tarfile.TarInfo(above)
                entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, 1_700_000_000
                tar.addfile(entry)
            for path, data in files.items():
                entry = tarfile.TarInfo(path)
                entry.size, entry.mtime = len(data), 1_700_000_000
                entry.mode = 0o755 if data.startswith(b"#!") else 0o644
                tar.addfile(entry, io.BytesIO(data))
        with engine_errors("writing files"):
            self._container.put_archive(WORKSPACE, buffer.getvalue())

    def export(self) -> dict[str, bytes]:
        """Every regular file of the workspace, caches and .git left out."""
        prefix = WORKSPACE.rpartition("/")[2] + "/"
        found = {name.removeprefix(prefix): data for name, data in self._archive(WORKSPACE) if data is not None}
        return dict(sorted(found.items()))

    def close(self) -> None:
        """Remove the container."""
        if self._shell is not None:
            self._shell.close()
            self._shell = None
        self._close()


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


class _Chunks(io.RawIOBase):
    """Chunks as a file, up to a limit."""

    def __init__(self, chunks: Iterable[bytes], most_bytes: int) -> None:
        self._chunks = iter(chunks)
        self._left = most_bytes
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size or size < 0:
            piece = next(self._chunks, None)
            if piece is None:
                break
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge("workspace: expected less to read, got more than twice the limit")
            self._rest += piece
        data, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return data
