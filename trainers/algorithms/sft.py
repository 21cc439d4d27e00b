"""Supervised fine-tuning on demonstrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from trainers.algorithms.checks import check_fields
from trainers.functional.losses import nll
from trainers.functional.masks import masked_sum
from trainers.types import Batch, LossTerms, PolicyOutput

__all__ = ["SFT"]


@dataclass(frozen=True, slots=True)
class SFT:
    """Maximum likelihood of the demonstrations' replies.

    ::

        L = -1/|tokens| sum log pi(token | everything before it)

    over the tokens of the replies, end tokens included; observations count for nothing.

    Source: Wang and Ammanabrolu 2025 (arXiv 2510.01132), appendix C: gold play-throughs as a conversation, one epoch.
    """

    entropy_coef: float = 0.0
    """Weight of the entropy bonus."""
    actor_learning_rate: float = 1e-6
    """The policy's learning rate."""

    needs_critic: ClassVar[bool] = False
    needs_groups: ClassVar[bool] = False
    value_coef: ClassVar[float] = 0.0
    kl_coef: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    def credit(self, batch: Batch) -> Batch:
        """The batch as it is: every token of a demonstration counts the same."""
        return batch

    def count(self, batch: Batch) -> Tensor:
        """Scalar: the tokens of the replies."""
        return batch.action_mask.sum()

    def loss(self, new: PolicyOutput, batch: Batch) -> LossTerms:
        """Sums over the tokens of the replies."""
        mask, zero = batch.action_mask, torch.zeros((), device=new.logprobs.device)
        policy = masked_sum(nll(new.logprobs), mask)
        probability = masked_sum(new.logprobs.detach().exp(), mask)
        return LossTerms(
            policy=policy,
            value=zero,
            kl=zero,
            entropy=masked_sum(new.entropy, mask),
            metrics={
                "sft/loss": (policy.detach(), mask.sum()),
                "sft/token_probability": (probability, mask.sum()),
                "policy/entropy": (masked_sum(new.entropy.detach(), mask), mask.sum()),
            },
        )
