import gymnasium as gym
import pytest

from tests.worlds import CodeWordEnv
from textarena_rl import FreeText, InvalidConfig
from textarena_rl.wrappers import AdmissibleActionsInObservation, HistoryWindow, ObjectiveInObservation

RED = "The first lamp is red. The door waits."
BLUE = "A click. The second lamp is blue. The door waits."
NO = "The door does not know that word."
TASK = {"task": "red-blue"}


def test_history_shows_the_last_exchanges_and_forgets_older_ones_and_older_episodes():
    env = HistoryWindow(CodeWordEnv(), num_turns=2)
    for _ in range(2):
        assert env.reset(options=TASK)[0] == RED
        assert env.step("hm")[0] == f"{RED}\n> hm\n{NO}"
        assert env.step("ah")[0] == f"{RED}\n> hm\n{NO}\n> ah\n{NO}"
        assert env.step("red")[0] == f"{NO}\n> ah\n{NO}\n> red\n{BLUE}"


def test_no_history_changes_nothing():
    env = HistoryWindow(CodeWordEnv(), num_turns=0)
    env.reset(options=TASK)
    assert env.step("hm")[0] == NO


def test_history_stays_within_the_observation_space():
    inner = CodeWordEnv(max_turns=10)
    inner.observation_space = FreeText(len(NO) + len(f"{NO}\n> hm\n") + 5)
    env = HistoryWindow(inner, num_turns=9)
    env.reset(options=TASK)
    for _ in range(9):
        observation = env.step("hm")[0]
        assert observation in env.observation_space
    assert observation == f"{NO}\n> hm\n{NO}"


def test_history_refuses_what_it_cannot_do():
    with pytest.raises(InvalidConfig, match="expected num_turns of at least 0, got -1"):
        HistoryWindow(CodeWordEnv(), -1)
    with pytest.raises(InvalidConfig, match="expected observations of text"):
        HistoryWindow(gym.make("CartPole-v1"), 1)


def test_objective_stands_before_the_first_observation_only():
    env = ObjectiveInObservation(CodeWordEnv())
    assert env.reset(options=TASK)[0] == f"Open the door: say the colour of each lamp.\n\n{RED}"
    assert env.step("red")[0] == BLUE


def test_admissible_actions_stand_after_every_observation():
    env = AdmissibleActionsInObservation(CodeWordEnv(admissible_actions=True))
    listed = "\n\nAdmissible actions: red | green | blue | gold | white | black"
    assert env.reset(options=TASK)[0] == RED + listed
    assert env.step("red")[0] == BLUE + listed


def test_admissible_actions_must_be_there():
    with pytest.raises(InvalidConfig, match="Make the environment with admissible_actions=True"):
        AdmissibleActionsInObservation(CodeWordEnv()).reset(options=TASK)
