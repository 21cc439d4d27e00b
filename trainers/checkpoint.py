"""Everything that a run needs to go on, on disk: written whole or not at all, kept by number and by best metric.

A checkpoint is a folder ``step-00000120``. It is written under a hidden name, forced to the disk and renamed, so a
folder with a checkpoint's name is always complete, whatever happened to the process that wrote it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from textarena_rl.errors import InvalidConfig, MissingData, TextArenaError
from trainers.models import Agent, is_adapted, save_policy

__all__ = [
    "CheckpointFailed",
    "best",
    "latest",
    "load",
    "load_agent",
    "random_states",
    "restore_random_states",
    "save",
    "save_agent",
    "step_of",
    "sweep",
]

_NAME = re.compile(r"step-(\d{8,})")
_FACTS = "checkpoint.json"
_HIDDEN = ".writing-"
_BESIDE = "beside.safetensors"


class CheckpointFailed(TextArenaError):
    """A checkpoint could not be written; those before it are as they were."""


def save(
    directory: str | Path,
    step: int,
    sections: Mapping[str, Any],
    *,
    keep_last: int,
    keep_best: int = 0,
    metric: float | None = None,
) -> Path:
    """Write a checkpoint and drop those that are no longer kept; returns its folder.

    Args:
        directory: Holds the run's checkpoints.
        step: Its number; one of the same number is replaced.
        sections: Name -> what to keep: a callable is given a new folder of that name to fill; anything else must be
            made of tensors, numbers, strings, lists, tuples and dictionaries, and goes into ``NAME.pt``.
        keep_last: So many of the highest numbers are kept.
        keep_best: So many of the highest metrics are kept as well.
        metric: How good this one is; None where it was not measured.

    Raises:
        CheckpointFailed: The disk is full, or not writable; the older checkpoints are untouched.
        InvalidConfig: ``keep_last`` is not positive.
    """
    if keep_last < 1:
        raise InvalidConfig(f"checkpoint.save: expected keep_last of at least 1, got {keep_last}. Raise it.")
    root = Path(directory)
    target = root / f"step-{step:08d}"
    partial = root / f"{_HIDDEN}{target.name}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        sweep(root)
        _write(partial, step, sections, metric)
        _put(partial, target)
    except (OSError, RuntimeError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise CheckpointFailed(
            f"{target}: expected to write a checkpoint, got: {error}. The older ones are untouched; make room or "
            "choose another folder, then start the same command again."
        ) from error
    _prune(root, keep_last, keep_best)
    return target


def _write(partial: Path, step: int, sections: Mapping[str, Any], metric: float | None) -> None:
    partial.mkdir()
    for name, content in sections.items():
        if callable(content):
            (partial / name).mkdir()
            content(partial / name)
        else:
            torch.save(content, partial / f"{name}.pt")
    facts = {"step": step, "metric": metric, "sections": sorted(sections)}
    (partial / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
    for path in [*partial.rglob("*"), partial]:
        _force_to_disk(path)


def _put(partial: Path, target: Path) -> None:
    """Give the finished folder its name; one that had it already steps aside first."""
    aside = target.with_name(f"{_HIDDEN}replaced-{target.name}")
    if target.exists():
        target.rename(aside)
    partial.rename(target)
    _force_to_disk(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _force_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(directory: str | Path) -> None:
    """Remove what interrupted writes have left; put back what one of them had moved aside.

    For the process that writes, before it looks for the latest.
    """
    root = Path(directory)
    for aside in root.glob(f"{_HIDDEN}replaced-*"):
        target = root / aside.name.removeprefix(f"{_HIDDEN}replaced-")
        if not target.exists():
            aside.rename(target)
    for partial in root.glob(f"{_HIDDEN}*"):
        shutil.rmtree(partial, ignore_errors=True)


def _prune(root: Path, keep_last: int, keep_best: int) -> None:
    found = _all(root)
    measured = [path for path in found if _facts(path)["metric"] is not None]
    measured.sort(key=lambda path: (_facts(path)["metric"], step_of(path)))
    kept = {*found[-keep_last:], *(measured[-keep_best:] if keep_best else [])}
    for path in found:
        if path not in kept:
            doomed = path.with_name(f"{_HIDDEN}{path.name}")  # renamed first: a half-deleted folder is no checkpoint
            path.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)


# ------------------------------------------------------------------ reading


def step_of(path: str | Path) -> int:
    """The number of a checkpoint's folder."""
    match = _NAME.fullmatch(Path(path).name)
    if match is None:
        raise InvalidConfig(f"{path}: expected a folder named step-00000000, got another. Pass one that `save` wrote.")
    return int(match[1])


def _all(root: Path) -> list[Path]:
    """The complete checkpoints in a folder, lowest number first."""
    if not root.is_dir():
        return []
    return sorted((path for path in root.iterdir() if _NAME.fullmatch(path.name)), key=step_of)


def _facts(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((path / _FACTS).read_text(encoding="utf-8"))
    return facts


def latest(directory: str | Path) -> Path | None:
    """The checkpoint with the highest number, None where there is none."""
    return next(reversed(_all(Path(directory))), None)


def best(directory: str | Path) -> Path | None:
    """The checkpoint with the highest metric (of equals the latest), None where none has been measured."""
    measured = [path for path in _all(Path(directory)) if _facts(path)["metric"] is not None]
    return max(measured, key=lambda path: (_facts(path)["metric"], step_of(path)), default=None)


def load(path: str | Path) -> dict[str, Any]:
    """The sections of a checkpoint by name: contents as they were saved, or the folder that a callable filled.

    Raises:
        MissingData: The folder is no complete checkpoint.
    """
    folder = Path(path)
    if not (folder / _FACTS).is_file():
        raise MissingData(f"{folder}: expected a complete checkpoint, found none. Pass a folder that `save` wrote.")
    return {name: _section(folder, name) for name in _facts(folder)["sections"]}


def _section(folder: Path, name: str) -> Any:
    if (folder / name).is_dir():
        return folder / name
    return torch.load(folder / f"{name}.pt", map_location="cpu", weights_only=True)


# ------------------------------------------------------------------ what goes in


def save_agent(agent: Agent, tokenizer: Any, folder: Path) -> None:
    """Fill a section with ``policy``, a model for ``from_pretrained``, and beside it what that does not hold.

    Beside it: the critic, and adapters (which are added into the policy's own files). To be used as
    ``sections["agent"] = partial(save_agent, agent, tokenizer)``.
    """
    save_policy(agent, tokenizer, folder / "policy")
    save_file({name: agent.state_dict()[name].contiguous() for name in _beside(agent)}, folder / _BESIDE)


def load_agent(agent: Agent, folder: str | Path) -> None:
    """Give an agent that was built in the same way the weights of a section of :func:`save_agent`, bit for bit.

    Raises:
        MissingData: The section belongs to an agent with another critic or other adapters.
    """
    beside = load_file(Path(folder) / _BESIDE)
    if set(beside) != set(_beside(agent)):
        raise MissingData(
            f"{folder}: expected the weights of an agent with the same critic and adapters, got others. Continue with "
            "the configuration that the run began with."
        )
    if not is_adapted(agent.policy):
        precision = next(agent.policy.parameters()).dtype
        policy = AutoModelForCausalLM.from_pretrained(Path(folder) / "policy", dtype=precision, local_files_only=True)
        agent.policy.load_state_dict(policy.state_dict())
    agent.load_state_dict(beside, strict=False)


def _beside(agent: Agent) -> list[str]:
    """Names of the critic's weights and of adapters; a plain policy's own files are exact already."""
    adapted = is_adapted(agent.policy)
    return [name for name in agent.state_dict() if not name.startswith("policy.") or (adapted and ".lora_" in name)]


def random_states() -> dict[str, Any]:
    """The states of this process's global random streams."""
    numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002 (a library may draw from it)
    return {
        "python": random.getstate(),
        "numpy": {**numpy_state, "state": {**numpy_state["state"], "key": numpy_state["state"]["key"].tolist()}},
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_states(states: Mapping[str, Any]) -> None:
    """Put the global random streams back where :func:`random_states` found them."""
    random.setstate(states["python"])
    inner = states["numpy"]["state"]
    numpy_state = {**states["numpy"], "state": {**inner, "key": np.array(inner["key"], dtype=np.uint32)}}
    np.random.set_state(numpy_state)  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if torch.cuda.is_available() and states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])
