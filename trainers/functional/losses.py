"""Losses, entry by entry: nothing here takes a mean, so that the caller can divide by the global count."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from trainers.functional.masks import same_shape

__all__ = [
    "KL_ESTIMATORS",
    "MAX_LOG_RATIO",
    "Clip",
    "KLEstimator",
    "clipped_policy_loss",
    "clipped_value_loss",
    "kl_divergence",
    "nll",
    "truncated_importance",
]

KLEstimator = Literal["k1", "k2", "k3"]
KL_ESTIMATORS: tuple[str, ...] = get_args(KLEstimator)

MAX_LOG_RATIO = 20.0
"""Log-ratios are cut to this size before the exponential: beyond it a ratio says nothing but 'far', and inf would
become NaN at an advantage of 0."""


class Clip(NamedTuple):
    """The bounds on a decision's ratio."""

    low: float
    """How far below 1 the ratio may go before its gradient is cut."""
    high: float
    """How far above 1."""
    dual: float | None = None
    """Bound above 1 on the ratio of decisions with a negative advantage; None for none."""


def clipped_policy_loss(log_ratio: Tensor, advantages: Tensor, clip: Clip) -> Tensor:
    """PPO's clipped loss ``[*]`` of each decision (a token, or a turn with its summed log-ratio).

    With ``rho = exp(log_ratio)``::

        l = -min(rho A, clip(rho, 1 - low, 1 + high) A)
        l = min(l, -dual A)      where A < 0, if dual is given

    Source: Schulman et al. 2017 (arXiv 1707.06347), equation 7; unequal bounds Yu et al. 2025 (arXiv 2503.14476),
    section 3.1; the second bound Ye et al. 2020 (arXiv 1912.09729), equation 5.

    Args:
        log_ratio: Float ``[*]``, ``log pi_new - log pi_old`` of the decision.
        advantages: Float ``[*]``.
        clip: The bounds.
    """
    same_shape("clipped_policy_loss", log_ratio=log_ratio, advantages=advantages)
    ratio = log_ratio.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()
    loss = -torch.minimum(ratio * advantages, ratio.clamp(1 - clip.low, 1 + clip.high) * advantages)
    if clip.dual is None:
        return loss
    return torch.where(advantages < 0, torch.minimum(loss, -clip.dual * advantages), loss)


def clipped_value_loss(values: Tensor, old_values: Tensor, returns: Tensor, *, clip: float | None) -> Tensor:
    """Half the squared error ``[*]`` of the critic, pessimistic about moves of more than ``clip``.

    ::

        l = 1/2 max((V - G)^2, (clip(V, V_old - c, V_old + c) - G)^2)

    Source: the PPO of OpenAI Baselines; Huang et al. 2022, "The 37 implementation details of PPO", detail 9.

    Args:
        values: Float ``[*]`` of the critic now.
        old_values: Float ``[*]`` of the critic before the update.
        returns: Float ``[*]``, the targets G.
        clip: c; None for the plain squared error.
    """
    same_shape("clipped_value_loss", values=values, old_values=old_values, returns=returns)
    error = (values - returns).square()
    if clip is None:
        return 0.5 * error
    near = torch.clamp(values, old_values - clip, old_values + clip)
    return 0.5 * torch.maximum(error, (near - returns).square())


def kl_divergence(logprobs: Tensor, ref_logprobs: Tensor | None, estimator: KLEstimator) -> Tensor:
    """Estimate ``[*]`` of ``KL(pi || ref)`` from each token that ``pi`` sampled; 0 without a reference.

    With ``d = log pi - log ref``::

        k1 = d
        k2 = d^2 / 2
        k3 = exp(-d) - 1 + d

    k1 and k3 have the right expectation, and k3 is never negative; k2 has the right expected *gradient* where the
    tokens come from the very policy that is trained.

    Source: Schulman 2020, "Approximating KL divergence".
    """
    if ref_logprobs is None:
        return torch.zeros_like(logprobs)
    same_shape("kl_divergence", logprobs=logprobs, ref_logprobs=ref_logprobs)
    difference = logprobs - ref_logprobs
    if estimator == "k1":
        return difference
    if estimator == "k2":
        return 0.5 * difference.square()
    if estimator == "k3":
        return torch.exp((-difference).clamp(max=MAX_LOG_RATIO)) - 1 + difference
    raise ValueError(f"kl_divergence: expected an estimator of {', '.join(KL_ESTIMATORS)}, got {estimator!r}.")


def nll(logprobs: Tensor) -> Tensor:
    """Negative log-likelihood ``[*]`` of each token."""
    return -logprobs


def truncated_importance(old_logprobs: Tensor, sampler_logprobs: Tensor, mask: Tensor, *, cap: float) -> Tensor:
    """Weights ``min(pi_old / pi_sampler, cap)`` ``[*]``, 1 where ``mask`` is False.

    They correct for an engine whose probabilities are not the trainer's own.

    Source: Ionides 2008, "Truncated importance sampling".
    """
    same_shape("truncated_importance", old_logprobs=old_logprobs, sampler_logprobs=sampler_logprobs, mask=mask)
    weights = (old_logprobs - sampler_logprobs).clamp(max=MAX_LOG_RATIO).exp().clamp(max=cap)
    return torch.where(mask, weights, torch.ones_like(weights))
