import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded

from tests.worlds import CodeWordEnv
from textarena_rl import FreeText, InvalidConfig, TextEnv
from textarena_rl.core import INFO_KEYS


def test_free_text_holds_whatever_a_model_writes():
    space = FreeText(10)
    for text in ("", " ", "go north", "\x00", "🙂é漢", "\n", "x" * 10):
        assert text in space
    for other in ("x" * 11, 3, None, b"go", ["go"]):
        assert other not in space


def test_free_text_is_a_text_space_that_gymnasium_can_sample_print_compare_and_batch():
    space = FreeText(100, seed=3)
    samples = [space.sample() for _ in range(50)]
    assert all(sample in space for sample in samples)
    assert len(set(samples)) > 40
    again = FreeText(100, seed=3)
    assert [again.sample() for _ in range(50)] == samples
    assert repr(space) == "FreeText(100)"
    assert FreeText(100) == FreeText(100) != FreeText(99)
    assert hash(FreeText(100)) == hash(FreeText(100))
    assert pickle.loads(pickle.dumps(space)) == space
    assert isinstance(gym.vector.utils.batch_space(space, 2), gym.spaces.Tuple)
    assert all(len(FreeText(1).sample()) <= 1 for _ in range(20))


def test_free_text_of_no_length_is_refused():
    with pytest.raises(InvalidConfig, match="FreeText: expected max_length of at least 1, got 0"):
        FreeText(0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"max_turns": 0}, "CodeWordEnv: expected max_turns of at least 1, got 0"),
        ({"split": "dev"}, "CodeWordEnv: expected split to be one of train, valid, test, got 'dev'"),
        ({"render_mode": "human"}, "CodeWordEnv: expected render_mode 'ansi' or None, got 'human'"),
    ],
)
def test_wrong_arguments_are_explained(arguments, sentence):
    with pytest.raises(InvalidConfig, match=sentence):
        CodeWordEnv(**arguments)


def test_a_won_episode_turn_by_turn():
    env = CodeWordEnv()
    observation, info = env.reset(options={"task": "red-blue"})
    assert observation == "The first lamp is red. The door waits."
    assert tuple(info) == INFO_KEYS
    assert info == {
        "won": False,
        "lost": False,
        "score": 0.0,
        "max_score": 2.0,
        "turn": 0,
        "max_turns": 4,
        "invalid_action": False,
        "task": "red-blue",
        "objective": "Open the door: say the colour of each lamp.",
    }
    observation, reward, terminated, truncated, info = env.step("shout")
    assert (reward, terminated, truncated, info["invalid_action"], info["turn"]) == (0.0, False, False, True, 1)
    observation, reward, terminated, truncated, info = env.step("red")
    assert (reward, terminated, truncated, info["score"], info["turn"]) == (1.0, False, False, 1.0, 2)
    observation, reward, terminated, truncated, info = env.step("blue")
    assert (observation, reward, terminated, truncated) == ("The door opens.", 1.0, True, False)
    assert (info["won"], info["lost"], info["score"]) == (True, False, 2.0)


def test_a_loss_terminates_and_the_turn_limit_truncates():
    env = CodeWordEnv(max_turns=2)
    env.reset(options={"task": "red-blue"})
    assert env.step("blue")[2:4] == (True, False)
    env.reset(options={"task": "red-blue"})
    assert env.step("")[2:4] == (False, False)
    assert env.step("")[2:4] == (False, True)
    # the end of the world in the last turn allowed is an end, not a cut
    env.reset(options={"task": "red-blue"})
    env.step("red")
    assert env.step("blue")[2:4] == (True, False)


def test_step_outside_of_an_episode_is_refused():
    env = CodeWordEnv(max_turns=1)
    with pytest.raises(ResetNeeded, match="the episode is over"):
        env.step("red")
    env.reset(seed=0)
    env.step("")
    with pytest.raises(ResetNeeded, match="the episode is over"):
        env.step("red")


def test_an_action_must_be_text():
    env = CodeWordEnv()
    env.reset(seed=0)
    with pytest.raises(InvalidConfig, match="expected the action as a string, got int"):
        env.step(3)


def test_unknown_options_and_tasks_are_refused():
    env = CodeWordEnv()
    with pytest.raises(InvalidConfig, match="expected options with the key 'task' only, got \\['level'\\]"):
        env.reset(options={"level": 3})
    with pytest.raises(InvalidConfig, match="expected a task such as red-blue, got 'pink'"):
        env.reset(options={"task": "pink"})


def test_information_is_given_on_request_only():
    env = CodeWordEnv(admissible_actions=True, expert_actions=True, progress=True)
    _, info = env.reset(options={"task": "gold-red"})
    assert info["admissible_actions"] == ["red", "green", "blue", "gold", "white", "black"]
    assert info["expert_actions"] == ["gold", "red"]
    assert info["progress"] == 0.0
    assert env.step("gold")[4]["progress"] == 0.5
    assert env.step("red")[4]["progress"] == 1.0


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("admissible_actions", "lists no admissible actions"),
        ("expert_actions", "has no expert"),
        ("progress", "measures no progress"),
    ],
)
def test_a_world_says_what_it_cannot_offer(key, words):
    class Silent(CodeWordEnv):
        _admissible_actions = TextEnv._admissible_actions
        _expert_actions = TextEnv._expert_actions
        _progress = TextEnv._progress

    with pytest.raises(InvalidConfig, match=f"Silent: this world {words}"):
        Silent(**{key: True}).reset(seed=0)


def test_tasks_are_drawn_from_the_split_by_the_environments_own_generator():
    env = CodeWordEnv(split="test")
    env.reset(seed=1)
    np.random.seed(0)  # noqa: NPY002  (the global generator must not matter)
    drawn = [env.reset()[1]["task"] for _ in range(60)]
    assert set(drawn) == set(env.tasks("test"))
    again = CodeWordEnv(split="test")
    again.reset(seed=1)
    np.random.seed(5)  # noqa: NPY002
    assert [again.reset()[1]["task"] for _ in range(60)] == drawn


def test_a_world_may_cut_an_episode_short_before_its_turns_are_over():
    class ThreeWords(CodeWordEnv):
        num_words = 0

        def _act(self, action):
            self.num_words += len(action.split())
            return super()._act(action)

        def _out_of_turns(self):
            return self.num_words >= 3 or super()._out_of_turns()

    env = ThreeWords()
    env.reset(options={"task": "red-blue"})
    assert env.step("red")[2:4] == (False, False)
    assert env.step("what now")[2:4] == (False, True)
    env = ThreeWords(max_turns=2)
    env.reset(options={"task": "red-blue"})
    env.step("")
    assert env.step("")[2:4] == (False, True)
    env = ThreeWords()
    env.reset(options={"task": "red-blue"})
    env.step("red")
    env.step("hm")
    assert env.step("blue")[2:4] == (True, False)  # won with the last word allowed


def test_a_split_without_tasks_is_explained():
    class NoTests(CodeWordEnv):
        def tasks(self, split=None):
            return [] if (split or self.split) == "test" else super().tasks(split)

    NoTests().reset(seed=0)
    with pytest.raises(InvalidConfig, match=r"NoTests\.reset: expected tasks in the split 'test', got none"):
        NoTests(split="test").reset(seed=0)


def test_a_clone_and_its_original_go_separate_ways():
    env = CodeWordEnv()
    env.reset(options={"task": "red-blue"})
    env.step("red")
    clone = env.clone()
    assert clone.step("green")[4]["lost"]
    assert env.step("blue")[4]["won"]


def test_a_state_can_be_gone_back_to_any_number_of_times_and_holds_the_random_stream():
    env = CodeWordEnv()
    env.reset(seed=3)
    state = pickle.loads(pickle.dumps(env.get_state()))
    kept = copy.deepcopy(state)
    futures = []
    for other in (env, CodeWordEnv(), env):
        other.set_state(state)
        assert other.task == state[1]
        futures.append([other.step("x"), other.step("red"), other.reset(), other.reset()])
    assert futures[0] == futures[1] == futures[2]
    assert state == kept


def test_render_shows_the_last_observation_where_asked():
    env = CodeWordEnv(render_mode="ansi")
    observation, _ = env.reset(seed=0)
    assert env.render() == observation
    assert CodeWordEnv().render() is None
