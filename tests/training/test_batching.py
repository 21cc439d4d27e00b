"""Rows, padding and micro-batches: expected values by hand, or from the trajectories themselves."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiny import trajectory
from textarena_rl.episode import Episode, Turn
from textarena_rl.errors import InvalidConfig
from trainers.batching import micro_batches, shares, to_batch, to_rows
from trainers.types import TokenTurn, Trajectory


def played(turns, rewards=None, final=None, group=0) -> Trajectory:
    rewards = rewards or [0.0] * len(turns)
    episode = Episode(
        "E", "t", "o", tuple(Turn("seen", "said", reward) for reward in rewards), truncated=final is not None
    )
    tokens = tuple(TokenTurn(tuple(p), tuple(a), tuple(-float(i) for i in a)) for p, a in turns)
    return Trajectory(episode, tokens, final_prompt_ids=None if final is None else tuple(final), group=group)


def test_two_turns_and_a_final_prompt_by_hand():
    first = played([([1, 2], [3, 4]), ([1, 2, 3, 4, 5], [6])], [0.5, 2.0], final=[1, 2, 3, 4, 5, 6, 7, 8], group=7)
    second = played([([9], [8])], [1.0], group=3)
    batch = to_batch([first, second], pad_id=0)
    assert batch.input_ids.tolist() == [[1, 2, 3, 4, 5, 6, 7, 8], [9, 8, 0, 0, 0, 0, 0, 0]]
    assert batch.attention_mask.sum(-1).tolist() == [8, 2]
    assert batch.turn_ids.tolist() == [[-1, -1, 0, 0, -1, 1, -1, -1], [-1, 0, -1, -1, -1, -1, -1, -1]]
    assert batch.rewards.tolist() == [[0, 0, 0, 0.5, 0, 2.0, 0, 0], [0, 1.0, 0, 0, 0, 0, 0, 0]]
    assert batch.sampler_logprobs.tolist() == [[0, 0, -3, -4, 0, -6, 0, 0], [0, -8, 0, 0, 0, 0, 0, 0]]
    assert batch.truncated.tolist() == [True, False]
    assert batch.bootstrap.tolist() == [0, 0]
    assert batch.trajectory.tolist() == [0, 1]
    assert batch.group.tolist() == [7, 3]
    assert batch.episode_return.tolist() == [2.5, 1.0]
    assert batch.trajectory_tokens.tolist() == [3, 1]
    assert batch.trajectory_turns.tolist() == [2, 1]


def test_a_rewritten_prompt_starts_a_row_and_turns_keep_their_numbers():
    batch = to_batch([played([([1, 2], [3]), ([1, 5], [6]), ([1, 5, 6, 7], [8])], [0, 0, 1])], pad_id=0)
    assert batch.input_ids.tolist() == [[1, 2, 3, 0, 0], [1, 5, 6, 7, 8]]
    assert batch.turn_ids.tolist() == [[-1, -1, 0, -1, -1], [-1, -1, 1, -1, 2]]
    assert batch.trajectory.tolist() == [0, 0]
    assert batch.trajectory_tokens.tolist() == [3, 3]
    assert batch.episode_return.tolist() == [1, 1]


def test_a_prompt_that_drops_sampled_tokens_does_not_extend():
    rows = to_rows(played([([1], [2, 3]), ([1, 2, 4], [5])]))
    assert [row.input_ids for row in rows] == [[1, 2, 3], [1, 2, 4, 5]]


def test_a_rewritten_final_prompt_is_a_row_of_its_own():
    batch = to_batch([played([([1, 2], [3])], final=[4, 5])], pad_id=0)
    assert batch.input_ids.tolist() == [[1, 2, 3], [4, 5, 0]]
    assert batch.truncated.tolist() == [False, True]
    assert batch.action_mask.sum(-1).tolist() == [1, 0]


@st.composite
def conversations(draw) -> Trajectory:
    """Prompts that extend the last one, or forget some of its beginning, or are altogether new; a small alphabet."""
    ids = st.lists(st.integers(0, 2), min_size=1, max_size=4)
    turns, prompt = [], draw(ids)
    for _ in range(draw(st.integers(1, 6))):
        action = draw(ids)
        turns.append((prompt, action))
        kept = draw(st.sampled_from([0, 0, 0, 1, 3, len(prompt)]))
        prompt = (prompt + action)[kept:] + draw(ids)
    final = prompt if draw(st.booleans()) else None
    return played(turns, [float(number) for number in range(1, len(turns) + 1)], final=final)


@settings(max_examples=200, deadline=None)
@given(st.lists(conversations(), min_size=1, max_size=4))
def test_each_turn_is_scored_in_exactly_the_context_it_was_sampled_in(trajectories):
    batch = to_batch(trajectories, pad_id=1)
    for number, each in enumerate(trajectories):
        mine = (batch.trajectory == number).nonzero().flatten().tolist()
        for k, turn in enumerate(each.turns):
            places = [(row, t) for row in mine for t in (batch.turn_ids[row] == k).nonzero().flatten().tolist()]
            row, start = places[0]
            stop = start + len(turn.action_ids)
            assert places == [(row, t) for t in range(start, stop)]
            assert tuple(batch.input_ids[row, :start].tolist()) == turn.prompt_ids
            assert tuple(batch.input_ids[row, start:stop].tolist()) == turn.action_ids
            assert tuple(batch.sampler_logprobs[row, start:stop].tolist()) == turn.action_logprobs
            assert batch.rewards[row, start:stop].tolist() == [0.0] * (stop - start - 1) + [k + 1.0]
        prompts = [turn.prompt_ids for turn in each.turns] + [each.final_prompt_ids] * (
            each.final_prompt_ids is not None
        )
        breaks = 0  # row borders, counted from the turns alone
        for turn, following in zip(each.turns, prompts[1:], strict=False):
            past = turn.prompt_ids + turn.action_ids
            breaks += following[: len(past)] != past
        assert len(mine) == 1 + breaks
        ends = [tuple(batch.input_ids[row][batch.attention_mask[row]].tolist()) for row in mine if batch.truncated[row]]
        assert ends == [each.final_prompt_ids] * (each.final_prompt_ids is not None)
    assert int(batch.action_mask.sum()) == sum(each.num_action_tokens for each in trajectories)
    assert not (batch.action_mask & ~batch.attention_mask).any()


@pytest.mark.parametrize(
    ("turns", "numbers"), [([([1], [])], "1, 0 and 0"), ([([1], [2]), ([], [3])], "turn 1.*0, 1 and 1")]
)
def test_a_turn_without_prompt_or_reply_is_refused(turns, numbers):
    with pytest.raises(InvalidConfig, match=numbers):
        to_batch([played(turns)], pad_id=0)


def test_an_episode_whose_halves_differ_is_refused():
    whole = played([([1], [2]), ([1, 2, 3], [4])])
    with pytest.raises(InvalidConfig, match="as many token turns as text turns, got 1 and 2"):
        to_batch([Trajectory(whole.episode, whole.turns[:1])], pad_id=0)


def test_no_trajectory_is_refused():
    with pytest.raises(InvalidConfig, match="at least one trajectory"):
        to_batch([], pad_id=0)


def rows_of_lengths(*lengths: int):
    return to_batch([played([(range(1, length), [0])]) for length in lengths], pad_id=0)


def test_micro_batches_group_similar_lengths_by_hand():
    groups = micro_batches(rows_of_lengths(3, 10, 4, 9, 2, 30), max_tokens=20)
    assert [group.tolist() for group in groups] == [[5], [1, 3], [0, 2, 4]]  # 1 x 30 alone, 2 x 10, 3 x 4


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(2, 12), min_size=1, max_size=12), st.integers(1, 40), st.integers(1, 5))
def test_shares_are_a_partition_within_bounds_and_equal_in_number(lengths, max_tokens, num_processes):
    batch = rows_of_lengths(*lengths)
    parts = shares(batch, num_processes, max_tokens)
    assert len(parts) == num_processes
    assert len({len(part) for part in parts}) == 1
    groups = [group.tolist() for part in parts for group in part]
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) <= 1 or len(group) * max(lengths[row] for row in group) <= max_tokens
    counts = [sum(len(group) for group in part) for part in parts]
    assert max(counts) - min(counts) <= 1


def test_rows_are_cut_to_the_longest_when_selected():
    batch = to_batch([trajectory(0, 1), trajectory(1, 4)], pad_id=0)
    short = batch.select(torch.tensor([0]))
    assert short.input_ids.shape == (1, int(batch.attention_mask[0].sum()))


def test_max_tokens_must_be_positive():
    with pytest.raises(InvalidConfig, match="max_tokens of at least 1, got 0"):
        micro_batches(rows_of_lengths(3), 0)
