"""What ``textarena-rl doctor`` says: what is installed, what the machine offers, whether each world can be played."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator
from importlib import metadata, resources
from pathlib import Path

from textarena_rl.errors import MissingData, TextArenaError
from textarena_rl.grammar import World
from textarena_rl.play import play_episode
from textarena_rl.policies import ExpertPolicy
from textarena_rl.registry import WORLDS, make

__all__ = ["diagnose", "missing_packages", "playable"]

_DISTRIBUTION = "textarena-rl"


def _version(package: str) -> str | None:
    """The version of an installed distribution, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def missing_packages(requirements: Iterable[str]) -> dict[str, list[str]]:
    """The packages that each extra would bring and that are not installed.

    Args:
        requirements: As in a distribution's metadata: ``torch>=2.6; extra == "train"``.
    """
    missing: dict[str, list[str]] = {}
    for requirement in requirements:
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", requirement)
        package = re.match(r"[\w.-]+", requirement)
        if extra and package and package[0] != _DISTRIBUTION:
            lacking = missing.setdefault(extra[1], [])
            if _version(package[0]) is None:
                lacking.append(package[0])
    return missing


def _installed() -> Iterator[str]:
    yield f"Python {platform.python_version()} on {platform.platform()}"
    yield ", ".join(f"{package} {_version(package)}" for package in ("gymnasium", "numpy"))
    version = _version(_DISTRIBUTION)
    if version is None:
        yield f"{_DISTRIBUTION} runs from a checkout that is not installed: its extras and added commands are unknown"
        yield "  pip install -e ."
        return
    yield f"textarena-rl {version}"
    for extra, packages in missing_packages(metadata.requires(_DISTRIBUTION) or []).items():
        if packages:
            yield f"extra {extra}: {', '.join(packages)} missing"
            yield f"  pip install '{_DISTRIBUTION}[{extra}]'"
        else:
            yield f"extra {extra}: complete"


def _memory_bytes() -> int | None:
    """The memory this process may use: the machine's, or its container's limit if that is lower."""
    try:
        limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return None
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            limits.append(int(limit.read_text()))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
    return min(limits)


def _machine() -> Iterator[str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = _memory_bytes()
    yield f"{cores} cores, {f'{memory / 2**30:.1f} GiB' if memory else 'unknown'} of memory"
    policy = os.environ.get("OMP_WAIT_POLICY", "unset")
    yield f"OMP_WAIT_POLICY is {policy} in this command"
    yield "  in your own scripts: export OMP_WAIT_POLICY=passive, or waiting threads of torch burn shared cores"


def _packs() -> Iterator[str]:
    try:
        root = resources.files("envs_data")
    except ModuleNotFoundError:
        yield "packs: the package envs_data is not installed; games are generated when needed"
        return
    for folder in sorted((item for item in root.iterdir() if item.is_dir()), key=lambda item: item.name):
        files = [item for item in folder.iterdir() if item.is_file()]
        if files and not folder.name.startswith("_"):
            size = sum(len(item.read_bytes()) for item in files)
            yield f"pack {folder.name}: {len(files)} files, {size / 2**10:.0f} KiB"


def playable(row: World) -> tuple[bool, str]:
    """Whether the world's expert could play a game of its example id, and how that went, in a few words.

    Official data that the user has not brought is no fault.
    """
    try:
        env = make(row.example_id, expert_actions=True)
        episode = play_episode(env, ExpertPolicy(), seed=0)
    except MissingData as error:
        if row.official:
            return True, f"needs data that only you can bring; `textarena-rl play {row.example_id}` says which"
        return False, f"cannot be played: {error}"
    except (TextArenaError, ImportError, OSError) as error:
        return False, f"cannot be played: {error}"
    return True, f"{'won' if episode.won else 'not won'} by its expert in {len(episode.turns)} turns"


def diagnose() -> bool:
    """Print the diagnosis; True if a game of every world could be played."""
    for title, lines in (("Installed", _installed()), ("Machine", _machine()), ("Data", _packs())):
        print(title)
        for line in lines:
            print(f"  {line}")
    print("Worlds")
    healthy = True
    for row in WORLDS.values():
        played, outcome = playable(row)
        healthy &= played
        print(f"  {row.example_id}: {outcome}")
        if not played and row.extra:
            print(f"    pip install '{_DISTRIBUTION}[{row.extra}]'")
    return healthy
