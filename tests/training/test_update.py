"""Optimizer steps that depend on the batch and on nothing else: not on micro-batches, padding, row order, processes."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny import tiny, trajectory
from tests.training.small_run import PLAYED, everything, learn, scored
from textarena_rl.errors import InvalidConfig
from trainers.algorithms import ALGORITHMS
from trainers.batching import to_batch
from trainers.distributed import Distributed, launch
from trainers.models import Agent, parameter_groups
from trainers.types import LossTerms
from trainers.update import split, update

SAME = 2e-6
"""Weights after four steps of AdamW at 1e-3: float32 sums in another order, magnified by at most 1e-3 / eps = 10."""


@pytest.fixture(scope="module")
def distributed():
    return Distributed()


@pytest.fixture
def batch():
    return to_batch(PLAYED, pad_id=0)


@dataclass(frozen=True)
class Likelihood:
    """The simplest loss: minus the log-probs of all sampled tokens, times a factor."""

    factor: float = 1.0
    needs_critic: bool = False
    needs_groups: bool = False
    needs_reference: bool = False
    value_coef: float = 1.0
    kl_coef: float = 0.0
    entropy_coef: float = 0.0

    def credit(self, batch):
        return batch

    def count(self, batch):
        return batch.action_mask.sum()

    def loss(self, new, batch):
        zero = new.logprobs.new_zeros(())
        value = zero if new.values is None else (new.values[batch.action_mask] - 1).square().sum()
        kl = (new.logprobs.detach().sum() * 0, zero + 1)
        return LossTerms(-new.logprobs.sum() * self.factor, value, zero, zero, {"policy/approx_kl": kl})


def step(agent, algorithm, batch, distributed, *, lr: float, max_grad_norm: float = 1e9, **changes: Any):
    """Updates by plain gradient descent."""
    settings = {"epochs": 1, "minibatches": 1, "max_tokens": 64, **changes}
    optimizer = torch.optim.SGD(agent.parameters(), lr=lr)
    return update(
        agent, optimizer, algorithm, batch, max_grad_norm=max_grad_norm, temperature=1.0,
        generator=torch.Generator().manual_seed(0), distributed=distributed, **settings,
    )  # fmt: skip


def weights(agent):
    return {name: tensor.detach().clone() for name, tensor in agent.state_dict().items()}


def assert_same(ours, theirs, tolerance=SAME):
    assert ours.keys() == theirs.keys()
    for name in ours:
        torch.testing.assert_close(
            ours[name], theirs[name], atol=tolerance, rtol=0, msg=lambda m, name=name: f"{name}: {m}"
        )


# ------------------------------------------------------------------ one step, by hand


def test_one_step_is_plain_gradient_descent_on_the_token_mean(batch, distributed):
    model = tiny()[0]
    plain = copy.deepcopy(model)
    total = 0.0
    for row in range(len(batch)):  # whole logits, one row at a time, one mean over all tokens
        ids = batch.input_ids[row][batch.attention_mask[row]]
        logprobs = plain(input_ids=ids[None]).logits[0].log_softmax(-1)
        total = total - sum(logprobs[t - 1, ids[t]] for t in range(len(ids)) if batch.turn_ids[row, t] >= 0)
    mean = total / sum(each.num_action_tokens for each in PLAYED)
    mean.backward()
    length = sum(parameter.grad.square().sum() for parameter in plain.parameters()).sqrt()
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter -= 0.5 * parameter.grad
    metrics = step(Agent(model), Likelihood(), batch, distributed, lr=0.5)
    assert_same(weights(model), weights(plain))
    assert metrics["policy/loss"] == pytest.approx(float(mean.detach()), rel=1e-5)
    assert metrics["optim/grad_norm"] == pytest.approx(float(length), rel=1e-5)
    assert metrics["optim/steps"] == 1
    assert metrics["optim/skipped"] == 0


def test_actor_and_critic_are_clipped_apart(batch, distributed):
    agent = Agent(tiny()[0], critic="shared")
    before = weights(agent)
    algorithm = replace(Likelihood(1e4), needs_critic=True)
    metrics = step(agent, algorithm, batch, distributed, lr=1.0, max_grad_norm=0.01)
    moved = {name: tensor - before[name] for name, tensor in weights(agent).items()}
    tied = "policy.lm_head.weight"  # the embeddings again
    for part in ("policy.", "critic."):
        lengths = [m.square().sum() for name, m in moved.items() if name.startswith(part) and name != tied]
        assert float(sum(lengths).sqrt()) == pytest.approx(0.01, rel=1e-3)
    assert metrics["optim/grad_norm"] > 1000


# ------------------------------------------------------------------ what must not matter


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_micro_batches_padding_and_row_order_do_not_matter(name, batch, distributed):
    expected, measured = learn(name, distributed, batch, max_tokens=10**6)
    order = torch.randperm(len(batch), generator=torch.Generator().manual_seed(1))
    wide = to_batch([*PLAYED, trajectory(99, 12)], pad_id=5).select(range(len(PLAYED) + 1))
    padded = replace(
        wide, **{f: getattr(wide, f)[: len(PLAYED)] for f in wide.__slots__ if getattr(wide, f) is not None}
    )
    assert padded.input_ids.shape[1] > batch.input_ids.shape[1]
    for other, max_tokens in [(batch, 1), (batch, 70), (batch.select(order), 70), (padded, 10**6)]:
        ours, metrics = learn(name, distributed, other, max_tokens=max_tokens)
        assert_same(ours, expected)
        assert metrics == pytest.approx(measured, rel=1e-3, abs=1e-6)


@pytest.mark.slow
def test_two_processes_give_what_one_gives(tmp_path, monkeypatch, distributed):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    expected = everything(distributed)
    assert launch(2, ["-m", "tests.training.small_run", str(tmp_path / "result")]) == 0
    (num, first), (_, second) = (torch.load(tmp_path / f"result.{rank}", weights_only=True) for rank in (0, 1))
    assert num == 2
    for name, (ours, measured) in expected.items():
        assert_same(first[name][0], ours)
        assert_same(second[name][0], first[name][0], tolerance=0)
        assert first[name][1] == pytest.approx(measured, rel=1e-3, abs=1e-6), name
        assert second[name][1] == first[name][1]
    assert expected["stopped"][1]["optim/steps"] == 1


# ------------------------------------------------------------------ steps left out


def test_a_gradient_that_is_not_finite_is_skipped_and_counted(batch, distributed):
    agent = Agent(tiny()[0])
    before = weights(agent)
    metrics = step(agent, Likelihood(float("inf")), batch, distributed, lr=1.0, epochs=2)
    assert_same(weights(agent), before, tolerance=0)
    assert (metrics["optim/steps"], metrics["optim/skipped"]) == (0, 2)
    assert all(parameter.grad is None for parameter in agent.parameters())


def test_a_policy_that_has_moved_too_far_takes_no_further_step(batch, distributed):
    once, _ = learn("grpo", distributed, batch, epochs=1, minibatches=1)
    ours, metrics = learn("grpo", distributed, batch, epochs=5, minibatches=1, max_kl=1e-6)
    assert_same(ours, once, tolerance=0)  # the first step starts at divergence 0
    assert (metrics["optim/steps"], metrics["optim/skipped"]) == (1, 4)
    _, free = learn("grpo", distributed, batch, epochs=5, minibatches=1, max_kl=1e6)
    assert (free["optim/steps"], free["optim/skipped"]) == (5, 0)


def test_the_critic_alone_learns_where_it_is_asked_to(batch, distributed):
    agent = Agent(tiny()[0], critic="shared", critic_trunk_gradient=True)
    before = weights(agent)
    groups = parameter_groups(agent, actor_lr=1e-2, critic_lr=1e-2, weight_decay=0.1)
    optimizer = torch.optim.AdamW(groups)
    ready = scored(agent, ALGORITHMS["ppo"](), batch, distributed)
    update(
        agent, optimizer, ALGORITHMS["ppo"](), ready, epochs=1, minibatches=2, max_tokens=64, max_grad_norm=1.0,
        temperature=0.8, generator=torch.Generator(), distributed=distributed, critic_only=True,
    )  # fmt: skip
    changed = {name for name, tensor in weights(agent).items() if not torch.equal(tensor, before[name])}
    assert changed == {"critic.head.weight", "critic.head.bias"}


# ------------------------------------------------------------------ minibatches


def test_minibatches_are_whole_trajectories_whatever_the_order_of_the_rows(batch):
    trajectories = torch.tensor([4, 0, 4, 2, 1, 1, 3, 0, 4])
    batch = replace(batch, trajectory=trajectories)
    parts = split(batch, 2, torch.Generator().manual_seed(3))
    assert sorted(row for part in parts for row in part.tolist()) == list(range(9))
    owners = [set(trajectories[part].tolist()) for part in parts]
    assert owners[0] | owners[1] == {0, 1, 2, 3, 4}
    assert not owners[0] & owners[1]
    assert {len(each) for each in owners} == {2, 3}
    turned = replace(batch, trajectory=trajectories.flip(0))
    again = split(turned, 2, torch.Generator().manual_seed(3))
    assert [set(turned.trajectory[part].tolist()) for part in again] == owners
    assert len(split(batch, 50, torch.Generator())) == 5
    splits = [[part.tolist() for part in split(batch, 2, torch.Generator().manual_seed(s))] for s in range(8)]
    assert any(each != splits[0] for each in splits)


@pytest.mark.parametrize(("critic", "algorithm"), [("none", "ppo"), ("shared", "grpo")])
def test_an_agent_that_does_not_fit_the_algorithm_is_refused(critic, algorithm, batch, distributed):
    with pytest.raises(InvalidConfig, match=r"expected an agent with(out)? a critic"):
        step(Agent(tiny()[0], critic=critic), ALGORITHMS[algorithm](), batch, distributed, lr=1.0)


def test_a_batch_without_rows_is_refused(batch, distributed):
    with pytest.raises(InvalidConfig, match="a batch with rows, got none"):
        step(Agent(tiny()[0]), Likelihood(), batch.select([]), distributed, lr=1.0)
