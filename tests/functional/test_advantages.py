from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.algorithms.plays import many, slow_gae, slow_whiten
from tests.tolerances import DOUBLE, EXACT, SINGLE
from trainers.functional.advantages import gae, group_sizes, grpo, kl_penalised, rloo, whiten

numbers = st.floats(-3, 3, allow_nan=False, width=32)
shares = st.floats(0, 1, allow_nan=False, width=32)
steps = st.lists(st.tuples(numbers, numbers, st.booleans()), min_size=1, max_size=8)
grouped = st.lists(st.tuples(numbers, st.integers(0, 2)), min_size=1, max_size=9)


def double(x: object) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.double)


def close(got: torch.Tensor, expected: object, tolerance: float = DOUBLE) -> None:
    torch.testing.assert_close(got, double(expected), atol=tolerance, rtol=0)


def test_gae_by_hand() -> None:
    # gamma = 1/2, lam = 1/2, V = 1, 2, 4 and the end worth 8; r = 0, 0, 3.
    # delta = 0 + 1 - 1 = 0,  0 + 2 - 2 = 0,  3 + 4 - 4 = 3;  A = 3/16, 3/4, 3.
    mask = torch.ones(1, 3, dtype=torch.bool)
    got = gae(double([[0, 0, 3]]), double([[1, 2, 4]]), mask, gamma=0.5, lam=0.5, bootstrap=double([8]))
    close(got, [[0.1875, 0.75, 3.0]], EXACT)


@many
@given(steps=steps, gamma=shares, lam=shares, bootstrap=numbers)
def test_gae_is_the_double_sum_over_the_steps_that_count(
    steps: list[tuple[float, float, bool]], gamma: float, lam: float, bootstrap: float
) -> None:
    rewards, values, mask = (list(column) for column in zip(*steps, strict=True))
    kept = [(r, v) for r, v, counts in steps if counts]
    slow = iter(slow_gae([r for r, _ in kept], [v for _, v in kept], gamma, lam, bootstrap))
    got = gae(
        double([rewards]), double([values]), torch.tensor([mask]), gamma=gamma, lam=lam, bootstrap=double([bootstrap])
    )
    close(got, [[next(slow) if counts else 0.0 for counts in mask]])


@many
@given(steps=steps, gamma=shares, lam=shares)
def test_gae_equals_the_recursion_with_a_carry(
    steps: list[tuple[float, float, bool]], gamma: float, lam: float
) -> None:
    next_value = carried = 0.0
    expected = []
    for reward, value, counts in reversed(steps):
        advantage = reward + gamma * next_value - value + gamma * lam * carried
        if counts:
            next_value, carried = value, advantage
        expected.append(carried)
    rewards, values, mask = (list(column) for column in zip(*steps, strict=True))
    got = gae(double([rewards]), double([values]), torch.tensor([mask]), gamma=gamma, lam=lam, bootstrap=double([0]))
    close(got[0][mask], [each for each, counts in zip(reversed(expected), mask, strict=True) if counts])


@many
@given(steps=steps, bootstrap=numbers)
def test_gae_without_discount_is_return_to_go_less_value(
    steps: list[tuple[float, float, bool]], bootstrap: float
) -> None:
    rewards, values, _ = (list(column) for column in zip(*steps, strict=True))
    mask = torch.ones(1, len(steps), dtype=torch.bool)
    got = gae(double([rewards]), double([values]), mask, gamma=1.0, lam=1.0, bootstrap=double([bootstrap]))
    close(got, [[sum(rewards[i:]) + bootstrap - values[i] for i in range(len(steps))]])


def test_gae_with_lam_zero_is_the_one_step_error() -> None:
    mask = torch.tensor([[True, False, True]])
    got = gae(double([[1, 9, 2]]), double([[5, 9, 3]]), mask, gamma=0.5, lam=0.0, bootstrap=double([4]))
    close(got, [[1 + 0.5 * 3 - 5, 0, 2 + 0.5 * 4 - 3]], EXACT)


def test_gae_refuses_a_bootstrap_of_another_shape() -> None:
    with pytest.raises(ValueError, match="gae: expected equal shapes"):
        gae(torch.zeros(2, 3), torch.zeros(2, 3), torch.ones(2, 3).bool(), gamma=1, lam=1, bootstrap=torch.zeros(3))


def test_grpo_by_hand() -> None:
    # Group 0: returns 0, 0, 3: mean 1, squares 1 + 1 + 4 = 6, unbiased variance 3. Group 1: alone. Group 2: constant.
    returns, group = double([0, 5, 0, 3, 0.1, 0.1, 0.1]), torch.tensor([0, 1, 0, 0, 2, 2, 2])
    root = 3**0.5 + 1e-6
    close(grpo(returns, group, std=True), [-1 / root, 0, -1 / root, 2 / root, 0, 0, 0], EXACT)
    close(grpo(returns, group, std=False), [-1, 0, -1, 2, 0, 0, 0], EXACT)
    assert group_sizes(group).tolist() == [3, 1, 3, 3, 3, 3, 3]


def test_a_constant_group_is_exactly_zero_in_single_precision() -> None:
    returns = torch.full((7,), 0.1)
    group = torch.zeros(7, dtype=torch.long)
    for advantages in (grpo(returns, group, std=True), rloo(returns, group)):
        assert advantages.tolist() == [0.0] * 7
        assert advantages.dtype == torch.float32


def test_rloo_by_hand() -> None:
    # Against the mean of the others: 1 - (4 + 7)/2, 4 - (1 + 7)/2, 7 - (1 + 4)/2; the last is alone.
    close(rloo(double([1, 4, 7, 2]), torch.tensor([5, 5, 5, 6])), [-4.5, 0, 4.5, 0], EXACT)


@many
@given(members=grouped)
def test_rloo_is_the_slow_leave_one_out_loop(members: list[tuple[float, int]]) -> None:
    expected = []
    for i, (own, group) in enumerate(members):
        others = [value for j, (value, other) in enumerate(members) if other == group and j != i]
        expected.append(own - sum(others) / len(others) if others else 0.0)
    returns, group = zip(*members, strict=True)
    close(rloo(double(returns), torch.tensor(group)), expected)


@many
@given(members=grouped, shift=numbers)
def test_group_advantages_sum_to_zero_ignore_a_shift_and_differ_by_a_factor(
    members: list[tuple[float, int]], shift: float
) -> None:
    returns, group = double([value for value, _ in members]), torch.tensor([number for _, number in members])
    centred, ours = grpo(returns, group, std=False), rloo(returns, group)
    for number in set(group.tolist()):
        for advantages in (centred, ours, grpo(returns, group, std=True)):
            assert abs(float(advantages[group == number].sum())) < DOUBLE
    size = group_sizes(group).double()
    close(ours, (size / (size - 1).clamp(min=1) * centred).tolist())
    close(rloo(returns + shift, group), ours.tolist())


@many
@given(x=st.lists(st.tuples(numbers, st.booleans()), min_size=1, max_size=9))
def test_whiten_reads_the_entries_that_count(x: list[tuple[float, bool]]) -> None:
    kept = [value for value, counts in x if counts]
    slow = iter(slow_whiten(kept) if kept else [])
    got = whiten(double([value if counts else 1e6 for value, counts in x]), torch.tensor([counts for _, counts in x]))
    close(got, [next(slow) if counts else 0.0 for _, counts in x], SINGLE)


def test_whiten_gives_mean_zero_and_variance_one() -> None:
    x = torch.arange(12, dtype=torch.double).square()
    got = whiten(x, x > 3)[x > 3]
    assert abs(float(got.mean())) < DOUBLE
    assert abs(float(got.var()) - 1) < DOUBLE


def test_kl_penalised_by_hand() -> None:
    mask = torch.tensor([[False, True, True]])
    got = kl_penalised(double([[0, 0, 1]]), double([[9, -1, -2]]), double([[0, -3, -1]]), mask, 0.1)
    close(got, [[0, -0.2, 1.1]], EXACT)


def test_grpo_spread_equals_trl() -> None:
    trl = pytest.importorskip("trl.trainer.utils", reason="TRL is not installed: NOT compared (extra oracle)")
    returns = double([[0.0, 1, 1, 3], [2, -2, 0.5, 4]])
    spread = trl.nanstd(returns, dim=1, keepdim=True)
    expected = (returns - returns.mean(1, keepdim=True)) / (spread + 1e-4)
    got = grpo(returns.flatten(), torch.tensor([0, 0, 0, 0, 1, 1, 1, 1]), std=True, eps=1e-4)
    close(got, expected.flatten().tolist(), SINGLE)
