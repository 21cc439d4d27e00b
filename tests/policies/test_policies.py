import io

import pytest

from tests.worlds import COLOURS, CodeWordEnv
from textarena_rl import EpisodeFailed, InvalidConfig, play_episode
from textarena_rl.policies import ExpertPolicy, HumanPolicy, RandomPolicy, ScriptedPolicy


def test_random_draws_admissible_actions_evenly_and_repeats_itself_for_a_seed():
    env = CodeWordEnv(admissible_actions=True)
    _, info = env.reset(seed=0)
    one, two = RandomPolicy(5), RandomPolicy(5)
    drawn = [one("", info) for _ in range(600)]
    assert drawn == [two("", info) for _ in range(600)]
    # 600 draws of 6: each 100 expected, standard deviation 9.1; 60 is more than four of them away
    assert all(60 < drawn.count(colour) < 140 for colour in COLOURS)


def test_expert_wins_every_task():
    env = CodeWordEnv(expert_actions=True)
    for split in env.splits:
        for task in env.tasks(split):
            episode = play_episode(env, ExpertPolicy(), task=task)
            assert (episode.won, episode.task, len(episode.turns)) == (True, task, 2)


def test_scripted_plays_its_script_in_every_episode():
    policy = ScriptedPolicy(["hm", "red", "blue"])
    env = CodeWordEnv()
    for _ in range(2):
        episode = play_episode(env, policy, task="red-blue")
        assert [turn.action for turn in episode.turns] == ["hm", "red", "blue"]
        assert episode.won


def test_policies_say_what_they_lack():
    env = CodeWordEnv(max_turns=9)
    with pytest.raises(InvalidConfig, match=r"RandomPolicy: expected info\['admissible_actions'\], got none"):
        play_episode(env, RandomPolicy(0))
    with pytest.raises(InvalidConfig, match=r"ExpertPolicy: .* Make the environment with expert_actions=True"):
        play_episode(env, ExpertPolicy())
    with pytest.raises(InvalidConfig, match="expected an episode of at most 2 turns"):
        play_episode(env, ScriptedPolicy(["hm", "hm"]))
    with pytest.raises(InvalidConfig, match="expected a way to win task 'red-blue', got none"):
        ExpertPolicy()("", {"expert_actions": [], "task": "red-blue", "turn": 0})


def test_a_person_sees_the_world_and_types_actions():
    screen = io.StringIO()
    person = HumanPolicy(io.StringIO("hm\nred\r\nblue\n"), screen)
    episode = play_episode(CodeWordEnv(admissible_actions=True), person, task="red-blue")
    assert [turn.action for turn in episode.turns] == ["hm", "red", "blue"]
    assert screen.getvalue() == (
        "Open the door: say the colour of each lamp.\n\n"
        "The first lamp is red. The door waits.\n\n"
        "You can: red, green, blue, gold, white, black\n"
        "[1/4] > "
        "The door does not know that word.  (not understood)\n\n"
        "You can: red, green, blue, gold, white, black\n"
        "[2/4] > "
        "A click. The second lamp is blue. The door waits.\n\n"
        "You can: red, green, blue, gold, white, black\n"
        "[3/4] > "
    )


def test_a_person_who_leaves_ends_the_episode_with_a_sentence():
    with pytest.raises(EpisodeFailed, match="got the end of the input"):
        play_episode(CodeWordEnv(), HumanPolicy(io.StringIO("hm\n"), io.StringIO()))
