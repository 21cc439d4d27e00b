from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.algorithms.plays import (
    Play,
    Token,
    Turn,
    by_token,
    few,
    lay_out,
    off_tokens,
    plays,
    slow_gae,
    slow_whiten,
)
from tests.tolerances import DOUBLE, SINGLE
from textarena_rl.errors import InvalidConfig
from trainers.algorithms import ALGORITHMS, GRPO, PPO, RLOO, SFT, TurnPPO
from trainers.types import Algorithm, Batch

several = st.lists(plays(), min_size=2, max_size=4)
CRITICS = [
    PPO(gamma=0.9, lam=0.8, bootstrap_truncated=True),
    PPO(kl_in_reward=False, whiten_advantages=False),
    TurnPPO(bootstrap_truncated=True),
    TurnPPO(kl_in_reward=True, kl_coef=0.0, whiten_advantages=False, gamma=0.7),
]
GROUPS = [GRPO(), GRPO(group_std=False, kl_in_reward=True, kl_coef=0.0), RLOO(), RLOO(kl_in_reward=False)]


def one_group(played: list[Play]) -> list[Play]:
    return [replace(play, group=0) for play in played]


def credit(algorithm: Algorithm, batch: Batch) -> tuple[dict[tuple[int, int, int], float], ...]:
    credited = algorithm.credit(batch)
    assert credited.advantages is not None
    tables = [credited.advantages] + ([credited.returns] if credited.returns is not None else [])
    for table in tables:
        assert bool((off_tokens(batch, table) == 0).all())
    return tuple(by_token(batch, table) for table in tables)


def same(
    got: tuple[dict[tuple[int, int, int], float], ...], expected: tuple[dict[tuple[int, int, int], float], ...]
) -> None:
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        assert ours == pytest.approx(theirs, abs=DOUBLE)


@pytest.mark.parametrize("algorithm", [*CRITICS, *GROUPS], ids=repr)
@few
@given(played=several)
def test_rows_padding_order_and_observations_change_nothing(algorithm: Algorithm, played: list[Play]) -> None:
    played = one_group(played)
    expected = credit(algorithm, lay_out(played)[0])
    order = list(range(sum(len(play.turns) for play in played)))
    random.Random(0).shuffle(order)
    same(credit(algorithm, lay_out(played, splits=True)[0]), expected)
    same(credit(algorithm, lay_out(played, splits=True, order=order)[0]), expected)
    same(credit(algorithm, lay_out(played, padding=3, noise=5.0)[0]), expected)
    wider = [
        replace(play, turns=tuple(replace(t, observation=t.observation + 2) for t in play.turns)) for play in played
    ]
    same(credit(algorithm, lay_out(wider, noise=5.0)[0]), expected)


@few
@given(
    played=several,
    gamma=st.floats(0, 1, width=32),
    lam=st.floats(0, 1, width=32),
    inside=st.booleans(),
    cut=st.booleans(),
)
def test_ppo_credit_is_the_slow_loop(played: list[Play], gamma: float, lam: float, inside: bool, cut: bool) -> None:
    algorithm = PPO(
        gamma=gamma, lam=lam, kl_in_reward=inside, kl_reward_coef=0.3, whiten_advantages=False, bootstrap_truncated=cut
    )
    advantages, returns = credit(algorithm, lay_out(played, splits=True)[0])
    for number, play in enumerate(played):
        rewards = [
            turn.reward * (i == len(turn.tokens) - 1) - 0.3 * inside * (token.old - token.ref)
            for turn in play.turns
            for i, token in enumerate(turn.tokens)
        ]
        values = [token.value for token in play.tokens]
        slow = slow_gae(rewards, values, gamma, lam, (play.bootstrap or 0.0) * cut)
        places = [(7 + 3 * number, k, i) for k, turn in enumerate(play.turns) for i in range(len(turn.tokens))]
        assert [advantages[place] for place in places] == pytest.approx(slow, abs=DOUBLE)
        assert [returns[place] for place in places] == pytest.approx(
            [a + v for a, v in zip(slow, values, strict=True)], abs=DOUBLE
        )


@few
@given(
    played=several,
    gamma=st.floats(0, 1, width=32),
    lam=st.floats(0, 1, width=32),
    inside=st.booleans(),
    cut=st.booleans(),
)
def test_turn_ppo_credit_is_the_slow_loop(
    played: list[Play], gamma: float, lam: float, inside: bool, cut: bool
) -> None:
    algorithm = TurnPPO(
        gamma=gamma,
        lam=lam,
        kl_in_reward=inside,
        kl_reward_coef=0.3,
        kl_coef=0.0,
        whiten_advantages=False,
        bootstrap_truncated=cut,
    )
    advantages, returns = credit(algorithm, lay_out(played)[0])
    for number, play in enumerate(played):
        rewards = [turn.reward - 0.3 * inside * sum(t.old - t.ref for t in turn.tokens) for turn in play.turns]
        values = [turn.tokens[0].value for turn in play.turns]
        slow = slow_gae(rewards, values, gamma, lam, (play.bootstrap or 0.0) * cut)
        for k, turn in enumerate(play.turns):
            for i in range(len(turn.tokens)):
                assert advantages[7 + 3 * number, k, i] == pytest.approx(slow[k], abs=DOUBLE)
                target = slow[k] + values[k] if i == 0 else 0.0
                assert returns[7 + 3 * number, k, i] == pytest.approx(target, abs=DOUBLE)


@pytest.mark.parametrize("kind", [PPO, TurnPPO])
@few
@given(played=several)
def test_whitening_runs_over_all_sampled_tokens_of_the_batch(kind: type[PPO | TurnPPO], played: list[Play]) -> None:
    batch, _ = lay_out(played, splits=True)
    (plain, returns) = credit(kind(kl_in_reward=False, kl_coef=0.0, whiten_advantages=False), batch)
    (white, same_returns) = credit(kind(kl_in_reward=False, kl_coef=0.0, whiten_advantages=True), batch)
    assert same_returns == returns
    assert [white[key] for key in plain] == pytest.approx(slow_whiten(list(plain.values())), abs=SINGLE)


@few
@given(played=st.lists(plays(max_tokens=1), min_size=1, max_size=4), cut=st.booleans())
def test_with_one_token_turns_turn_ppo_credits_like_ppo(played: list[Play], cut: bool) -> None:
    batch, _ = lay_out(played)
    shared = {"gamma": 0.9, "lam": 0.7, "kl_in_reward": True, "kl_coef": 0.0, "bootstrap_truncated": cut}
    same(credit(TurnPPO(**shared), batch), credit(PPO(**shared, kl_reward_coef=0.01), batch))


@few
@given(played=several)
def test_without_discount_a_turns_advantage_is_return_to_go_less_value(played: list[Play]) -> None:
    algorithm = TurnPPO(gamma=1.0, lam=1.0, whiten_advantages=False)
    advantages, returns = credit(algorithm, lay_out(played)[0])
    for number, play in enumerate(played):
        for k, turn in enumerate(play.turns):
            to_go = sum(later.reward for later in play.turns[k:])
            assert advantages[7 + 3 * number, k, 0] == pytest.approx(to_go - turn.tokens[0].value, abs=DOUBLE)
            assert returns[7 + 3 * number, k, 0] == pytest.approx(to_go, abs=DOUBLE)


def token(old: float = -1.0, ref: float = -1.0, value: float = 0.0) -> Token:
    return Token(new=old, old=old, ref=ref, value=value, new_value=value)


def test_a_truncated_play_counts_as_ended_unless_asked_otherwise() -> None:
    # One turn of one token, V = 1, reward 2, and where it stood was worth 10: A = 2 - 1, or 2 + 0.5 * 10 - 1.
    batch, _ = lay_out([Play((Turn((token(value=1.0),), reward=2.0),), bootstrap=10.0)])
    for kind in (PPO, TurnPPO):
        shared = {"gamma": 0.5, "kl_in_reward": False, "whiten_advantages": False}
        (ended, _) = credit(kind(**shared), batch)
        (bootstrapped, _) = credit(kind(**shared, bootstrap_truncated=True), batch)
        assert ended == {(7, 0, 0): 1.0}
        assert bootstrapped == {(7, 0, 0): 6.0}


def test_groups_by_hand() -> None:
    # Returns 1 and 3 in group 0, 5 alone in group 1: RLOO -2 and 2, GRPO -1/sqrt(2) and 1/sqrt(2), alone 0.
    played = [
        Play((Turn((token(), token()), reward=0.5), Turn((token(),), reward=0.5)), group=0),
        Play((Turn((token(),), reward=3.0),), group=0),
        Play((Turn((token(),), reward=5.0),), group=1),
    ]
    batch, _ = lay_out(played, splits=True)
    places = [(7, 0, 0), (7, 0, 1), (7, 1, 0), (10, 0, 0), (13, 0, 0)]
    (rloo,) = credit(RLOO(kl_in_reward=False), batch)
    (grpo,) = credit(GRPO(), batch)
    assert [rloo[place] for place in places] == [-2, -2, -2, 2, 0]
    root = 0.5**0.5
    assert [grpo[place] for place in places] == pytest.approx([-root, -root, -root, root, 0], abs=SINGLE)


def test_the_divergence_in_the_return_sums_over_the_whole_trajectory() -> None:
    # Play 0 strays by 0.1 + 0.2 + 0.3 over its two rows; with coefficient 2 its return 1 becomes -0.2. Play 1 keeps 0.
    # Against the other: -0.2 and 0.2; against the mean -0.1: -0.1 and 0.1.
    strayed = Play((Turn((token(ref=-1.1), token(ref=-1.2)), reward=1.0), Turn((token(ref=-1.3),))))
    batch, _ = lay_out([strayed, Play((Turn((token(),)),))], splits=True)
    shared = {"kl_in_reward": True, "kl_reward_coef": 2.0, "kl_coef": 0.0}
    for algorithm, size in ((RLOO(**shared), 0.2), (GRPO(**shared, group_std=False), 0.1)):
        (advantages,) = credit(algorithm, batch)
        assert advantages[7, 0, 0] == advantages[7, 1, 0] == pytest.approx(-size, abs=DOUBLE)
        assert advantages[10, 0, 0] == pytest.approx(size, abs=DOUBLE)


@pytest.mark.parametrize("algorithm", [GRPO(), RLOO()], ids=["GRPO", "RLOO"])
def test_groups_of_one_are_refused(algorithm: Algorithm) -> None:
    batch, _ = lay_out([Play((Turn((token(),)),), group=number) for number in range(3)])
    sentence = r"credit: expected groups of at least 2 trajectories of one task, got 3 of one. Sample several episodes"
    with pytest.raises(InvalidConfig, match=type(algorithm).__name__ + r"\." + sentence):
        algorithm.credit(batch)


@pytest.mark.parametrize("algorithm", [PPO(), TurnPPO(kl_in_reward=True, kl_coef=0.0), RLOO()], ids=repr)
def test_a_missing_reference_is_named(algorithm: Algorithm) -> None:
    batch, _ = lay_out([Play((Turn((token(),)),))] * 2, reference=False)
    with pytest.raises(InvalidConfig, match=r"ref_logprobs: expected a tensor, got None\. Score and credit"):
        algorithm.credit(batch)


@pytest.mark.parametrize("kind", [PPO, TurnPPO])
def test_missing_values_are_named(kind: type[PPO | TurnPPO]) -> None:
    batch, _ = lay_out([Play((Turn((token(),)),))])
    with pytest.raises(InvalidConfig, match=r"values: expected a tensor, got None\..*values need a critic"):
        kind(kl_in_reward=False).credit(replace(batch, values=None))


def test_sft_credits_nothing() -> None:
    batch, _ = lay_out([Play((Turn((token(),)),))])
    assert SFT().credit(batch) is batch


def test_the_table_of_algorithms() -> None:
    assert {name: kind.__name__ for name, kind in ALGORITHMS.items()} == {
        "sft": "SFT",
        "ppo": "PPO",
        "turn_ppo": "TurnPPO",
        "grpo": "GRPO",
        "rloo": "RLOO",
    }
    for kind in ALGORITHMS.values():
        assert isinstance(kind(), Algorithm)
    needs = {
        name: (kind().needs_critic, kind().needs_groups, kind().needs_reference) for name, kind in ALGORITHMS.items()
    }
    assert needs == {
        "sft": (False, False, False),
        "ppo": (True, False, True),
        "turn_ppo": (True, False, True),
        "grpo": (False, True, True),
        "rloo": (False, True, True),
    }


def test_the_defaults_are_the_papers() -> None:
    ppo, turn = PPO(), TurnPPO()
    assert (ppo.gamma, ppo.lam, ppo.clip_low, ppo.clip_high, ppo.dual_clip, ppo.value_clip) == (1, 1, 0.2, 0.2, 3, 0.5)
    assert (ppo.kl_in_reward, ppo.kl_reward_coef, ppo.kl_coef, ppo.entropy_coef) == (True, 0.01, 0, 0)
    assert (turn.gamma, turn.lam, turn.clip_low, turn.clip_high, turn.dual_clip, turn.kl_coef) == (
        0.99,
        0.9,
        0.2,
        0.2,
        None,
        0.001,
    )
    assert (GRPO().kl_coef, GRPO().group_std, RLOO().kl_in_reward, RLOO().kl_reward_coef) == (0.001, True, True, 0.001)
    assert not ppo.bootstrap_truncated
    assert not turn.bootstrap_truncated


def test_fields_out_of_range_are_named_all_at_once() -> None:
    with pytest.raises(InvalidConfig) as caught:
        PPO(gamma=1.5, dual_clip=0.5, kl_estimator="k9", kl_in_reward=True, kl_coef=0.1)  # type: ignore[arg-type]
    assert str(caught.value).splitlines() == [
        "PPO.dual_clip: expected a number from 1 to inf, got 0.5. Change it.",
        "PPO.gamma: expected a number from 0 to 1, got 1.5. Change it.",
        "PPO.kl_estimator: expected one of k1, k2, k3, got 'k9'. Change it.",
        "PPO.kl_coef: expected 0 where kl_in_reward is on, got 0.1. "
        "Keep the KL in the reward or in the loss, not in both.",
    ]
    with pytest.raises(InvalidConfig, match=r"GRPO\.clip_high: expected a number from 0 to inf, got nan"):
        GRPO(clip_high=float("nan"))


def test_credit_leaves_the_batch_as_it_was() -> None:
    batch, _ = lay_out([Play((Turn((token(ref=-2.0),), reward=1.0),))] * 2)
    before = {name: getattr(batch, name).clone() for name in ("rewards", "values", "old_logprobs", "bootstrap")}
    for algorithm in (PPO(), TurnPPO(), GRPO(), RLOO()):
        algorithm.credit(batch)
    for name, tensor in before.items():
        assert torch.equal(getattr(batch, name), tensor)
    assert batch.advantages is None
