"""Test logs to statuses: one function a format, in a table that can be extended."""

from __future__ import annotations

import re
from collections.abc import Callable

from textarena_rl.errors import InvalidConfig

__all__ = ["PARSERS", "Report", "parse_log"]

Report = dict[str, str]
"""The status of each test by id: PASSED, XFAIL, XPASS, SKIPPED, FAILED or ERROR."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_BAD_FIRST = ("ERROR", "FAILED", "XPASS", "SKIPPED", "XFAIL", "PASSED")
_PYTEST = re.compile(r"(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\s+(\S.*)")


def _add(report: Report, test: str, status: str) -> None:
    """Note a status; where a test is told twice, the worse one holds, so that a forged line wins nothing."""
    known = report.get(test)
    if known is None or _BAD_FIRST.index(status) < _BAD_FIRST.index(known):
        report[test] = status


def _summary(log: str) -> str:
    """The last short test summary of pytest, up to the line that closes it; "" where there is none."""
    headings = list(re.finditer(r"^=+ short test summary info =+$", log, re.MULTILINE))
    return log[headings[-1].end() :] if headings else ""


def pytest_report(log: str) -> Report:
    """``pytest -rA``: the lines of the short summary, ``PASSED path::test`` and the like."""
    report: Report = {}
    for line in _summary(_ANSI.sub("", log)).splitlines():
        match = _PYTEST.fullmatch(line.rstrip())
        if not match:
            continue
        status, rest = match.groups()
        if status == "SKIPPED" and rest.startswith("["):
            continue  # skips are summed up by place and not by test
        _add(report, rest if status == "PASSED" else rest.split(" - ", 1)[0], status)
    return report


def pytest_options_report(log: str) -> Report:
    """As ``pytest``, with folders cut out of parameters: ``test[/tmp/x/file-a]`` is ``test[/file-a]``."""
    report: Report = {}
    for test, status in pytest_report(log).items():
        match = re.fullmatch(r"(.*?)\[(.*)\]", test)
        if match and match[2].startswith("/") and not match[2].startswith("//") and "*" not in match[2]:
            test = f"{match[1]}[/{match[2].rpartition('/')[2]}]"
        _add(report, test, status)
    return report


def pytest_verbose_report(log: str) -> Report:
    """``pytest -vv``, and old versions: the status before or after the id, with colours and percentages."""
    report: Report = {}
    for raw in _ANSI.sub("", log).splitlines():
        line = re.sub(r"\s+\[\s*\d+%\]$", "", raw.rstrip())
        match = re.fullmatch(r"(\S+::.*?)\s+(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))?", line)
        if match:
            _add(report, match[1], match[2])
    for test, status in pytest_report(log).items():
        _add(report, test, status)
    return report


_UNITTEST = {
    "ok": "PASSED",
    "FAIL": "FAILED",
    "ERROR": "ERROR",
    "expected failure": "XFAIL",
    "unexpected success": "FAILED",
}


def unittest_report(log: str) -> Report:
    """``python -m unittest -v``: ``test_x (module.Class.test_x) ... ok``, with or without a line of documentation."""
    report: Report = {}
    test = ""  # begun, and without an outcome so far
    for raw in _ANSI.sub("", log).splitlines():
        line = raw.strip()
        named = re.match(r"(\w+) \(([\w.]+)\)(?: \[.*?\]| \(.*?\))?(?: \.\.\. (.*))?$", line)
        failed = re.match(r"(FAIL|ERROR): (\w+) \(([\w.]+)\)", line)
        if failed:
            _add(report, _unittest_id(failed[2], failed[3]), _UNITTEST[failed[1]])
            continue
        if named:
            test, outcome = _unittest_id(named[1], named[2]), named[3] or ""
        else:
            outcome = line.rpartition(" ... ")[2]
        status = _UNITTEST.get(outcome, "SKIPPED" if outcome.startswith("skipped ") else "")
        if status and test:
            _add(report, test, status)
            test = ""
    return report


def _unittest_id(name: str, place: str) -> str:
    """``module.Class.test``; Python from 3.11 on writes the test's name twice."""
    return place if place.endswith(f".{name}") else f"{place}.{name}"


def django_report(log: str) -> Report:
    """Django's test runner with ``--verbosity 2``: ``test_x (module.Class) ... ok``, ids kept as they are printed."""
    report: Report = {}
    pending = ""
    for raw in log.splitlines():
        line = raw.strip()
        failed = re.match(r"(FAIL|ERROR): (\S+ \([\w.]+\))", line)
        if failed:
            _add(report, failed[2], _UNITTEST[failed[1]])
            continue
        name, dots, outcome = line.rpartition(" ... ")
        if not dots:
            named = re.match(r"(\w+ \([\w.]+\))$", line)
            pending = named[1] if named else pending
            continue
        first = outcome.split()[0] if outcome.split() else ""
        status = _UNITTEST.get(outcome) or _UNITTEST.get(first) or ("SKIPPED" if first == "skipped" else "")
        if status:
            _add(report, name, status)
            if pending and not re.match(r"\w+ \([\w.]+\)$", name):
                _add(report, pending, status)  # told by its documentation
            pending = ""
    return report


def sympy_report(log: str) -> Report:
    """``bin/test -C --verbose``: ``test_x ok``, ``test_y F``, and headings of failures."""
    report: Report = {}
    for line in log.splitlines():
        match = re.match(r"(test_\w+)\s+(?:.*\s)?(ok|F|E|f|X|s)\b(?:\s|$)", line)
        if match:
            letters = {"ok": "PASSED", "F": "FAILED", "E": "ERROR", "f": "XFAIL", "X": "FAILED", "s": "SKIPPED"}
            _add(report, match[1], letters[match[2]])
        heading = re.match(r"_+ \S*:(test_\w+) _+$", line)
        if heading:
            _add(report, heading[1], "FAILED")
    return report


PARSERS: dict[str, Callable[[str], Report]] = {
    "pytest": pytest_report,
    "pytest_options": pytest_options_report,
    "pytest_v2": pytest_verbose_report,
    "unittest": unittest_report,
    "django": django_report,
    "sympy": sympy_report,
}
"""Every format by name. Add your own: a function from a log to statuses by test id."""


def parse_log(log: str, parser: str) -> Report:
    """The statuses in a log.

    Raises:
        InvalidConfig: There is no such parser.
    """
    name = parser.removeprefix("parse_log_")
    if name not in PARSERS:
        raise InvalidConfig(
            f"log parser {parser!r}: expected one of {', '.join(PARSERS)}. Add it to "
            "textarena_rl.envs.swe_gym.parsers.PARSERS."
        )
    return PARSERS[name](log)


def sealed_report(log: str, word: str) -> tuple[Report, list[str], bool]:
    """Statuses, details and whether it came to its end, from a report whose lines begin with a secret word."""
    report: Report = {}
    details: list[str] = []
    ended = False
    for line in log.splitlines():
        head, _, rest = line.partition(" ")
        if head != word:
            continue
        status, _, text = rest.partition(" ")
        if status == "END":
            ended = text == str(len(report))
        elif status == "DETAIL":
            details.append(text)
        else:
            _add(report, text, status)
    return report, details, ended
