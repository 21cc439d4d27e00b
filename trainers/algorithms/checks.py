"""What algorithms refuse: fields out of range, contradictions, batches that lack a part, groups of one."""

from __future__ import annotations

from dataclasses import fields
from math import inf, isfinite
from typing import Any

from torch import Tensor

from textarena_rl.errors import InvalidConfig
from trainers.functional.advantages import group_sizes
from trainers.functional.losses import KL_ESTIMATORS

__all__ = ["RANGES", "check_fields", "check_groups", "present"]

RANGES: dict[str, tuple[float, float]] = {
    "clip_low": (0.0, 1.0),
    "clip_high": (0.0, inf),
    "dual_clip": (1.0, inf),
    "value_clip": (0.0, inf),
    "gamma": (0.0, 1.0),
    "lam": (0.0, 1.0),
    "value_coef": (0.0, inf),
    "entropy_coef": (0.0, inf),
    "kl_coef": (0.0, inf),
    "kl_reward_coef": (0.0, inf),
    "turn_importance_cap": (0.0, inf),
}
"""Field -> lowest and highest value, both allowed."""


def check_fields(algorithm: Any) -> None:
    """Refuse an algorithm whose fields are out of range or contradict each other, naming all of them at once.

    Raises:
        InvalidConfig: A number is out of range, an estimator is unknown, or the KL is asked for twice.
    """
    where = type(algorithm).__name__
    given = {field.name: getattr(algorithm, field.name) for field in fields(algorithm)}
    faults = []
    for name, (low, high) in RANGES.items():
        value = given.get(name)
        if value is not None and not (isfinite(value) and low <= value <= high):
            faults.append(f"{where}.{name}: expected a number from {low:g} to {high:g}, got {value!r}. Change it.")
    estimator = given["kl_estimator"]
    if estimator not in KL_ESTIMATORS:
        faults.append(
            f"{where}.kl_estimator: expected one of {', '.join(KL_ESTIMATORS)}, got {estimator!r}. Change it."
        )
    if given["kl_in_reward"] and given["kl_coef"]:
        faults.append(
            f"{where}.kl_coef: expected 0 where kl_in_reward is on, got {given['kl_coef']!r}. "
            "Keep the KL in the reward or in the loss, not in both."
        )
    if faults:
        raise InvalidConfig("\n".join(faults))


def check_groups(where: str, group: Tensor) -> None:
    """Refuse a batch in which no group has two members: there is nothing to compare a return with.

    Args:
        where: The algorithm's name.
        group: Long ``[N]``, one number per trajectory.

    Raises:
        InvalidConfig: Every trajectory is alone in its group.
    """
    if len(group) and int(group_sizes(group).max()) < 2:
        raise InvalidConfig(
            f"{where}.credit: expected groups of at least 2 trajectories of one task, got {len(group)} of one. "
            "Sample several episodes per task, or use ppo or turn_ppo."
        )


def present(x: Tensor | None, what: str) -> Tensor:
    """``x`` itself, which an earlier stage must have filled in.

    Raises:
        InvalidConfig: It is None.
    """
    if x is None:
        raise InvalidConfig(
            f"{what}: expected a tensor, got None. Score and credit the batch first; values need a critic, "
            "and a KL term needs a reference (or set its coefficient to 0)."
        )
    return x
