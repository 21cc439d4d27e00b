"""A whole run on the two-turn door world, as a function and, for tests that kill it, as a script."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import gymnasium as gym

from tests.worlds import CodeWordEnv
from trainers.config import TrainConfig
from trainers.configs import parse_config
from trainers.evaluate import Evaluation
from trainers.loop import train


def configuration(folder: Path, **changes: Any) -> TrainConfig:
    """A minute model, a little SFT, a few RL steps; ``changes`` name sections."""
    if "CodeWord" not in gym.registry:
        gym.register("CodeWord", entry_point=CodeWordEnv, order_enforce=False, disable_env_checker=True)
    sections: dict[str, dict[str, Any]] = {
        "env": {"id": "CodeWord", "reward": "dense"},
        "model": {"name": "tiny", "critic": "shared"},
        "sft": {"num_demonstrations": 6, "epochs": 2, "batch_size": 3, "learning_rate": 3e-3},
        "algorithm": {"name": "ppo", "kl_in_reward": False},
        "rl": {"num_episodes": 24, "episodes_per_step": 8, "learning_rate": 1e-3, "reference": False, "minibatches": 2},
        "rollout": {"max_new_tokens": 4, "max_context": 256, "concurrency": 8},
        "evaluation": {"num_tasks": 6, "num_example_episodes": 1},
    }
    merged = {name: {**section, **changes.get(name, {})} for name, section in sections.items()}
    extra = {name: value for name, value in changes.items() if name not in sections}
    return parse_config({"name": "code-word", "seed": 3, "output_dir": str(folder), **merged, **extra})


def run(config: TrainConfig) -> dict[str, Evaluation]:
    return train(config)


if __name__ == "__main__":
    run(configuration(Path(sys.argv[1]), num_processes=int(os.environ.get("WORLD_SIZE", "1"))))
