"""Trajectories become rows, rows become one padded :class:`Batch`, and a batch falls into micro-batches and shares.

Nothing is ever re-tokenised: the ids that were sampled are the ids that are learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from textarena_rl.errors import InvalidConfig
from trainers.types import Batch, Trajectory

__all__ = ["Row", "micro_batches", "shares", "to_batch", "to_rows"]


@dataclass(slots=True)
class Row:
    """A longest run of turns in which each prompt extends everything before it; lists over its T tokens."""

    input_ids: list[int] = field(default_factory=list)
    turn_ids: list[int] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    sampler_logprobs: list[float] = field(default_factory=list)
    truncated: bool = False

    def is_extended_by(self, prompt_ids: Sequence[int]) -> bool:
        """Whether the row so far is how the prompt begins."""
        return list(prompt_ids[: len(self.input_ids)]) == self.input_ids

    def add_context(self, prompt_ids: Sequence[int]) -> None:
        """Append what the prompt has beyond the row so far."""
        new = list(prompt_ids[len(self.input_ids) :])
        self.input_ids += new
        self.turn_ids += [-1] * len(new)
        self.rewards += [0.0] * len(new)
        self.sampler_logprobs += [0.0] * len(new)

    def add_action(self, turn: int, action_ids: Sequence[int], logprobs: Sequence[float], reward: float) -> None:
        """Append the tokens sampled in a turn; its reward sits on the last of them."""
        self.input_ids += action_ids
        self.turn_ids += [turn] * len(action_ids)
        self.rewards += [0.0] * (len(action_ids) - 1) + [reward]
        self.sampler_logprobs += logprobs


def to_rows(trajectory: Trajectory) -> list[Row]:
    """The rows of one trajectory: one where every prompt extends the last, more where a prompt was rewritten.

    The final prompt of a truncated trajectory ends its last row, or is a row of its own (without sampled tokens) where
    it was rewritten too; that row is ``truncated``: the value after it is the bootstrap.

    Raises:
        InvalidConfig: The two halves of the trajectory differ in length, a prompt is empty, or a turn has no sampled
            token or not one log-prob per token.
    """
    where = f"to_rows: task {trajectory.episode.task!r}"
    if len(trajectory.turns) != len(trajectory.episode.turns):
        raise InvalidConfig(
            f"{where}: expected as many token turns as text turns, got {len(trajectory.turns)} and "
            f"{len(trajectory.episode.turns)}. Leave out episodes that failed."
        )
    rows: list[Row] = []
    for number, (turn, text) in enumerate(zip(trajectory.turns, trajectory.episode.turns, strict=True)):
        if not turn.prompt_ids or not turn.action_ids or len(turn.action_ids) != len(turn.action_logprobs):
            raise InvalidConfig(
                f"{where}, turn {number}: expected a prompt, a reply and one log-prob per token of the reply, got "
                f"{len(turn.prompt_ids)}, {len(turn.action_ids)} and {len(turn.action_logprobs)}. Check the engine."
            )
        _row_for(turn.prompt_ids, rows).add_action(number, turn.action_ids, turn.action_logprobs, text.reward)
    if trajectory.final_prompt_ids:
        _row_for(trajectory.final_prompt_ids, rows).truncated = True
    return rows


def _row_for(prompt_ids: Sequence[int], rows: list[Row]) -> Row:
    """The last row if the prompt extends it, else a new one; in either case it ends with the prompt now."""
    if not rows or not rows[-1].is_extended_by(prompt_ids):
        rows.append(Row())
    rows[-1].add_context(prompt_ids)
    return rows[-1]


def to_batch(trajectories: Sequence[Trajectory], *, pad_id: int) -> Batch:
    """All rows of all trajectories in order, padded on the right with ``pad_id`` (never looked at: masks decide).

    Raises:
        InvalidConfig: There is no trajectory with a turn, or one is malformed (see :func:`to_rows`).
    """
    owned = [(number, row) for number, trajectory in enumerate(trajectories) for row in to_rows(trajectory)]
    if not owned:
        raise InvalidConfig("to_batch: expected at least one trajectory with a turn, got none. Collect some first.")
    rows = [row for _, row in owned]
    lengths = torch.tensor([len(row.input_ids) for row in rows])
    owners = [trajectories[number] for number, _ in owned]
    return Batch(
        input_ids=_pad([row.input_ids for row in rows], pad_id, torch.long),
        attention_mask=torch.arange(int(lengths.max()))[None, :] < lengths[:, None],
        turn_ids=_pad([row.turn_ids for row in rows], -1, torch.long),
        rewards=_pad([row.rewards for row in rows], 0.0, torch.float32),
        sampler_logprobs=_pad([row.sampler_logprobs for row in rows], 0.0, torch.float32),
        trajectory=torch.tensor([number for number, _ in owned]),
        group=torch.tensor([owner.group for owner in owners]),
        episode_return=torch.tensor([owner.episode.episode_return for owner in owners]),
        trajectory_tokens=torch.tensor([float(owner.num_action_tokens) for owner in owners]),
        trajectory_turns=torch.tensor([float(len(owner.turns)) for owner in owners]),
        truncated=torch.tensor([row.truncated for row in rows]),
        bootstrap=torch.zeros(len(rows)),
    )


def _pad(lists: Sequence[Sequence[float]], filler: float, dtype: torch.dtype) -> Tensor:
    longest = max(len(values) for values in lists)
    return torch.tensor([[*values, *[filler] * (longest - len(values))] for values in lists], dtype=dtype)


def micro_batches(batch: Batch, max_tokens: int) -> list[Tensor]:
    """Row indices in groups of similar length with rows x longest <= ``max_tokens``; a longer row goes alone.

    The same batch always falls into the same groups.

    Raises:
        InvalidConfig: ``max_tokens`` is not positive.
    """
    return _group(range(len(batch)), _lengths(batch), max_tokens)


def shares(batch: Batch, num_processes: int, max_tokens: int) -> list[list[Tensor]]:
    """The micro-batches of each process, the same number for all (the last ones may be empty).

    Rows are dealt longest first, there and back, so that every process gets about the same work. Each process computes
    all shares and takes its own: no message is needed to agree.
    """
    lengths = _lengths(batch)
    order = sorted(range(len(batch)), key=lambda row: (-lengths[row], row))
    cycle = [*range(num_processes), *reversed(range(num_processes))]
    dealt = [cycle[place % len(cycle)] for place in range(len(order))]
    parts = [
        _group([row for row, owner in zip(order, dealt, strict=True) if owner == rank], lengths, max_tokens)
        for rank in range(num_processes)
    ]
    most = max(len(part) for part in parts)
    return [part + [torch.empty(0, dtype=torch.long)] * (most - len(part)) for part in parts]


def _lengths(batch: Batch) -> list[int]:
    return [int(length) for length in batch.attention_mask.sum(-1)]


def _group(rows: Sequence[int], lengths: Sequence[int], max_tokens: int) -> list[Tensor]:
    if max_tokens < 1:
        raise InvalidConfig(f"micro_batches: expected max_tokens of at least 1, got {max_tokens}. Raise it.")
    groups: list[list[int]] = []
    longest = 0
    for row in sorted(rows, key=lambda row: (-lengths[row], row)):
        if not groups or (len(groups[-1]) + 1) * longest > max_tokens:
            groups.append([])
            longest = lengths[row]
        groups[-1].append(row)
    return [torch.tensor(sorted(group)) for group in groups]
