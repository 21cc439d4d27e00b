"""Played trajectories as plain numbers, and the batches that they make.

A play says for every sampled token what the models say of it; ``lay_out`` writes it into rows in any of the ways that
must not matter: split or not, padded, in any order, with anything at all on the tokens of the observations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from hypothesis import settings
from hypothesis import strategies as st

from trainers.types import Batch, PolicyOutput


@dataclass(frozen=True)
class Token:
    new: float
    old: float
    ref: float
    value: float
    new_value: float
    entropy: float = 0.0
    importance: float = 1.0


@dataclass(frozen=True)
class Turn:
    tokens: tuple[Token, ...]
    reward: float = 0.0
    observation: int = 1
    """So many tokens that nobody sampled come before the reply."""


@dataclass(frozen=True)
class Play:
    turns: tuple[Turn, ...]
    group: int = 0
    bootstrap: float | None = None
    """Set where the play was cut short: value of where it stood."""

    @property
    def tokens(self) -> list[Token]:
        return [token for turn in self.turns for token in turn.tokens]

    @property
    def episode_return(self) -> float:
        return sum(turn.reward for turn in self.turns)


few = settings(max_examples=20, deadline=None)
"""For tests that lay out whole batches."""
many = settings(max_examples=60, deadline=None)

numbers = st.integers(-128, 128).map(lambda n: n / 64)
logprobs = st.integers(-192, -1).map(lambda n: n / 64)
drifts = st.integers(-32, 32).map(lambda n: n / 64)


@st.composite
def tokens(draw: st.DrawFn) -> Token:
    new, value = draw(logprobs), draw(numbers)
    return Token(
        new=new,
        old=new + draw(drifts),
        ref=new + draw(drifts),
        value=value,
        new_value=value + draw(drifts),
        entropy=draw(st.integers(0, 128).map(lambda n: n / 64)),
        importance=draw(st.integers(16, 128).map(lambda n: n / 64)),
    )


def turns(max_tokens: int = 3) -> st.SearchStrategy[Turn]:
    return st.builds(
        Turn,
        tokens=st.lists(tokens(), min_size=1, max_size=max_tokens).map(tuple),
        reward=numbers,
        observation=st.integers(0, 3),
    )


def plays(max_tokens: int = 3) -> st.SearchStrategy[Play]:
    return st.builds(
        Play,
        turns=st.lists(turns(max_tokens), min_size=1, max_size=4).map(tuple),
        group=st.integers(0, 1),
        bootstrap=st.none() | numbers,
    )


def lay_out(
    plays: Sequence[Play],
    *,
    splits: bool = False,
    padding: int = 0,
    order: Sequence[int] | None = None,
    noise: float = 0.0,
    reference: bool = True,
    importance: bool = False,
) -> tuple[Batch, PolicyOutput]:
    """The batch of some plays, and what the new models say of it.

    Args:
        plays: The trajectories.
        splits: Every turn gets a row of its own, as where each prompt was rewritten.
        padding: So many more columns.
        order: The rows in this order.
        noise: Standard deviation of what lies on the tokens that nobody sampled.
        reference: Whether reference log-probs are there.
        importance: Whether importance weights are there.
    """
    rows: list[tuple[int, list[int]]] = []
    for number, play in enumerate(plays):
        every = list(range(len(play.turns)))
        rows += [(number, [k]) for k in every] if splits else [(number, every)]
    rows = [rows[i] for i in order] if order is not None else rows
    width = padding + max(
        sum(plays[n].turns[k].observation + len(plays[n].turns[k].tokens) for k in ks) for n, ks in rows
    )
    generator = torch.Generator().manual_seed(0)
    shape = (len(rows), width)
    names = ("new", "old", "ref", "value", "new_value", "entropy", "importance")
    table = {name: noise * torch.randn(shape, generator=generator, dtype=torch.double) for name in names}
    table["importance"] = table["importance"].abs() + 0.1
    rewards = noise * torch.randn(shape, generator=generator, dtype=torch.double)
    turn_ids = torch.full(shape, -1)
    real = torch.zeros(shape, dtype=torch.bool)
    truncated, bootstrap = torch.zeros(len(rows), dtype=torch.bool), torch.zeros(len(rows), dtype=torch.double)
    for b, (number, ks) in enumerate(rows):
        t, play = 0, plays[number]
        for k in ks:
            t += play.turns[k].observation
            for token in play.turns[k].tokens:
                turn_ids[b, t], rewards[b, t] = k, 0.0
                for name in names:
                    table[name][b, t] = getattr(token, name)
                t += 1
            rewards[b, t - 1] = play.turns[k].reward
        real[b, :t] = True
        if play.bootstrap is not None and len(play.turns) - 1 in ks:
            truncated[b], bootstrap[b] = True, play.bootstrap
    of = [plays[number] for number, _ in rows]
    batch = Batch(
        input_ids=torch.zeros(shape, dtype=torch.long),
        attention_mask=real,
        turn_ids=turn_ids,
        rewards=rewards,
        sampler_logprobs=table["old"].clone(),
        trajectory=torch.tensor([7 + 3 * number for number, _ in rows]),
        group=torch.tensor([play.group for play in of]),
        episode_return=torch.tensor([play.episode_return for play in of], dtype=torch.double),
        trajectory_tokens=torch.tensor([float(len(play.tokens)) for play in of], dtype=torch.double),
        trajectory_turns=torch.tensor([float(len(play.turns)) for play in of], dtype=torch.double),
        truncated=truncated,
        bootstrap=bootstrap,
        old_logprobs=table["old"],
        ref_logprobs=table["ref"] if reference else None,
        values=table["value"],
        importance=table["importance"] if importance else None,
    )
    return batch, PolicyOutput(table["new"], table["entropy"], table["new_value"])


def by_token(batch: Batch, x: torch.Tensor) -> dict[tuple[int, int, int], float]:
    """(trajectory, turn, place in the turn) -> entry of ``x [B, T]``, over the sampled tokens."""
    found: dict[tuple[int, int, int], float] = {}
    for b in range(len(batch)):
        place: dict[int, int] = {}
        for t in range(batch.turn_ids.shape[1]):
            k = int(batch.turn_ids[b, t])
            if k >= 0:
                key = (int(batch.trajectory[b]), k, place.get(k, 0))
                assert key not in found
                found[key] = float(x[b, t])
                place[k] = place.get(k, 0) + 1
    return found


def off_tokens(batch: Batch, x: torch.Tensor) -> torch.Tensor:
    """The entries of ``x [B, T]`` on the tokens that nobody sampled."""
    return x[batch.turn_ids < 0]


# ------------------------------------------------------------------ slow references, in plain floats


def slow_gae(rewards: list[float], values: list[float], gamma: float, lam: float, bootstrap: float) -> list[float]:
    """The definition as a double sum: A_i = sum over n of (gamma lam)^n delta_{i+n}."""
    later = [*values, bootstrap][1:]
    delta = [r + gamma * after - v for r, v, after in zip(rewards, values, later, strict=True)]
    return [sum((gamma * lam) ** n * delta[i + n] for n in range(len(delta) - i)) for i in range(len(delta))]


def slow_whiten(x: list[float], eps: float = 1e-8) -> list[float]:
    mean = sum(x) / len(x)
    variance = sum((each - mean) ** 2 for each in x) / max(len(x) - 1, 1)
    return [(each - mean) / math.sqrt(variance + eps) for each in x]


def slow_policy(log_ratio: float, advantage: float, low: float, high: float, dual: float | None) -> float:
    ratio = math.exp(log_ratio)
    cut = min(max(ratio, 1 - low), 1 + high)
    loss = max(-ratio * advantage, -cut * advantage)
    if dual is not None and advantage < 0:
        loss = min(loss, -dual * advantage)
    return loss


def slow_value(new: float, old: float, target: float, clip: float | None) -> float:
    errors = [(new - target) ** 2]
    if clip is not None:
        errors.append((min(max(new, old - clip), old + clip) - target) ** 2)
    return max(errors) / 2


def at_ratio_one(play: Play) -> Play:
    """The play as it is before the first optimizer step: new = old."""
    return replace(
        play,
        turns=tuple(
            replace(turn, tokens=tuple(replace(t, new=t.old, new_value=t.value) for t in turn.tokens))
            for turn in play.turns
        ),
    )
