from tests.worlds import CodeWordEnv
from textarena_rl import Episode, Turn, play_episode, read_episodes
from textarena_rl.policies import ScriptedPolicy
from textarena_rl.wrappers import ParseAction, RecordEpisode, TurnPenalty

AFTER_HM = {"won": False, "lost": False, "score": 0.0, "turn": 1, "invalid_action": True}
AFTER_RED = {"won": False, "lost": False, "score": 1.0, "turn": 2, "invalid_action": False}
AFTER_BLUE = {"won": True, "lost": False, "score": 2.0, "turn": 3, "invalid_action": False}
WON = Episode(
    env_id="CodeWordEnv",
    task="red-blue",
    objective="Open the door: say the colour of each lamp.",
    turns=(
        Turn("The first lamp is red. The door waits.", "hm", 0.0, AFTER_HM),
        Turn("The door does not know that word.", "red", 1.0, AFTER_RED),
        Turn("A click. The second lamp is blue. The door waits.", "blue", 1.0, AFTER_BLUE),
    ),
    final_observation="The door opens.",
    terminated=True,
    won=True,
    score=2.0,
    max_score=2.0,
)


def test_an_episode_is_kept_and_written_as_it_was_played(tmp_path):
    path = tmp_path / "deep" / "episodes.jsonl"
    env = RecordEpisode(CodeWordEnv(), path)
    for _ in range(2):
        env.reset(options={"task": "red-blue"})
        for action in ("hm", "red"):
            env.step(action)
        assert env.episode.turns == WON.turns[:2]
        assert not env.episode.terminated
        env.step("blue")
        assert env.episode == WON
    env.reset(options={"task": "red-blue"})
    env.step("red")
    env.reset(options={"task": "red-gold"})  # the episode before is cut off, so it is not written
    assert env.episode.turns == ()
    assert list(read_episodes(path)) == [WON, WON]


def test_a_truncated_episode_is_written_and_says_so(tmp_path):
    env = RecordEpisode(CodeWordEnv(max_turns=1), tmp_path / "e.jsonl")
    env.reset(seed=0)
    env.step("hm")
    (episode,) = read_episodes(tmp_path / "e.jsonl")
    assert (episode.terminated, episode.truncated, episode.won) == (False, True, False)


def test_it_records_the_whole_reply_and_the_reward_of_the_wrappers_within():
    env = TurnPenalty(ParseAction(CodeWordEnv()), 0.25)
    policy = ScriptedPolicy(["<think>?</think><action>red</action>", "<action>blue</action>"])
    episode = play_episode(env, policy, task="red-blue")
    assert [turn.action for turn in episode.turns] == list(policy.actions)
    assert [turn.reward for turn in episode.turns] == [0.75, 0.75]
    assert episode.score == 2.0


def test_play_draws_tasks_by_seed():
    script = ScriptedPolicy(["hm"] * 4)
    played = [play_episode(CodeWordEnv(), script, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert played[0] == played[1]
    assert len({episode.task for episode in played}) > 1
