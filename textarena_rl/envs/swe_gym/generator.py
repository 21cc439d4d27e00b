"""Bugs that were proved: made in a tree, and kept if its tests, run twice, agree on what they break.

``generate`` works on any tree of Python files with tests; the packages that come along were done with it once, and what
it found lies in ``envs_data/swe_gym`` (``python -m textarena_rl.envs.swe_gym.index`` does it again).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from textarena_rl.envs.swe_gym.grading import PASSED
from textarena_rl.envs.swe_gym.mutations import Mutation, mutate, mutations
from textarena_rl.envs.swe_gym.packages import source_paths
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Files
from textarena_rl.envs.swe_gym.suite import UNITTEST, SuiteRun, run_in_fresh_sandbox
from textarena_rl.errors import InvalidConfig

__all__ = ["Bug", "Failure", "Suite", "apply_bugs", "candidates", "compose", "validate"]

_LARGEST_SHARE = 0.8  # of the tests may break: a bug that breaks all of them is no puzzle


@dataclass(frozen=True, slots=True)
class Failure:
    """How one test fails on the broken tree; what the issue is written from."""

    test: str
    """Its id."""
    error: str
    """The exception's name."""
    text: str
    """The exception's words."""
    frames: tuple[tuple[str, str], ...]
    """File and function of each frame in the tree, outermost first."""
    line: int
    """The line of the test that failed."""


@dataclass(frozen=True, slots=True)
class Bug:
    """One or more edits that tests notice."""

    edits: tuple[tuple[str, Mutation], ...]
    """Path and edit; edits of one file do not overlap."""
    fail_to_pass: tuple[str, ...]
    """Tests that fail with the bug and pass without."""
    failures: tuple[Failure, ...]
    """How the first of them fail, one for each edit at the most."""

    @property
    def key(self) -> str:
        """Eight characters that tell the bug."""
        told = [(path, edit.start, edit.stop, edit.old, edit.new) for path, edit in self.edits]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]

    @property
    def files(self) -> int:
        """How many files are broken."""
        return len({path for path, _ in self.edits})

    def to_json(self) -> str:
        """The bug as one line."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Bug:
        """The inverse of :meth:`to_json`."""
        data = json.loads(line)
        return cls(
            edits=tuple((path, Mutation(**edit)) for path, edit in data["edits"]),
            fail_to_pass=tuple(data["fail_to_pass"]),
            failures=tuple(_failure(item) for item in data["failures"]),
        )


def _failure(data: Mapping[str, Any]) -> Failure:
    frames = tuple((str(file), str(function)) for file, function in data["frames"])
    return Failure(data["test"], data["error"], data["text"], frames, data["line"])


@dataclass(frozen=True, slots=True)
class Suite:
    """How a tree is tested."""

    command: str = UNITTEST
    parser: str = "unittest"
    timeout: float = 60.0

    def run(self, backend: Backend, files: Files, detail: bool = False) -> SuiteRun:
        """Run it in a fresh sandbox."""
        return run_in_fresh_sandbox(
            backend, files, command=self.command, parser=self.parser, timeout=self.timeout, detail=detail
        )

    def baseline(self, backend: Backend, files: Files, name: str) -> tuple[str, ...]:
        """The tests that pass on the sound tree, twice.

        Raises:
            InvalidConfig: There are none, or the two runs differ.
        """
        first, second = self.run(backend, files), self.run(backend, files)
        if first.report != second.report:
            raise InvalidConfig(f"{name}: expected the same test results twice, got different ones. Mend the suite.")
        passed = tuple(sorted(test for test, status in first.report.items() if status in PASSED))
        if not passed:
            why = first.reason or f"exit code {first.exit_code}"
            raise InvalidConfig(
                f"{name}: expected tests that pass under {self.command!r}, got none ({why}). Check the command, the "
                f"parser ({self.parser}) and what the sandbox can see."
            )
        return passed


def candidates(files: Files, seed: int) -> Iterator[tuple[str, Mutation]]:
    """Every place for a bug in a tree's sources, shuffled so that kinds and files alternate."""
    generator = np.random.default_rng(seed)
    by_kind: dict[str, list[tuple[str, Mutation]]] = {}
    for path in source_paths(files):
        try:
            found = mutations(files[path])
        except (SyntaxError, ValueError, RecursionError):  # not the Python that runs here
            continue
        for mutation in found:
            by_kind.setdefault(mutation.kind, []).append((path, mutation))
    for places in by_kind.values():
        generator.shuffle(places)  # type: ignore[arg-type]
    while by_kind:
        for kind in sorted(by_kind):
            yield by_kind[kind].pop()
        by_kind = {kind: places for kind, places in by_kind.items() if places}


def apply_bugs(files: Files, edits: Sequence[tuple[str, Mutation]]) -> dict[str, bytes]:
    """The broken tree."""
    broken = dict(files)
    for path, edit in sorted(edits, key=lambda item: -item[1].start):
        broken[path] = mutate(broken[path], edit)
    return broken


def validate(
    backend: Backend, files: Files, edits: Sequence[tuple[str, Mutation]], suite: Suite, baseline: Sequence[str]
) -> Bug | None:
    """The bug, if the tests notice it: at least one turns, at least one stays, and two runs say the same.

    Args:
        backend: Makes the sandboxes.
        files: The sound tree.
        edits: What to break.
        suite: How to test.
        baseline: The tests that pass on the sound tree.
    """
    broken = apply_bugs(files, edits)
    first = suite.run(backend, broken, detail=True)
    if not first.report:
        return None
    failing = tuple(test for test in baseline if first.report.get(test) not in (*PASSED, "SKIPPED"))
    known = set(baseline)
    strange = any(test not in known and status in ("FAILED", "ERROR") for test, status in first.report.items())
    if not failing or strange or len(failing) > _LARGEST_SHARE * len(baseline):
        return None
    if suite.run(backend, broken).report != first.report:
        return None
    return Bug(tuple(edits), failing, _failures(first, failing, len(edits)))


def _failures(run: SuiteRun, failing: Sequence[str], count: int) -> tuple[Failure, ...]:
    """The failures that show most: through the fewest frames, each ending in another function where possible."""
    told = [_failure(detail) for detail in run.details if detail["test"] in failing]
    told.sort(key=lambda item: (len(item.frames), len(item.text), item.test))
    chosen: list[Failure] = []
    for failure in told:
        if len(chosen) < count and failure.frames[-1:] not in [item.frames[-1:] for item in chosen]:
            chosen.append(failure)
    return tuple(chosen) if chosen or not told else (told[0],)


def compose(bugs: Sequence[Bug], num_bugs: int, num_files: int, generator: np.random.Generator) -> list[Bug]:
    """Single bugs that can stand side by side: so many, in so many files, in different functions; [] if none are found.

    Args:
        bugs: Single bugs of one tree.
        num_bugs: How many to put together.
        num_files: In how many files.
        generator: Draws them.
    """
    for _ in range(50):
        order = [bugs[int(i)] for i in generator.permutation(len(bugs))]
        chosen: list[Bug] = []
        for bug in order:
            (path, edit), *_ = bug.edits
            there = {other.edits[0][0] for other in chosen}
            functions = {(other.edits[0][0], other.edits[0][1].function) for other in chosen}
            wanted = num_files - len(there)
            if (path, edit.function) in functions or (path in there and wanted >= num_bugs - len(chosen)):
                continue
            if path not in there and wanted <= 0:
                continue
            chosen.append(bug)
            if len(chosen) == num_bugs:
                return sorted(chosen, key=lambda item: (item.edits[0][0], item.edits[0][1].start))
    return []
