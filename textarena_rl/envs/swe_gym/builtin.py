"""Tasks from proved bugs: the packages that come along, or a repository of the user's."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from textarena_rl.envs.swe_gym.generator import Bug, apply_bugs
from textarena_rl.envs.swe_gym.index import load
from textarena_rl.envs.swe_gym.issues import DETAILS, issue_text
from textarena_rl.envs.swe_gym.packages import SPLIT_OF, is_test_path, package_files, without_tests
from textarena_rl.envs.swe_gym.patches import make_patch, measure
from textarena_rl.envs.swe_gym.sandbox.protocol import Files
from textarena_rl.envs.swe_gym.suite import UNITTEST
from textarena_rl.envs.swe_gym.tasks import FilesTask
from textarena_rl.errors import InvalidConfig

__all__ = ["VISIBILITY", "BuiltinLibrary", "Knobs", "make_task"]

VISIBILITY = ("hidden", "visible", "absent")
"""``hidden`` takes the tests away that the fix must turn, ``visible`` leaves them, ``absent`` takes all tests away."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """How hard tasks are."""

    num_bugs: int = 1
    """Edits that must be undone, 1 to 4."""
    num_files: int = 1
    """Files that they are in, at most as many."""
    suite_size: int = 0
    """Tests in the suite at the most; 0: all."""
    patch_lines: int = 0
    """Lines of the gold patch at the most; 0: any."""
    detail: str = "symptom"
    """How much the issue tells."""
    tests: str = "hidden"
    """Which tests the agent sees."""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("num_bugs", 1, 4),
            ("num_files", 1, 4),
            ("suite_size", 0, 500),
            ("patch_lines", 0, 200),
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise InvalidConfig(f"SWEGym: expected {name} as a whole number from {low} to {high}, got {value!r}.")
        if self.num_files > self.num_bugs:
            raise InvalidConfig(
                f"SWEGym: expected num_files of at most num_bugs ({self.num_bugs}), got {self.num_files}. "
                "A file needs a bug of its own."
            )
        for name, words in (("detail", DETAILS), ("tests", VISIBILITY)):
            if getattr(self, name) not in words:
                raise InvalidConfig(
                    f"SWEGym: expected {name} to be one of {', '.join(words)}, got {getattr(self, name)!r}."
                )


def _kept_tests(bug: Bug, tests: Sequence[str], size: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Fail-to-pass and pass-to-pass tests of a suite of at most ``size`` tests; at least one of each stays."""
    turned = list(bug.fail_to_pass)
    kept = [test for test in tests if test not in set(turned)]
    if size and size < len(turned) + len(kept):
        generator = np.random.default_rng(int(bug.key, 16))
        least_kept = max(size - len(turned), 1)
        kept = sorted(kept[int(i)] for i in generator.permutation(len(kept))[:least_kept])
        most_turned = max(size - len(kept), 1)
        shown = {failure.test for failure in bug.failures}  # the issue speaks of these
        order = sorted(turned, key=lambda test: (test not in shown, test))
        turned = sorted(order[:most_turned])
    return tuple(turned), tuple(kept)


def make_task(
    bug: Bug,
    files: Files,
    tests: Sequence[str],
    knobs: Knobs,
    *,
    repo: str,
    test_command: str = UNITTEST,
    parser: str = "unittest",
) -> FilesTask:
    """The task behind a bug.

    Args:
        bug: What is broken.
        files: The sound tree.
        tests: The tests that pass on it.
        knobs: How much of it is shown.
        repo: The name of the tree.
        test_command: How it is tested.
        parser: The format of the log.
    """
    broken = apply_bugs(files, bug.edits)
    turned, kept = _kept_tests(bug, tests, knobs.suite_size)
    wanted = {*turned, *kept} if knobs.suite_size else set(tests)
    if knobs.tests == "hidden":
        wanted -= set(bug.fail_to_pass)
    visible: Mapping[str, bytes] = broken
    if knobs.tests == "absent":
        visible = {path: data for path, data in broken.items() if not is_test_path(path)}
    elif unwanted := set(tests) - wanted:
        visible = {path: _shown(path, data, unwanted) for path, data in broken.items()}
    issue = issue_text(bug, repo, files, broken, knobs.detail)
    gold = {path: files[path] for path, _ in bug.edits}
    return FilesTask(f"{repo}-{bug.key}", repo, issue, turned, kept, broken, visible, gold, test_command, parser)


def _shown(path: str, data: bytes, unwanted: set[str]) -> bytes:
    """A file as the agent sees it; ids of tests may be unittest's or pytest's."""
    if not is_test_path(path) or not path.endswith(".py"):
        return data
    module = path.removesuffix(".py").replace("/", ".")
    ids = {test.replace("/", ".").replace(".py::", ".").replace("::", ".").partition("[")[0] for test in unwanted}
    return without_tests(data, module, ids)


class BuiltinLibrary:
    """The tasks of the packages that come along.

    Args:
        knobs: Which of them, and how they are shown.

    Raises:
        InvalidConfig: No task fits.
    """

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        if not self.ids("train"):
            raise InvalidConfig(
                f"SWEGym: expected tasks of at most {knobs.patch_lines} lines with {knobs.num_bugs} bug(s), got none. "
                "Raise patch_lines."
            )

    def ids(self, split: str) -> tuple[str, ...]:
        """The tasks of a split: those of its packages."""
        return _ids(self.knobs.num_bugs, self.knobs.num_files, self.knobs.patch_lines, split)

    def task(self, task_id: str) -> FilesTask:
        """A task.

        Raises:
            InvalidConfig: There is none of this id under these knobs.
        """
        package, _, key = task_id.rpartition("-")
        bug = _bugs(package).get(key) if package in SPLIT_OF else None
        if bug is None or task_id not in self.ids(SPLIT_OF[package]):
            example = self.ids("train")[0]
            raise InvalidConfig(f"SWEGym: expected a task such as {example}, got {task_id!r}. Take one of tasks().")
        return _task(package, key, self.knobs)


@functools.lru_cache(maxsize=64)
def _bugs(package: str) -> dict[str, Bug]:
    return {bug.key: bug for bug in load(package).bugs}


@functools.lru_cache(maxsize=256)
def _ids(num_bugs: int, num_files: int, patch_lines: int, split: str) -> tuple[str, ...]:
    found = []
    for package, home in SPLIT_OF.items():
        if home == split:
            for key, bug in _bugs(package).items():
                fits = len(bug.edits) == num_bugs and bug.files == num_files
                if fits and (not patch_lines or _lines(package, bug) <= patch_lines):
                    found.append(f"{package}-{key}")
    # By hash, so that neighbours in the list come from different packages.
    return tuple(sorted(found, key=lambda task: hashlib.sha256(task.encode()).digest()))


def _lines(package: str, bug: Bug) -> int:
    """Lines of the gold patch."""
    files = package_files(package)
    paths = {path for path, _ in bug.edits}
    old = {path: files[path] for path in paths}
    return measure(make_patch(apply_bugs(old, bug.edits), old)).lines


@functools.lru_cache(maxsize=512)
def _task(package: str, key: str, knobs: Knobs) -> FilesTask:
    return make_task(_bugs(package)[key], package_files(package), load(package).tests, knobs, repo=package)
