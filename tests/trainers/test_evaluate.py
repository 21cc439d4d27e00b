from __future__ import annotations

import io
import math
import re

import gymnasium as gym
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.tiny import tiny
from tests.worlds import CodeWordEnv
from textarena_rl.episode import Episode, EpisodeError, Turn
from textarena_rl.errors import EpisodeFailed, InvalidConfig
from textarena_rl.policies import ExpertPolicy, RandomPolicy, ScriptedPolicy
from trainers.config import EnvConfig
from trainers.evaluate import (
    Evaluation,
    evaluate_engine,
    evaluate_policy,
    first_tasks,
    summarize,
    table,
    wilson_interval,
    world,
)
from trainers.metrics import check_names
from trainers.rollout.chat import Chat
from trainers.rollout.scripted import ScriptedEngine
from trainers.types import Sampling

COLOURS = ("red", "green", "blue", "gold", "white", "black")


# ------------------------------------------------------------------ the interval


@pytest.mark.parametrize(
    ("wins", "num", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # By hand, z^2 = 3.8415: 10/10 gives 10 / 13.8415.
        (10, 10, 0.7225, 1.0),
        # By hand: (0.5 + 0.19207) / 1.38415 = 0.5; half = 1.95996 sqrt(0.025 + 0.0096037) / 1.38415 = 0.26341.
        (5, 10, 0.2366, 0.7634),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval_against_published_values(wins, num, low, high):
    assert wilson_interval(wins, num) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_every_rate_that_a_score_test_does_not_reject(case):
    wins, num = case
    low, high = wilson_interval(wins, num)
    assert 0 <= low <= wins / num + 1e-12
    assert wins / num - 1e-12 <= high <= 1
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            z = abs(wins / num - end) / math.sqrt(end * (1 - end) / num)
            assert z == pytest.approx(1.959964, abs=1e-3)


# ------------------------------------------------------------------ the numbers


def episode(*, won=False, score=0.0, invalid=(), error=None) -> Episode:
    turns = tuple(Turn("o", "a", 0.5, {"invalid_action": bad}) for bad in invalid)
    return Episode("CodeWord", "t", "open", turns, "end", True, False, won, score, 2.0, error)


def test_summary_by_hand():
    episodes = [
        episode(won=True, score=2.0, invalid=[False, False]),
        episode(score=1.0, invalid=[False, True, True]),
        episode(invalid=[True]),
        episode(error=EpisodeError("step", "broke"), invalid=[False, False]),
    ]
    result = summarize(episodes)
    # Without the failed one: 1 of 3 won; scores 1, 1/2, 0 of the maximum; 2 + 3 + 1 turns of reward 1/2, 3 refused.
    assert result == Evaluation(3, 1 / 3, *wilson_interval(1, 3), 0.5, 1.0, 2.0, 0.5, 1)
    check_names(f"evaluate/{name}" for name in result.to_row())


def test_nothing_but_failures_is_an_error_that_says_why():
    with pytest.raises(
        EpisodeFailed, match=r"at least one episode that does not fail, got 2 failures; the first in reset: no bwrap"
    ):
        summarize([episode(error=EpisodeError("reset", "no bwrap")), episode(error=EpisodeError("step", "late"))])
    with pytest.raises(EpisodeFailed, match="got 0 failures"):
        summarize([])


def test_table_shows_the_interval():
    screen = io.StringIO()
    Console(file=screen, width=120).print(
        table({"after SFT": Evaluation(100, 0.5, 0.404, 0.596, 0.7, 0.8, 5.25, 0.1, 2)})
    )
    row = next(line for line in screen.getvalue().splitlines() if "after SFT" in line)
    assert re.split(r"\s{2,}", row.strip()) == [
        "after SFT", "50.0 %", "40 to 60 %", "0.70", "5.2", "10 %", "100", "2",
    ]  # fmt: skip


# ------------------------------------------------------------------ worlds


@pytest.fixture(autouse=True)
def _registered():
    gym.register("CodeWord", entry_point=CodeWordEnv, order_enforce=False, disable_env_checker=True)
    yield
    del gym.registry["CodeWord"]


def rewards(actions, **settings):
    env = world(EnvConfig(id="CodeWord", **settings), "train")()
    env.reset(options={"task": "red-blue"})
    return [env.step(action)[1] for action in actions]


@pytest.mark.parametrize(
    ("settings", "actions", "expected"),
    [
        ({}, ["red", "hm", "blue"], [0, 0, 1]),
        ({"reward": "dense"}, ["red", "hm", "blue"], [1, 0, 1]),
        ({"reward": "normalized"}, ["red", "hm", "blue"], [0.5, 0, 0.5]),
        ({"reward": "dense", "reward_density": 0.0}, ["red", "hm", "blue"], [0, 0, 2]),
        ({"invalid_action_penalty": 0.25, "turn_penalty": 0.5}, ["red", "hm", "blue"], [-0.5, -0.75, 0.5]),
    ],
)
def test_rewards_of_the_configuration(settings, actions, expected):
    assert rewards(actions, **settings) == expected


def test_world_takes_split_turns_and_arguments():
    env = world(EnvConfig(id="CodeWord", max_turns=2, kwargs={"progress": True}), "valid", expert_actions=True)()
    _, info = env.reset(seed=1)
    assert info["max_turns"] == 2
    assert info["progress"] == 0.0
    assert len(info["expert_actions"]) == 2
    assert info["task"] in CodeWordEnv().tasks("valid")


def test_first_tasks_are_those_of_the_split():
    make_env = world(EnvConfig(id="CodeWord"), "test")
    assert first_tasks(make_env, 2) == list(CodeWordEnv().tasks("test"))[:2]
    assert first_tasks(make_env, 100) == first_tasks(make_env) == list(CodeWordEnv().tasks("test"))


def test_an_empty_split_is_refused():
    class Empty(CodeWordEnv):
        def tasks(self, split=None):
            return []

    with pytest.raises(InvalidConfig, match="expected at least one task in its split, got none"):
        first_tasks(Empty)


# ------------------------------------------------------------------ playing


def test_expert_random_and_a_bad_script():
    tasks = CodeWordEnv().tasks("test")
    expert, episodes = evaluate_policy(lambda: CodeWordEnv(expert_actions=True), ExpertPolicy(), tasks)
    assert (expert.success, expert.turns, expert.score, expert.invalid_actions) == (1.0, 2.0, 1.0, 0.0)
    assert [e.task for e in episodes] == list(tasks)
    bad, _ = evaluate_policy(CodeWordEnv, ScriptedPolicy(["sing"] * 4), tasks)
    assert (bad.success, bad.turns, bad.score, bad.invalid_actions) == (0.0, 4.0, 0.0, 1.0)
    chance, _ = evaluate_policy(lambda: CodeWordEnv(admissible_actions=True), RandomPolicy(0), tasks)
    assert chance.success < 0.5


def test_a_server_that_breaks_down_later_costs_its_episodes_only():
    def policy(observation, info):
        if info["task"].startswith("green"):
            raise EpisodeFailed("the server is gone")
        return info["expert_actions"][0]

    make_env, tasks = (lambda: CodeWordEnv(expert_actions=True)), ["red-red", "green-red", "blue-blue"]
    result, episodes = evaluate_policy(make_env, policy, tasks)
    assert (result.failed, result.num_episodes, result.success) == (1, 2, 1.0)
    assert episodes[1].error == EpisodeError("engine", "the server is gone")
    with pytest.raises(EpisodeFailed, match="the server is gone"):
        evaluate_policy(make_env, policy, tasks[1:])


def test_engine_gets_the_episodes_of_the_tasks_in_order():
    _, tokenizer = tiny()
    chat = Chat(tokenizer)

    def names_the_lamp(prompt: str) -> str:
        return max(COLOURS, key=lambda colour: prompt.rfind(f"lamp is {colour}"))

    seen = []
    result, episodes = evaluate_engine(
        CodeWordEnv,
        ScriptedEngine(chat, names_the_lamp),
        chat,
        ["red-blue", "gold-gold", "black-white"],
        Sampling(temperature=0.0, max_new_tokens=16),
        max_context=2048,
        on_episode=seen.append,
    )
    assert [e.task for e in episodes] == ["red-blue", "gold-gold", "black-white"]
    assert (result.success, result.turns, result.num_episodes, len(seen)) == (1.0, 2.0, 3, 3)
