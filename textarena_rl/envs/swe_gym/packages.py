"""The packages that come along: small ones, written for this project, to break and to mend."""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Collection, Iterator
from importlib import resources
from typing import TYPE_CHECKING

from textarena_rl.envs.swe_gym.sandbox.protocol import Files
from textarena_rl.envs.swe_gym.syntax import parse
from textarena_rl.errors import MissingData

if TYPE_CHECKING:  # Python 3.10 has it elsewhere
    from importlib.resources.abc import Traversable

__all__ = ["PACKAGES", "SPLIT_OF", "package_digest", "package_files", "source_paths", "test_paths", "without_tests"]

SPLIT_OF = {
    "confix": "valid",
    "docpatch": "train",
    "gridtext": "train",
    "reckon": "train",
    "recur": "test",
    "relver": "train",
    "spanset": "test",
    "stockroom": "train",
    "wayfind": "train",
}
"""The split that each package belongs to, with all its tasks."""

PACKAGES = tuple(SPLIT_OF)


def _below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            if not item.name.startswith(("_", ".")):
                yield from _below(item, f"{prefix}{item.name}/")
        elif item.name.endswith((".py", ".md")):
            yield prefix + item.name, item.read_bytes().replace(b"\r\n", b"\n")


@functools.cache
def package_files(name: str) -> Files:
    """The tree of a package: its sources, its tests, its README.

    Raises:
        MissingData: This installation lacks the data that comes with it.
    """
    try:
        folder = resources.files("envs_data") / "swe_gym" / "packages" / name
    except ModuleNotFoundError:
        folder = None
    if folder is None or not folder.is_dir():
        raise MissingData(f"SWEGym: expected the package {name} in envs_data, found none. Install this project again.")
    return dict(_below(folder))


def package_digest(name: str) -> str:
    """Eight characters that change with any byte of a package."""
    digest = hashlib.sha256()
    for path, data in package_files(name).items():
        digest.update(f"{path}\n{len(data)}\n".encode() + data)
    return digest.hexdigest()[:8]


def test_paths(files: Files) -> list[str]:
    """The files that hold tests, or that configure them: an agent's changes of these never count."""
    return [path for path in files if is_test_path(path)]


def is_test_path(path: str) -> bool:
    """Whether a file belongs to the tests rather than to the code."""
    parts = path.split("/")
    name = parts[-1]
    folders = {"test", "tests", "testing", "__tests__"}
    return (
        bool(folders & set(parts[:-1]))
        or (name.startswith("test_") and name.endswith(".py"))
        or name.endswith("_test.py")
        or name in CONFIGURATION
    )


CONFIGURATION = {
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "noxfile.py",
    "setup.cfg",
    "sitecustomize.py",
    "usercustomize.py",
    ".coveragerc",
}


def source_paths(files: Files) -> list[str]:
    """The Python files that are not tests and hold code worth breaking."""
    return [path for path in files if path.endswith(".py") and not is_test_path(path) and path != "setup.py"]


def without_tests(data: bytes, module: str, unwanted: Collection[str]) -> bytes:
    """A test file without some of its tests; nothing else moves but the lines that are gone.

    Args:
        data: The file.
        module: Its dotted name.
        unwanted: Ids of tests: ``module.Class.method`` or ``module.function``.
    """
    lines = data.decode().splitlines(keepends=True)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in reversed(parse(data).body):
        if isinstance(node, functions) and f"{module}.{node.name}" in unwanted:
            _cut(lines, node)
        if not isinstance(node, ast.ClassDef):
            continue
        methods = [item for item in node.body if isinstance(item, functions)]
        gone = [item for item in methods if f"{module}.{node.name}.{item.name}" in unwanted]
        for item in reversed(gone):
            _cut(lines, item)
        if gone and len(gone) == len(node.body):
            lines.insert(node.body[0].lineno - 1, " " * node.body[0].col_offset + "pass\n")
    return "".join(lines).encode()


def _cut(lines: list[str], item: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Take a function out, with its decorators and the blank lines above it."""
    first = min([item.lineno, *(decorator.lineno for decorator in item.decorator_list)]) - 1
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    del lines[first : item.end_lineno]
