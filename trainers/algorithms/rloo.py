"""RLOO: returns relative to the others of the group, no critic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from trainers.algorithms.checks import check_fields, check_groups, present
from trainers.functional.advantages import kl_penalised, rloo
from trainers.functional.health import policy_health, token_health
from trainers.functional.losses import Clip, KLEstimator, clipped_policy_loss, kl_divergence
from trainers.functional.masks import compact, masked_sum
from trainers.types import Batch, LossTerms, PolicyOutput

__all__ = ["RLOO"]


@dataclass(frozen=True, slots=True)
class RLOO:
    """REINFORCE with a leave-one-out baseline: one advantage for all sampled tokens of a trajectory.

    For trajectories i that started from the same state and returned R_i::

        A_i   = R_i - mean of the others' R_j
        rho_t = pi(token_t) / pi_old(token_t)
        L     = mean over tokens of -min(rho_t A_i, clip(rho_t, 1 - clip_low, 1 + clip_high) A_i)

    A trajectory whose fellows failed has advantage 0.

    Source: Ahmadian et al. 2024 (arXiv 2402.14740), section 3.3; the settings Wang and Ammanabrolu 2025 (arXiv
    2510.01132), appendix C.
    Departures: the ratio is clipped, and per token, so that a batch may serve several updates; in the first one the
    gradient is REINFORCE's. The mean runs over the tokens of all trajectories at once.
    """

    clip_low: float = 0.2
    """How far a token's ratio may fall below 1 before its gradient is cut."""
    clip_high: float = 0.2
    """How far a token's ratio may rise above 1 before its gradient is cut."""
    dual_clip: float | None = 3.0
    """Bound on the ratio of tokens with a negative advantage; none switches it off."""
    entropy_coef: float = 0.0
    """Weight of the entropy bonus."""
    kl_in_reward: bool = True
    """Take the divergence from the reference, summed over the trajectory, off its return."""
    kl_reward_coef: float = 0.001
    """Weight of the divergence in the return, where kl_in_reward is on."""
    kl_coef: float = 0.0
    """Weight of the divergence in the loss; 0 where it is in the return."""
    kl_estimator: KLEstimator = "k3"
    """Estimator of the divergence in the loss: k1, k2 or k3."""

    needs_critic: ClassVar[bool] = False
    needs_groups: ClassVar[bool] = True
    value_coef: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def needs_reference(self) -> bool:
        """Whether log-probs of a frozen reference enter the reward or the loss."""
        return self.kl_in_reward or self.kl_coef > 0

    def credit(self, batch: Batch) -> Batch:
        """The trajectory's advantage on every token that it sampled, whatever rows they lie in.

        Raises:
            InvalidConfig: No group has two members.
        """
        layout, mask = compact(batch.turn_ids, batch.trajectory), batch.action_mask
        returns, group = layout.any_row(batch.episode_return), layout.any_row(batch.group)
        check_groups("RLOO", group)
        if self.kl_in_reward:
            old, ref = (
                present(batch.old_logprobs, "RLOO: old_logprobs"),
                present(batch.ref_logprobs, "RLOO: ref_logprobs"),
            )
            penalty = kl_penalised(torch.zeros_like(batch.rewards), old, ref, mask, self.kl_reward_coef)
            returns = returns + layout.sum_rows(penalty.sum(-1))
        advantages = rloo(returns, group)
        return replace(batch, advantages=advantages[layout.owner_of_row, None] * mask)

    def count(self, batch: Batch) -> Tensor:
        """Scalar: the sampled tokens."""
        return batch.action_mask.sum()

    def loss(self, new: PolicyOutput, batch: Batch) -> LossTerms:
        """Sums over the sampled tokens."""
        mask, advantages = batch.action_mask, present(batch.advantages, "RLOO: advantages")
        log_ratio = new.logprobs - present(batch.old_logprobs, "RLOO: old_logprobs")
        clip = Clip(self.clip_low, self.clip_high, self.dual_clip)
        policy = clipped_policy_loss(log_ratio, advantages, clip)
        if batch.importance is not None:
            policy = policy * batch.importance
        kl = kl_divergence(new.logprobs, batch.ref_logprobs, self.kl_estimator)
        return LossTerms(
            policy=masked_sum(policy, mask),
            value=new.logprobs.new_zeros(()),
            kl=masked_sum(kl, mask),
            entropy=masked_sum(new.entropy, mask),
            metrics={**policy_health(log_ratio, advantages, mask, clip), **token_health(new, batch)},
        )
