"""Runs a tree's unittest suite and reports each test; sent into a sandbox as text, so it imports nothing of ours.

It is started elsewhere and told the tree's folder, so that no file of the tree can stand in for a standard module.

Every line of the report begins with a secret word that is read from standard input before any code of the tree runs.
What the tree prints, or a process that it ends early, can therefore not pass for a report.
"""

import io
import json
import os
import sys
import traceback
import unittest
from collections.abc import Callable
from types import TracebackType
from typing import Any

_CHANGING = {"__dict__", "__weakref__", "__doc__", "_classSetupFailed", "_class_cleanups", "__warningregistry__"}
_Error = tuple[type[BaseException], BaseException, TracebackType | None]


def _frames(error: _Error) -> tuple[list[list[str]], int]:
    """File and function of every frame inside the tree, and the line of the test that failed."""
    root = os.getcwd() + os.sep  # noqa: PTH109
    frames, test_line = [], 0
    for frame in traceback.extract_tb(error[2]):
        name = frame.filename
        name = name[len(root) :] if name.startswith(root) else name
        if name.startswith(("<", "/")):
            continue
        frames.append([name, frame.name])
        if name.rpartition("/")[2].startswith("test"):
            test_line = frame.lineno or 0
    return frames, test_line


class _Report(unittest.TestResult):
    """Tells each test's status once, when it has ended."""

    def __init__(self, tell: Callable[..., None], detail: bool) -> None:
        super().__init__()
        self._tell = tell
        self._detail = detail
        self._status: dict[str, str] = {}
        self._error: _Error | None = None
        self.count = 0

    def _mark(self, test: unittest.TestCase, status: str, error: Any = None) -> None:
        order = ("PASSED", "XFAIL", "SKIPPED", "FAILED", "ERROR")
        known = self._status.get(test.id(), "PASSED")
        self._status[test.id()] = max(known, status, key=order.index)
        if error is not None and self._error is None:
            self._error = error

    def addFailure(self, test: Any, err: Any) -> None:
        self._mark(test, "FAILED", err)

    def addError(self, test: Any, err: Any) -> None:
        self._mark(test, "ERROR", err)
        if not isinstance(test, unittest.TestCase):  # setUpClass and setUpModule have no end of their own
            self.stopTest(test)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._mark(test, "FAILED" if issubclass(err[0], test.failureException) else "ERROR", err)

    def addSkip(self, test: Any, reason: str) -> None:
        self._mark(test, "SKIPPED")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self._mark(test, "XFAIL")

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._mark(test, "FAILED")

    def stopTest(self, test: Any) -> None:
        self.count += 1
        self._tell(self._status.get(test.id(), "PASSED"), test.id())
        if self._detail and self._error is not None:
            kind, value, _ = self._error
            frames, line = _frames(self._error)
            told = {"test": test.id(), "error": kind.__name__, "text": str(value)[:600], "frames": frames, "line": line}
            self._tell("DETAIL", json.dumps(told))
        self._error = None


def _framework() -> dict[tuple[str, str, str], object]:
    """Every class of unittest, attribute by attribute: code under test that changes one has forged the result."""
    found: dict[tuple[str, str, str], object] = {}
    for module in (unittest.case, unittest.result, unittest.suite, unittest.loader):
        for name, value in vars(module).items():
            found[module.__name__, name, ""] = value
            if isinstance(value, type) and value.__module__ == module.__name__:
                found.update({(module.__name__, name, key): item for key, item in vars(value).items()})
    return found


def main(word: str, detail: bool) -> None:
    """Find and run every test below the working folder, and end without running anything else."""
    channel = os.dup(1)

    def tell(*parts: object) -> None:
        text = "\n" + " ".join([word, *map(str, parts)]) + "\n"
        os.write(channel, text.encode("utf-8", "backslashreplace"))

    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    sys.stdin = io.StringIO()
    os.chdir(sys.argv[1])
    sys.argv = ["unittest"]
    sys.path[0] = os.getcwd()  # noqa: PTH109
    exit_now = os._exit
    report = _Report(tell, detail)
    before, look_again = _framework(), _framework
    suite = unittest.defaultTestLoader.discover(".", pattern="test*.py", top_level_dir=".")
    suite.run(report)
    after = look_again()
    if all(after.get(key) is value for key, value in before.items() if key[2] not in _CHANGING):
        tell("END", report.count)
    exit_now(0)
