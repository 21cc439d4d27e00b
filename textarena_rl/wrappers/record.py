"""RecordEpisode: what was said and earned, as an :class:`~textarena_rl.episode.Episode`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from textarena_rl.episode import Episode, Turn

__all__ = ["RecordEpisode"]

_OF_THE_EPISODE = frozenset({"task", "objective", "max_score", "max_turns"})
"""Keys of ``info`` that an episode holds once, or that its environment's id implies."""


class RecordEpisode(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Keeps the episode being played in :attr:`episode` and appends each finished one to a file of JSON Lines.

    It records what passes through it: put it outside of the wrappers whose work it should show. An episode that a
    ``reset`` cuts off is not written.

    Args:
        env: The environment.
        path: Where finished episodes go, one line each; None: nowhere. Lines of several processes don't mix as long
            as each has a path of its own.
    """

    def __init__(self, env: gym.Env[str, str], path: str | Path | None = None) -> None:
        RecordConstructorArgs.__init__(self, path=None if path is None else str(path))
        gym.Wrapper.__init__(self, env)
        self.path = None if path is None else Path(path)
        self.episode: Episode | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Begin a new record."""
        observation, info = self.env.reset(seed=seed, options=options)
        env_id = self.spec.id if self.spec else type(self.unwrapped).__name__
        self.episode = Episode(env_id, info["task"], info["objective"], (), observation, max_score=info["max_score"])
        return observation, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Add a turn to the record; write it to the file if it is the last."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        so_far = self.episode
        assert so_far is not None, "the world refuses a step before reset"
        kept = {key: value for key, value in info.items() if key not in _OF_THE_EPISODE}
        turn = Turn(so_far.final_observation, action, float(reward), kept)
        self.episode = Episode(
            env_id=so_far.env_id,
            task=so_far.task,
            objective=so_far.objective,
            turns=(*so_far.turns, turn),
            final_observation=observation,
            terminated=terminated,
            truncated=truncated,
            won=info["won"],
            score=info["score"],
            max_score=info["max_score"],
        )
        if self.path is not None and (terminated or truncated):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(self.episode.to_json() + "\n")
        return observation, float(reward), terminated, truncated, info
