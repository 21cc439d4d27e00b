"""Policies that need no model: the protocol itself, random, scripted, expert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from textarena_rl.errors import InvalidConfig

__all__ = ["ExpertPolicy", "Policy", "RandomPolicy", "ScriptedPolicy"]


class Policy(Protocol):
    """Anything that answers an observation with an action. ``info["turn"]`` is 0 where an episode begins."""

    def __call__(self, observation: str, info: Mapping[str, Any]) -> str:
        """The action for this turn."""
        ...


def _requested(info: Mapping[str, Any], key: str, policy: str) -> list[str]:
    """The list in ``info[key]``, which the environment gives on request only."""
    if key not in info:
        raise InvalidConfig(f"{policy}: expected info[{key!r}], got none. Make the environment with {key}=True.")
    return list(info[key])


class RandomPolicy:
    """Plays any admissible action with equal chance; needs an environment made with ``admissible_actions=True``."""

    def __init__(self, seed: int | None = None) -> None:
        self._generator = np.random.default_rng(seed)

    def __call__(self, observation: str, info: Mapping[str, Any]) -> str:
        """One of ``info["admissible_actions"]``.

        Raises:
            InvalidConfig: The environment does not list its admissible actions.
        """
        actions = _requested(info, "admissible_actions", "RandomPolicy")
        return actions[int(self._generator.integers(len(actions)))]


class ScriptedPolicy:
    """Plays the given actions in order, from the first one again whenever an episode begins."""

    def __init__(self, actions: Iterable[str]) -> None:
        self.actions = tuple(actions)

    def __call__(self, observation: str, info: Mapping[str, Any]) -> str:
        """The action for turn ``info["turn"]``.

        Raises:
            InvalidConfig: The episode has more turns than the script.
        """
        turn = int(info["turn"])
        if turn >= len(self.actions):
            raise InvalidConfig(
                f"ScriptedPolicy: expected an episode of at most {len(self.actions)} turns, got a further one. "
                "Give more actions."
            )
        return self.actions[turn]


class ExpertPolicy:
    """Plays the world's own expert; needs an environment made with ``expert_actions=True``."""

    def __call__(self, observation: str, info: Mapping[str, Any]) -> str:
        """The first of ``info["expert_actions"]``.

        Raises:
            InvalidConfig: The environment does not give its expert's actions, or its expert sees no way to win.
        """
        actions = _requested(info, "expert_actions", "ExpertPolicy")
        if not actions:
            raise InvalidConfig(
                f"ExpertPolicy: expected a way to win task {info['task']!r}, got none. The game is lost."
            )
        return actions[0]
