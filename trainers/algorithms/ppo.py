"""PPO over the tokens of many turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from trainers.algorithms.checks import check_fields, present
from trainers.functional.advantages import gae, kl_penalised, whiten
from trainers.functional.health import policy_health, token_health, value_health
from trainers.functional.losses import Clip, KLEstimator, clipped_policy_loss, clipped_value_loss, kl_divergence
from trainers.functional.masks import compact, masked_sum
from trainers.types import Batch, LossTerms, PolicyOutput

__all__ = ["PPO"]


@dataclass(frozen=True, slots=True)
class PPO:
    """Proximal policy optimisation in which every sampled token is a step.

    Over a trajectory's sampled tokens i, turn after turn, with a turn's reward on its last token::

        delta_i = r_i + gamma V_{i+1} - V_i
        A_i     = delta_i + gamma lam A_{i+1}
        rho_i   = pi(token_i) / pi_old(token_i)
        L       = mean over tokens of -min(rho_i A_i, clip(rho_i, 1 - clip_low, 1 + clip_high) A_i)

    Tokens of the observations are jumped over: they carry no reward, no value and no discount.

    Source: Wang and Ammanabrolu 2025 (arXiv 2510.01132), section 6 and table 13; Schulman et al. 2017 (arXiv
    1707.06347).
    Departures: V is read before the token that it judges, where the paper's notation includes it.
    """

    clip_low: float = 0.2
    """How far a token's ratio may fall below 1 before its gradient is cut."""
    clip_high: float = 0.2
    """How far a token's ratio may rise above 1 before its gradient is cut."""
    dual_clip: float | None = 3.0
    """Bound on the ratio of tokens with a negative advantage; none switches it off."""
    gamma: float = 1.0
    """Discount per sampled token."""
    lam: float = 1.0
    """Weight of the longer returns in the advantage, per sampled token."""
    value_clip: float | None = 0.5
    """How far a value may move in one update before its gradient is cut; none switches it off."""
    value_coef: float = 1.0
    """Weight of the critic's loss."""
    entropy_coef: float = 0.0
    """Weight of the entropy bonus."""
    kl_in_reward: bool = True
    """Take the divergence from the reference off each token's reward."""
    kl_reward_coef: float = 0.01
    """Weight of the divergence in the reward, where kl_in_reward is on."""
    kl_coef: float = 0.0
    """Weight of the divergence in the loss; 0 where it is in the reward."""
    kl_estimator: KLEstimator = "k3"
    """Estimator of the divergence in the loss: k1, k2 or k3."""
    whiten_advantages: bool = True
    """Shift and scale the advantages of a batch to mean 0 and variance 1."""
    bootstrap_truncated: bool = False
    """Credit an episode that was cut short with the critic's value of where it stood; off, it counts as ended."""

    needs_critic: ClassVar[bool] = True
    needs_groups: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def needs_reference(self) -> bool:
        """Whether log-probs of a frozen reference enter the reward or the loss."""
        return self.kl_in_reward or self.kl_coef > 0

    def credit(self, batch: Batch) -> Batch:
        """Token advantages and returns, over each trajectory's sampled tokens whatever rows they lie in."""
        layout, rewards = compact(batch.turn_ids, batch.trajectory), batch.rewards
        if self.kl_in_reward:
            old, ref = (
                present(batch.old_logprobs, "PPO: old_logprobs"),
                present(batch.ref_logprobs, "PPO: ref_logprobs"),
            )
            rewards = kl_penalised(rewards, old, ref, batch.action_mask, self.kl_reward_coef)
        values = layout.gather(present(batch.values, "PPO: values"))
        advantages = gae(
            layout.gather(rewards),
            values,
            layout.mask,
            gamma=self.gamma,
            lam=self.lam,
            bootstrap=layout.sum_rows(batch.bootstrap) * float(self.bootstrap_truncated),
        )
        returns = layout.scatter(advantages + values)
        advantages = whiten(advantages, layout.mask) if self.whiten_advantages else advantages
        return replace(batch, advantages=layout.scatter(advantages), returns=returns)

    def count(self, batch: Batch) -> Tensor:
        """Scalar: the sampled tokens."""
        return batch.action_mask.sum()

    def loss(self, new: PolicyOutput, batch: Batch) -> LossTerms:
        """Sums over the sampled tokens."""
        mask, advantages = batch.action_mask, present(batch.advantages, "PPO: advantages")
        values, old_values = present(new.values, "PPO: new values"), present(batch.values, "PPO: values")
        returns = present(batch.returns, "PPO: returns")
        log_ratio = new.logprobs - present(batch.old_logprobs, "PPO: old_logprobs")
        clip = Clip(self.clip_low, self.clip_high, self.dual_clip)
        policy = clipped_policy_loss(log_ratio, advantages, clip)
        if batch.importance is not None:
            policy = policy * batch.importance
        return LossTerms(
            policy=masked_sum(policy, mask),
            value=masked_sum(clipped_value_loss(values, old_values, returns, clip=self.value_clip), mask),
            kl=masked_sum(kl_divergence(new.logprobs, batch.ref_logprobs, self.kl_estimator), mask),
            entropy=masked_sum(new.entropy, mask),
            metrics={
                **policy_health(log_ratio, advantages, mask, clip),
                **value_health(values, old_values, returns, mask, clip=self.value_clip),
                **token_health(new, batch),
            },
        )
