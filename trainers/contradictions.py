"""Settings that are fine one by one and cannot hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainers.config import RlConfig, TrainConfig

__all__ = ["contradictions"]


def contradictions(config: TrainConfig) -> list[str]:
    """One sentence for each pair of settings that cannot both hold."""
    env, sft, rollout, processes = config.env, config.sft, config.rollout, config.num_processes
    checks = [
        (
            rollout.max_new_tokens >= rollout.max_context,
            f"rollout.max_new_tokens: expected less than rollout.max_context ({rollout.max_context}), "
            f"got {rollout.max_new_tokens}. Leave room for the prompt.",
        ),
        (
            env.split in (env.test_split, env.valid_split),
            f"env.split: expected another split than those of the evaluations, got {env.split!r} for both. "
            "Held-out tasks must not be trained on.",
        ),
        (
            sft is not None and processes > sft.batch_size,
            f"num_processes: expected at most sft.batch_size ({sft.batch_size if sft else 0}), got {processes}. "
            "Use fewer processes or a larger batch.",
        ),
    ]
    found = [sentence for wrong, sentence in checks if wrong]
    return [*found, *_rl_contradictions(config, config.rl)] if config.rl else found


def _rl_contradictions(config: TrainConfig, rl: RlConfig) -> list[str]:
    name, algorithm, per_step = config.algorithm.name, config.algorithm.build(), rl.episodes_per_step
    size, processes = config.group_size, config.num_processes
    checks = [
        (
            algorithm.needs_groups and size < 2,
            f"rl.group_size: expected at least 2 with {name}, which compares within a group, got {size}.",
        ),
        (
            per_step % size > 0,
            f"rl.episodes_per_step: expected a multiple of the group size ({size}), got {per_step}. "
            "Change one of the two.",
        ),
        (
            rl.num_episodes % per_step > 0,
            f"rl.num_episodes: expected a multiple of rl.episodes_per_step ({per_step}), got {rl.num_episodes}. "
            "Change one of the two.",
        ),
        (
            processes > per_step,
            f"num_processes: expected at most rl.episodes_per_step ({per_step}), got {processes}. "
            "Use fewer processes or more episodes.",
        ),
        (
            rl.minibatches > per_step,
            f"rl.minibatches: expected at most rl.episodes_per_step ({per_step}), got {rl.minibatches}.",
        ),
        (
            algorithm.needs_critic and config.model.critic == "none",
            f"model.critic: expected shared or separate with {name}, which needs values, got none.",
        ),
        (
            not rl.reference and (algorithm.kl_coef > 0 or algorithm.kl_in_reward),
            f"rl.reference: expected true where {name} measures the divergence from it, got false. "
            "Keep the reference, or set algorithm.kl_coef to 0 and algorithm.kl_in_reward to false.",
        ),
    ]
    return [sentence for wrong, sentence in checks if wrong]
