"""What a turn is worth: wrappers that replace or change the reward, to be combined at will.

``DenseReward`` and ``SparseReward`` set the reward, so they stand inside; the others change the reward that they get
from the wrapper within. All rewards belong to turns.
"""

from __future__ import annotations

import math
from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from textarena_rl.errors import InvalidConfig

__all__ = [
    "DenseReward",
    "InvalidActionPenalty",
    "NormalizeReturn",
    "ProgressReward",
    "RewardDensity",
    "SparseReward",
    "TurnPenalty",
]

_Start = tuple[str, dict[str, Any]]
_Step = tuple[str, float, bool, bool, dict[str, Any]]


class SparseReward(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """1 at the turn that wins, 0 at every other."""

    def __init__(self, env: gym.Env[str, str]) -> None:
        RecordConstructorArgs.__init__(self)
        gym.Wrapper.__init__(self, env)

    def step(self, action: str) -> _Step:
        """Reward the win only."""
        observation, _, terminated, truncated, info = self.env.step(action)
        return observation, float(info["won"]), terminated, truncated, info


class DenseReward(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """The change of the world's score, whatever the wrappers within made of it.

    Where a world tells how much of its goal is reached, in ``info["goal_condition_success_rate"]``, the change of that,
    because the score of such a world is 0 until it is won.
    """

    def __init__(self, env: gym.Env[str, str]) -> None:
        RecordConstructorArgs.__init__(self)
        gym.Wrapper.__init__(self, env)
        self._score = 0.0

    @staticmethod
    def _reached(info: dict[str, Any]) -> float:
        return float(info.get("goal_condition_success_rate", info["score"]))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> _Start:
        """Remember the score at the start."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._score = self._reached(info)
        return observation, info

    def step(self, action: str) -> _Step:
        """Reward the change of the score."""
        observation, _, terminated, truncated, info = self.env.step(action)
        before, self._score = self._score, self._reached(info)
        return observation, self._score - before, terminated, truncated, info


class RewardDensity(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Pays a share of the sub-goal rewards when they are earned, and the others at the win.

    Of the rewards above zero that come before the win, the n-th is paid at once if floor(n * density) has just grown;
    the others are held back. So ``density`` 1 changes nothing, 0 pays everything at the win, and 0.5 pays every second
    sub-goal. A win returns the same for every density; an episode that is not won forfeits what was held back.
    Rewards below zero are never held back.

    Source: Wang and Ammanabrolu 2025 (arXiv 2510.01132), section 7: density as turns per reward.
    Departures: the paper changes which sub-goals the game scores; here the same game pays fewer of them.

    Args:
        env: The environment.
        density: The share that is paid at once, in [0, 1].
    """

    def __init__(self, env: gym.Env[str, str], density: float) -> None:
        RecordConstructorArgs.__init__(self, density=density)
        gym.Wrapper.__init__(self, env)
        if not 0 <= density <= 1:
            raise InvalidConfig(f"RewardDensity: expected density in [0, 1], got {density}. Give a share.")
        self.density = density
        self._num_earned = 0
        self._held_back = 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> _Start:
        """Nothing is earned and nothing held back."""
        self._num_earned, self._held_back = 0, 0.0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: str) -> _Step:
        """Pay, hold back, or pay out."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        paid = float(reward)
        if info["won"]:
            paid += self._held_back
        elif paid > 0:
            before = math.floor(self._num_earned * self.density)
            self._num_earned += 1
            if math.floor(self._num_earned * self.density) == before:
                self._held_back += paid
                paid = 0.0
        return observation, paid, terminated, truncated, info


class ProgressReward(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Adds weight * (gamma * P(s') - P(s)), where P is ``info["progress"]``, and 0 where the world has ended.

    Shaping by a potential leaves the optimal policy alone: every value of a state moves by -weight * P(s), whatever is
    done in it. This needs P = 0 in a state that the *world* ends in, won or lost; an episode that is merely cut short
    (truncated) keeps its potential, because its value is still to come and a learner bootstraps it.

    Source: Ng, Harada and Russell 1999, "Policy invariance under reward transformations", theorem 1.

    Args:
        env: An environment made with ``progress=True``.
        gamma: The discount per turn that the learner uses.
        weight: How much the whole way from 0 to 1 is worth.
    """

    def __init__(self, env: gym.Env[str, str], gamma: float = 1.0, weight: float = 1.0) -> None:
        RecordConstructorArgs.__init__(self, gamma=gamma, weight=weight)
        gym.Wrapper.__init__(self, env)
        if not 0 <= gamma <= 1:
            raise InvalidConfig(f"ProgressReward: expected gamma in [0, 1], got {gamma}. Give the learner's discount.")
        self.gamma = gamma
        self.weight = weight
        self._potential = 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> _Start:
        """Measure the first potential.

        Raises:
            InvalidConfig: The environment does not measure progress.
        """
        observation, info = self.env.reset(seed=seed, options=options)
        if "progress" not in info:
            raise InvalidConfig(
                "ProgressReward: expected info['progress'], got none. Make the environment with progress=True."
            )
        self._potential = info["progress"]
        return observation, info

    def step(self, action: str) -> _Step:
        """Add the discounted change of the potential."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        potential = 0.0 if terminated else info["progress"]
        shaping = self.weight * (self.gamma * potential - self._potential)
        self._potential = potential
        return observation, float(reward) + shaping, terminated, truncated, info


class InvalidActionPenalty(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Takes ``penalty`` off the reward of each turn whose action the world refused."""

    def __init__(self, env: gym.Env[str, str], penalty: float = 0.1) -> None:
        RecordConstructorArgs.__init__(self, penalty=penalty)
        gym.Wrapper.__init__(self, env)
        self.penalty = penalty

    def step(self, action: str) -> _Step:
        """Punish a refused action."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, float(reward) - self.penalty * info["invalid_action"], terminated, truncated, info


class TurnPenalty(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Takes ``penalty`` off the reward of every turn."""

    def __init__(self, env: gym.Env[str, str], penalty: float = 0.01) -> None:
        RecordConstructorArgs.__init__(self, penalty=penalty)
        gym.Wrapper.__init__(self, env)
        self.penalty = penalty

    def step(self, action: str) -> _Step:
        """Punish the turn."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, float(reward) - self.penalty, terminated, truncated, info


class NormalizeReturn(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Divides rewards by ``info["max_score"]`` so that a win returns 1 and nothing ever returns more.

    With S the sum of the rewards so far, the return so far is min(S / max_score, 1), and 1 at the win. So a lost
    episode that collected many sub-goals cannot beat a win. A win also pays back penalties of wrappers within: put
    those outside.

    Source: the released code of Wang and Ammanabrolu 2025 (arXiv 2510.01132), which normalises dense rewards.
    Departures: there the divisor is the number of rewards collected by a win, and 1 for a loss, so that a loss with k
    sub-goals returns k.
    """

    def __init__(self, env: gym.Env[str, str]) -> None:
        RecordConstructorArgs.__init__(self)
        gym.Wrapper.__init__(self, env)
        self._sum = 0.0
        self._return = 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> _Start:
        """Begin a new return."""
        self._sum = self._return = 0.0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: str) -> _Step:
        """Reward the growth of the normalised return."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._sum += float(reward)
        normalized = 1.0 if info["won"] else min(self._sum / (info["max_score"] or 1.0), 1.0)
        growth, self._return = normalized - self._return, normalized
        return observation, growth, terminated, truncated, info
