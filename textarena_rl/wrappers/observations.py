"""What a policy is shown: the past, the objective, the actions it may take."""

from __future__ import annotations

from collections import deque
from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from textarena_rl.errors import InvalidConfig

__all__ = ["AdmissibleActionsInObservation", "HistoryWindow", "ObjectiveInObservation"]

_Step = tuple[str, float, bool, bool, dict[str, Any]]


class HistoryWindow(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Shows the last exchanges before the present observation, for policies without a memory.

    Each past exchange is the observation and, after ``"> "``, the action. The oldest are dropped where the whole would
    be longer than the observation space allows.

    Args:
        env: The environment.
        num_turns: How many past exchanges are shown; 0 changes nothing.
    """

    def __init__(self, env: gym.Env[str, str], num_turns: int) -> None:
        RecordConstructorArgs.__init__(self, num_turns=num_turns)
        gym.Wrapper.__init__(self, env)
        if num_turns < 0:
            raise InvalidConfig(f"HistoryWindow: expected num_turns of at least 0, got {num_turns}. Give 0 or more.")
        if not isinstance(env.observation_space, gym.spaces.Text):
            raise InvalidConfig(f"HistoryWindow: expected observations of text, got {env.observation_space}.")
        self._max_length = env.observation_space.max_length
        self._past: deque[str] = deque(maxlen=num_turns)
        self._observation = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Forget the past."""
        self._past.clear()
        self._observation, info = self.env.reset(seed=seed, options=options)
        return self._observation, info

    def step(self, action: str) -> _Step:
        """Show the past exchanges, this one included, and the present observation."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._past.append(f"{self._observation}\n> {action}\n")
        self._observation = observation
        shown = list(self._past)
        while shown and sum(map(len, shown)) + len(observation) > self._max_length:
            shown.pop(0)
        return "".join(shown) + observation, float(reward), terminated, truncated, info


class ObjectiveInObservation(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Puts the objective before the first observation of an episode."""

    def __init__(self, env: gym.Env[str, str]) -> None:
        RecordConstructorArgs.__init__(self)
        gym.Wrapper.__init__(self, env)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The objective, an empty line, and the world's first observation."""
        observation, info = self.env.reset(seed=seed, options=options)
        return f"{info['objective']}\n\n{observation}", info


class AdmissibleActionsInObservation(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Lists the admissible actions after each observation; needs an environment with ``admissible_actions=True``."""

    def __init__(self, env: gym.Env[str, str]) -> None:
        RecordConstructorArgs.__init__(self)
        gym.Wrapper.__init__(self, env)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The first observation with its actions.

        Raises:
            InvalidConfig: The environment does not list its admissible actions.
        """
        observation, info = self.env.reset(seed=seed, options=options)
        return self._with_actions(observation, info), info

    def step(self, action: str) -> _Step:
        """The next observation with its actions."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._with_actions(observation, info), float(reward), terminated, truncated, info

    def _with_actions(self, observation: str, info: dict[str, Any]) -> str:
        if "admissible_actions" not in info:
            raise InvalidConfig(
                "AdmissibleActionsInObservation: expected info['admissible_actions'], got none. "
                "Make the environment with admissible_actions=True."
            )
        return f"{observation}\n\nAdmissible actions: {' | '.join(info['admissible_actions'])}"
