"""Which official rows to play: limits on the patch and the tests, repositories, thirds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from textarena_rl.envs.swe_gym.rows import OfficialTask
from textarena_rl.errors import InvalidConfig

__all__ = ["Filters", "chosen"]

_TIERS = {
    "patch": lambda task: task.size.lines,
    "tests": lambda task: task.num_tests,
}
_THIRDS = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a row must be; None: anything."""

    max_patch_lines: int | None = None
    """Lines that the gold patch adds and removes."""
    max_files: int | None = None
    """Files that it touches."""
    max_hunks: int | None = None
    max_tests: int | None = None
    """Fail-to-pass and pass-to-pass tests."""
    repos: Collection[str] | None = None
    """``owner/name`` or ``name``."""
    tier: str | None = None
    """A third of the rows that the other filters leave: ``patch-easy``, ``tests-hard`` and the like."""
    exclude_ids: Collection[str] = ()
    """Rows whose images are missing or whose gold patch fails."""


def chosen(tasks: Sequence[OfficialTask], filters: Filters) -> list[OfficialTask]:
    """The tasks that pass, in their order.

    Raises:
        InvalidConfig: The tier is unknown, or no task passes.
    """
    limits: list[tuple[int | None, Callable[[OfficialTask], int]]] = [
        (filters.max_patch_lines, lambda task: task.size.lines),
        (filters.max_files, lambda task: task.size.files),
        (filters.max_hunks, lambda task: task.size.hunks),
        (filters.max_tests, lambda task: task.num_tests),
    ]
    left = [task for task in tasks if task.task_id not in set(filters.exclude_ids)]
    for most, measured in limits:
        if most is not None:
            left = [task for task in left if measured(task) <= most]
    if filters.repos is not None:
        wanted = set(filters.repos)
        left = [task for task in left if task.repo in wanted or task.repo.rpartition("/")[2] in wanted]
    if filters.tier is not None:
        left = _third(left, filters.tier)
    if not left:
        raise InvalidConfig(
            f"SWEGym-official: expected rows that pass the filters, got none of {len(tasks)}. Loosen them."
        )
    return left


def _third(tasks: list[OfficialTask], tier: str) -> list[OfficialTask]:
    """The easy, medium or hard third by patch lines or by tests; ties are broken by id."""
    kind, _, third = tier.partition("-")
    if kind not in _TIERS or third not in _THIRDS:
        names = ", ".join(f"{kind}-{third}" for kind in _TIERS for third in _THIRDS)
        raise InvalidConfig(f"SWEGym-official: expected tier to be one of {names}, got {tier!r}.")
    ranked = sorted(tasks, key=lambda task: (_TIERS[kind](task), task.task_id))
    place = _THIRDS.index(third)
    kept = {task.task_id for task in ranked[len(ranked) * place // 3 : len(ranked) * (place + 1) // 3]}
    return [task for task in tasks if task.task_id in kept]
