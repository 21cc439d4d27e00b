"""A task: a broken tree, an issue, the tests that decide, and the patch that mends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from textarena_rl.envs.swe_gym.packages import is_test_path
from textarena_rl.envs.swe_gym.patches import PatchSize, make_patch, measure
from textarena_rl.envs.swe_gym.sandbox.protocol import Files
from textarena_rl.envs.swe_gym.suite import UNITTEST

__all__ = ["FilesTask", "Library", "Task", "grading_tree"]


class Task(Protocol):
    """What every kind of task can tell."""

    @property
    def task_id(self) -> str:
        """Its id."""
        ...

    @property
    def repo(self) -> str:
        """The repository's name."""
        ...

    @property
    def issue(self) -> str:
        """The problem, in words."""
        ...

    @property
    def fail_to_pass(self) -> Sequence[str]:
        """Tests that the fix must turn."""
        ...

    @property
    def pass_to_pass(self) -> Sequence[str]:
        """Tests that must stay."""
        ...

    @property
    def size(self) -> PatchSize:
        """How large the gold patch is."""
        ...


@dataclass(frozen=True)
class FilesTask:
    """A task whose whole tree is at hand as files."""

    task_id: str
    repo: str
    issue: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    files: Files = field(repr=False)
    """The broken tree with all its tests: what a verdict is reached on."""
    visible: Files = field(repr=False)
    """What the agent gets of it."""
    gold: Files = field(repr=False)
    """The files that the gold patch changes, whole."""
    test_command: str = UNITTEST
    parser: str = "unittest"

    def __deepcopy__(self, memo: dict[int, Any]) -> FilesTask:
        return self

    @cached_property
    def patch(self) -> str:
        """The gold patch."""
        return make_patch(self.files, {**self.files, **self.gold})

    @cached_property
    def size(self) -> PatchSize:
        """How large it is."""
        return measure(self.patch)

    def row(self) -> dict[str, Any]:
        """The task with the names of a SWE-Gym row."""
        return {
            "instance_id": self.task_id,
            "repo": self.repo,
            "base_commit": "",
            "version": "",
            "problem_statement": self.issue,
            "hints_text": "",
            "patch": self.patch,
            "test_patch": make_patch(self.visible, {**self.visible, **_tests(self.files)}),
            "FAIL_TO_PASS": list(self.fail_to_pass),
            "PASS_TO_PASS": list(self.pass_to_pass),
        }


class Library(Protocol):
    """Where tasks come from."""

    def ids(self, split: str) -> tuple[str, ...]:
        """The tasks of a split, in a fixed order."""
        ...

    def task(self, task_id: str) -> FilesTask:
        """A task; raises InvalidConfig where there is none."""
        ...


def _tests(files: Files) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if is_test_path(path)}


def grading_tree(task: FilesTask, tree: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes | None]]:
    """The tree to test, and what the agent changed: its code, with the tests and their configuration as they were.

    Args:
        task: What was to be done.
        tree: What the agent left.
    """
    changed: dict[str, bytes | None] = {}
    for path in sorted({*task.visible, *tree}):
        if not is_test_path(path) and task.visible.get(path) != tree.get(path):
            changed[path] = tree.get(path)
    final = {**task.files, **{path: data for path, data in changed.items() if data is not None}}
    for path, data in changed.items():
        if data is None:
            final.pop(path, None)
    return final, changed
