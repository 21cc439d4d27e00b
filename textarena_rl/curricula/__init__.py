"""Curricula: which tasks are played next."""

from textarena_rl.curricula.uniform import Curriculum, Uniform

__all__ = ["Curriculum", "Uniform"]
