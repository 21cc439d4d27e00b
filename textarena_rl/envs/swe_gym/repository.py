"""Tasks made in a repository of the user's: its files, its test command, and the bug generator."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from textarena_rl.envs.swe_gym.builtin import Knobs, make_task
from textarena_rl.envs.swe_gym.generator import Bug, Suite, candidates, compose, validate
from textarena_rl.envs.swe_gym.sandbox.hostfiles import HostFiles
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Files
from textarena_rl.envs.swe_gym.suite import UNITTEST
from textarena_rl.envs.swe_gym.tasks import FilesTask
from textarena_rl.errors import InvalidConfig, MissingData
from textarena_rl.storage import cache_folder, written_whole

__all__ = ["RepositoryLibrary", "Source", "read_repository"]

_MOST_BYTES = 64 * 2**20
_SEED = 7


@dataclass(frozen=True, slots=True)
class Source:
    """A repository of the user's, and how it is tested."""

    path: str
    """Its folder; what git ignores is read too, ``.git`` and caches are not."""
    test_command: str = UNITTEST
    """Run in its root; ``python -m unittest -v`` is run by the sealed runner when work is judged."""
    parser: str = "unittest"
    """The format of the log."""
    num_tasks: int = 40
    """Tasks to make, all splits together."""
    timeout: float = 120.0
    """Seconds for one run of the suite."""


def read_repository(path: str) -> Files:
    """The files of a repository, its history left out.

    Raises:
        MissingData: There is no such folder, or it holds no Python file.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise MissingData(f"SWEGym: expected a folder with a repository at {path}, found none. Give its path.")
    files = HostFiles(folder.resolve()).export(_MOST_BYTES)
    if not any(name.endswith(".py") for name in files):
        raise MissingData(f"SWEGym: expected Python files in {path}, found none. Bugs are made in Python code.")
    return files


class RepositoryLibrary:
    """Tasks in a repository, proved when they are first asked for and kept in the cache.

    Splits are disjoint: of ten tasks, eight are for training, one for validation, one for testing.

    Args:
        source: The repository.
        knobs: How hard tasks are.
        backend: Where bugs are proved.
    """

    def __init__(self, source: Source, knobs: Knobs, backend: Backend) -> None:
        self._source = source
        self._knobs = knobs
        self._backend = backend
        self._files = read_repository(source.path)
        self.name = Path(source.path).expanduser().resolve().name

    @functools.cached_property
    def _proved(self) -> tuple[tuple[str, ...], dict[str, Bug]]:
        """The tests that pass on the sound tree, and bugs by key."""
        path = cache_folder() / "swe_gym" / f"{self._digest()}.json"
        if path.is_file():
            data = json.loads(path.read_text("utf-8"))
            bugs = [Bug.from_json(line) for line in data["bugs"]]
        else:
            data, bugs = self._prove()
            with written_whole(path) as partial:
                partial.write_text(json.dumps(data), encoding="utf-8")
        return tuple(data["tests"]), {bug.key: bug for bug in bugs}

    def _digest(self) -> str:
        """Changes with the files, the way they are tested, and everything that decides on the bugs."""
        told = [self._source.test_command, self._source.parser, self._source.num_tasks, sys.version_info[:2]]
        told += [self._knobs.num_bugs, self._knobs.num_files, "1"]
        digest = hashlib.sha256(json.dumps(told).encode())
        for path, data in self._files.items():
            digest.update(f"{path}\n{len(data)}\n".encode() + data)
        return digest.hexdigest()[:24]

    def _prove(self) -> tuple[dict[str, list[str]], list[Bug]]:
        source, knobs = self._source, self._knobs
        suite = Suite(source.test_command, source.parser, source.timeout)
        tests = suite.baseline(self._backend, self._files, self.name)
        singles = islice(self._singles(suite, tests), source.num_tasks if knobs.num_bugs == 1 else 3 * source.num_tasks)
        if knobs.num_bugs == 1:
            bugs = list(singles)
        else:
            bugs = list(islice(self._composed(list(singles), suite, tests), source.num_tasks))
        if not bugs:
            raise InvalidConfig(
                f"SWEGym: expected bugs that the tests of {self.name} notice, got none with {knobs.num_bugs} bug(s) in "
                f"{knobs.num_files} file(s). Ask for fewer, or add tests."
            )
        return {"tests": list(tests), "bugs": [bug.to_json() for bug in bugs]}, bugs

    def _singles(self, suite: Suite, tests: tuple[str, ...]) -> Iterator[Bug]:
        tried = islice(candidates(self._files, _SEED), 20 * self._source.num_tasks)
        yield from _kept(validate(self._backend, self._files, [place], suite, tests) for place in tried)

    def _composed(self, singles: list[Bug], suite: Suite, tests: tuple[str, ...]) -> Iterator[Bug]:
        generator = np.random.default_rng(_SEED)
        seen = set()
        for _ in range(10 * self._source.num_tasks):
            parts = compose(singles, self._knobs.num_bugs, self._knobs.num_files, generator)
            edits = tuple(edit for bug in parts for edit in bug.edits)
            if edits and edits not in seen:
                seen.add(edits)
                yield from _kept([validate(self._backend, self._files, edits, suite, tests)])

    def ids(self, split: str) -> tuple[str, ...]:
        """The tasks of a split, proved the first time.

        Raises:
            InvalidConfig: The suite does not pass, or notices no bug.
        """
        keys = sorted(self._proved[1])
        held = {"valid": keys[8::10] or keys[:1], "test": keys[9::10] or keys[1:2]}
        rest = [key for key in keys if key not in {*held["valid"], *held["test"]}]
        return tuple(f"{self.name}-{key}" for key in (rest if split == "train" else held[split]))

    def task(self, task_id: str) -> FilesTask:
        """A task.

        Raises:
            InvalidConfig: There is none of this id.
        """
        tests, bugs = self._proved
        bug = bugs.get(task_id.rpartition("-")[2])
        if bug is None or task_id != f"{self.name}-{bug.key}":
            example = f"{self.name}-{min(bugs)}"
            raise InvalidConfig(f"SWEGym: expected a task such as {example}, got {task_id!r}. Take one of tasks().")
        source = self._source
        return make_task(
            bug,
            self._files,
            tests,
            self._knobs,
            repo=self.name,
            test_command=source.test_command,
            parser=source.parser,
        )


def _kept(bugs: Iterable[Bug | None]) -> Iterator[Bug]:
    return (bug for bug in bugs if bug is not None)
