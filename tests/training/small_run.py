"""A little training of each kind, in this process or, as a script, in each of several."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tests.tiny import tiny, trajectory
from trainers.algorithms import ALGORITHMS
from trainers.batching import to_batch
from trainers.distributed import Distributed
from trainers.models import Agent, parameter_groups, score
from trainers.types import Batch
from trainers.update import update

PLAYED = [trajectory(i, 1 + i % 3, group=i // 3, truncated=i % 2 == 0) for i in range(9)]


def scored(
    agent: torch.nn.Module, algorithm: Any, batch: Batch, distributed: Distributed, max_tokens: int = 96
) -> Batch:
    reference = Agent(tiny(seed=9)[0])
    return algorithm.credit(
        score(agent, batch, temperature=0.8, max_tokens=max_tokens, distributed=distributed, reference=reference)
    )


def learn(
    name: str,
    distributed: Distributed,
    batch: Batch | None = None,
    *,
    agent: Agent | None = None,
    max_tokens: int = 96,
    **changes: Any,
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Score and update with one algorithm; the weights afterwards and what was measured."""
    algorithm = ALGORITHMS[name]()
    agent = agent or Agent(tiny()[0], critic="separate" if algorithm.needs_critic else "none")
    groups = parameter_groups(agent, actor_lr=1e-3, critic_lr=5e-3, weight_decay=0.1)
    prepared, optimizer = distributed.prepare(agent, torch.optim.AdamW(groups, eps=1e-4))
    ready = scored(prepared, algorithm, to_batch(PLAYED, pad_id=0) if batch is None else batch, distributed, max_tokens)
    settings = {"epochs": 2, "minibatches": 2, "max_grad_norm": 1.0, **changes}
    metrics = update(
        prepared, optimizer, algorithm, ready, max_tokens=max_tokens, temperature=0.8,
        generator=torch.Generator().manual_seed(7), distributed=distributed, **settings,
    )  # fmt: skip
    return {name: tensor.detach().clone() for name, tensor in agent.state_dict().items()}, metrics


def everything(distributed: Distributed) -> dict[str, tuple[dict[str, Tensor], Mapping[str, float]]]:
    """Both kinds of critic and none; a policy prepared twice; fewer rows than processes; a stop by divergence."""
    results = {name: learn(name, distributed) for name in ("turn_ppo", "grpo")}
    policy = tiny()[0]
    learn("sft", distributed, agent=Agent(policy, num_frozen_layers=1))
    results["sft, then ppo"] = learn("ppo", distributed, agent=Agent(policy, critic="shared", num_frozen_layers=1))
    results["one row"] = learn("sft", distributed, to_batch(PLAYED[:1], pad_id=0), minibatches=1)
    results["stopped"] = learn("grpo", distributed, epochs=4, max_kl=1e-6)
    results["critic only"] = learn("turn_ppo", distributed, critic_only=True)
    return results


if __name__ == "__main__":
    torch.set_num_threads(1)
    together = Distributed()
    torch.save((together.num_processes, everything(together)), f"{sys.argv[1]}.{together.rank}")
