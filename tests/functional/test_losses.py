from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.algorithms.plays import many, slow_policy, slow_value
from tests.tolerances import DOUBLE, EXACT
from trainers.functional.losses import (
    Clip,
    KLEstimator,
    clipped_policy_loss,
    clipped_value_loss,
    kl_divergence,
    nll,
    truncated_importance,
)

numbers = st.floats(-3, 3, allow_nan=False, width=32)


def double(*x: float) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.double)


def policy_gradient(ratio: float, advantage: float, clip: Clip) -> float:
    log_ratio = double(math.log(ratio)).requires_grad_()
    (gradient,) = torch.autograd.grad(clipped_policy_loss(log_ratio, double(advantage), clip).sum(), log_ratio)
    return float(gradient)


def test_clipped_policy_loss_by_hand() -> None:
    # Ratios 1/2, 1, 3/2 with bounds 0.8 and 1.3, advantages +2 then -2.
    log_ratio = double(0.5, 1, 1.5).log()
    clip = Clip(0.2, 0.3)
    assert clipped_policy_loss(log_ratio, double(2, 2, 2), clip).tolist() == pytest.approx([-1, -2, -2.6], abs=EXACT)
    assert clipped_policy_loss(log_ratio, double(-2, -2, -2), clip).tolist() == pytest.approx([1.6, 2, 3], abs=EXACT)


def test_dual_clip_bounds_the_loss_of_bad_decisions_only() -> None:
    log_ratio, clip = double(2, 5, 5).log(), Clip(0.2, 0.2, 3.0)
    assert clipped_policy_loss(log_ratio, double(-1, -1, 1), clip).tolist() == pytest.approx([2, 3, -1.2], abs=EXACT)
    assert policy_gradient(5.0, -1.0, clip) == 0.0
    assert policy_gradient(2.0, -1.0, clip) == pytest.approx(2.0, abs=EXACT)


def test_the_gradient_is_cut_exactly_where_moving_on_would_pay() -> None:
    clip = Clip(0.2, 0.3)
    assert policy_gradient(1.31, 1.0, clip) == 0.0
    assert policy_gradient(1.29, 1.0, clip) == pytest.approx(-1.29, abs=EXACT)
    assert policy_gradient(0.79, -1.0, clip) == 0.0
    assert policy_gradient(0.81, -1.0, clip) == pytest.approx(0.81, abs=EXACT)
    assert policy_gradient(0.1, 1.0, clip) == pytest.approx(-0.1, abs=EXACT)
    assert policy_gradient(9.0, -1.0, clip) == pytest.approx(9.0, abs=EXACT)


@many
@given(
    log_ratio=st.floats(-2, 2, width=32),
    advantage=numbers,
    low=st.floats(0, 0.5, width=32),
    high=st.floats(0, 0.5, width=32),
    dual=st.none() | st.floats(2, 4, width=32),
)
def test_clipped_policy_loss_is_the_slow_one(
    log_ratio: float, advantage: float, low: float, high: float, dual: float | None
) -> None:
    got = clipped_policy_loss(double(log_ratio), double(advantage), Clip(low, high, dual))
    assert float(got) == pytest.approx(slow_policy(log_ratio, advantage, low, high, dual), abs=DOUBLE)


@many
@given(advantage=numbers)
def test_at_ratio_one_the_gradient_is_the_policy_gradient(advantage: float) -> None:
    assert policy_gradient(1.0, advantage, Clip(0.2, 0.2, 3.0)) == pytest.approx(-advantage, abs=EXACT)


def test_a_ratio_beyond_all_bounds_stays_finite() -> None:
    loss = clipped_policy_loss(double(500, -500, 500), double(0, 1, -1), Clip(0.2, 0.2))
    assert loss.tolist() == pytest.approx([0, -math.exp(-20), math.exp(20)])


def test_an_advantage_per_row_is_refused_against_tokens() -> None:
    with pytest.raises(ValueError, match="clipped_policy_loss: expected equal shapes"):
        clipped_policy_loss(torch.zeros(3, 3), torch.zeros(3), Clip(0.2, 0.2))


def test_clipped_value_loss_by_hand() -> None:
    # V_old = 0, c = 1/2, G = 2: V = 3 is held at 1/2, (1/2 - 2)^2 = 2.25 > (3 - 2)^2; V = 1/4 is free.
    got = clipped_value_loss(double(3, 0.25), double(0, 0), double(2, 2), clip=0.5)
    assert got.tolist() == pytest.approx([2.25 / 2, 1.75**2 / 2], abs=EXACT)
    assert clipped_value_loss(double(3), double(0), double(2), clip=None).item() == 0.5


@many
@given(new=numbers, old=numbers, target=numbers, clip=st.none() | st.floats(0, 2, width=32))
def test_clipped_value_loss_is_the_slow_one(new: float, old: float, target: float, clip: float | None) -> None:
    got = clipped_value_loss(double(new), double(old), double(target), clip=clip)
    assert float(got) == pytest.approx(slow_value(new, old, target, clip), abs=DOUBLE)


LOGITS, REFERENCE = [0.3, -1.2, 2.0, 0.7], [1.0, -0.5, 0.2, 0.1]


@pytest.mark.parametrize("estimator", ["k1", "k3"])
def test_kl_estimators_have_the_right_expectation(estimator: KLEstimator) -> None:
    ours, theirs = torch.log_softmax(double(*LOGITS), 0), torch.log_softmax(double(*REFERENCE), 0)
    exact = sum(math.exp(p) * (p - q) for p, q in zip(ours.tolist(), theirs.tolist(), strict=True))
    estimate = kl_divergence(ours, theirs, estimator)
    assert float((ours.exp() * estimate).sum()) == pytest.approx(exact, abs=EXACT)


def test_k2_has_the_right_expected_gradient() -> None:
    logits = double(*LOGITS).requires_grad_()
    theirs = torch.log_softmax(double(*REFERENCE), 0)
    ours = torch.log_softmax(logits, 0)
    (exact,) = torch.autograd.grad((ours.exp() * (ours - theirs)).sum(), logits, retain_graph=True)
    expected = (ours.exp().detach() * kl_divergence(ours, theirs, "k2")).sum()
    (gradient,) = torch.autograd.grad(expected, logits)
    assert gradient.tolist() == pytest.approx(exact.tolist(), abs=EXACT)


@many
@given(p=st.floats(-8, 0, width=32), q=st.floats(-8, 0, width=32))
def test_k3_is_never_negative_and_all_vanish_on_equals(p: float, q: float) -> None:
    assert float(kl_divergence(double(p), double(q), "k3")) >= -EXACT
    for estimator in ("k1", "k2", "k3"):
        assert float(kl_divergence(double(p), double(p), estimator)) == 0.0  # type: ignore[arg-type]


def test_kl_estimators_by_hand_without_reference_and_unknown() -> None:
    ours, theirs = double(-1.0), double(-1.0 - math.log(2))
    assert kl_divergence(ours, theirs, "k1").item() == pytest.approx(math.log(2), abs=EXACT)
    assert kl_divergence(ours, theirs, "k2").item() == pytest.approx(math.log(2) ** 2 / 2, abs=EXACT)
    assert kl_divergence(ours, theirs, "k3").item() == pytest.approx(0.5 - 1 + math.log(2), abs=EXACT)
    assert kl_divergence(ours, None, "k3").tolist() == [0.0]
    with pytest.raises(ValueError, match="kl_divergence: expected an estimator of k1, k2, k3, got 'k4'"):
        kl_divergence(ours, theirs, "k4")  # type: ignore[arg-type]


def test_nll_is_minus_the_logprob() -> None:
    assert nll(double(-0.5, -2)).tolist() == [0.5, 2]


def test_truncated_importance_by_hand() -> None:
    mask = torch.tensor([True, True, False])
    got = truncated_importance(double(-1, -1, -1), double(-1 - math.log(5), -0.5, -9), mask, cap=2.0)
    assert got.tolist() == pytest.approx([2.0, math.exp(-0.5), 1.0], abs=EXACT)
