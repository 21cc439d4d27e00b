"""Supervised fine-tuning on demonstrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from trainers.functional.losses import nll
from trainers.functional.masks import masked_sum
from trainers.types import Batch, LossTerms, PolicyOutput

__all__ = ["SFT"]


@dataclass(frozen=True, slots=True)
class SFT:
    """Maximum likelihood of the demonstrations' replies.

    ::

        L = mean over tokens of -log pi(token | everything before it)

    over the tokens of the replies, end tokens included; observations count for nothing.

    Source: Wang and Ammanabrolu 2025 (arXiv 2510.01132), appendix C: gold play-throughs as conversations.
    """

    needs_critic: ClassVar[bool] = False
    needs_groups: ClassVar[bool] = False
    needs_reference: ClassVar[bool] = False
    value_coef: ClassVar[float] = 0.0
    kl_coef: ClassVar[float] = 0.0
    entropy_coef: ClassVar[float] = 0.0

    def credit(self, batch: Batch) -> Batch:
        """The batch as it is: every token of a demonstration counts the same."""
        return batch

    def count(self, batch: Batch) -> Tensor:
        """Scalar: the tokens of the replies."""
        return batch.action_mask.sum()

    def loss(self, new: PolicyOutput, batch: Batch) -> LossTerms:
        """Sums over the tokens of the replies."""
        mask, zero = batch.action_mask, new.logprobs.new_zeros(())
        policy, entropy = masked_sum(nll(new.logprobs), mask), masked_sum(new.entropy, mask)
        sums = {
            "sft/loss": policy.detach(),
            "sft/token_probability": masked_sum(new.logprobs.detach().exp(), mask),
            "policy/entropy": entropy.detach(),
        }
        metrics = {name: (total, mask.sum()) for name, total in sums.items()}
        return LossTerms(policy=policy, value=zero, kl=zero, entropy=entropy, metrics=metrics)
