"""A world and the thread that it acts in; whatever goes wrong in there comes out as a record."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import gymnasium as gym
import numpy as np

from textarena_rl.episode import EpisodeError
from textarena_rl.errors import EpisodeFailed

__all__ = ["Shown", "World"]

_OF_THE_EPISODE = frozenset({"task", "objective", "max_score", "max_turns"})
"""Keys of ``info`` that an episode holds once, or that its world's id implies."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a world answered to ``reset`` or ``step``."""

    observation: str
    reward: float
    terminated: bool
    truncated: bool
    objective: str
    won: bool
    score: float
    max_score: float
    diagnostics: Mapping[str, bool | int | float | str]
    """The plain values of ``info``, for the record of the turn."""


class World:
    """An environment and the thread that it acts in."""

    def __init__(self, env: gym.Env[str, str], answers: SimpleQueue[tuple[World, Shown | EpisodeError]]) -> None:
        self.env = env
        self.env_id = env.spec.id if env.spec is not None else type(env.unwrapped).__name__
        self._answers = answers
        self._orders: SimpleQueue[tuple[str, Any] | None] = SimpleQueue()
        # A daemon: a world that hangs for ever must not keep the program from ending.
        self.thread = threading.Thread(target=self._serve, name=f"world-{self.env_id}", daemon=True)
        self.thread.start()

    def reset(self, task: str, seed: int) -> None:
        """Begin an episode; the answer comes through the queue."""
        self._orders.put(("reset", (task, seed)))

    def step(self, action: str) -> None:
        """Take a turn; the answer comes through the queue."""
        self._orders.put(("step", action))

    def retire(self) -> None:
        """Close the environment once it is done with what it does, and end the thread."""
        self._orders.put(None)

    def _serve(self) -> None:
        while (order := self._orders.get()) is not None:
            self._answers.put((self, self._obey(*order)))
        try:
            self.env.close()
        except Exception as error:
            self._answers.put((self, EpisodeError("close", f"{type(error).__name__}: {error}")))

    def _obey(self, where: str, order: Any) -> Shown | EpisodeError:
        """The episode boundary: whatever a world raises becomes a record."""
        try:
            if where == "reset":
                task, seed = order
                observation, info = self.env.reset(seed=seed, options={"task": task})
                return _shown(observation, 0.0, False, False, info)
            return _shown(*self.env.step(order))
        except (Exception, SystemExit) as error:
            return EpisodeError(where, f"{type(error).__name__}: {error}")


def _shown(observation: Any, reward: Any, terminated: Any, truncated: Any, info: Mapping[str, Any]) -> Shown:
    """A world's answer, checked.

    Raises:
        EpisodeFailed: The observation is no text or the reward no finite number.
    """
    if not isinstance(observation, str) or not math.isfinite(reward):
        raise EpisodeFailed(
            f"expected a text and a finite reward, got {type(observation).__name__} and reward {reward}. Fix the world."
        )
    return Shown(
        observation=observation,
        reward=float(reward),
        terminated=bool(terminated),
        truncated=bool(truncated) and not terminated,
        objective=str(info["objective"]),
        won=bool(info["won"]),
        score=float(info["score"]),
        max_score=float(info["max_score"]),
        diagnostics=_plain(info),
    )


def _plain(info: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """What of ``info`` is worth keeping for every turn and can be written as JSON."""
    values = {
        key: value.item() if isinstance(value, np.generic) else value
        for key, value in info.items()
        if key not in _OF_THE_EPISODE
    }
    return {key: value for key, value in values.items() if isinstance(value, bool | int | float | str)}
