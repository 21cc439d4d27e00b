"""Bugs: what is made, what is proved, what the issue says of it, and that the index that comes along is true."""

from __future__ import annotations

import ast
import os
import random
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textarena_rl.envs.swe_gym.builtin import Knobs, make_task
from textarena_rl.envs.swe_gym.generator import Bug, Suite, apply_bugs, candidates, compose, validate
from textarena_rl.envs.swe_gym.index import PackageIndex, load
from textarena_rl.envs.swe_gym.issues import DETAILS, issue_text
from textarena_rl.envs.swe_gym.mutations import KINDS, mutate, mutations
from textarena_rl.envs.swe_gym.packages import PACKAGES, SPLIT_OF, package_files, source_paths, without_tests
from textarena_rl.envs.swe_gym.patches import make_patch, measure, patched_paths
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend
from textarena_rl.envs.swe_gym.verdict import judge_tree

BUGS = [(package, bug) for package in PACKAGES for bug in load(package).bugs]
EXHAUSTIVE = pytest.mark.skipif(
    os.environ.get("TEXTARENA_RL_EXHAUSTIVE") != "1",
    reason="TEXTARENA_RL_EXHAUSTIVE=1 is not set: only a sample of the index is proved again",
)


# ---------------------------------------------------------------------- mutations


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("boundary", "if a < b:\n        return a", "if a <= b:\n        return a"),
        ("comparison", "if a == b:\n        return a", "if a != b:\n        return a"),
        ("logic", "return a and b", "return a or b"),
        ("condition", "if not a:\n        b = 1", "if a:\n        b = 1"),
        (
            "missing-else",
            "if a:\n        b = 1\n    else:\n        b = 2\n    return b",
            "if a:\n        b = 1\n    return b",
        ),
        (
            "branches",
            "if a:\n        b = 'x'\n    else:\n        b = 'y'\n    return b",
            "if a:\n        b = 'y'\n    else:\n        b = 'x'\n    return b",
        ),
        ("missing-guard", "if a:\n        return b\n    return a", "return a"),
        ("missing-assignment", "a.b = b", "pass"),
        ("operator", "return a + b", "return a - b"),
        ("off-by-one", "return a[7]", "return a[8]"),
        ("truth-value", "return a is True", "return a is False"),
        ("argument-order", "return max(a, b)", "return max(b, a)"),
        ("loop-control", "for a in b:\n        break", "for a in b:\n        continue"),
        ("slice", "return a[:b]", "return a[:b + 1]"),
        ("text-method", "return a.strip()", "return a.rstrip()"),
        ("extreme", "return min(a)", "return max(a)"),
        ("fallback", "return a.get(b, a)", "return a.get(b)"),
        ("error-type", "raise ValueError(a)", "raise TypeError(a)"),
        ("result", "return max(a)", "max(a)"),
        ("conversion", "return sorted(a)", "return a"),
        ("unfinished", "a = b\n    b = a\n    a = b\n    return a", "raise NotImplementedError"),
    ],
)
def test_a_bug_of_each_kind(kind: str, old: str, new: str) -> None:
    """A comment and odd spacing stay as they are."""
    text = f"def f(a, b):  # a comment\n    {old}\n\n\ny =   1\n"
    made = [mutate(text.encode(), item).decode() for item in mutations(text.encode()) if item.kind == kind]
    assert f"def f(a, b):  # a comment\n    {new}\n\n\ny =   1\n" in made


def test_defaults_of_parameters() -> None:
    text = b"def f(a=3, b=True, c='x'):\n    return a\n"
    made = {
        mutate(text, item).decode().splitlines()[0]
        for item in mutations(text)
        if item.kind in ("default", "truth-value")
    }
    assert {"def f(a=3 + 1, b=True, c='x'):", 'def f(a=3, b=True, c=""):'} <= made


def test_there_are_more_than_twelve_kinds_and_the_index_has_them_all() -> None:
    kinds = Counter(edit.kind for _, bug in BUGS if len(bug.edits) == 1 for _, edit in bug.edits)
    assert len(KINDS) >= 12
    assert set(kinds) == set(KINDS)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_mutation_compiles_and_can_be_undone(package: str) -> None:
    files = package_files(package)
    for path in source_paths(files):
        for item in mutations(files[path]):
            broken = mutate(files[path], item)
            ast.parse(broken)
            assert broken != files[path]
            stop = item.start + len(item.new.encode())
            assert broken[: item.start] + item.old.encode() + broken[stop:] == files[path]


# ---------------------------------------------------------------------- patches


def test_patches_are_what_git_would_apply(tmp_path: Path) -> None:
    old = {"a.py": b"1\n2\n3\n", "gone.txt": b"x\n", "end.txt": b"no newline", "d/e.txt": "ü\n\u2028\n".encode()}
    new = {
        "a.py": b"1\n-- 2\n3\n",
        "new/f.txt": b"hello\n",
        "end.txt": b"no newline\n",
        "d/e.txt": "ü\n\u2028x\n".encode(),
    }
    for path, data in old.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    patch = make_patch(old, new)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)
    found = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert found == new
    assert sorted(patched_paths(patch)) == sorted({*old, *new})
    assert measure(patch).files == 5


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_the_size_of_a_patch_is_what_its_lines_say(old: list[str], new: list[str]) -> None:
    patch = make_patch({"f": "".join(f"{x}\n" for x in old).encode()}, {"f": "".join(f"{x}\n" for x in new).encode()})
    body = [line for line in patch.splitlines() if not line.startswith(("---", "+++"))]
    assert measure(patch).lines == sum(line.startswith(("+", "-")) for line in body)
    assert measure(patch).hunks == sum(line.startswith("@@") for line in body)


def test_tests_are_cut_out_whole() -> None:
    text = (
        "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n\n"
        "    @unittest.skip('x')\n    def test_b(self):\n        pass\n\n    def test_c(self):\n        pass\n"
    )
    left = without_tests(text.encode(), "tests.t", {"tests.t.T.test_b"}).decode()
    assert left == text.replace("\n    @unittest.skip('x')\n    def test_b(self):\n        pass\n", "")
    none = without_tests(text.encode(), "tests.t", {f"tests.t.T.test_{x}" for x in "abc"}).decode()
    assert none.endswith("class T(unittest.TestCase):\n    pass\n")
    assert without_tests(text.encode(), "other.t", {"tests.t.T.test_b"}).decode() == text


# ---------------------------------------------------------------------- proofs


def test_the_generator_proves_bugs_in_any_tree(bwrap: Backend) -> None:
    files = {
        "shop.py": b"def total(prices, discount=0):\n    result = 0\n    for price in prices:\n"
        b"        result += price\n    if discount > 5:\n        return result - discount\n    return result\n",
        "tests/__init__.py": b"",
        "tests/test_shop.py": b"import unittest\nfrom shop import total\n\n\nclass T(unittest.TestCase):\n"
        b"    def test_sum(self):\n        self.assertEqual(total([1, 2]), 3)\n\n    def test_discount(self):\n"
        b"        self.assertEqual(total([10], 6), 4)\n\n"
        b"    def test_none(self):\n        self.assertEqual(total([]), 0)\n",
    }
    suite = Suite(timeout=20)
    tests = suite.baseline(bwrap, files, "shop")
    assert tests == tuple(f"tests.test_shop.T.{name}" for name in ("test_discount", "test_none", "test_sum"))
    places = list(candidates(files, 0))
    assert places == list(candidates(files, 0))
    assert sorted(map(str, places)) == sorted(map(str, candidates(files, 1)))
    assert {path for path, _ in places} == {"shop.py"}
    by_text = {(edit.old, edit.new): (path, edit) for path, edit in places}
    bug = validate(bwrap, files, [by_text["-", "+"]], suite, tests)
    assert bug is not None
    assert bug.fail_to_pass == ("tests.test_shop.T.test_discount",)
    (failure,) = bug.failures
    assert (failure.test, failure.error, failure.text) == (bug.fail_to_pass[0], "AssertionError", "16 != 4")
    assert Bug.from_json(bug.to_json()) == bug
    # > 5 or >= 5: no test tells; a body that is gone breaks all; neither is a task.
    assert validate(bwrap, files, [by_text[">", ">="]], suite, tests) is None
    assert validate(bwrap, files, [next(p for p in places if p[1].kind == "unfinished")], suite, tests) is None


@pytest.mark.parametrize("package", PACKAGES)
def test_the_index_belongs_to_the_package(package: str) -> None:
    index = load(package)
    files = package_files(package)
    assert PackageIndex.from_bytes(index.to_bytes()) == index
    assert len({bug.key for bug in index.bugs}) == len(index.bugs)
    for bug in index.bugs:
        broken = apply_bugs(files, bug.edits)
        assert {path for path in files if broken[path] != files[path]} == {path for path, _ in bug.edits}
        assert 1 <= len(bug.fail_to_pass) < len(index.tests)
        assert set(bug.fail_to_pass) <= set(index.tests)
        assert len({(path, edit.function) for path, edit in bug.edits}) == len(bug.edits)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_as_small_and_layered_as_promised(package: str) -> None:
    files = package_files(package)
    sources = source_paths(files)
    lines = sum(len(files[path].decode().splitlines()) for path in sources)
    assert 100 <= lines <= 600
    assert len(sources) >= 5
    seen: set[str] = set()
    imports = {}
    for path in sources:
        tree = ast.parse(files[path])
        inner = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        own = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        imports[own] = {name for name in inner if name.startswith(package)}
        others = {name.partition(".")[0] for name in inner} | {
            alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        import sys

        assert others <= {package, *sys.stdlib_module_names}
    while len(seen) < len(imports):  # layered: there is an order in which each imports only what came before
        ready = {name for name, needs in imports.items() if name not in seen and needs <= seen}
        assert ready, "the modules import each other in a circle"
        seen |= ready


def _judged(package: str, bug: Bug, backend: Backend) -> tuple[bool, bool]:
    """Whether a task is resolved untouched (but for a note), and with the gold patch."""
    task = make_task(bug, package_files(package), load(package).tests, Knobs(), repo=package)
    tree = dict(task.visible)
    untouched = judge_tree(task, {**tree, "NOTES.txt": b"x"}, backend, timeout=20)
    mended = judge_tree(task, {**tree, **task.gold}, backend, timeout=20)
    assert (untouched.f2p_passed, untouched.p2p_broken, untouched.reason) == (0, 0, ""), (package, bug.key, untouched)
    return untouched.resolved, mended.resolved


def _all_judged(bugs: list[tuple[str, Bug]], backend: Backend) -> None:
    with ThreadPoolExecutor(2) as pool:
        for (package, bug), verdict in zip(bugs, pool.map(lambda item: _judged(*item, backend), bugs), strict=True):
            assert verdict == (False, True), (package, bug.key)


def test_no_task_passes_unpatched_and_every_one_with_its_gold_patch_sample(bwrap: Backend) -> None:
    _all_judged(random.Random(0).sample(BUGS, 24), bwrap)


@EXHAUSTIVE
@pytest.mark.slow
def test_no_task_passes_unpatched_and_every_one_with_its_gold_patch(bwrap: Backend) -> None:
    _all_judged(BUGS, bwrap)


def test_combinations() -> None:
    import numpy as np

    singles = [bug for bug in load("relver").bugs if len(bug.edits) == 1]
    for num_bugs, num_files in ((2, 1), (3, 2), (4, 4)):
        parts = compose(singles, num_bugs, num_files, np.random.default_rng(0))
        assert len(parts) == num_bugs
        assert len({part.edits[0][0] for part in parts}) == num_files
    assert compose(singles[:1], 2, 1, np.random.default_rng(0)) == []


# ---------------------------------------------------------------------- issues


def test_no_issue_names_the_mutated_line() -> None:
    for package, bug in BUGS:
        files = package_files(package)
        broken = apply_bugs(files, bug.edits)
        text = issue_text(bug, package, files, broken, "function")
        for path, edit in bug.edits:
            for tree, part in ((files, edit.old), (broken, edit.new)):
                start = tree[path].rfind(b"\n", 0, tree[path].find(part.encode()) if part else edit.start) + 1
                line = tree[path][start:].split(b"\n")[0].decode().strip()
                changed = line not in broken[path].decode() or line not in files[path].decode()
                assert len(line) <= 8 or not changed or line not in text, (package, bug.key, line)


def test_issues_tell_more_and_more() -> None:
    for package, bug in BUGS[::25]:
        files = package_files(package)
        broken = apply_bugs(files, bug.edits)
        texts = {detail: issue_text(bug, package, files, broken, detail) for detail in DETAILS}
        assert bug.failures[0].error not in texts["none"]
        assert bug.failures[0].error in texts["symptom"]
        assert bug.fail_to_pass[0] not in texts["symptom"]
        assert f"- {bug.fail_to_pass[0]}" in texts["tests"]
        assert "Calls, innermost last:" in texts["traceback"]
        path, edit = bug.edits[0]
        assert f"seems to be in {path}" in texts["file"] or f" and {path}" in texts["file"]
        assert f"{edit.function} of {path}" in texts["function"]
        assert all(text == issue_text(bug, package, files, broken, detail) for detail, text in texts.items())


def test_splits_are_disjoint_by_package() -> None:
    assert set(SPLIT_OF.values()) == {"train", "valid", "test"}
    assert len(PACKAGES) >= 8
