"""Text worlds for language-model agents, as Gymnasium environments.

Importing this package registers the canonical ids, so that ``gym.make("TextWorld-w2-o3-q4")`` works.
"""

from textarena_rl.core import TextEnv
from textarena_rl.episode import Episode, EpisodeError, Turn, read_episodes, write_episodes
from textarena_rl.errors import (
    EpisodeFailed,
    InvalidConfig,
    MissingData,
    MissingDependency,
    TextArenaError,
    UnknownId,
)
from textarena_rl.grammar import Flag, Knob, Size, Word, World
from textarena_rl.play import play_episode
from textarena_rl.registry import WORLDS, describe, ids, make, make_id, parse, register, spec
from textarena_rl.spaces import FreeText

__all__ = [
    "WORLDS",
    "Episode",
    "EpisodeError",
    "EpisodeFailed",
    "Flag",
    "FreeText",
    "InvalidConfig",
    "Knob",
    "MissingData",
    "MissingDependency",
    "Size",
    "TextArenaError",
    "TextEnv",
    "Turn",
    "UnknownId",
    "Word",
    "World",
    "describe",
    "ids",
    "make",
    "make_id",
    "parse",
    "play_episode",
    "read_episodes",
    "register",
    "spec",
    "write_episodes",
]
__version__ = "0.1.0"

register()
