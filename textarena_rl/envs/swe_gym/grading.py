"""What a test log is worth: pure functions, no sandbox in sight.

A test counts as passed when it PASSED or failed as expected (XFAIL). Of the tests that the fix must turn
(fail-to-pass), a missing, skipped, failed or broken one is not passed; of those that must stay (pass-to-pass), only a
skipped one is forgiven.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textarena_rl.envs.swe_gym.parsers import Report
from textarena_rl.errors import InvalidConfig

__all__ = ["REWARDS", "Grade", "grade", "match_test", "reward_of", "suspicion"]

PASSED = ("PASSED", "XFAIL")

REWARDS = ("resolved", "ratio", "f2p", "dense")


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict on one patch."""

    f2p_passed: int
    """Fail-to-pass tests that pass now."""
    f2p_total: int
    """All fail-to-pass tests."""
    p2p_broken: int
    """Pass-to-pass tests that do not pass any more."""
    p2p_total: int
    """All pass-to-pass tests."""
    reason: str = ""
    """Why nothing was counted: ``empty patch``, ``patch too large``, ``patch does not apply``, ``timed out`` ..."""
    infra_error: str = ""
    """The machinery failed, not the patch: no verdict at all."""

    @property
    def resolved(self) -> bool:
        """Everything that must pass does."""
        return not self.reason and not self.infra_error and self.f2p_passed == self.f2p_total and not self.p2p_broken

    @property
    def ratio(self) -> float:
        """Passed tests of all, 0 where nothing was counted.

        Source: Wang and Ammanabrolu 2025 (arXiv 2510.01132), section 4. Its flaw: an untouched repository scores
        P2P / (F2P + P2P), 0.92 in the mean over SWE-bench Lite, so any harmless edit is paid almost in full.
        """
        total = self.f2p_total + self.p2p_total
        if self.reason or self.infra_error or not total:
            return 0.0
        return (self.f2p_passed + self.p2p_total - self.p2p_broken) / total

    @property
    def f2p(self) -> float:
        """The share of fail-to-pass tests that pass, less the share of pass-to-pass tests that broke; never below 0."""
        if self.reason or self.infra_error or not self.f2p_total:
            return 0.0
        broken = self.p2p_broken / self.p2p_total if self.p2p_total else 0.0
        return max(0.0, self.f2p_passed / self.f2p_total - broken)


def reward_of(grade: Grade, reward: str) -> float:
    """The score of a grade.

    Raises:
        InvalidConfig: There is no such reward.
    """
    if reward not in REWARDS:
        raise InvalidConfig(f"SWEGym: expected reward to be one of {', '.join(REWARDS)}, got {reward!r}.")
    if reward == "resolved" or grade.resolved:
        return float(grade.resolved)
    return grade.ratio if reward == "ratio" else grade.f2p


def match_test(test: str, report: Report) -> str | None:
    """The status of a test that a data set names, or None where the log has none.

    Data sets hold ids that were cut at their first blank (``test_x[use`` for ``test_x[use it]``). In this order: the
    id itself; ids whose first word it is; where it has more opening than closing brackets, ids that begin with it.
    Several candidates must agree on passing; where they don't, the worst one holds.
    """
    if test in report:
        return report[test]
    candidates = [status for name, status in report.items() if name.split(maxsplit=1)[0] == test]
    if not candidates and test.count("[") > test.count("]"):
        candidates = [status for name, status in report.items() if name.startswith(test)]
        if len({status in PASSED for status in candidates}) > 1:
            return None
    failed = [status for status in candidates if status not in PASSED]
    return failed[0] if failed else candidates[0] if candidates else None


def suspicion(report: Report, exit_code: int | None) -> str:
    """Why a log cannot be trusted, or "".

    A process that failed without telling a failure, and one that told a failure and yet succeeded, both lie.
    """
    if not report:
        return "no test reported anything"
    bad = any(status in ("FAILED", "ERROR") for status in report.values())
    if exit_code not in (0, None) and not bad:
        return f"exit code {exit_code}, though no failure was reported"
    if exit_code == 0 and bad:
        return "exit code 0, though a failure was reported"
    return ""


def grade(
    report: Report,
    fail_to_pass: Iterable[str],
    pass_to_pass: Iterable[str],
    *,
    exit_code: int | None = None,
    fail_only: bool = False,
) -> Grade:
    """The verdict on a report.

    Args:
        report: Statuses by test id.
        fail_to_pass: Tests that the fix must turn.
        pass_to_pass: Tests that must not break.
        exit_code: That of the test command, as the machinery measured it; None: unknown.
        fail_only: Tests that the log does not mention are fine; only told failures count (``eval_type: fail_only``).
    """
    turned, kept = tuple(fail_to_pass), tuple(pass_to_pass)
    reason = suspicion(report, exit_code)
    if reason:
        return Grade(0, len(turned), 0, len(kept), reason=reason)
    missing = "PASSED" if fail_only else "MISSING"
    passed = sum((match_test(test, report) or missing) in PASSED for test in turned)
    broken = sum((match_test(test, report) or missing) not in (*PASSED, "SKIPPED") for test in kept)
    return Grade(passed, len(turned), broken, len(kept))
