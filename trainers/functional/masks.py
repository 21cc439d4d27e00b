"""Which entries count, and how tokens, turns and trajectories map onto one another.

Axes as in :mod:`trainers.types`; N trajectories, S sampled tokens of the longest trajectory, ``*`` any leading axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = [
    "Compact",
    "compact",
    "first_of_turn",
    "masked_max",
    "masked_sum",
    "same_shape",
    "spread_turns",
    "sum_by_turn",
    "turn_count",
]


def same_shape(where: str, **tensors: Tensor) -> None:
    """Refuse tensors of different shapes, which broadcasting would join silently.

    Raises:
        ValueError: Two shapes differ.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"{where}: expected equal shapes, got {shapes}. Align them before the call.")


def masked_sum(x: Tensor, mask: Tensor) -> Tensor:
    """Scalar sum of ``x [*]`` where ``mask [*]`` is True; what lies elsewhere is not read, not even NaN."""
    same_shape("masked_sum", x=x, mask=mask)
    return torch.where(mask, x, torch.zeros_like(x)).sum()


def masked_max(x: Tensor, mask: Tensor) -> Tensor:
    """Scalar maximum of ``x [*]`` where ``mask [*]`` is True, 0 where nothing is."""
    same_shape("masked_max", x=x, mask=mask)
    return x[mask].max() if bool(mask.any()) else x.new_zeros(())


def turn_count(turn_ids: Tensor) -> int:
    """K: one more than the highest turn number of ``turn_ids``, at least 1."""
    return max(int(turn_ids.max()) + 1, 1) if turn_ids.numel() else 1


def first_of_turn(turn_ids: Tensor) -> Tensor:
    """Bool ``[*, T]``, True on the first sampled token of each turn of ``turn_ids [*, T]``.

    A value read there belongs to the state in which the turn's reply was chosen.
    """
    before = torch.cat([torch.full_like(turn_ids[..., :1], -1), turn_ids[..., :-1]], dim=-1)
    return (turn_ids >= 0) & (turn_ids != before)


def sum_by_turn(x: Tensor, turn_ids: Tensor, num_turns: int) -> Tensor:
    """Float ``[*, K]``: the sum of ``x [*, T]`` over the tokens of each turn, 0 for a turn that has none."""
    same_shape("sum_by_turn", x=x, turn_ids=turn_ids)
    kept = torch.where(turn_ids >= 0, x, torch.zeros_like(x))
    return x.new_zeros((*x.shape[:-1], num_turns)).scatter_add(-1, turn_ids.clamp(min=0), kept)


def spread_turns(y: Tensor, turn_ids: Tensor) -> Tensor:
    """Float ``[*, T]``: each token's turn entry of ``y [*, K]``, 0 off the sampled tokens."""
    spread = y.gather(-1, turn_ids.clamp(min=0))
    return torch.where(turn_ids >= 0, spread, torch.zeros_like(spread))


@dataclass(frozen=True, slots=True)
class Compact:
    """Where the sampled tokens of each trajectory lie in the rows: M tokens of N trajectories.

    A trajectory may be split over several rows, and observations lie between its replies. Laid end to end, its sampled
    tokens are the steps that credit runs over.
    """

    mask: Tensor
    """Bool ``[N, S]``, True on the steps that exist; trajectories in the order of their numbers."""
    row: Tensor
    """Long ``[M]``."""
    column: Tensor
    """Long ``[M]``."""
    owner: Tensor
    """Long ``[M]``: the trajectory, 0 to N-1."""
    step: Tensor
    """Long ``[M]``: the place within the trajectory, 0 to S-1."""
    owner_of_row: Tensor
    """Long ``[B]``: the trajectory of each row, 0 to N-1."""
    num_columns: int
    """T."""

    def gather(self, x: Tensor, fill: float = 0.0) -> Tensor:
        """``[N, S]``: the sampled tokens' entries of ``x [B, T]``; ``fill`` behind a trajectory's last."""
        steps = x.new_full(tuple(self.mask.shape), fill)
        steps[self.owner, self.step] = x[self.row, self.column]
        return steps

    def scatter(self, y: Tensor) -> Tensor:
        """``[B, T]``: the entries of ``y [N, S]`` back on their tokens, 0 elsewhere."""
        rows = y.new_zeros((len(self.owner_of_row), self.num_columns))
        rows[self.row, self.column] = y[self.owner, self.step]
        return rows

    def sum_rows(self, x: Tensor) -> Tensor:
        """``[N]``: the sum of ``x [B]`` over the rows of each trajectory."""
        return x.new_zeros(len(self.mask)).index_add(0, self.owner_of_row, x)

    def any_row(self, x: Tensor) -> Tensor:
        """``[N]``: the entry of ``x [B]`` that all rows of a trajectory share."""
        shared = x.new_zeros(len(self.mask))
        shared[self.owner_of_row] = x
        return shared


def compact(turn_ids: Tensor, trajectory: Tensor) -> Compact:
    """The layout of the sampled tokens by trajectory, turn and place, whatever the order of the rows.

    Args:
        turn_ids: Long ``[B, T]``, the turn within the trajectory, -1 off the sampled tokens. A turn lies in one row.
        trajectory: Long ``[B]``, equal numbers are one trajectory.
    """
    numbers, owner_of_row = torch.unique(trajectory, return_inverse=True)
    row, column = torch.nonzero(turn_ids >= 0, as_tuple=True)
    order = torch.argsort(turn_ids[row, column], stable=True)
    order = order[torch.argsort(owner_of_row[row[order]], stable=True)]
    row, column = row[order], column[order]
    owner = owner_of_row[row]
    lengths = torch.bincount(owner, minlength=len(numbers))
    step = torch.arange(len(owner), device=owner.device) - (lengths.cumsum(0) - lengths)[owner]
    longest = int(lengths.max()) if len(lengths) else 0
    mask = torch.arange(longest, device=owner.device) < lengths[:, None]
    return Compact(mask, row, column, owner, step, owner_of_row, turn_ids.shape[1])
