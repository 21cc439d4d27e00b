"""The index of proved bugs that comes along: ``python -m textarena_rl.envs.swe_gym.index [FOLDER]`` makes it again."""

from __future__ import annotations

import functools
import json
import sys
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from textarena_rl.envs.swe_gym.generator import Bug, Suite, candidates, compose, validate
from textarena_rl.envs.swe_gym.mutations import mutations
from textarena_rl.envs.swe_gym.packages import PACKAGES, package_digest, package_files, source_paths
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend
from textarena_rl.errors import MissingData

__all__ = ["COMBINATIONS", "PackageIndex", "build", "load", "main"]

SINGLES = 64
"""Single bugs wanted of each package."""
COMPOSED = 8
"""Tasks wanted of each package for each combination."""
COMBINATIONS = ((2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (4, 4))
"""Bugs and files."""
_SEED = 20_251
_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """What was proved about one package."""

    package: str
    digest: str
    """The package's bytes when it was proved."""
    tests: tuple[str, ...]
    """The tests that pass on the sound package."""
    bugs: tuple[Bug, ...]

    def to_bytes(self) -> bytes:
        """A header and one line a bug, compressed."""
        header = {"package": self.package, "digest": self.digest, "tests": self.tests}
        lines = [json.dumps(header, separators=(",", ":")), *(bug.to_json() for bug in self.bugs)]
        return zlib.compress("\n".join(lines).encode(), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> PackageIndex:
        """The inverse of :meth:`to_bytes`."""
        first, *lines = zlib.decompress(data).decode().split("\n")
        header = json.loads(first)
        bugs = tuple(Bug.from_json(line) for line in lines)
        return cls(header["package"], header["digest"], tuple(header["tests"]), bugs)


@functools.lru_cache(maxsize=64)
def load(package: str) -> PackageIndex:
    """The index of a package that comes along.

    Raises:
        MissingData: It is missing, or was proved for other bytes.
    """
    advice = "Make it again with `python -m textarena_rl.envs.swe_gym.index`."
    try:
        file = resources.files("envs_data") / "swe_gym" / f"{package}.bugs"
        data = file.read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise MissingData(f"SWEGym: expected the index {package}.bugs in envs_data, found none. {advice}") from error
    index = PackageIndex.from_bytes(data)
    if index.digest != package_digest(package):
        raise MissingData(f"SWEGym: expected an index of {package} as it is, got one of other bytes. {advice}")
    return index


def build(backend: Backend, package: str, workers: int = 2) -> PackageIndex:
    """Prove bugs of a package: single ones, then combinations of them.

    Raises:
        InvalidConfig: Its own tests do not pass.
    """
    files = package_files(package)
    suite = Suite(timeout=_TIMEOUT)
    tests = suite.baseline(backend, files, package)
    generator = np.random.default_rng(_SEED)
    with ThreadPoolExecutor(workers) as pool:
        tried = list(candidates(files, _SEED))[: SINGLES * 5 // 4]
        singles = _kept(pool.map(lambda place: validate(backend, files, [place], suite, tests), tried))[:SINGLES]
        composed: list[Bug] = []
        for num_bugs, num_files in COMBINATIONS:
            sets = [compose(singles, num_bugs, num_files, generator) for _ in range(COMPOSED * 3 // 2)]
            edits = {tuple(edit for bug in parts for edit in bug.edits): parts for parts in sets if parts}
            proved = pool.map(lambda places: validate(backend, files, places, suite, tests), edits)
            pairs = zip(proved, edits.values(), strict=True)
            good = [bug for bug, parts in pairs if bug is not None and _all_matter(bug, parts)]
            composed += good[:COMPOSED]
    return PackageIndex(package, package_digest(package), tests, (*singles, *composed))


def _kept(bugs: Iterable[Bug | None]) -> list[Bug]:
    return [bug for bug in bugs if bug is not None]


def _all_matter(bug: Bug, parts: Sequence[Bug]) -> bool:
    """Whether mending all but one of the bugs leaves a test failing that fails now."""
    failing = set(bug.fail_to_pass)
    return all(failing & set(part.fail_to_pass) for part in parts)


def main(folder: Path) -> None:
    """Write the index of every package into a folder, and say how many bugs there are."""
    from textarena_rl.envs.swe_gym.sandbox.bwrap import BwrapBackend

    backend = BwrapBackend()
    backend.check()
    for package in PACKAGES:
        index = build(backend, package)
        data = index.to_bytes()
        (folder / f"{package}.bugs").write_bytes(data)
        singles = sum(len(bug.edits) == 1 for bug in index.bugs)
        places = sum(
            len(mutations(text))
            for text in (package_files(package)[path] for path in source_paths(package_files(package)))
        )
        print(
            f"{package}: {len(index.tests)} tests, {singles} single bugs, {len(index.bugs) - singles} combinations, "
            f"{len(data)} bytes ({places} places)",
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("envs_data/swe_gym"))
