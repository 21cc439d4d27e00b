"""What every wrapper owes: pickling, a spec that rebuilds the stack, vector environments, nothing shared."""

import inspect
import pickle

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec

from tests.worlds import CodeWordEnv
from textarena_rl import wrappers
from textarena_rl.core import INFO_KEYS

ALL = {
    "ParseAction": {"reply_format": "plain"},
    "TurnLimit": {"max_turns": 3},
    "AdmissibleActionsInObservation": {},
    "HistoryWindow": {"num_turns": 2},
    "ObjectiveInObservation": {},
    "RecordEpisode": {},
    "DenseReward": {},
    "InvalidActionPenalty": {"penalty": 0.5},
    "NormalizeReturn": {},
    "ProgressReward": {"gamma": 0.9},
    "RewardDensity": {"density": 0.5},
    "SparseReward": {},
    "TurnPenalty": {},
}
SPEC = EnvSpec(
    "CodeWord",
    entry_point="tests.worlds:CodeWordEnv",
    kwargs={"admissible_actions": True, "progress": True, "max_turns": 4},
    order_enforce=False,
    disable_env_checker=True,
)
ACTIONS = ["hm", "red", "hm"]


def wrapped(name):
    return getattr(wrappers, name)(gym.make(SPEC), **ALL[name])


def test_no_wrapper_is_left_out_of_these_tests():
    classes = {name for name in wrappers.__all__ if inspect.isclass(getattr(wrappers, name))}
    assert classes == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_it_keeps_the_info_contract_and_the_five_values(name):
    env = wrapped(name)
    observation, info = env.reset(options={"task": "red-blue"})
    assert isinstance(observation, str)
    assert set(INFO_KEYS) <= set(info)
    for action in ACTIONS:
        observation, reward, terminated, truncated, info = env.step(action)
        assert [type(value) for value in (observation, reward, terminated, truncated)] == [str, float, bool, bool]
        assert set(INFO_KEYS) <= set(info)
        assert observation in env.observation_space


@pytest.mark.parametrize("name", ALL)
def test_it_can_be_pickled_in_the_middle_of_an_episode(name):
    env = wrapped(name)
    env.reset(options={"task": "red-blue"})
    env.step(ACTIONS[0])
    copy = pickle.loads(pickle.dumps(env))
    assert [copy.step(action) for action in ACTIONS[1:]] == [env.step(action) for action in ACTIONS[1:]]


@pytest.mark.parametrize("name", ALL)
def test_its_spec_rebuilds_the_stack_also_by_way_of_json(name):
    env = wrapped(name)
    for spec in (env.spec, EnvSpec.from_json(env.spec.to_json())):
        again = gym.make(spec)
        assert type(again) is type(env)
        env.reset(options={"task": "red-blue"})
        again.reset(options={"task": "red-blue"})
        assert [again.step(action) for action in ACTIONS] == [env.step(action) for action in ACTIONS]


class _Wrap:
    """A picklable constructor for asynchronous workers."""

    def __init__(self, name):
        self.name = name

    def __call__(self, env):
        return getattr(wrappers, self.name)(env, **ALL[self.name])


@pytest.mark.parametrize("name", ALL)
def test_it_works_in_a_vector_environment(name):
    single = wrapped(name)
    vector = gym.make_vec(SPEC, num_envs=2, vectorization_mode="sync", wrappers=[_Wrap(name)])
    observations, _ = vector.reset(options={"task": "red-blue"})
    expected, _ = single.reset(options={"task": "red-blue"})
    assert observations == (expected, expected)
    for action in ACTIONS:
        observations, rewards, *_ = vector.step((action, action))
        expected, reward, *_ = single.step(action)
        assert observations == (expected, expected)
        assert list(rewards) == [reward, reward]
    vector.close()


def test_a_stack_works_in_an_asynchronous_vector_environment():
    names = (
        "ParseAction",
        "DenseReward",
        "NormalizeReturn",
        "TurnPenalty",
        "HistoryWindow",
        "TurnLimit",
        "RecordEpisode",
    )
    stack = [_Wrap(name) for name in names]
    single = gym.make(SPEC)
    for wrap in stack:
        single = wrap(single)
    vector = gym.make_vec(
        SPEC, num_envs=2, vectorization_mode="async", wrappers=stack, vector_kwargs={"shared_memory": False}
    )
    try:
        vector.reset(options={"task": "red-blue"})
        single.reset(options={"task": "red-blue"})
        for action in ACTIONS:
            observations, rewards, terminations, truncations, _ = vector.step((action, action))
            observation, reward, terminated, truncated, _ = single.step(action)
            assert observations == (observation, observation)
            assert list(rewards) == pytest.approx([reward] * 2)
            assert list(terminations) == [terminated] * 2
            assert list(truncations) == [truncated] * 2
        assert truncated
    finally:
        vector.close()


@pytest.mark.parametrize("name", ALL)
def test_it_is_short(name):
    assert len(inspect.getsource(getattr(wrappers, name)).splitlines()) < 60


def test_two_stacks_share_nothing():
    one, two = (wrappers.HistoryWindow(wrappers.DenseReward(CodeWordEnv()), 2) for _ in range(2))
    one.reset(options={"task": "red-blue"})
    two.reset(options={"task": "gold-gold"})
    one.step("red")
    assert two.step("gold")[0].startswith("The first lamp is gold.")
