"""Plays many episodes at once: one engine call for all that are ready, one thread for each world.

Each round sends every waiting prompt in one call. A world that is slow misses a round instead of holding it up; a world
that breaks or hangs costs its own episode only. What an episode does depends on its task, its seed and the policy,
never on its neighbours.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gymnasium as gym
import numpy as np

from textarena_rl.episode import Episode, EpisodeError, Turn
from textarena_rl.errors import EpisodeFailed, InvalidConfig, TextArenaError
from trainers.rollout.chat import Chat
from trainers.rollout.worlds import Outcome, Slot, Slots
from trainers.types import Completion, Engine, Request, Sampling, TokenTurn, Trajectory

__all__ = ["EpisodeSpec", "collect", "demonstration"]
