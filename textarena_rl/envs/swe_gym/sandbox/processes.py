"""A sandbox made of processes and a folder of this machine; what holds them in is the launcher's part."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from textarena_rl.envs.swe_gym.sandbox.hostfiles import HostFiles
from textarena_rl.envs.swe_gym.sandbox.leases import make_folder, remove_folder
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Files, InfrastructureError, Limits, Result
from textarena_rl.envs.swe_gym.sandbox.shell import Answer, Shell, read_until
from textarena_rl.envs.swe_gym.sandbox.warden import spawn, watch

__all__ = ["Launcher", "PipeStream", "ProcessSandbox"]


class Launcher(Protocol):
    """How one backend wraps a process."""

    name: str
    workspace: str | None
    """Where processes see the workspace; None: where it really is."""

    def new_owner(self) -> int | None:
        """The user number that a new workspace must belong to, if not this process's own."""
        ...

    def command(self, folder: Path, owner: int | None, inside: str, arguments: list[str], info: int) -> list[str]:
        """The command line that runs ``arguments`` with ``folder`` as workspace, beginning in the folder ``inside``."""
        ...

    def environment(self, folder: Path) -> dict[str, str] | None:
        """The environment of the command line."""
        ...

    def identify(self, process: subprocess.Popen[bytes], info: bytes) -> tuple[str, int]:
        """What tells the processes within (a process namespace or a session), and the first one (0: itself)."""
        ...


class PipeStream:
    """The standard input and output of a process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._process = process
        self._selector = selectors.DefaultSelector()
        self._selector.register(process.stdout, selectors.EVENT_READ)
        os.set_blocking(process.stdout.fileno(), False)

    def send(self, data: bytes) -> None:
        """Write to the process."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def receive(self, timeout: float) -> bytes | None:
        """Read what is there."""
        if not self._selector.select(timeout):
            return None
        assert self._process.stdout is not None
        try:
            return os.read(self._process.stdout.fileno(), 2**16)
        except BlockingIOError:
            return None

    def close(self) -> None:
        """Close the selector and the pipes."""
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


@dataclass(frozen=True, slots=True)
class _Started:
    """A process that was started, and what is within it."""

    process: subprocess.Popen[bytes]
    space: str
    first: int

    def strike(self) -> None:
        """Kill everything within. The first process within goes first, so that its parent is there to collect it."""
        if self.process.poll() is None and self.first:
            with contextlib.suppress(OSError):
                os.kill(self.first, signal.SIGKILL)
                return
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill everything within, and wait until it is gone."""
        self.strike()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)


class _Cell:
    """What must be let go of when the sandbox is; holds no reference to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: dict[int, _Started] = {}
        self.owner_pid = os.getpid()

    def release(self) -> None:
        if os.getpid() != self.owner_pid:  # a fork's copy: the original still uses it
            return
        for started in list(self.started.values()):
            started.end()
        self.started.clear()
        remove_folder(self.folder)


class ProcessSandbox:
    """A workspace folder and processes that see it.

    Args:
        launcher: What wraps the processes.
        limits: What they may use.

    Raises:
        InfrastructureError: No process could be started.
    """

    def __init__(self, launcher: Launcher, limits: Limits) -> None:
        self._launcher = launcher
        self._limits = limits
        self._cell = _Cell(make_folder())
        self._close = weakref.finalize(self, self._cell.release)
        owner = launcher.new_owner()
        root = self._cell.folder / WORKSPACE.strip("/")
        root.mkdir(mode=0o755)
        if owner is not None:
            os.chown(root, owner, owner)
        self._root, self._owner = root, owner
        self.files = HostFiles(root, owner)
        self._folder = WORKSPACE
        self._shell: Shell | None = None
        self._killed = ""
        self._lock = threading.Lock()

    @property
    def folder(self) -> str:
        """The shell's working folder."""
        return self._folder

    # ------------------------------------------------------------------ commands

    def run(self, command: str, timeout: float) -> Result:
        """Run a command in the persistent shell; where it has to be killed, a new shell goes on in the same folder."""
        restarted = False
        if self._shell is None:
            self._start_shell()
        assert self._shell is not None
        process = self._shell_process
        answer = self._shell.run(command, timeout)
        exit_code = answer.exit_code
        if answer.ended == "exit":
            self._folder = answer.folder
        else:
            restarted = True
            exit_code = self._drop_shell(process, answer)
        return self._result(answer, exit_code, restarted)

    def execute(self, command: str, timeout: float, output_bytes: int | None = None) -> Result:
        """Run a command in a process of its own; everything that it leaves running is killed."""
        limits = replace(self._limits, output_bytes=output_bytes) if output_bytes else self._limits
        process = self._spawn(["-c", f"{self._ulimits()}\n{command}"], subprocess.DEVNULL, WORKSPACE)
        stream = PipeStream(process)
        try:
            answer = read_until(stream, limits, time.monotonic() + timeout, None)
            exit_code = None
            if answer.ended == "eof":
                with contextlib.suppress(subprocess.TimeoutExpired):
                    exit_code = process.wait(5)
        finally:
            self._end(process)
            stream.close()
        if exit_code is not None and exit_code < 0:
            exit_code = 128 - exit_code
        return self._result(answer, exit_code, False)

    def _result(self, answer: Answer, exit_code: int | None, restarted: bool) -> Result:
        with self._lock:
            killed, self._killed = self._killed, ""
        if answer.ended == "flood":
            killed = "output"
        return Result(
            output=answer.text,
            exit_code=None if killed or answer.ended == "time" else exit_code,
            dropped_bytes=answer.dropped_bytes,
            timed_out=answer.ended == "time",
            killed=killed,
            restarted=restarted,
        )

    def _start_shell(self) -> None:
        process = self._spawn(["--noprofile", "--norc"], subprocess.PIPE, self._folder)
        stream = PipeStream(process)
        try:
            stream.send((self._ulimits() + "\n").encode())
            self._shell = Shell(stream, self._limits)
        except OSError as error:
            stream.close()
            self._end(process)
            raise InfrastructureError(
                f"{self._launcher.name}: expected a shell to start, got none ({error}). Run textarena-rl doctor."
            ) from error
        self._shell_process = process

    def _drop_shell(self, process: subprocess.Popen[bytes], answer: Answer) -> int | None:
        """Kill the shell and all that it started; its exit code where it went by itself."""
        exit_code = None
        if answer.ended == "eof":
            with contextlib.suppress(subprocess.TimeoutExpired):
                exit_code = process.wait(5)
        self._end(process)
        assert self._shell is not None
        self._shell.close()
        self._shell = None
        if not self._folder_is_there():
            self._folder = WORKSPACE
        return 128 - exit_code if exit_code is not None and exit_code < 0 else exit_code

    def _folder_is_there(self) -> bool:
        """Whether a new shell can begin where the old one stood."""
        if self._folder == WORKSPACE:
            return True
        if not self._folder.startswith(WORKSPACE + "/"):
            return False
        place = self._root
        for part in self._folder[len(WORKSPACE) + 1 :].split("/"):
            place = place / part
            if place.is_symlink() or not place.is_dir():
                return False
        return True

    def _ulimits(self) -> str:
        limits = self._limits
        wanted = {
            "-u": limits.processes,
            "-v": limits.memory_bytes // 1024,
            "-f": limits.disk_bytes // 1024,
            "-t": limits.cpu_seconds,
            "-c": 0,
            "-n": 1024,
        }
        return "; ".join(f"ulimit {name} {value} 2>/dev/null" for name, value in wanted.items())

    def _spawn(self, arguments: list[str], stdin: int, inside: str) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        try:
            command = self._launcher.command(self._cell.folder, self._owner, inside, arguments, writing)
            process = spawn(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._launcher.environment(self._cell.folder),
                cwd=str(self._root),
                pass_fds=(writing,),
                start_new_session=True,
            )
        except (OSError, RuntimeError) as error:  # RuntimeError: this interpreter is about to end
            os.close(reading)
            raise InfrastructureError(
                f"{self._launcher.name}: expected a process to start, got {error}. Run textarena-rl doctor."
            ) from error
        finally:
            os.close(writing)
        with os.fdopen(reading, "rb") as file:
            info = file.read() if self._launcher.workspace else b""
        self._cell.started[process.pid] = _Started(process, *self._launcher.identify(process, info))
        watch(self)
        return process

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        started = self._cell.started.pop(process.pid, None)
        if started is not None:
            started.end()

    # ------------------------------------------------------------------ the warden's questions

    def spaces(self) -> set[str]:
        """What tells this sandbox's processes."""
        return {started.space for started in list(self._cell.started.values()) if started.space}

    def judge(self, processes: int, memory_bytes: int, look_at_disk: bool) -> None:
        """Kill everything, if this is too much."""
        limits = self._limits
        too_much = ""
        if memory_bytes > limits.memory_bytes:
            too_much = "memory"
        elif processes > limits.processes + 8:
            too_much = "processes"
        elif look_at_disk and self.files.size() > limits.disk_bytes:
            too_much = "disk"
        if too_much:
            with self._lock:
                self._killed = too_much
            for started in list(self._cell.started.values()):
                started.strike()

    # ------------------------------------------------------------------ files

    def read(self, path: str) -> bytes | None:
        """A regular file, no link followed; None where there is none."""
        return self.files.read(path, self._limits.tree_bytes)

    def write(self, path: str, data: bytes) -> None:
        """Write a file and the folders above it; raises OSError where something stands in the way."""
        self.files.write(path, data)

    def fill(self, files: Files) -> None:
        """Write many files."""
        self.files.fill(files)

    def export(self) -> dict[str, bytes]:
        """Every regular file, caches left out."""
        return self.files.export(self._limits.tree_bytes)

    def close(self) -> None:
        """Kill everything and delete the folder."""
        if self._shell is not None:
            for started in list(self._cell.started.values()):
                started.end()
            self._shell.close()
            self._shell = None
        self._close()
