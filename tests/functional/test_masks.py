from __future__ import annotations

import pytest
import torch

from trainers.functional.masks import (
    compact,
    first_of_turn,
    masked_max,
    masked_sum,
    same_shape,
    spread_turns,
    sum_by_turn,
    turn_count,
)

TURNS = torch.tensor([[-1, 0, 0, -1, 1, -1], [-1, -1, 0, 1, 1, 1]])
X = torch.tensor([[1.0, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60]])


def test_masked_sum_does_not_read_what_does_not_count() -> None:
    x = torch.tensor([1.0, float("nan"), 3.0, float("inf")], requires_grad=True)
    total = masked_sum(x, torch.tensor([True, False, True, False]))
    assert total.item() == 4.0
    (gradient,) = torch.autograd.grad(total, x)
    assert gradient.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_masked_max_and_its_empty_case() -> None:
    x = torch.tensor([-5.0, -3.0, 9.0])
    assert masked_max(x, torch.tensor([True, True, False])).item() == -3.0
    assert masked_max(x, torch.zeros(3, dtype=torch.bool)).item() == 0.0


def test_different_shapes_are_refused_where_broadcasting_would_join_them() -> None:
    with pytest.raises(ValueError, match=r"somewhere: expected equal shapes, got .*'a': \(3, 3\).*'b': \(3,\)"):
        same_shape("somewhere", a=torch.zeros(3, 3), b=torch.zeros(3))


def test_first_of_turn_marks_one_token_per_turn_even_without_an_observation_between() -> None:
    expected = [[0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0]]
    assert first_of_turn(TURNS).long().tolist() == expected


def test_sum_by_turn_and_spread_turns_by_hand() -> None:
    sums = sum_by_turn(X, TURNS, 3)
    assert sums.tolist() == [[5, 5, 0], [30, 150, 0]]
    assert spread_turns(sums, TURNS).tolist() == [[0, 5, 5, 0, 5, 0], [0, 0, 30, 150, 150, 150]]


def test_turn_count_is_at_least_one() -> None:
    assert turn_count(TURNS) == 2
    assert turn_count(torch.full((2, 3), -1)) == 1
    assert turn_count(torch.zeros((0, 3), dtype=torch.long)) == 1


def test_compact_lays_the_rows_of_a_trajectory_end_to_end_by_turn() -> None:
    # Trajectory 4 has its turn 2 in the first row and its turns 0 and 1 in the last; trajectory 2 has one row.
    turn_ids = torch.tensor([[-1, 2, 2], [0, -1, 1], [0, 1, 1]])
    x = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
    layout = compact(turn_ids, torch.tensor([4, 2, 4]))
    assert layout.gather(x).tolist() == [[3, 5, 0, 0, 0], [6, 7, 8, 1, 2]]
    assert layout.gather(turn_ids, fill=-1).tolist() == [[0, 1, -1, -1, -1], [0, 1, 1, 2, 2]]
    assert layout.mask.sum(-1).tolist() == [2, 5]
    assert layout.scatter(layout.gather(x)).tolist() == [[0, 1, 2], [3, 0, 5], [6, 7, 8]]
    assert layout.sum_rows(torch.tensor([1.0, 10, 100])).tolist() == [10, 101]
    assert layout.any_row(torch.tensor([8, 9, 8])).tolist() == [9, 8]


def test_compact_of_rows_without_sampled_tokens() -> None:
    layout = compact(torch.full((2, 3), -1), torch.tensor([0, 1]))
    assert layout.mask.shape == (2, 0)
    assert layout.scatter(layout.gather(torch.ones(2, 3))).tolist() == [[0, 0, 0], [0, 0, 0]]
