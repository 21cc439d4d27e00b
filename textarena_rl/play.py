"""One policy, one environment, one episode."""

from __future__ import annotations

import gymnasium as gym

from textarena_rl.episode import Episode
from textarena_rl.policies import Policy
from textarena_rl.wrappers import RecordEpisode

__all__ = ["play_episode"]


def play_episode(
    env: gym.Env[str, str], policy: Policy, *, seed: int | None = None, task: str | None = None
) -> Episode:
    """The episode that ``policy`` plays in ``env``, from reset to its end.

    Args:
        env: The environment, wrapped or not; its rewards and observations are recorded as they come.
        policy: Gets each observation and ``info``, returns the action.
        seed: Seeds the environment's generator at reset.
        task: Play this very task instead of one that the environment draws.
    """
    recorder = RecordEpisode(env)
    observation, info = recorder.reset(seed=seed, options=None if task is None else {"task": task})
    terminated = truncated = False
    while not (terminated or truncated):
        observation, _, terminated, truncated, info = recorder.step(policy(observation, info))
    assert recorder.episode is not None
    return recorder.episode
