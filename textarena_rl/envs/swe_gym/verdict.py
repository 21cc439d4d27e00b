"""The verdict on a tree: its code, with the tests as they were, in a sandbox where no agent has been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textarena_rl.envs.swe_gym.grading import Grade, grade
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, InfrastructureError
from textarena_rl.envs.swe_gym.suite import run_in_fresh_sandbox
from textarena_rl.envs.swe_gym.tasks import FilesTask, grading_tree

__all__ = ["PatchLimits", "judge_tree"]


@dataclass(frozen=True, slots=True)
class PatchLimits:
    """What a patch may be."""

    most_bytes: int = 2**20
    """Of all files that it changes, together."""
    most_files: int = 200


def judge_tree(
    task: FilesTask, tree: Mapping[str, bytes], backend: Backend, *, timeout: float, limits: PatchLimits | None = None
) -> Grade:
    """The grade of what an agent left.

    Args:
        task: What was to be done.
        tree: The agent's tree.
        backend: Makes the fresh sandbox.
        timeout: Seconds for the whole suite.
        limits: What a patch may be.
    """
    limits = limits or PatchLimits()
    final, changed = grading_tree(task, tree)
    turned, kept = len(task.fail_to_pass), len(task.pass_to_pass)
    if not changed:
        return Grade(0, turned, 0, kept, reason="empty patch")
    if len(changed) > limits.most_files or sum(len(data or b"") for data in changed.values()) > limits.most_bytes:
        return Grade(0, turned, 0, kept, reason="patch too large")
    try:
        run = run_in_fresh_sandbox(backend, final, command=task.test_command, parser=task.parser, timeout=timeout)
    except (InfrastructureError, OSError) as error:
        return Grade(0, turned, 0, kept, infra_error=str(error))
    if run.reason:
        return Grade(0, turned, 0, kept, reason=run.reason)
    return grade(run.report, task.fail_to_pass, task.pass_to_pass, exit_code=run.exit_code)
