"""Reward wrappers against values by hand, identities, and Bellman's equation solved over the whole tiny world."""

import itertools

import pytest

from tests.worlds import COLOURS, CodeWordEnv
from textarena_rl import InvalidConfig
from textarena_rl.core import Reply, Status
from textarena_rl.wrappers import (
    DenseReward,
    InvalidActionPenalty,
    NormalizeReturn,
    ProgressReward,
    RewardDensity,
    SparseReward,
    TurnPenalty,
)

TASK = {"task": "red-blue"}


class StairsEnv(CodeWordEnv):
    """Each "up" scores 1, "down" loses 1 point, "jump" loses the game, "win" wins and scores 1; max_score is 5."""

    def _start(self, task):
        self.engine = {"score": 0, "won": False, "lost": False}
        return "Stairs."

    def _act(self, action):
        self.engine["score"] += {"up": 1, "win": 1, "down": -1}.get(action, 0)
        self.engine["won"] = action == "win"
        self.engine["lost"] = action == "jump"
        return Reply("Stairs.", invalid=action not in ("up", "win", "down", "jump"))

    def _status(self):
        return Status(self.engine["won"], self.engine["lost"], float(self.engine["score"]), 5.0)


def rewards(env, actions, task=None):
    env.reset(seed=0, options=task)
    return [env.step(action)[1] for action in actions]


def test_sparse_pays_1_at_the_win_and_nothing_else():
    env = SparseReward(StairsEnv(max_turns=9))
    assert rewards(env, ["up", "up", "hm", "down", "win"]) == [0, 0, 0, 0, 1]
    assert rewards(env, ["up", "up", "jump"]) == [0, 0, 0]


def test_dense_pays_the_change_of_the_score_whatever_stands_within():
    env = DenseReward(SparseReward(StairsEnv(max_turns=9)))
    for _ in range(2):
        assert rewards(env, ["up", "up", "hm", "down", "win"]) == [1, 1, 0, -1, 1]


@pytest.mark.parametrize(
    ("density", "expected"),
    [
        (1.0, [1, 1, 0, -1, 1, 1, 1]),
        (0.5, [0, 1, 0, -1, 0, 1, 1 + 2]),  # 1st and 3rd of four sub-goals held back until the win
        (0.25, [0, 0, 0, -1, 0, 1, 1 + 3]),  # only every fourth is paid
        (0.75, [0, 1, 0, -1, 1, 1, 1 + 1]),  # floors of 0.75 n: 0 1 2 3
        (0.0, [0, 0, 0, -1, 0, 0, 1 + 4]),
    ],
)
def test_density_pays_a_share_of_the_sub_goals_at_once(density, expected):
    env = RewardDensity(StairsEnv(max_turns=20), density)
    for _ in range(2):  # a new episode begins to count anew
        assert rewards(env, ["up", "up", "hm", "down", "up", "up", "win"]) == expected


def test_a_win_returns_the_same_for_every_density_and_a_loss_never_more_than_the_dense_one():
    for actions in itertools.product(("up", "down", "hm"), repeat=4):
        dense = sum(rewards(StairsEnv(max_turns=9), [*actions, "win"]))
        for density in (0.0, 0.3, 0.7, 1.0):
            env = RewardDensity(StairsEnv(max_turns=9), density)
            assert sum(rewards(env, [*actions, "win"])) == dense
            assert sum(rewards(env, [*actions, "jump"])) <= dense - 1


def test_penalties_are_taken_off():
    env = TurnPenalty(InvalidActionPenalty(StairsEnv(max_turns=9), 0.5), 0.125)
    assert rewards(env, ["up", "hm", "win"]) == [0.875, -0.625, 0.875]


def test_a_normalised_win_returns_1_however_it_was_won():
    for actions in itertools.product(("up", "down", "hm"), repeat=4):
        for wrap in (lambda env: env, SparseReward, lambda env: RewardDensity(env, 0.5), TurnPenalty):
            env = NormalizeReturn(wrap(StairsEnv(max_turns=9)))
            assert sum(rewards(env, [*actions, "win"])) == pytest.approx(1, abs=1e-12)


def test_no_normalised_loss_returns_more_than_a_win_and_rewards_before_the_end_are_shares_of_the_score():
    env = NormalizeReturn(StairsEnv(max_turns=20))
    assert rewards(env, ["up", "up", "down", "jump"]) == pytest.approx([0.2, 0.2, -0.2, 0])
    # eight points of five: the return stops at 1 and stays there
    assert rewards(env, ["up"] * 8 + ["jump"]) == pytest.approx([0.2] * 5 + [0] * 4)
    assert rewards(env, ["up"] * 3 + ["win"]) == pytest.approx([0.2, 0.2, 0.2, 0.4])


def test_the_papers_measure_of_a_door_is_one():
    env = NormalizeReturn(CodeWordEnv())
    assert rewards(env, ["red", "blue"], TASK) == [0.5, 0.5]
    assert rewards(env, ["red", "red"], TASK) == [0.5, 0.0]


def test_progress_by_hand():
    env = ProgressReward(SparseReward(CodeWordEnv(progress=True)), gamma=0.9, weight=2.0)
    # potentials: 0 at the start, 0.5 after the first colour, 0 at the end of the world
    assert rewards(env, ["hm", "red", "hm", "blue"], TASK) == pytest.approx(
        [0, 2 * 0.45, 2 * (0.45 - 0.5), 1 - 2 * 0.5]
    )
    assert rewards(env, ["red", "gold"], TASK) == pytest.approx([0.9, -1.0])


def test_progress_sums_to_minus_the_first_potential_at_every_end_of_the_world():
    env = ProgressReward(CodeWordEnv(progress=True), gamma=1.0)
    plain = CodeWordEnv()
    for actions in (["red", "blue"], ["hm", "red", "blue"], ["blue"], ["red", "hm", "red"]):
        assert sum(rewards(env, actions, TASK)) == pytest.approx(sum(rewards(plain, actions, TASK)))


def _transitions(env):
    """Every (state, action) -> (reward, next state or None) of a door, by playing from each state."""
    paths = {"start": [], "half": ["red"]}
    table = {}
    for state, action in itertools.product(paths, (*COLOURS, "hm")):
        env.reset(options=TASK)
        for earlier in paths[state]:
            env.step(earlier)
        _, reward, terminated, _, info = env.step(action)
        table[state, action] = reward, None if terminated else "half" if info["score"] == 1 else "start"
    return table


def _optimal_values(table, gamma):
    """Q of the optimal policy, by iterating Bellman's equation until nothing moves."""
    values = dict.fromkeys(table, 0.0)
    for _ in range(400):
        best = {state: max(value for (s, _), value in values.items() if s == state) for state in ("start", "half")}
        best[None] = 0.0
        values = {key: reward + gamma * best[target] for key, (reward, target) in table.items()}
    return values


@pytest.mark.parametrize("gamma", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("weight", [0.3, 5.0])
def test_progress_leaves_the_optimal_policy_alone(gamma, weight):
    """Every optimal value moves by -weight * P(s), so the order of the actions in each state stays as it was."""
    plain = _optimal_values(_transitions(TurnPenalty(CodeWordEnv(max_turns=99))), gamma)
    env = ProgressReward(TurnPenalty(CodeWordEnv(max_turns=99, progress=True)), gamma=gamma, weight=weight)
    shaped = _optimal_values(_transitions(env), gamma)
    potential = {"start": 0.0, "half": 0.5}
    for state, action in plain:
        assert shaped[state, action] == pytest.approx(plain[state, action] - weight * potential[state], abs=1e-9)
    for state, right in (("start", "red"), ("half", "blue")):
        assert max(COLOURS, key=lambda action: shaped[state, action]) == right


def test_wrong_settings_are_refused():
    with pytest.raises(InvalidConfig, match=r"expected density in \[0, 1\], got 1.5"):
        RewardDensity(CodeWordEnv(), 1.5)
    with pytest.raises(InvalidConfig, match=r"expected gamma in \[0, 1\], got 2"):
        ProgressReward(CodeWordEnv(), gamma=2)
    with pytest.raises(InvalidConfig, match="Make the environment with progress=True"):
        ProgressReward(CodeWordEnv()).reset(seed=0)
