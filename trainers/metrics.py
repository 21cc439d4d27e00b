"""Every number that the trainer logs: its name, its formula, once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from textarena_rl.errors import InvalidConfig

__all__ = ["METRICS", "check_names"]

METRICS: dict[str, str] = {
    # the episodes of a step
    "episode/success": "won episodes / finished episodes.",
    "episode/return": "Mean over finished episodes of the undiscounted sum of the turn rewards.",
    "episode/turns": "Mean over finished episodes of the number of replies.",
    "episode/invalid_actions": "Replies that the world refused / all replies.",
    "episode/truncated": "Episodes cut short by a turn or context limit / finished episodes.",
    "episode/failed": "Episodes that an error ended / all episodes; they are kept out of the gradient.",
    "episode/reply_tokens": "Sampled tokens / replies.",
    "episode/context_tokens": "Mean over finished episodes of the tokens of the last prompt and its reply.",
    "group/return_std": "Mean over groups of the standard deviation (n - 1) of their returns.",
    "group/equal_fraction": "Groups whose returns are all equal / groups of at least two; they teach nothing.",
    "group/alone_fraction": "Trajectories alone in their group, since their fellows failed / trajectories.",
    # the engine against the trainer, same tokens, same weights
    "sampler/logprob_difference_mean": "Mean over sampled tokens of |log pi_old - log pi_sampler|.",
    "sampler/logprob_difference_max": "Largest |log pi_old - log pi_sampler| of a sampled token.",
    "sampler/kl": "Mean over sampled tokens of r - 1 - log r with r = pi_old / pi_sampler: KL(sampler || old).",
    "sampler/importance_mean": "Mean over sampled tokens of the truncated weight min(pi_old / pi_sampler, cap).",
    # the policy; a decision is a token, in Turn-PPO a turn
    "policy/loss": "LossTerms.policy / count: the clipped loss per token, in Turn-PPO per trajectory.",
    "policy/clip_fraction": "Decisions whose gradient the clip cut / decisions.",
    "policy/clip_fraction_low": "Decisions with rho < 1 - clip_low and A < 0 / decisions.",
    "policy/clip_fraction_high": "Decisions with rho > 1 + clip_high and A > 0 / decisions.",
    "policy/clip_fraction_short_turns": "Turn-PPO: the clip fraction of turns of up to 16 tokens.",
    "policy/clip_fraction_medium_turns": "Turn-PPO: the clip fraction of turns of 17 to 64 tokens.",
    "policy/clip_fraction_long_turns": "Turn-PPO: the clip fraction of turns of more than 64 tokens.",
    "policy/dual_clip_fraction": "Decisions with rho > dual_clip and A < 0 / decisions.",
    "policy/ratio_mean": "Mean over decisions of rho = pi_new / pi_old; 1 before the first optimizer step.",
    "policy/ratio_far_fraction": "Decisions with rho > 2 or rho < 1/2 / decisions.",
    "policy/approx_kl": "Mean over sampled tokens of rho - 1 - log rho: KL(old || new).",
    "policy/entropy": "Mean over sampled tokens of the entropy of the distribution that they came from, in nats.",
    "kl/loss": "LossTerms.kl / count: the divergence from the reference by the chosen estimator.",
    "kl/reference": "Mean over sampled tokens of exp(-d) - 1 + d with d = log pi_new - log pi_ref.",
    # the critic; over tokens, in Turn-PPO over first tokens of turns, if nothing else is said
    "value/loss": "LossTerms.value / count: half the squared error, clipped.",
    "value/error": "Mean of (V_new - G)^2.",
    "value/clip_fraction": "Values that moved by more than value_clip / values.",
    "value/explained_variance": "1 - Var(G - V_old) / Var(G) over first tokens of turns; 0 where G is constant.",
    "value/mean": "Mean of V_old over the first tokens of all turns.",
    "value/return_mean": "Mean of the critic's targets G over the first tokens of all turns.",
    # the optimizer
    "optim/actor_learning_rate": "The policy's learning rate in this step.",
    "optim/critic_learning_rate": "The critic's learning rate in this step.",
    "optim/grad_norm": "Mean over optimizer steps of the gradient's 2-norm before clipping.",
    "optim/skipped": "Optimizer steps left out: gradient not finite, or divergence above its limit.",
    "optim/steps": "Optimizer steps taken.",
    # demonstrations
    "sft/loss": "Mean over reply tokens of -log pi(token).",
    "sft/token_probability": "Mean over reply tokens of pi(token): the chance that a sample equals the demonstration.",
    # time and speed
    "time/rollout_seconds": "Playing the episodes.",
    "time/score_seconds": "Log-probs and values before the update.",
    "time/update_seconds": "Forward, backward and optimizer.",
    "time/sync_seconds": "New weights into the engine.",
    "time/evaluate_seconds": "Held-out episodes.",
    "time/checkpoint_seconds": "Writing the checkpoint.",
    "time/step_seconds": "The whole step.",
    "speed/sampled_tokens_per_second": "Sampled tokens / time/rollout_seconds.",
    "speed/trained_tokens_per_second": "Real tokens of the batch times epochs / time/update_seconds.",
    "speed/episodes_per_second": "Episodes / time/step_seconds.",
    # held-out tasks
    "evaluate/success": "won episodes / held-out episodes that did not fail.",
    "evaluate/success_low": "Lower end of the 95 % Wilson interval of evaluate/success.",
    "evaluate/success_high": "Upper end of the 95 % Wilson interval of evaluate/success.",
    "evaluate/num_episodes": "Held-out episodes that did not fail.",
    "evaluate/failed": "Held-out episodes that an error ended.",
    "evaluate/episode_return": "Mean over held-out episodes of the undiscounted sum of the turn rewards.",
    "evaluate/score": "Mean over held-out episodes of score / max_score.",
    "evaluate/turns": "Mean over held-out episodes of the number of replies.",
    "evaluate/invalid_actions": "Replies that the world refused / all replies, held-out episodes.",
}
"""Name -> one sentence with the formula."""


def check_names(names: Iterable[str]) -> None:
    """Refuse to log a number that nobody has defined.

    Args:
        names: Metric names, or a mapping from them.

    Raises:
        InvalidConfig: A name is not in :data:`METRICS`; the nearest one is suggested.
    """
    for name in names:
        if name not in METRICS:
            near = get_close_matches(name, METRICS, n=1, cutoff=0.0)[0]
            raise InvalidConfig(
                f"metrics: expected a name of METRICS, got {name!r}. "
                f"Did you mean {near!r}? Else add a row with its formula."
            )
