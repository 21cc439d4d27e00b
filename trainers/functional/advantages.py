"""Credit: from rewards and values to advantages. Steps are tokens or turns; the formulas are the same."""

from __future__ import annotations

import torch
from torch import Tensor

from trainers.functional.masks import masked_sum, same_shape

__all__ = ["gae", "group_sizes", "grpo", "kl_penalised", "rloo", "whiten"]


def gae(rewards: Tensor, values: Tensor, mask: Tensor, *, gamma: float, lam: float, bootstrap: Tensor) -> Tensor:
    """Generalised advantages ``[*, T]`` over the steps where ``mask`` is True, 0 elsewhere.

    With ``t'`` the next step that counts::

        delta_t = r_t + gamma V_t' - V_t
        A_t     = delta_t + gamma lam A_t'

    and behind the last step ``V = bootstrap``, ``A = 0``. Steps that do not count are jumped over: they add nothing
    and discount nothing. On tokens ``[*, T]`` this is PPO's estimator, on turns ``[*, K]`` Turn-PPO's. The critic's
    target is ``A_t + V_t``.

    Source: Schulman et al. 2016 (arXiv 1506.02438), equation 16; over many turns Wang and Ammanabrolu 2025
    (arXiv 2510.01132), section 6.

    Args:
        rewards: Float ``[*, T]``.
        values: Float ``[*, T]``, of the state in which the step was chosen.
        mask: Bool ``[*, T]``, True = a step.
        gamma: Discount per step.
        lam: Weight of the longer returns, 0 (one step) to 1 (whole return).
        bootstrap: Float ``[*]``, value of the state after the last step; 0 where the episode ended of its own.
    """
    same_shape("gae", rewards=rewards, values=values, mask=mask)
    same_shape("gae", bootstrap=bootstrap, episodes=mask.any(-1))
    advantages = torch.zeros_like(values)
    next_value, next_advantage = bootstrap, torch.zeros_like(bootstrap)
    for t in reversed(range(values.shape[-1])):
        counts, value = mask[..., t], values[..., t]
        advantage = rewards[..., t] + gamma * next_value - value + gamma * lam * next_advantage
        next_value = torch.where(counts, value, next_value)
        next_advantage = torch.where(counts, advantage, next_advantage)
        advantages[..., t] = torch.where(counts, advantage, torch.zeros_like(advantage))
    return advantages


def kl_penalised(rewards: Tensor, old_logprobs: Tensor, ref_logprobs: Tensor, mask: Tensor, coef: float) -> Tensor:
    """Rewards ``[*, T]`` less ``coef (log pi_old - log pi_ref)`` on each token where ``mask`` is True.

    Source: Ziegler et al. 2019 (arXiv 1909.08593), equation 2.
    """
    same_shape("kl_penalised", rewards=rewards, old_logprobs=old_logprobs, ref_logprobs=ref_logprobs, mask=mask)
    return torch.where(mask, rewards - coef * (old_logprobs - ref_logprobs), rewards)


def group_sizes(group: Tensor) -> Tensor:
    """Long ``[N]``: how many members the group of each trajectory has."""
    _, index, counts = torch.unique(group, return_inverse=True, return_counts=True)
    sizes: Tensor = counts[index]
    return sizes


def grpo(returns: Tensor, group: Tensor, *, std: bool, eps: float = 1e-6) -> Tensor:
    """Advantages ``[N]`` relative to the group: ``(R_i - mean) / (std + eps)``, or ``R_i - mean`` without ``std``.

    The standard deviation is the unbiased one (n - 1). A group of one, and a group whose returns are all equal, tell
    nothing apart: 0.

    Source: Shao et al. 2024 (arXiv 2402.03300), section 4.1.2; without the standard deviation Liu et al. 2025
    (arXiv 2503.20783), section 3.2.

    Args:
        returns: Float ``[N]``, one per trajectory.
        group: Long ``[N]``, equal numbers are one group.
        std: Divide by the group's standard deviation.
        eps: Keeps a nearly equal group finite.
    """
    same_shape("grpo", returns=returns, group=group)
    centred, index, counts = _centred(returns, group)
    if std:
        squares = torch.zeros_like(counts).index_add(0, index, centred.square())
        centred = centred / ((squares / (counts - 1).clamp(min=1)).sqrt()[index] + eps)
    return centred.to(returns.dtype)


def rloo(returns: Tensor, group: Tensor) -> Tensor:
    """Advantages ``[N]`` over the mean of the *other* members: ``R_i - mean_{j != i} R_j``; 0 in a group of one.

    Equal to ``n / (n - 1) (R_i - mean)``, which is how it is computed.

    Source: Ahmadian et al. 2024 (arXiv 2402.14740), section 3.3; Kool et al. 2019.
    """
    same_shape("rloo", returns=returns, group=group)
    centred, index, counts = _centred(returns, group)
    return (centred * (counts / (counts - 1).clamp(min=1))[index]).to(returns.dtype)


def _centred(returns: Tensor, group: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``R_i - mean`` of the group ``[N]``, exactly 0 in a constant group; group index ``[N]``; sizes ``[G]``."""
    numbers, index = torch.unique(group, return_inverse=True)
    exact = returns.double()
    zeros = exact.new_zeros(len(numbers))
    counts = zeros.index_add(0, index, torch.ones_like(exact))
    mean = zeros.index_add(0, index, exact) / counts
    low = zeros.scatter_reduce(0, index, exact, "amin", include_self=False)
    high = zeros.scatter_reduce(0, index, exact, "amax", include_self=False)
    centred = torch.where((low == high)[index], torch.zeros_like(exact), exact - mean[index])
    return centred, index, counts


def whiten(x: Tensor, mask: Tensor, *, eps: float = 1e-8) -> Tensor:
    """``x [*]`` shifted and scaled to mean 0 and variance 1 over the entries where ``mask`` is True, 0 elsewhere.

    ``(x - mean) / sqrt(var + eps)`` with the unbiased variance (n - 1); a single entry becomes 0.
    """
    exact = x.double()
    count = mask.sum()
    centred = exact - masked_sum(exact, mask) / count.clamp(min=1)
    variance = masked_sum(centred.square(), mask) / (count - 1).clamp(min=1)
    return torch.where(mask, centred * torch.rsqrt(variance + eps), torch.zeros_like(exact)).to(x.dtype)
