"""TurnLimit: a shorter horizon than the world's own."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
from gymnasium.error import ResetNeeded
from gymnasium.utils import RecordConstructorArgs

from textarena_rl.errors import InvalidConfig

__all__ = ["TurnLimit"]


class TurnLimit(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Truncates an episode after ``max_turns`` turns, unless the world ends it in that very turn.

    ``info["max_turns"]`` is the smaller of this limit and the world's own.

    Args:
        env: The environment.
        max_turns: The limit, at least 1.
    """

    def __init__(self, env: gym.Env[str, str], max_turns: int) -> None:
        RecordConstructorArgs.__init__(self, max_turns=max_turns)
        gym.Wrapper.__init__(self, env)
        if max_turns < 1:
            raise InvalidConfig(f"TurnLimit: expected max_turns of at least 1, got {max_turns}. Give a positive limit.")
        self.max_turns = max_turns
        self._cut_short = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Begin to count."""
        self._cut_short = False
        observation, info = self.env.reset(seed=seed, options=options)
        info["max_turns"] = min(info["max_turns"], self.max_turns)
        return observation, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Play a turn and truncate at the limit.

        Raises:
            ResetNeeded: The limit was reached.
        """
        if self._cut_short:
            raise ResetNeeded("TurnLimit.step: the episode is over. Call reset() first.")
        observation, reward, terminated, truncated, info = self.env.step(action)
        info["max_turns"] = min(info["max_turns"], self.max_turns)
        self._cut_short = info["turn"] >= self.max_turns and not terminated
        return observation, float(reward), terminated, truncated or self._cut_short, info
