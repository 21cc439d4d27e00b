"""TextWorld as an environment: its manual, its observations, its tasks, and what it does with nonsense."""

from __future__ import annotations

import pickle
import sys
import textwrap

import pytest
from gymnasium.utils.env_checker import check_env

from textarena_rl.core import INFO_KEYS
from textarena_rl.envs.textworld.challenges import SPLITS
from textarena_rl.envs.textworld.env import TextWorldEnv
from textarena_rl.errors import InvalidConfig, MissingDependency


def manual() -> str:
    return textwrap.dedent("    " + (TextWorldEnv.__doc__ or ""))


def test_the_example_turn_of_the_manual_is_real_output() -> None:
    example = manual().partition("Example turn (task 93):\n")[2].partition("Raises:")[0]
    blocks = [" ".join(block.split()) for block in textwrap.dedent(example).split("\n\n")]
    env = TextWorldEnv(split="test")
    first, info = env.reset(options={"task": "93"})
    second, *_ = env.step("take key")
    expected = [f"Objective: {info['objective']}", first, "> take key", second]
    assert blocks[:4] == [" ".join(text.split()) for text in expected]


@pytest.mark.parametrize(
    "heading",
    [
        "Action Space",
        "Observation Space",
        "Starting State",
        "Rewards",
        "Episode End",
        "Information",
        "Arguments",
        "Version History",
    ],
)
def test_the_manual_has_every_heading(heading: str) -> None:
    assert f"\n    {heading}:\n" in manual() or f"\n{heading}:\n" in manual()


def test_gymnasiums_own_check() -> None:
    check_env(TextWorldEnv(split="test"), skip_render_check=True)


@pytest.mark.parametrize(
    ("knobs", "counts"),
    [
        ((2, 3, 4), (1000, 100, 100)),
        ((1, 1, 1), (200, 50, 50)),
        ((4, 6, 8), (200, 50, 100)),
        ((12, 1, 1), (5000, 100, 100)),
    ],
)
def test_splits_are_disjoint_and_as_large_as_promised(knobs: tuple[int, int, int], counts: tuple[int, ...]) -> None:
    env = TextWorldEnv(world_size=knobs[0], nb_objects=knobs[1], quest_length=knobs[2])
    tasks = [env.tasks(split) for split in ("train", "valid", "test")]
    assert tuple(map(len, tasks)) == counts
    assert len(set().union(*tasks)) == sum(counts)
    assert env.tasks() == tasks[0]
    assert all(int(task) in SPLITS["test"] for task in tasks[2])


def test_an_episode_in_the_papers_observation() -> None:
    env = TextWorldEnv(split="test", expert_actions=True, progress=True, admissible_actions=True)
    observation, info = env.reset(options={"task": "49"})
    assert observation.splitlines()[0] == "You are now in the laundromat."
    assert set(INFO_KEYS) <= set(info)
    assert (info["max_turns"], info["max_score"], info["progress"]) == (12, 1.0, 0.0)
    # The objective: head east, make sure that the case is ajar, retrieve the laptop, sit it on the table.
    assert info["expert_actions"] == ["go east", "open case", "take laptop from case", "put laptop on table"]
    rewards, progress = [], []
    for action in info["expert_actions"]:
        assert action in info["admissible_actions"]
        observation, reward, terminated, truncated, info = env.step(action)
        rewards.append(reward)
        progress.append(info["progress"])
    assert (terminated, truncated, info["won"], info["expert_actions"]) == (True, False, True, [])
    assert (rewards, progress) == ([0, 0, 0, 1], [0.25, 0.5, 0.75, 1.0])
    assert observation == "You are now in the studio.\nYou put the laptop on the table.\nYou are carrying nothing."


def test_a_game_with_two_quests_has_two_rewards() -> None:
    env = TextWorldEnv(split="test")
    _, info = env.reset(options={"task": "93"})
    assert info["max_score"] == 2
    rewards = [env.step(text)[1] for text in ("take key", "go south", "close chest", "lock chest with key")]
    assert sum(rewards) == 2
    assert rewards[-1] == 1


def test_the_raw_observation_is_the_games_own_text() -> None:
    env = TextWorldEnv(split="test", observation="raw")
    first, _ = env.reset(options={"task": "93"})
    assert first == (
        "-= Dish-Pit =-\nYou are in a dish-pit.\n\n\n\nThere is an unguarded exit to the south.\n\n"
        "There is a key on the floor.\n\nYou are carrying nothing."
    )
    assert env.step("inventory")[0] == "You are carrying nothing."


def test_the_inventory_is_not_told_twice() -> None:
    env = TextWorldEnv(split="test")
    env.reset(options={"task": "93"})
    assert env.step("inventory")[0] == "You are now in the dish-pit.\nYou are carrying nothing."


def test_invalid_commands_cost_a_turn_and_are_flagged() -> None:
    env = TextWorldEnv(split="test", max_turns=3)
    env.reset(options={"task": "93"})
    for number, text in enumerate(["take key. go south", "\x00", "x" * 10_000], 1):
        _, reward, terminated, truncated, info = env.step(text)
        assert (reward, terminated, info["invalid_action"], info["turn"]) == (0, False, True, number)
    assert truncated
    assert not info["lost"]


def test_same_seed_same_episode_and_snapshots() -> None:
    one, two = TextWorldEnv(split="valid"), TextWorldEnv(split="valid")
    assert one.reset(seed=5) == two.reset(seed=5)
    state = pickle.loads(pickle.dumps(one.get_state()))
    twin = one.clone()
    one.step("look")
    two.set_state(state)
    assert two.step("inventory") == twin.step("inventory")
    assert pickle.loads(pickle.dumps(two)).step("look") == two.step("look")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"world_size": 13}, "world_size as a whole number from 1 to 12, got 13"),
        ({"nb_objects": 0}, "nb_objects as a whole number from 1 to 50, got 0"),
        ({"quest_length": 2.0}, "quest_length as a whole number from 1 to 20, got 2.0"),
        ({"observation": "short"}, "observation to be 'paper' or 'raw', got 'short'"),
        ({"split": "dev"}, "split to be one of train, valid, test, got 'dev'"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        TextWorldEnv(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", ["seventeen", "", "-1", "0", "101", "60000"])
def test_wrong_tasks(task: str) -> None:
    with pytest.raises(InvalidConfig, match=r"expected a (task to be a )?seed"):
        TextWorldEnv().reset(options={"task": task})


def test_a_game_that_is_not_shipped_needs_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TEXTARENA_RL_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "textworld", None)
    env = TextWorldEnv(world_size=3)
    with pytest.raises(MissingDependency, match=r"pip install textarena-rl\[textworld\]"):
        env.reset(options={"task": "50001"})
