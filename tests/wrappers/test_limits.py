import pytest
from gymnasium.error import ResetNeeded

from tests.worlds import CodeWordEnv
from textarena_rl import InvalidConfig
from textarena_rl.wrappers import TurnLimit

TASK = {"task": "red-blue"}


def test_an_episode_is_truncated_at_the_limit_and_not_terminated():
    env = TurnLimit(CodeWordEnv(), 2)
    assert env.reset(options=TASK)[1]["max_turns"] == 2
    _, _, terminated, truncated, info = env.step("red")
    assert (terminated, truncated, info["max_turns"]) == (False, False, 2)
    assert env.step("hm")[2:4] == (False, True)
    with pytest.raises(ResetNeeded, match="TurnLimit"):
        env.step("blue")
    env.reset(options=TASK)
    assert env.step("red")[2:4] == (False, False)


def test_a_win_in_the_last_turn_is_a_win():
    env = TurnLimit(CodeWordEnv(), 2)
    env.reset(options=TASK)
    env.step("red")
    _, _, terminated, truncated, info = env.step("blue")
    assert (terminated, truncated, info["won"]) == (True, False, True)


def test_the_worlds_own_limit_holds_if_it_is_smaller():
    env = TurnLimit(CodeWordEnv(max_turns=1), 5)
    assert env.reset(options=TASK)[1]["max_turns"] == 1
    assert env.step("hm")[2:4] == (False, True)


def test_a_limit_must_be_positive():
    with pytest.raises(InvalidConfig, match="expected max_turns of at least 1, got 0"):
        TurnLimit(CodeWordEnv(), 0)
