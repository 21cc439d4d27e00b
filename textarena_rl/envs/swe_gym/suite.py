"""Running a tree's tests: in a fresh sandbox for a verdict, in the agent's own for its eyes."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from importlib import resources
from typing import Any

from textarena_rl.envs.swe_gym.parsers import Report, parse_log, sealed_report
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Files, Result

__all__ = ["UNITTEST", "SuiteRun", "run_in_fresh_sandbox", "unittest_command"]

UNITTEST = "python -m unittest -v"
"""The test command of the packages that come along; trees tested with it get the sealed runner for a verdict."""
_LOG_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """What a run of the tests brought."""

    report: Report
    """Statuses by test id; empty where the run cannot be trusted."""
    details: tuple[dict[str, Any], ...]
    """Of each failed test, where asked for: ``test``, ``error``, ``text``, ``frames``, ``line``."""
    exit_code: int | None
    """The test command's own; None where it had to be killed."""
    reason: str = ""
    """Why there is no report: ``timed out``, or what it was killed for."""


def unittest_command(word: str, detail: bool) -> str:
    """The shell command that feeds the sealed runner to Python."""
    source = resources.files("textarena_rl.envs.swe_gym").joinpath("unittest_runner.py").read_text("utf-8")
    return f"cd / && python -B - \"$OLDPWD\" <<'{word}-END'\n{source}\n\nmain({word!r}, {detail})\n{word}-END\n"


def run_in_fresh_sandbox(
    backend: Backend, files: Files, *, command: str, parser: str, timeout: float, detail: bool = False
) -> SuiteRun:
    """Run the tests of a tree where no agent has been.

    Args:
        backend: Makes the sandbox.
        files: The whole tree.
        command: The test command; :data:`UNITTEST` is run by the sealed runner.
        parser: The format of its log.
        timeout: Seconds for the whole suite.
        detail: Also say how each failed test failed (sealed runner only).

    Raises:
        InfrastructureError: The sandbox broke.
    """
    sandbox = backend.start()
    try:
        sandbox.fill(files)
        sealed = command == UNITTEST
        word = secrets.token_hex(16)
        text = unittest_command(word, detail) if sealed else command
        result = sandbox.execute(text, timeout, output_bytes=_LOG_BYTES)
    finally:
        sandbox.close()
    if result.timed_out or result.killed:
        return SuiteRun({}, (), None, reason=_why(result))
    if not sealed:
        return SuiteRun(parse_log(result.output, parser), (), result.exit_code)
    report, details, ended = sealed_report(result.output, word)
    if not ended:
        return SuiteRun({}, (), result.exit_code, reason="the test run did not come to its end")
    return SuiteRun(report, tuple(json.loads(line) for line in details), None)


def _why(result: Result) -> str:
    return "timed out" if result.timed_out else f"killed for {result.killed}"
