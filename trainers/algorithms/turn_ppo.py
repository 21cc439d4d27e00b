"""Turn-PPO: the whole reply of a turn is one action."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from trainers.algorithms.checks import check_fields, present
from trainers.functional.advantages import gae, kl_penalised, whiten
from trainers.functional.health import policy_health, token_health, turn_health, value_health
from trainers.functional.losses import Clip, KLEstimator, clipped_policy_loss, clipped_value_loss, kl_divergence
from trainers.functional.masks import compact, first_of_turn, masked_sum, spread_turns, sum_by_turn, turn_count
from trainers.types import Batch, LossTerms, PolicyOutput

__all__ = ["TurnPPO"]


@dataclass(frozen=True, slots=True)
class TurnPPO:
    """Proximal policy optimisation in which every turn is a step.

    Over the turns n of a trajectory, whose reply R_n has tokens k and whose value is read before the first of them::

        delta_n = r_n + gamma V_{n+1} - V_n
        A_n     = delta_n + gamma lam A_{n+1}
        rho_n   = exp(sum over k of log pi(R_n^k) - log pi_old(R_n^k))
        l_n     = -min(rho_n A_n, clip(rho_n, 1 - clip_low, 1 + clip_high) A_n)
        L       = mean over trajectories of (sum of l_n) / (sum of |R_n|)

    The critic learns at the turns' first tokens only, averaged over a trajectory's turns, then over trajectories.
    Divergence and entropy are token means of each trajectory, then means over trajectories.

    Source: Li et al. 2025 (arXiv 2512.17008), section 2.
    Departures: the critic's squared error is halved. Advantages are whitened over tokens, each with its turn's.
    Summed log-ratios are cut at +-20 before the exponential. A turn's importance weight is the product of its tokens',
    truncated.
    """

    clip_low: float = 0.2
    """How far a turn's ratio may fall below 1 before its gradient is cut."""
    clip_high: float = 0.2
    """How far a turn's ratio may rise above 1 before its gradient is cut."""
    dual_clip: float | None = None
    """Bound on the ratio of turns with a negative advantage; none switches it off."""
    gamma: float = 0.99
    """Discount per turn."""
    lam: float = 0.9
    """Weight of the longer returns in the advantage, per turn."""
    value_clip: float | None = 0.5
    """How far a value may move in one update before its gradient is cut; none switches it off."""
    value_coef: float = 1.0
    """Weight of the critic's loss."""
    entropy_coef: float = 0.0
    """Weight of the entropy bonus."""
    kl_in_reward: bool = False
    """Take the divergence from the reference, summed over a turn's tokens, off the turn's reward."""
    kl_reward_coef: float = 0.01
    """Weight of the divergence in the reward, where kl_in_reward is on."""
    kl_coef: float = 0.001
    """Weight of the divergence in the loss; 0 where it is in the reward."""
    kl_estimator: KLEstimator = "k3"
    """Estimator of the divergence in the loss: k1, k2 or k3."""
    whiten_advantages: bool = True
    """Shift and scale the advantages of a batch to mean 0 and variance 1."""
    bootstrap_truncated: bool = False
    """Credit an episode that was cut short with the critic's value of where it stood; off, it counts as ended."""
    turn_importance_cap: float = 2.0
    """Highest importance weight of a turn, where the engine's log-probs are not the trainer's own."""

    needs_critic: ClassVar[bool] = True
    needs_groups: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def needs_reference(self) -> bool:
        """Whether log-probs of a frozen reference enter the reward or the loss."""
        return self.kl_in_reward or self.kl_coef > 0

    def credit(self, batch: Batch) -> Batch:
        """Each turn's advantage on all of its tokens, its return on the first; per trajectory, whatever its rows."""
        layout, rewards = compact(batch.turn_ids, batch.trajectory), batch.rewards
        if self.kl_in_reward:
            old, ref = (
                present(batch.old_logprobs, "TurnPPO: old_logprobs"),
                present(batch.ref_logprobs, "TurnPPO: ref_logprobs"),
            )
            rewards = kl_penalised(rewards, old, ref, batch.action_mask, self.kl_reward_coef)
        turn_ids = layout.gather(batch.turn_ids, fill=-1)
        starts, num_turns = first_of_turn(turn_ids), turn_count(turn_ids)
        values = sum_by_turn(layout.gather(present(batch.values, "TurnPPO: values")) * starts, turn_ids, num_turns)
        advantages = gae(
            sum_by_turn(layout.gather(rewards), turn_ids, num_turns),
            values,
            sum_by_turn(starts.long(), turn_ids, num_turns) > 0,
            gamma=self.gamma,
            lam=self.lam,
            bootstrap=layout.sum_rows(batch.bootstrap) * float(self.bootstrap_truncated),
        )
        returns = spread_turns(advantages + values, turn_ids) * starts
        spread = spread_turns(advantages, turn_ids)
        spread = whiten(spread, layout.mask) if self.whiten_advantages else spread
        return replace(batch, advantages=layout.scatter(spread), returns=layout.scatter(returns))

    def count(self, batch: Batch) -> Tensor:
        """Scalar: the trajectories; a row counts for its share of the trajectory's sampled tokens."""
        return (batch.action_mask.sum(-1) / batch.trajectory_tokens.clamp(min=1)).sum()

    def loss(self, new: PolicyOutput, batch: Batch) -> LossTerms:
        """Sums over trajectories."""
        turn_ids, mask, num_turns = batch.turn_ids, batch.action_mask, turn_count(batch.turn_ids)
        starts, lengths = first_of_turn(turn_ids), sum_by_turn(mask.long(), turn_ids, num_turns)
        values, old_values = present(new.values, "TurnPPO: new values"), present(batch.values, "TurnPPO: values")
        returns = present(batch.returns, "TurnPPO: returns")
        advantages = sum_by_turn(present(batch.advantages, "TurnPPO: advantages") * starts, turn_ids, num_turns)
        drift = new.logprobs - present(batch.old_logprobs, "TurnPPO: old_logprobs")
        log_ratio = sum_by_turn(drift, turn_ids, num_turns)
        clip = Clip(self.clip_low, self.clip_high, self.dual_clip)
        policy = clipped_policy_loss(log_ratio, advantages, clip)
        if batch.importance is not None:
            weight = sum_by_turn(batch.importance.log(), turn_ids, num_turns).exp()
            policy = policy * weight.clamp(max=self.turn_importance_cap)
        value = clipped_value_loss(values, old_values, returns, clip=self.value_clip)
        kl = kl_divergence(new.logprobs, batch.ref_logprobs, self.kl_estimator)
        per_token = 1 / batch.trajectory_tokens.clamp(min=1)[:, None]
        per_turn = 1 / batch.trajectory_turns.clamp(min=1)[:, None]
        return LossTerms(
            policy=masked_sum(policy * per_token, lengths > 0),
            value=masked_sum(value * per_turn, starts),
            kl=masked_sum(kl * per_token, mask),
            entropy=masked_sum(new.entropy * per_token, mask),
            metrics={
                **policy_health(log_ratio, advantages, lengths > 0, clip),
                **turn_health(log_ratio, advantages, lengths, clip),
                **value_health(values, old_values, returns, starts, clip=self.value_clip),
                **token_health(new, batch),
            },
        )
