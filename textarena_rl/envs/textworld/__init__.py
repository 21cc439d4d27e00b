"""TextWorld: generated houses with a chore, played by a pure-Python engine."""

from textarena_rl.envs.textworld.env import TextWorldEnv

__all__ = ["TextWorldEnv"]
