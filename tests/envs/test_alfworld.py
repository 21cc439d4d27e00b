"""ALFWorld as an environment: its manual, its ids, its information, its rewards, and many at once."""

from __future__ import annotations

import pickle
import textwrap
from concurrent.futures import ThreadPoolExecutor

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

import textarena_rl
from textarena_rl.conformance import check_text_env
from textarena_rl.core import INFO_KEYS
from textarena_rl.envs.alfworld.env import ALFWorldEnv
from textarena_rl.envs.alfworld.games import TASK_TYPES
from textarena_rl.envs.alfworld.generator import SPLITS
from textarena_rl.envs.alfworld.official import OfficialEnv
from textarena_rl.errors import InvalidConfig
from textarena_rl.wrappers import DenseReward, NormalizeReturn

HEADINGS = ["Action Space", "Observation Space", "Starting State", "Rewards", "Episode End", "Information", "Arguments",
            "Version History"]  # fmt: skip


def manual(world: type) -> str:
    return textwrap.dedent("    " + (world.__doc__ or ""))


@pytest.mark.parametrize("world", [ALFWorldEnv, OfficialEnv])
@pytest.mark.parametrize("heading", HEADINGS)
def test_the_manual_has_every_heading(world: type, heading: str) -> None:
    assert f"\n{heading}:\n" in manual(world)


@pytest.mark.parametrize("split", ["train", "valid_seen", "valid_unseen"])
def test_official_ids_have_the_official_manual(split: str) -> None:
    assert "import-data alfworld PATH" in textarena_rl.describe(f"ALFWorld-{split}")


def test_the_example_turn_of_the_manual_is_real_output() -> None:
    example = (
        manual(ALFWorldEnv).partition("Example turn (ALFWorld-heat-r20-o30, task 1):\n")[2].partition("Raises:")[0]
    )
    env = textarena_rl.make("ALFWorld-heat-r20-o30")
    first, info = env.reset(options={"task": "1"})
    told = [f"Objective: {info['objective']}", first]
    for action in ("go to sinkbasin 1", "take plate 1 from sinkbasin 1"):
        told += [f"> {action}", env.step(action)[0]]
    assert " ".join(example.split()) == " ".join(" ".join(told).split())


def test_gymnasiums_own_check_and_make() -> None:
    check_env(ALFWorldEnv(split="test"), skip_render_check=True)
    env = gym.make("ALFWorld-two-r10-o20", expert_actions=True)
    _, info = env.reset(seed=1)
    assert info["task_type"] == "two"
    unregistered = gym.make(textarena_rl.spec("ALFWorld-pick-r7-o9", distractors=3))
    assert unregistered.unwrapped.settings.distractors == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("task_type", TASK_TYPES)
@pytest.mark.parametrize("arguments", [{}, {"strict": False}, {"text_version": "0.3"}])
def test_every_type_of_task_keeps_the_contract(task_type: str, arguments: dict[str, object]) -> None:
    def make(**more: object) -> gym.Env[str, str]:
        return ALFWorldEnv(task_type=task_type, receptacles=7, objects=9, **arguments, **more)  # type: ignore[arg-type]

    check_text_env(make, seeds=(1, 2))


def test_splits_are_those_of_the_seeds() -> None:
    env = ALFWorldEnv()
    assert [len(env.tasks(split)) for split in env.splits] == [5_000, 100, 100]
    assert env.tasks() == tuple(map(str, SPLITS["train"]))


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_an_episode_of_the_expert(task_type: str) -> None:
    env = textarena_rl.make(
        f"ALFWorld-{task_type}-r10-o20", expert_actions=True, admissible_actions=True, progress=True, split="test"
    )
    _, info = env.reset(options={"task": "7"})
    assert set(INFO_KEYS) <= set(info)
    assert (info["max_turns"], info["max_score"], info["progress"]) == (50, 1.0, 0.0)
    assert (info["game_id"], info["task_type"]) == (f"{task_type}-r10-o20/7", task_type)
    plan, rewards = info["expert_actions"], []
    for number, action in enumerate(plan, 1):
        assert action in info["admissible_actions"]
        _, reward, terminated, truncated, info = env.step(action)
        rewards.append(reward)
        assert len(info["expert_actions"]) == len(plan) - number
        assert info["progress"] == pytest.approx(number / len(plan))
        assert (info["goal_condition_success_rate"] == 1) == info["won"] == terminated
    assert rewards == [0.0] * (len(plan) - 1) + [1.0]
    assert (terminated, truncated) == (True, False)


@pytest.mark.parametrize(
    ("task_type", "expected"),
    [("pick", [1.0]), ("two", [0.5, 0.5]), ("look", [0.5, 0.5]), ("heat", [1 / 3, 2 / 3])],
)
def test_dense_reward_pays_the_conditions_of_the_goal(task_type: str, expected: list[float]) -> None:
    env = DenseReward(ALFWorldEnv(task_type=task_type, receptacles=8, objects=10, split="test", expert_actions=True))
    _, info = env.reset(seed=3)
    rewards = [env.step(action)[1] for action in info["expert_actions"]]
    assert [reward for reward in rewards if reward] == pytest.approx(expected)
    assert rewards[-1] > 0


def test_a_normalised_win_returns_one() -> None:
    env = NormalizeReturn(DenseReward(ALFWorldEnv(task_type="cool", receptacles=8, objects=10, expert_actions=True)))
    _, info = env.reset(seed=3)
    assert sum(env.step(action)[1] for action in info["expert_actions"]) == pytest.approx(1)


def test_out_of_turns_is_truncation_and_no_loss() -> None:
    env = ALFWorldEnv(max_turns=2)
    env.reset(seed=1)
    _, _, terminated, truncated, info = env.step("look")
    assert (terminated, truncated) == (False, False)
    _, _, terminated, truncated, info = env.step("look")
    assert (terminated, truncated, info["lost"], info["won"]) == (False, True, False, False)


def test_refusals_are_flagged_and_cost_a_turn() -> None:
    env = ALFWorldEnv()
    env.reset(seed=1)
    for number, action in enumerate(["", "fly", "\x00\x07", "go to fridge 99", "take " * 20_000], 1):
        observation, reward, _, _, info = env.step(action)
        assert (observation, reward, info["invalid_action"], info["turn"]) == ("Nothing happens.", 0.0, True, number)


def test_clones_and_states_go_on_alike() -> None:
    env = textarena_rl.make("ALFWorld-all-r10-o20", admissible_actions=True, progress=True).unwrapped
    _, info = env.reset(seed=5)
    env.step(info["admissible_actions"][0])
    clone, other = env.clone(), pickle.loads(pickle.dumps(env))
    state = env.get_state()
    expected = env.step("look")
    assert clone.step("look") == other.step("look") == expected
    assert clone.reset() == env.reset() == other.reset()
    clone.set_state(state)
    assert clone.step("look") == expected
    assert clone.reset() == other.unwrapped.clone().reset() or clone.task


def test_a_clone_does_not_share_what_changes() -> None:
    env = ALFWorldEnv(split="test")
    env.reset(seed=1)
    clone = env.clone()
    for _ in range(3):
        clone.step("look")
        clone.reset()
    assert env.step("look")[4]["turn"] == 1
    for space, theirs in ((env.action_space, clone.action_space), (env.observation_space, clone.observation_space)):
        theirs.seed(3)
        expected = [theirs.sample() for _ in range(3)]
        theirs.seed(3)
        assert [(theirs.sample(), space.sample())[0] for _ in range(3)] == expected
    sampled = env.clone()
    sampled.action_space.seed(4)
    assert env.action_space.sample() != sampled.action_space.sample()
    fresh = ALFWorldEnv(split="test")
    fresh.reset(seed=1)
    fresh.step("look")
    assert env.reset() == fresh.reset()


def test_many_threads_with_environments_of_their_own() -> None:
    def play(seed: int) -> list[str]:
        env = textarena_rl.make("ALFWorld-all-r10-o20", expert_actions=True)
        observation, info = env.reset(seed=seed)
        told = [observation]
        for action in info["expert_actions"]:
            told.append(env.step(action)[0])
        return told

    alone = [play(seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(play, range(16))) == alone


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectorised(mode: str) -> None:
    # Gymnasium's shared memory cannot hold texts of any length.
    workers = {"shared_memory": False} if mode == "async" else {}
    spec = textarena_rl.spec("ALFWorld-heat-r8-o10")
    envs = gym.make_vec(spec, num_envs=2, vectorization_mode=mode, vector_kwargs=workers)
    observations, _ = envs.reset(seed=3)
    assert all(text.startswith("-= Welcome to TextWorld, ALFRED! =-") for text in observations)
    _, rewards, *_ = envs.step(("look", "inventory"))
    assert list(rewards) == [0.0, 0.0]
    envs.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text_version": "0.5"}, r"expected text_version to be '0.4' or '0.3', got '0.5'"),
        ({"strict": "no"}, r"expected strict to be True or False, got 'no'"),
        ({"split": "dev"}, r"split to be one of train, valid, test, got 'dev'"),
        ({"receptacles": 500}, r"receptacles as a whole number from 5 to 60, got 500"),
        ({"max_turns": 0}, r"max_turns of at least 1, got 0"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        ALFWorldEnv(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", ["", "-1", "0", "101", "50000", "seventeen", "١٧", "9" * 5000])
def test_wrong_tasks(task: str) -> None:
    with pytest.raises(
        InvalidConfig, match=r"expected a task to be a seed of one of the splits \(train 50001..55000, "
    ):
        ALFWorldEnv().reset(options={"task": task})
