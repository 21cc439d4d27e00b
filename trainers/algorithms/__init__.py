"""The algorithms: one file each, one row each in :data:`ALGORITHMS`."""

from trainers.algorithms.grpo import GRPO
from trainers.algorithms.ppo import PPO
from trainers.algorithms.rloo import RLOO
from trainers.algorithms.sft import SFT
from trainers.algorithms.turn_ppo import TurnPPO
from trainers.types import Algorithm

__all__ = ["ALGORITHMS", "GRPO", "PPO", "RLOO", "SFT", "TurnPPO"]

ALGORITHMS: dict[str, type[Algorithm]] = {"sft": SFT, "ppo": PPO, "turn_ppo": TurnPPO, "grpo": GRPO, "rloo": RLOO}
"""Name on the command line -> class."""
