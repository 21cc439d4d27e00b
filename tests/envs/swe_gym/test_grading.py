"""Logs to statuses, statuses to grades: stored logs of the real test runners, and rules worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textarena_rl.envs.swe_gym.grading import Grade, grade, match_test, reward_of, suspicion
from textarena_rl.envs.swe_gym.parsers import PARSERS, parse_log, sealed_report
from textarena_rl.errors import InvalidConfig

GOLDEN = Path(__file__).parents[2] / "golden" / "swe_gym"

# What the suites that were run hold: one test of each fate, which its name tells.
PYTEST = {
    "test_sample.py::test_good": "PASSED",
    "test_sample.py::test_bad": "FAILED",
    "test_sample.py::test_expected": "XFAIL",
    "test_sample.py::test_surprise": "XPASS",
    "test_sample.py::test_param[use it]": "PASSED",
    "test_sample.py::test_param[a-b]": "FAILED",
    "test_sample.py::test_param[/tmp/dir/file.txt]": "PASSED",
    "test_sample.py::test_error": "ERROR",
    "test_sample.py::TestGroup::test_inner": "PASSED",
}
PLACE = "unit_sample.SampleTest."
EXPECTED = {
    "pytest": PYTEST,
    "pytest_v2": {**PYTEST, "test_sample.py::test_skipped": "SKIPPED"},
    "unittest": {
        PLACE + "test_good": "PASSED",
        PLACE + "test_bad": "FAILED",
        PLACE + "test_broken": "ERROR",
        PLACE + "test_documented": "PASSED",
        PLACE + "test_expected": "XFAIL",
        PLACE + "test_parts": "FAILED",
        PLACE + "test_skipped": "SKIPPED",
        PLACE + "test_surprise": "FAILED",
    },
    "django": {
        "test_good (tests.SampleTests.test_good)": "PASSED",
        "test_bad (tests.SampleTests.test_bad)": "FAILED",
        "test_broken (tests.SampleTests.test_broken)": "ERROR",
        "test_skipped (tests.SampleTests.test_skipped)": "SKIPPED",
        "Says what it does.": "PASSED",
        "test_documented (tests.SampleTests.test_documented)": "PASSED",
    },
    "sympy": {
        "test_good": "PASSED",
        "test_bad": "FAILED",
        "test_broken": "ERROR",
        "test_skipped": "SKIPPED",
        "test_expected": "XFAIL",
    },
}


@pytest.mark.parametrize("parser", EXPECTED)
def test_stored_logs_of_the_real_runners(parser: str) -> None:
    log = (GOLDEN / f"{parser}.log").read_text("utf-8")
    assert parse_log(log, parser) == EXPECTED[parser]
    assert parse_log(log, f"parse_log_{parser}") == EXPECTED[parser]


def test_options_lose_their_folders() -> None:
    log = (GOLDEN / "pytest.log").read_text("utf-8")
    name = "test_sample.py::test_param[/tmp/dir/file.txt]"
    expected = {
        ("test_sample.py::test_param[/file.txt]" if key == name else key): value for key, value in PYTEST.items()
    }
    assert parse_log(log, "pytest_options") == expected


@pytest.mark.parametrize("parser", PARSERS)
@given(log=st.text(max_size=300))
def test_no_parser_stumbles(parser: str, log: str) -> None:
    statuses = {"PASSED", "XFAIL", "XPASS", "SKIPPED", "FAILED", "ERROR"}
    assert set(parse_log(log, parser).values()) <= statuses


def test_unknown_parser() -> None:
    with pytest.raises(InvalidConfig, match=r"expected one of pytest, .*PARSERS"):
        parse_log("", "nose")


def test_printed_lines_win_nothing() -> None:
    """The stored log holds a line that a test printed to make a failed one look passed."""
    log = (GOLDEN / "pytest.log").read_text("utf-8")
    assert "\nPASSED test_sample.py::test_bad\n" in log
    assert parse_log(log, "pytest")["test_sample.py::test_bad"] == "FAILED"
    summary = "=========================== short test summary info ============================\n"
    forged = summary + "PASSED t.py::a\n" + log
    assert "t.py::a" not in parse_log(forged, "pytest")
    assert parse_log(summary + "FAILED t.py::a - x\nPASSED t.py::a\n", "pytest") == {"t.py::a": "FAILED"}


def test_truncated_ids() -> None:
    report = {
        "t.py::test_x[use it]": "PASSED",
        "t.py::test_y[a-b c]": "PASSED",
        "t.py::test_y[a-b d]": "PASSED",
        "t.py::test_z[p q]": "PASSED",
        "t.py::test_z[p r]": "FAILED",
        "t.py::test_w[1,2]": "PASSED",
        "t.py::test_w[1,3]": "FAILED",
        "t.py::test_v": "FAILED",
    }
    assert match_test("t.py::test_x[use it]", report) == "PASSED"  # whole
    assert match_test("t.py::test_x[use", report) == "PASSED"  # cut at its blank
    assert match_test("t.py::test_y[a-b", report) == "PASSED"  # two candidates that agree
    assert match_test("t.py::test_z[p", report) == "FAILED"  # two that don't: the worse one
    assert match_test("t.py::test_w[1", report) is None  # only a prefix, and they don't agree
    assert match_test("t.py::test_w[1,2", report) == "PASSED"
    assert match_test("t.py::test", report) is None  # no prefix without an open bracket


def test_what_counts_as_passed() -> None:
    report = {"a": "PASSED", "b": "XFAIL", "c": "FAILED", "d": "ERROR", "e": "SKIPPED", "f": "XPASS"}
    turned = grade(report, [*"abcdef", "missing"], [])
    assert (turned.f2p_passed, turned.f2p_total) == (2, 7)
    kept = grade(report, [], [*"abcdef", "missing"])
    assert (kept.p2p_broken, kept.p2p_total) == (4, 7)  # failed, error, surprise, missing; a skipped one is forgiven


def test_resolved_needs_everything() -> None:
    assert grade({"a": "PASSED", "b": "PASSED"}, ["a"], ["b"]).resolved
    assert not grade({"a": "PASSED", "b": "FAILED"}, ["a"], ["b"]).resolved
    assert not grade({"a": "FAILED", "b": "PASSED"}, ["a"], ["b"]).resolved
    assert not grade({}, [], []).resolved
    assert not Grade(1, 1, 0, 1, reason="timed out").resolved
    assert not Grade(1, 1, 0, 1, infra_error="no engine").resolved


def test_exit_codes_that_lie() -> None:
    assert suspicion({"a": "PASSED"}, 0) == ""
    assert suspicion({"a": "FAILED"}, 1) == ""
    assert suspicion({"a": "PASSED"}, 1) == "exit code 1, though no failure was reported"
    assert suspicion({"a": "FAILED"}, 0) == "exit code 0, though a failure was reported"
    assert suspicion({}, 0) == "no test reported anything"
    assert suspicion({"a": "XPASS"}, 0) == ""
    assert grade({"a": "PASSED"}, ["a"], [], exit_code=2).reason
    assert grade({"a": "PASSED"}, ["a"], [], exit_code=0).resolved


def test_fail_only_rows() -> None:
    assert grade({"b": "PASSED"}, ["a"], ["b"], fail_only=True).resolved
    assert not grade({"a": "FAILED", "b": "PASSED"}, ["a"], ["b"], fail_only=True).resolved


def test_rewards_by_hand() -> None:
    half = Grade(f2p_passed=1, f2p_total=2, p2p_broken=1, p2p_total=8)
    assert reward_of(half, "resolved") == 0.0
    assert reward_of(half, "ratio") == pytest.approx(8 / 10)  # (1 + 8 - 1) of 10
    assert reward_of(half, "f2p") == pytest.approx(1 / 2 - 1 / 8)
    assert reward_of(half, "dense") == reward_of(half, "f2p")
    untouched = Grade(0, 2, 0, 8)
    assert reward_of(untouched, "ratio") == pytest.approx(8 / 10)  # the flaw
    assert reward_of(untouched, "f2p") == 0.0
    assert reward_of(Grade(0, 2, 8, 8), "f2p") == 0.0  # never below
    for reward in ("resolved", "ratio", "f2p", "dense"):
        assert reward_of(Grade(2, 2, 0, 8), reward) == 1.0
        assert reward_of(Grade(2, 2, 0, 8, reason="timed out"), reward) == 0.0
    with pytest.raises(InvalidConfig, match="reward to be one of"):
        reward_of(half, "much")


@given(
    f2p=st.lists(st.sampled_from(["PASSED", "FAILED"]), min_size=1, max_size=5),
    p2p=st.lists(st.sampled_from(["PASSED", "FAILED", "SKIPPED"]), max_size=5),
)
def test_rewards_are_shares_and_one_only_when_resolved(f2p: list[str], p2p: list[str]) -> None:
    report = {f"f{n}": status for n, status in enumerate(f2p)} | {f"p{n}": status for n, status in enumerate(p2p)}
    found = grade(report, [f"f{n}" for n in range(len(f2p))], [f"p{n}" for n in range(len(p2p))])
    for reward in ("resolved", "ratio", "f2p"):
        assert 0.0 <= reward_of(found, reward) <= 1.0
        assert (reward_of(found, reward) == 1.0) == found.resolved


def test_a_sealed_report() -> None:
    word = "c0ffee"
    log = (
        f"noise\n{word} PASSED tests.t.T.a\nPASSED tests.t.T.b\n\n{word} FAILED tests.t.T.b\nbad {word} PASSED x\n"
        f'{word} DETAIL {{"test": "tests.t.T.b"}}\n{word} END 2\n'
    )
    report, details, ended = sealed_report(log, word)
    assert report == {"tests.t.T.a": "PASSED", "tests.t.T.b": "FAILED"}
    assert (details, ended) == (['{"test": "tests.t.T.b"}'], True)
    assert not sealed_report(log.replace("END 2", "END 3"), word)[2]
    assert not sealed_report(log, "other")[2]
