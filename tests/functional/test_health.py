from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from tests.algorithms.plays import Play, Token, Turn, lay_out
from tests.tolerances import DOUBLE
from trainers.functional.health import critic_health, group_health, sampler_drift, turn_health
from trainers.functional.losses import Clip
from trainers.metrics import METRICS


def token(value: float = 0.0, old: float = -1.0) -> Token:
    return Token(new=old, old=old, ref=old, value=value, new_value=value)


def test_sampler_drift_by_hand() -> None:
    # The sampler said -1 and -2, the trainer says -1 and -2 + log 2: r = 1, 2.
    batch, _ = lay_out([Play((Turn((token(), token(old=-2 + math.log(2)))),))], noise=9.0)
    sampler = batch.sampler_logprobs.clone()
    sampler[0, -2:] = torch.tensor([-1.0, -2.0])
    batch = replace(batch, sampler_logprobs=sampler)
    expected = {
        "sampler/logprob_difference_mean": math.log(2) / 2,
        "sampler/logprob_difference_max": math.log(2),
        "sampler/kl": (1 - math.log(2)) / 2,
    }
    assert sampler_drift(batch) == pytest.approx(expected, abs=DOUBLE)
    weighted = sampler_drift(replace(batch, importance=torch.full_like(sampler, 1.5)))
    assert weighted["sampler/importance_mean"] == 1.5
    assert sampler_drift(replace(batch, old_logprobs=None)) == {}
    assert set(weighted) <= set(METRICS)


def test_group_health_by_hand_over_trajectories_not_rows() -> None:
    # Returns 0 and 2 in group 0 (std sqrt(2)), 1 and 1 in group 1 (std 0), 5 alone in group 2.
    played = [
        Play((Turn((token(),)), Turn((token(),))), group=0),
        Play((Turn((token(),), reward=2.0),), group=0),
        Play((Turn((token(),), reward=1.0),), group=1),
        Play((Turn((token(),), reward=0.5), Turn((token(),), reward=0.5)), group=1),
        Play((Turn((token(),), reward=5.0),), group=2),
    ]
    got = group_health(lay_out(played, splits=True)[0])
    expected = {"group/return_std": math.sqrt(2) / 2, "group/equal_fraction": 0.5, "group/alone_fraction": 0.2}
    assert got == pytest.approx(expected, abs=DOUBLE)
    assert set(got) <= set(METRICS)
    assert group_health(lay_out(played[-1:])[0]) == {"group/alone_fraction": 1.0}


def test_critic_health_by_hand_reads_the_first_tokens_of_turns() -> None:
    # First tokens: V = 0, 2 and G = 1, 5. Errors 1, 3: variance 1; returns' variance 4; explained 3/4.
    batch, _ = lay_out([Play((Turn((token(0.0), token(99.0))), Turn((token(2.0),))))])
    returns = torch.zeros_like(batch.rewards)
    returns[0, [1, 2, 4]] = torch.tensor([1.0, 77.0, 5.0], dtype=returns.dtype)
    got = critic_health(replace(batch, returns=returns))
    assert got == pytest.approx(
        {"value/explained_variance": 0.75, "value/mean": 1.0, "value/return_mean": 3.0}, abs=DOUBLE
    )
    assert set(got) <= set(METRICS)
    assert critic_health(batch) == {}
    assert critic_health(replace(batch, returns=torch.ones_like(returns)))["value/explained_variance"] == 0.0
    rounding = 1 + 1e-7 * torch.arange(returns.numel(), dtype=returns.dtype).reshape(returns.shape)
    assert critic_health(replace(batch, returns=rounding))["value/explained_variance"] == 0.0


def test_cut_turns_are_counted_by_length() -> None:
    # Turns of 0 (padding), 1, 16, 17, 64 and 65 tokens; all would pass the upper bound, the one of 17 pays nothing.
    lengths = torch.tensor([[0, 1, 16, 17, 64, 65]])
    advantages = torch.tensor([[1.0, 1, 1, 0, 1, 1]])
    sums = turn_health(torch.ones(1, 6), advantages, lengths, Clip(0.2, 0.2))
    assert {name: (float(total), float(count)) for name, (total, count) in sums.items()} == {
        "policy/clip_fraction_short_turns": (2, 2),
        "policy/clip_fraction_medium_turns": (1, 2),
        "policy/clip_fraction_long_turns": (1, 1),
    }
