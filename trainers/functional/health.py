"""Numbers that tell how the training is doing; their names and formulas are in :mod:`trainers.metrics`.

Functions of a loss return ``(sum, count)`` pairs, which add up over micro-batches and processes. Functions of a whole
batch return plain numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.functional.advantages import group_sizes
from trainers.functional.losses import MAX_LOG_RATIO, Clip, kl_divergence
from trainers.functional.masks import compact, first_of_turn, masked_max, masked_sum
from trainers.types import Batch, PolicyOutput

__all__ = [
    "critic_health",
    "group_health",
    "policy_health",
    "sampler_drift",
    "token_health",
    "turn_health",
    "value_health",
]

Sums = dict[str, tuple[Tensor, Tensor]]

CONSTANT = 1e-8
"""A variance of the returns below this is rounding: they are all the same."""
SHORT_TURN, LONG_TURN = 16, 64
"""Tokens: a turn is short up to the first, long beyond the second."""


def _sums(mask: Tensor, **entries: Tensor) -> Sums:
    count = mask.sum()
    return {name: (masked_sum(entry.detach().float(), mask), count) for name, entry in entries.items()}


def _cut(log_ratio: Tensor, advantages: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
    """Bool ``[*]`` twice: the decisions whose gradient the lower and the upper bound cut."""
    ratio = log_ratio.detach().exp()
    return (ratio < 1 - clip.low) & (advantages < 0), (ratio > 1 + clip.high) & (advantages > 0)


def policy_health(log_ratio: Tensor, advantages: Tensor, mask: Tensor, clip: Clip) -> Sums:
    """How far the decisions (tokens or turns, ``[*]``) where ``mask`` is True have moved, and how many were cut."""
    log_ratio = log_ratio.detach().clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    ratio = log_ratio.exp()
    low, high = _cut(log_ratio, advantages, clip)
    far = (ratio > 2) | (ratio < 0.5)
    bound = (ratio > clip.dual) & (advantages < 0) if clip.dual is not None else torch.zeros_like(low)
    sums = _sums(mask, clip_fraction=low | high, clip_fraction_low=low, clip_fraction_high=high)
    sums |= _sums(mask, dual_clip_fraction=bound, ratio_mean=ratio, ratio_far_fraction=far)
    return {f"policy/{name}": pair for name, pair in sums.items()}


def token_health(new: PolicyOutput, batch: Batch) -> Sums:
    """Entropy and divergences of the sampled tokens, the same for every algorithm."""
    mask = batch.action_mask
    sums = {f"policy/{name}": pair for name, pair in _sums(mask, entropy=new.entropy).items()}
    if batch.old_logprobs is not None:
        sums |= _sums(mask, **{"policy/approx_kl": kl_divergence(batch.old_logprobs, new.logprobs, "k3")})
    if batch.ref_logprobs is not None:
        sums |= _sums(mask, **{"kl/reference": kl_divergence(new.logprobs, batch.ref_logprobs, "k3")})
    return sums


def turn_health(log_ratio: Tensor, advantages: Tensor, lengths: Tensor, clip: Clip) -> Sums:
    """The share of cut turns ``[*, K]`` by the number of their tokens, since summed log-ratios grow with length."""
    low, high = _cut(log_ratio, advantages, clip)
    cut = low | high
    short, long = lengths <= SHORT_TURN, lengths > LONG_TURN
    return {
        **_sums((lengths > 0) & short, **{"policy/clip_fraction_short_turns": cut}),
        **_sums(~short & ~long, **{"policy/clip_fraction_medium_turns": cut}),
        **_sums(long, **{"policy/clip_fraction_long_turns": cut}),
    }


def value_health(values: Tensor, old_values: Tensor, returns: Tensor, mask: Tensor, *, clip: float | None) -> Sums:
    """Error of the critic on the decisions ``[*]`` where ``mask`` is True, and how many the value clip holds back."""
    error = (values.detach() - returns).square()
    beyond = (values.detach() - old_values).abs() > clip if clip is not None else torch.zeros_like(mask)
    return _sums(mask, **{"value/error": error, "value/clip_fraction": beyond})


def critic_health(batch: Batch) -> dict[str, float]:
    """How much of the returns the critic explains, over the first tokens of all turns of a credited batch."""
    if batch.values is None or batch.returns is None:
        return {}
    starts = first_of_turn(batch.turn_ids)
    values, returns = batch.values[starts].double(), batch.returns[starts].double()
    if len(values) == 0:
        return {}
    spread = returns.var(correction=0)
    unexplained = (returns - values).var(correction=0)
    explained = float(1 - unexplained / spread) if float(spread) > CONSTANT else 0.0
    return {
        "value/explained_variance": explained,
        "value/mean": float(values.mean()),
        "value/return_mean": float(returns.mean()),
    }


def group_health(batch: Batch) -> dict[str, float]:
    """How much the returns differ inside the groups; before a collapse their spread falls first."""
    layout = compact(batch.turn_ids, batch.trajectory)
    returns, group = layout.any_row(batch.episode_return).double(), layout.any_row(batch.group)
    members = [returns[group == number] for number in torch.unique(group)]
    members = [each for each in members if len(each) > 1]
    alone = float((group_sizes(group) == 1).double().mean()) if len(group) else 0.0
    if not members:
        return {"group/alone_fraction": alone}
    return {
        "group/alone_fraction": alone,
        "group/return_std": float(torch.stack([each.std() for each in members]).mean()),
        "group/equal_fraction": sum(float(each.max()) == float(each.min()) for each in members) / len(members),
    }


def sampler_drift(batch: Batch) -> dict[str, float]:
    """How far the engine's log-probs lie from the trainer's own of the same tokens and weights."""
    if batch.old_logprobs is None:
        return {}
    mask = batch.action_mask
    count = max(int(mask.sum()), 1)
    difference = (batch.old_logprobs - batch.sampler_logprobs).abs()
    kl = kl_divergence(batch.sampler_logprobs, batch.old_logprobs, "k3")
    drift = {
        "sampler/logprob_difference_mean": float(masked_sum(difference, mask)) / count,
        "sampler/logprob_difference_max": float(masked_max(difference, mask)),
        "sampler/kl": float(masked_sum(kl, mask)) / count,
    }
    if batch.importance is not None:
        drift["sampler/importance_mean"] = float(masked_sum(batch.importance, mask)) / count
    return drift
