"""Learning rates over a run, as factors of their peak."""

from __future__ import annotations

import math
from typing import Literal

from torch.optim import Optimizer

__all__ = ["Schedule", "rate_factor", "set_rates"]

Schedule = Literal["constant", "linear", "cosine"]


def rate_factor(step: int, *, total: int, warmup: int, schedule: Schedule) -> float:
    """The share of the peak rate at ``step`` (from 0): rising over ``warmup`` steps, then constant or falling to 0.

    ::

        warm-up   (step + 1) / (warmup + 1)
        linear    1 - x            with x = (step - warmup) / (total - warmup)
        cosine    (1 + cos pi x) / 2
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    if schedule == "constant":
        return 1.0
    x = min(1.0, (step - warmup) / max(1, total - warmup))
    return 1.0 - x if schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * x))


def set_rates(optimizer: Optimizer, rates: dict[str, float], factor: float) -> None:
    """Give each parameter group of the optimizer its peak rate (by the group's name) times ``factor``."""
    for group in optimizer.param_groups:
        group["lr"] = rates[group["name"]] * factor
