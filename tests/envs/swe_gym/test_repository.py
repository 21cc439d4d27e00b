"""SWE-Gym in a repository of the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

import textarena_rl
from textarena_rl.envs.swe_gym.env import SWEGymEnv
from textarena_rl.errors import InvalidConfig, MissingData
from textarena_rl.policies import ExpertPolicy

pytestmark = pytest.mark.usefixtures("bwrap")

CODE = '''
def clamp(value, low, high):
    """The value within bounds."""
    if value < low:
        return low
    if value > high:
        return high
    return value


def mean(values):
    """The mean, 0 for nothing."""
    if not values:
        return 0
    return sum(values) / len(values)
'''
PYTEST = """import pytest
from shop.numbers import clamp, mean


@pytest.mark.parametrize("value, expected", [(5, 5), (-1, 0), (11, 10)])
def test_clamp(value, expected):
    assert clamp(value, 0, 10) == expected


def test_mean():
    assert mean([1, 2, 6]) == 3


def test_mean_of_nothing():
    assert mean([]) == 0
"""
UNITTEST = """import unittest
from shop.numbers import clamp, mean


class T(unittest.TestCase):
    def test_low(self):
        self.assertEqual(clamp(-1, 0, 10), 0)

    def test_high(self):
        self.assertEqual(clamp(11, 0, 10), 10)

    def test_mean(self):
        self.assertEqual(mean([1, 2, 6]), 3)
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEXTARENA_RL_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "shop"
    for path in ("shop", "tests", ".git"):
        (folder / path).mkdir(parents=True)
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "numbers.py").write_text(CODE)
    (folder / "tests" / "__init__.py").write_text("")
    (folder / ".git" / "secret").write_text("the history")
    return folder


def test_bugs_in_a_repository_with_unittest(shop: Path) -> None:
    (shop / "tests" / "test_numbers.py").write_text(UNITTEST)
    env = textarena_rl.make("SWEGym-b1-f1", repository=str(shop), num_tasks=8, expert_actions=True).unwrapped
    assert isinstance(env, SWEGymEnv)
    tasks = [env.tasks(split) for split in ("train", "valid", "test")]
    assert sum(map(len, tasks)) == len({task for split in tasks for task in split}) == 8
    assert all(tasks)
    first, _info = env.reset(seed=0)
    assert "the repository shop" in first
    assert "shop/numbers.py" in first
    assert not [path for path in env._playing().workspace.tree() if path.startswith(".git")]
    assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won
    # The second time nothing has to be proved again, and the tasks are the same.
    again = SWEGymEnv(repository=str(shop), num_tasks=8, test_seconds=1.0)
    assert again.tasks() == tasks[0]
    (shop / "shop" / "numbers.py").write_text(CODE + "\n\ndef one():\n    return 1\n")
    assert SWEGymEnv(repository=str(shop), num_tasks=3).tasks() != tasks[0]


def test_bugs_in_a_repository_with_pytest(shop: Path) -> None:
    (shop / "tests" / "test_numbers.py").write_text(PYTEST)
    site = Path(pytest.__file__).parents[1]
    env = SWEGymEnv(
        repository=str(shop),
        test_command=f"PYTHONPATH={site} python -m pytest -rA -p no:cacheprovider -p no:xdist -p no:hypothesispytest",
        parser="pytest",
        visible=(str(site),),
        num_tasks=4,
        expert_actions=True,
    )
    _, _info = env.reset(seed=0)
    assert all("::test_" in test for test in env._playing().task.fail_to_pass)
    visible = env._playing().workspace.tree()["tests/test_numbers.py"].decode()
    broken = {test.partition("::")[2].partition("[")[0] for test in env._playing().task.fail_to_pass}
    assert not [name for name in broken if f"def {name}(" in visible]
    assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won
    env.reset(seed=0)
    env.step('{"tool": "create", "path": "x.py", "content": ""}')
    assert env.step('{"tool": "submit"}')[4]["lost"]


def test_repositories_that_do_not_work(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="expected a folder with a repository"):
        SWEGymEnv(repository=str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingData, match="expected Python files"):
        SWEGymEnv(repository=str(tmp_path / "empty"))
    with pytest.raises(InvalidConfig, match="expected tests that pass under 'python -m unittest -v', got none"):
        SWEGymEnv(repository=str(shop)).reset(seed=0)
