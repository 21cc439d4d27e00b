from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.algorithms.plays import (
    Play,
    Token,
    Turn,
    at_ratio_one,
    by_token,
    few,
    lay_out,
    plays,
    slow_policy,
    slow_value,
)
from tests.tolerances import DOUBLE, SINGLE
from textarena_rl.errors import InvalidConfig
from trainers.algorithms import GRPO, PPO, RLOO, SFT, TurnPPO
from trainers.metrics import METRICS
from trainers.types import Algorithm, Batch, LossTerms, PolicyOutput

several = st.lists(plays(), min_size=2, max_size=4)
ALL: list[Algorithm] = [PPO(), TurnPPO(), GRPO(), RLOO(), SFT()]
TERMS = ("policy", "value", "kl", "entropy")


def losses(algorithm: Algorithm, batch: Batch, new: PolicyOutput) -> tuple[LossTerms, float]:
    return algorithm.loss(new, batch), float(algorithm.count(batch))


def in_one_group(played: list[Play]) -> list[Play]:
    return [replace(play, group=0) for play in played]


def rows_of(new: PolicyOutput, rows: list[int], width: int) -> PolicyOutput:
    assert new.values is not None
    return PolicyOutput(new.logprobs[rows, :width], new.entropy[rows, :width], new.values[rows, :width])


@pytest.mark.parametrize("algorithm", ALL, ids=lambda each: type(each).__name__)
@few
@given(played=several)
def test_how_rows_are_laid_out_and_grouped_changes_nothing(algorithm: Algorithm, played: list[Play]) -> None:
    played = in_one_group(played)
    batch, new = lay_out(played, importance=True)
    batch = algorithm.credit(batch)
    whole, count = losses(algorithm, batch, new)
    for splits, noise in ((False, 3.0), (True, 0.0), (True, 3.0)):
        other, other_new = lay_out(played, splits=splits, padding=2, noise=noise, importance=True)
        other = algorithm.credit(other)
        terms, other_count = losses(algorithm, other, other_new)
        assert other_count == pytest.approx(count, abs=DOUBLE)
        for name in TERMS:
            assert float(getattr(terms, name)) == pytest.approx(float(getattr(whole, name)), abs=DOUBLE)
        assert set(terms.metrics) == set(whole.metrics)
        for name, (total, number) in terms.metrics.items():
            assert float(total) == pytest.approx(float(whole.metrics[name][0]), abs=SINGLE, rel=SINGLE)
            assert float(number) == float(whole.metrics[name][1])
        parts = [[row] for row in range(len(other))]
        sums = dict.fromkeys(TERMS, 0.0)
        part_count = 0.0
        for rows in parts:
            part = other.select(rows)
            terms, number = losses(algorithm, part, rows_of(other_new, rows, part.turn_ids.shape[1]))
            part_count += number
            sums = {name: sums[name] + float(getattr(terms, name)) for name in TERMS}
        assert part_count == pytest.approx(count, abs=DOUBLE)
        for name in TERMS:
            assert sums[name] == pytest.approx(float(getattr(whole, name)), abs=DOUBLE)


@pytest.mark.parametrize("kind", [PPO, GRPO, RLOO])
@few
@given(played=several, weighted=st.booleans())
def test_token_losses_are_the_slow_loop(kind: type[PPO | GRPO | RLOO], played: list[Play], weighted: bool) -> None:
    algorithm = kind(clip_low=0.1, clip_high=0.25, dual_clip=1.3)
    batch, new = lay_out(in_one_group(played), splits=True, importance=weighted)
    batch = algorithm.credit(batch)
    assert batch.advantages is not None
    advantages = by_token(batch, batch.advantages)
    returns = by_token(batch, batch.returns) if batch.returns is not None else {}
    policy = value = kl = entropy = 0.0
    for number, play in enumerate(played):
        for k, turn in enumerate(play.turns):
            for i, token in enumerate(turn.tokens):
                place = (7 + 3 * number, k, i)
                one = slow_policy(token.new - token.old, advantages[place], 0.1, 0.25, 1.3)
                policy += one * (token.importance if weighted else 1.0)
                value += slow_value(token.new_value, token.value, returns[place], 0.5) if returns else 0.0
                kl += math.exp(token.ref - token.new) - 1 + token.new - token.ref
                entropy += token.entropy
    terms, count = losses(algorithm, batch, new)
    assert count == sum(len(play.tokens) for play in played)
    got = [float(getattr(terms, name)) for name in TERMS]
    assert got == pytest.approx([policy, value, kl, entropy], abs=DOUBLE)


@few
@given(played=several, weighted=st.booleans())
def test_turn_ppo_loss_is_the_slow_loop(played: list[Play], weighted: bool) -> None:
    algorithm = TurnPPO(clip_low=0.1, clip_high=0.25, dual_clip=1.5, turn_importance_cap=1.75)
    batch, new = lay_out(played, splits=True, importance=weighted)
    batch = algorithm.credit(batch)
    assert batch.advantages is not None
    assert batch.returns is not None
    advantages, returns = by_token(batch, batch.advantages), by_token(batch, batch.returns)
    policy = value = kl = entropy = 0.0
    for number, play in enumerate(played):
        turn_losses, turn_errors = [], []
        for k, turn in enumerate(play.turns):
            place = (7 + 3 * number, k, 0)
            log_ratio = sum(token.new - token.old for token in turn.tokens)
            weight = min(math.prod(token.importance for token in turn.tokens), 1.75) if weighted else 1.0
            turn_losses.append(weight * slow_policy(log_ratio, advantages[place], 0.1, 0.25, 1.5))
            first = turn.tokens[0]
            turn_errors.append(slow_value(first.new_value, first.value, returns[place], 0.5))
        policy += sum(turn_losses) / len(play.tokens)
        value += sum(turn_errors) / len(play.turns)
        kl += sum(math.exp(t.ref - t.new) - 1 + t.new - t.ref for t in play.tokens) / len(play.tokens)
        entropy += sum(token.entropy for token in play.tokens) / len(play.tokens)
    terms, count = losses(algorithm, batch, new)
    assert count == pytest.approx(len(played), abs=DOUBLE)
    got = [float(getattr(terms, name)) for name in TERMS]
    assert got == pytest.approx([policy, value, kl, entropy], abs=DOUBLE)


@few
@given(turns=st.lists(plays(max_tokens=1), min_size=1, max_size=1))
def test_with_one_token_turns_turn_ppo_is_ppo(turns: list[Play]) -> None:
    # One trajectory: the mean over its tokens and the mean over trajectories of that mean are the same.
    shared = {"gamma": 0.9, "lam": 0.7, "dual_clip": None, "kl_in_reward": False, "whiten_advantages": False}
    batch, new = lay_out(turns)
    got = []
    for algorithm in (TurnPPO(**shared), PPO(**shared)):
        terms, count = losses(algorithm, algorithm.credit(batch), new)
        got.append([float(getattr(terms, name)) / count for name in TERMS])
    assert got[0] == pytest.approx(got[1], abs=DOUBLE)


def gradient(algorithm: Algorithm, batch: Batch, new: PolicyOutput) -> torch.Tensor:
    logprobs = new.logprobs.clone().requires_grad_()
    terms = algorithm.loss(replace(new, logprobs=logprobs), batch)
    (found,) = torch.autograd.grad(terms.policy / algorithm.count(batch), logprobs)
    return found


@pytest.mark.parametrize("algorithm", [PPO(), GRPO(), RLOO()], ids=["PPO", "GRPO", "RLOO"])
@few
@given(played=several)
def test_at_ratio_one_the_gradient_is_the_policy_gradient(algorithm: Algorithm, played: list[Play]) -> None:
    batch, new = lay_out(in_one_group([at_ratio_one(play) for play in played]))
    batch = algorithm.credit(batch)
    assert batch.advantages is not None
    expected = -batch.advantages / sum(len(play.tokens) for play in played)
    torch.testing.assert_close(gradient(algorithm, batch, new), expected, atol=DOUBLE, rtol=0)


@few
@given(played=several)
def test_at_ratio_one_turn_ppo_weighs_tokens_within_and_then_trajectories(played: list[Play]) -> None:
    batch, new = lay_out([at_ratio_one(play) for play in played])
    batch = TurnPPO().credit(batch)
    assert batch.advantages is not None
    lengths = torch.tensor([[len(play.tokens)] for play in played])
    expected = -batch.advantages / lengths / len(played)
    torch.testing.assert_close(gradient(TurnPPO(), batch, new), expected, atol=DOUBLE, rtol=0)


def token(new: float, old: float = -1.0, value: float = 0.0, new_value: float = 0.0) -> Token:
    return Token(new=new, old=old, ref=old, value=value, new_value=new_value)


def test_turn_ppo_cuts_whole_turns_where_ppo_cuts_tokens() -> None:
    # Two tokens drift by 0.15 each: no token's ratio exp(0.15) = 1.16 passes 1.2, the turn's exp(0.3) = 1.35 does.
    batch, new = lay_out([Play((Turn((token(-0.85), token(-0.85)), reward=1.0),))])
    turn, ppo = TurnPPO(whiten_advantages=False), PPO(whiten_advantages=False, kl_in_reward=False)
    assert gradient(turn, turn.credit(batch), new).abs().sum() == 0
    assert gradient(ppo, ppo.credit(batch), new).abs().sum() > 0
    metrics = turn.loss(new, turn.credit(batch)).metrics
    assert [tuple(map(float, metrics[f"policy/clip_fraction{name}"])) for name in ("", "_high", "_low")] == [
        (1, 1),
        (1, 1),
        (0, 1),
    ]
    assert [
        tuple(map(float, metrics[f"policy/clip_fraction_{name}_turns"])) for name in ("short", "medium", "long")
    ] == [(1, 1), (0, 0), (0, 0)]


def test_health_of_a_token_loss_by_hand() -> None:
    # Ratios 1/4, 1, 5 with advantages -1, 1, -1: cut below, free, beyond the dual bound of 3.
    batch, _ = lay_out([Play((Turn((token(-1.0),) * 3),))])
    batch = replace(
        batch,
        advantages=torch.tensor([[0.0, -1, 1, -1]], dtype=torch.double),
        returns=torch.tensor([[0.0, 1, 1, 1]], dtype=torch.double),
    )
    drift = torch.tensor([[0.0, math.log(0.25), 0, math.log(5)]], dtype=torch.double)
    values = torch.tensor([[0.0, 1, 3, 0.25]], dtype=torch.double)
    new = PolicyOutput(batch.old_logprobs + drift, torch.full_like(drift, 0.5), values)  # type: ignore[operator]
    metrics = {name: float(total / count) for name, (total, count) in PPO().loss(new, batch).metrics.items()}
    approx_kl = (0.25 - 1 - math.log(0.25) + 0 + 5 - 1 - math.log(5)) / 3
    reference = (4 - 1 + math.log(0.25) + 0 + 0.2 - 1 + math.log(5)) / 3
    assert metrics == pytest.approx(
        {
            "policy/clip_fraction": 1 / 3,
            "policy/clip_fraction_low": 1 / 3,
            "policy/clip_fraction_high": 0,
            "policy/dual_clip_fraction": 1 / 3,
            "policy/ratio_mean": 6.25 / 3,
            "policy/ratio_far_fraction": 2 / 3,
            "policy/entropy": 0.5,
            "policy/approx_kl": approx_kl,
            "kl/reference": reference,
            "value/error": (0 + 4 + 0.75**2) / 3,
            "value/clip_fraction": 2 / 3,
        },
        abs=SINGLE,
    )


@pytest.mark.parametrize("algorithm", ALL, ids=lambda each: type(each).__name__)
def test_every_metric_of_a_loss_has_a_row_and_no_gradient(algorithm: Algorithm) -> None:
    batch, new = lay_out([Play((Turn((token(-0.9),), reward=1.0),)), Play((Turn((token(-1.2),)),))])
    assert new.values is not None
    new = replace(new, logprobs=new.logprobs.requires_grad_(), values=new.values.requires_grad_())
    terms = algorithm.loss(new, algorithm.credit(batch))
    assert terms.policy.requires_grad
    for name, (total, count) in terms.metrics.items():
        assert name in METRICS
        assert not total.requires_grad
        assert not count.requires_grad


@pytest.mark.parametrize("algorithm", ALL, ids=lambda each: type(each).__name__)
def test_terms_are_scalars_and_an_empty_mask_sums_to_zero(algorithm: Algorithm) -> None:
    batch, new = lay_out([Play((Turn((token(-0.9),), reward=1.0),)), Play((Turn((token(-1.2),)),))])
    batch = replace(algorithm.credit(batch), turn_ids=torch.full_like(batch.turn_ids, -1))
    terms, count = losses(algorithm, batch, new)
    assert count == 0
    for name in TERMS:
        assert getattr(terms, name).shape == ()
        assert float(getattr(terms, name)) == 0


def test_sft_by_hand() -> None:
    batch, new = lay_out([Play((Turn((token(math.log(0.5)), token(math.log(0.25)))),))], noise=1.0)
    terms, count = losses(SFT(), batch, new)
    assert float(terms.policy) / count == pytest.approx(1.5 * math.log(2), abs=DOUBLE)
    total, number = terms.metrics["sft/token_probability"]
    assert float(total / number) == pytest.approx(0.375, abs=DOUBLE)


@pytest.mark.parametrize("algorithm", [PPO(), TurnPPO(), GRPO(), RLOO()], ids=lambda each: type(each).__name__)
def test_a_loss_without_credit_is_refused(algorithm: Algorithm) -> None:
    batch, new = lay_out([Play((Turn((token(-0.9),)),))])
    with pytest.raises(InvalidConfig, match="expected a tensor, got None"):
        algorithm.loss(new, batch)


@few
@given(played=several)
def test_grpo_loss_and_clip_metrics_equal_trl(played: list[Play]) -> None:
    trl = pytest.importorskip("trl.trainer.grpo_trainer", reason="TRL is not installed: NOT compared (extra oracle)")
    algorithm = GRPO(clip_low=0.1, clip_high=0.25, kl_coef=0.05)
    batch, new = lay_out(in_one_group(played))
    batch = algorithm.credit(batch)
    mask = batch.action_mask.long()
    logged: dict[str, list[float]] = {f"clip_ratio/{name}": [] for name in ("low_mean", "high_mean", "region_mean")}
    logged |= {name: [] for name in ("kl", "entropy", "clip_ratio/low_min", "clip_ratio/high_max")}
    trainer = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (new.logprobs, new.entropy, None),
        accelerator=SimpleNamespace(num_processes=1, reduce=lambda x, reduction: x, gather=lambda x: x),
        args=SimpleNamespace(delta=3.0, use_bias_correction_kl=False, steps_per_generation=1),
        model=SimpleNamespace(training=True),
        _metrics={"train": logged},
        loss_type="dapo",
        importance_sampling_level="token",
        epsilon_low=0.1,
        epsilon_high=0.25,
        beta=0.05,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        use_vllm=False,
        aux_loss_enabled=False,
        _entropy_bonus_enabled=False,
        current_gradient_accumulation_steps=1,
    )
    inputs = {
        "prompt_ids": torch.zeros(len(batch), 0, dtype=torch.long),
        "prompt_mask": torch.zeros(len(batch), 0, dtype=torch.long),
        "completion_ids": batch.input_ids,
        "completion_mask": batch.attention_mask.long(),
        "tool_mask": mask,
        "advantages": batch.advantages,
        "old_per_token_logps": batch.old_logprobs,
        "ref_per_token_logps": batch.ref_logprobs,
        "num_items_in_batch": mask.sum(),
    }
    expected = trl.GRPOTrainer._compute_loss(trainer, None, inputs)
    terms, count = losses(algorithm, batch, new)
    assert float(terms.policy + 0.05 * terms.kl) / count == pytest.approx(float(expected), abs=DOUBLE)
    for ours, theirs in {
        "policy/clip_fraction_low": "clip_ratio/low_mean",
        "policy/clip_fraction_high": "clip_ratio/high_mean",
        "policy/clip_fraction": "clip_ratio/region_mean",
        "kl/reference": "kl",
        "policy/entropy": "entropy",
    }.items():
        total, number = terms.metrics[ours]
        assert float(total / number) == pytest.approx(logged[theirs][0], abs=SINGLE)
