"""One round of optimizer steps on a scored batch, exact on any number of processes and for any micro-batch size."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from textarena_rl.errors import InvalidConfig
from trainers.batching import shares
from trainers.distributed import Distributed
from trainers.models import Agent
from trainers.types import Algorithm, Batch, LossTerms

__all__ = ["split", "update"]

Sums = dict[str, Tensor]
"""Name -> float64 ``[sum, count]``; they add up over micro-batches, minibatches and processes."""


def update(
    agent: nn.Module,
    optimizer: Optimizer,
    algorithm: Algorithm,
    batch: Batch,
    *,
    epochs: int,
    minibatches: int,
    max_tokens: int,
    max_grad_norm: float,
    temperature: float,
    generator: torch.Generator,
    distributed: Distributed,
    max_kl: float | None = None,
    critic_only: bool = False,
) -> dict[str, float]:
    """Take up to ``epochs`` x ``minibatches`` optimizer steps and return the means of what was measured.

    ::

        loss = (policy + value_coef value + kl_coef kl - entropy_coef entropy) / count

    where the four are sums over the minibatch's rows on all processes and ``count`` is that of the whole minibatch.

    Args:
        agent: The agent, as ``distributed.prepare`` gave it.
        optimizer: Likewise.
        algorithm: Gives the sums and their count.
        batch: All rows, scored and credited, the same on every process.
        epochs: Passes over the batch.
        minibatches: Optimizer steps in a pass; the rows of a trajectory stay together.
        max_tokens: Rows x longest of one forward pass.
        max_grad_norm: The gradients of actor and critic are cut to this length, each apart.
        temperature: As the replies were sampled.
        generator: Decides the minibatches; in the same state on every process.
        distributed: The processes that share the work.
        max_kl: Once KL(old || new) of a minibatch is above this, its step and all that would follow are left out.
        critic_only: The policy stays as it is: its part of the loss is left out, its gradients are thrown away.

    Raises:
        InvalidConfig: The batch has no row, or critic and algorithm do not fit.
    """
    model: Agent = distributed.unwrap(agent)
    _check(model, algorithm, batch)
    plan = [rows for _ in range(epochs) for rows in split(batch, minibatches, generator)]
    sums: Sums = {}
    norms: list[float] = []
    agent.train()
    for rows in plan:
        optimizer.zero_grad(set_to_none=True)
        minibatch = _Minibatch(algorithm, batch.select(rows), temperature, critic_only)
        measured = minibatch.backward(agent, max_tokens, distributed)
        norm = _clip(model, max_grad_norm, critic_only=critic_only)
        kl, finite = _agree(measured, norm, distributed)
        _add(sums, measured)
        if max_kl is not None and kl > max_kl:
            break
        if finite:
            optimizer.step()
            norms.append(norm)
    optimizer.zero_grad(set_to_none=True)
    steps = {"optim/steps": float(len(norms)), "optim/skipped": float(len(plan) - len(norms))}
    if norms:
        steps["optim/grad_norm"] = sum(norms) / len(norms)
    return {**_means(sums, distributed), **steps}


def split(batch: Batch, minibatches: int, generator: torch.Generator) -> list[Tensor]:
    """Row indices of each minibatch: a random split of the trajectories, as even as possible, none of them cut.

    It depends on the generator and on the trajectories' numbers only, not on the order of the rows.
    """
    trajectories = torch.unique(batch.trajectory.cpu())
    order = trajectories[torch.randperm(len(trajectories), generator=generator)]
    parts = torch.tensor_split(order, min(minibatches, len(order)))
    return [torch.isin(batch.trajectory.cpu(), part).nonzero().squeeze(-1) for part in parts]


def _check(model: Agent, algorithm: Algorithm, batch: Batch) -> None:
    if len(batch) == 0:
        raise InvalidConfig("update: expected a batch with rows, got none. Skip the step.")
    if (model.critic is not None) != algorithm.needs_critic:
        raise InvalidConfig(
            f"update: expected an agent {'with' if algorithm.needs_critic else 'without'} a critic for "
            f"{type(algorithm).__name__}, got the other kind. Build the agent with another `critic`."
        )


@dataclass(frozen=True, slots=True)
class _Minibatch:
    """What one optimizer step learns from."""

    algorithm: Algorithm
    batch: Batch
    temperature: float
    critic_only: bool

    def backward(self, agent: nn.Module, max_tokens: int, distributed: Distributed) -> Sums:
        """Leave the gradient of the whole minibatch on every process, and return this process's measurements.

        Every process makes the same number of backward passes, or they would wait for each other for ever: one that has
        run out of rows takes the shortest row times zero.
        """
        count = self.algorithm.count(self.batch).clamp(min=torch.finfo(torch.float32).tiny)
        mine = shares(self.batch, distributed.num_processes, max_tokens)[distributed.rank]
        shortest = self.batch.attention_mask.sum(-1).argmin()[None]
        sums: Sums = {}
        for number, rows in enumerate(mine, 1):
            with nullcontext() if number == len(mine) else distributed.no_sync(agent):
                part = self.batch.select(rows if len(rows) else shortest).to(distributed.device)
                terms = self.algorithm.loss(agent(part, self.temperature), part)
                weight = float(len(rows) > 0)
                distributed.backward(self._loss(terms) * weight / count.to(distributed.device))
            first_of_all = distributed.is_main and number == 1
            measured = self._measure(terms, count if first_of_all else torch.zeros(()))
            _add(sums, measured if weight else {name: torch.zeros_like(pair) for name, pair in measured.items()})
        return sums

    def _loss(self, terms: LossTerms) -> Tensor:
        policy = terms.policy + self.algorithm.kl_coef * terms.kl - self.algorithm.entropy_coef * terms.entropy
        return policy * float(not self.critic_only) + self.algorithm.value_coef * terms.value

    def _measure(self, terms: LossTerms, count: Tensor) -> Sums:
        pairs = {**terms.metrics, "policy/loss": (terms.policy, count)}
        if self.algorithm.needs_critic:
            pairs["value/loss"] = (terms.value, count)
        if self.algorithm.kl_coef:
            pairs["kl/loss"] = (terms.kl, count)
        return {
            name: torch.stack([torch.as_tensor(x).detach().cpu().double() for x in pair])
            for name, pair in pairs.items()
        }


def _clip(model: Agent, max_grad_norm: float, *, critic_only: bool) -> float:
    """Cut the gradients of actor and critic, each to ``max_grad_norm``, and return the length of both before."""
    norms = []
    if critic_only:
        for parameter in model.policy.parameters():
            parameter.grad = None
    for part in (model.policy, model.critic):
        parameters = [p for p in part.parameters() if p.grad is not None] if part is not None else []
        if parameters:
            norms.append(float(nn.utils.clip_grad_norm_(parameters, max_grad_norm)))
    return math.hypot(*norms)


def _agree(measured: Sums, norm: float, distributed: Distributed) -> tuple[float, bool]:
    """The minibatch's divergence, and whether the gradient is finite everywhere; the same answer on every process."""
    kl = measured.get("policy/approx_kl", torch.zeros(2, dtype=torch.float64))
    broken = torch.tensor([float(not math.isfinite(norm))], dtype=torch.float64)
    total, count, num_broken = distributed.sum(torch.cat([kl, broken])).tolist()
    return total / count if count else 0.0, num_broken == 0


def _add(sums: Sums, more: Sums) -> None:
    for name, pair in more.items():
        sums[name] = sums.get(name, torch.zeros_like(pair)) + pair


def _means(sums: Sums, distributed: Distributed) -> dict[str, float]:
    names = sorted(sums)
    totals = distributed.sum(torch.stack([sums[name] for name in names])).tolist()
    return {name: total / count for name, (total, count) in zip(names, totals, strict=True) if count}
