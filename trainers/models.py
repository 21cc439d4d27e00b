"""The policy and its critic as one module, and :func:`score`, which asks them about a whole batch.

The one-token shift happens here and nowhere else: the hidden state at position t - 1 chooses token t, so it gives both
the log-probability and the value of token t.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from textarena_rl.errors import InvalidConfig, MissingDependency
from trainers.batching import shares
from trainers.distributed import Distributed
from trainers.pretrained import load_policy
from trainers.types import Batch, PolicyOutput

__all__ = [
    "Agent",
    "add_lora",
    "is_adapted",
    "load_policy",
    "parameter_groups",
    "policy_weights",
    "save_policy",
    "score",
]

_LOGITS_AT_ONCE = 2**26
"""Logits that are held at a time (256 MiB in float32); more are computed in chunks, and again in the backward pass."""


class Agent(nn.Module):
    """A policy and, where asked for, a critic of its states.

    Args:
        policy: A causal language model of Hugging Face, plain or with LoRA adapters.
        critic: ``none``; ``shared``, a linear head on the policy's hidden states; ``separate``, a copy of the policy as
            it is now (adapters merged, everything trained) with a head of its own.
        num_frozen_layers: The embeddings and so many first layers get no gradient, in the policy and in a separate
            critic; the backward pass ends there. Tied embeddings are the output layer too.
        critic_trunk_gradient: The shared critic's loss moves the policy's trunk as well.
        autocast: Precision of the matrix products (``torch.bfloat16``); the weights keep theirs.
        logits_at_once: Logits that are held at a time.

    Raises:
        InvalidConfig: There is no such critic, there are fewer layers, or the model's logits are more than its output
            layer on its last hidden state.

    Source: critic of its own from the same checkpoint, arXiv 2512.17008, section "Learnable critic".
    Departures: value heads start at zero, so that the first values are 0 rather than noise.
    """

    def __init__(
        self,
        policy: nn.Module,
        *,
        critic: Literal["none", "shared", "separate"] = "none",
        num_frozen_layers: int = 0,
        critic_trunk_gradient: bool = False,
        autocast: torch.dtype | None = None,
        logits_at_once: int = _LOGITS_AT_ONCE,
    ) -> None:
        super().__init__()
        if critic not in ("none", "shared", "separate"):
            raise InvalidConfig(f"Agent: expected critic none, shared or separate, got {critic!r}. Choose one.")
        self.policy = policy
        self.autocast = autocast
        self.logits_at_once = logits_at_once
        own = critic == "separate"
        self.critic = None if critic == "none" else Critic(policy, own_trunk=own, trunk_gradient=critic_trunk_gradient)
        _check_logits(_language_model(policy))
        for trunk in (_trunk(policy), self.critic.trunk if self.critic is not None else None):
            if trunk is not None:
                _freeze(trunk, num_frozen_layers)

    def forward(self, batch: Batch, temperature: float = 1.0) -> PolicyOutput:
        """Log-probs, entropies and values of the action tokens of a batch; 0 off them.

        ``logprobs[b, t] = log softmax(logits[b, t - 1] / temperature)[input_ids[b, t]]``, where temperature 0
        counts as 1. The logits are computed only where the next token is an action token. Attention needs no mask:
        padding is on the right, and a causal model never looks there.
        """
        rows, columns = batch.action_mask.nonzero(as_tuple=True)
        spread = _Spread(rows, columns, batch.input_ids.shape)
        with self._precision(batch.input_ids.device):
            hidden = _hidden_states(_trunk(self.policy), batch)
            logprobs, entropy = self._token_logprobs(
                hidden[rows, columns - 1], batch.input_ids[rows, columns], temperature or 1.0
            )
            states = None if self.critic is None else self.critic.states(hidden, batch)
        if self.critic is None or states is None:
            return PolicyOutput(logprobs=spread(logprobs), entropy=spread(entropy))
        last = batch.attention_mask.sum(-1) - 1
        bootstrap = self.critic(states[torch.arange(len(last), device=last.device), last])
        return PolicyOutput(
            logprobs=spread(logprobs),
            entropy=spread(entropy),
            values=spread(self.critic(states[rows, columns - 1])),
            bootstrap=torch.where(batch.truncated, bootstrap, 0.0),
        )

    def _precision(self, device: torch.device) -> AbstractContextManager[Any]:
        return nullcontext() if self.autocast is None else torch.autocast(device.type, dtype=self.autocast)

    def _token_logprobs(self, hidden: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
        """Log-prob of each target and entropy, float ``[N]`` both, from the states ``[N, H]`` before the targets."""
        head = _language_model(self.policy).get_output_embeddings()
        rows_at_once = max(1, self.logits_at_once // int(head.weight.shape[0]))
        if len(targets) <= rows_at_once:
            return _logprobs(head, hidden, targets, temperature)
        pieces = [
            checkpoint(_logprobs, head, states, ids, temperature, use_reentrant=False)
            for states, ids in zip(torch.split(hidden, rows_at_once), torch.split(targets, rows_at_once), strict=True)
        ]
        return torch.cat([logprobs for logprobs, _ in pieces]), torch.cat([entropy for _, entropy in pieces])


class Critic(nn.Module):
    """A linear head on hidden states: the policy's, or those of a trunk of its own.

    Args:
        policy: Gives the width, and the trunk's first weights.
        own_trunk: Copy the policy's trunk; otherwise the policy's hidden states are used.
        trunk_gradient: Without a trunk of its own: let the head's gradient into the policy's.
    """

    def __init__(self, policy: nn.Module, *, own_trunk: bool, trunk_gradient: bool) -> None:
        super().__init__()
        self.trunk = _copied_trunk(policy) if own_trunk else None
        self.trunk_gradient = trunk_gradient
        embedding = _language_model(policy).get_input_embeddings().weight
        self.head = nn.Linear(int(_trunk(policy).config.hidden_size), 1, device=embedding.device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def states(self, policy_hidden: Tensor, batch: Batch) -> Tensor:
        """Hidden states ``[B, T, H]`` that the head reads."""
        if self.trunk is not None:
            return _hidden_states(self.trunk, batch)
        return policy_hidden if self.trunk_gradient else policy_hidden.detach()

    def forward(self, states: Tensor) -> Tensor:
        """Float ``[N]`` values of states ``[N, H]``."""
        values: Tensor = self.head(states.to(self.head.weight.dtype)).squeeze(-1)
        return values.float()


class _Spread:
    """Puts one number per action token at its place in a ``[B, T]`` array of zeros."""

    def __init__(self, rows: Tensor, columns: Tensor, shape: torch.Size) -> None:
        self.place = (rows, columns)
        self.shape = shape

    def __call__(self, numbers: Tensor) -> Tensor:
        return numbers.new_zeros(self.shape).index_put(self.place, numbers)


def _logprobs(head: nn.Module, hidden: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    every = (head(hidden).float() / temperature).log_softmax(-1)
    return every.gather(-1, targets[:, None]).squeeze(-1), -(every.exp() * every).sum(-1)


def _hidden_states(trunk: Any, batch: Batch) -> Tensor:
    hidden: Tensor = trunk(input_ids=batch.input_ids, use_cache=False).last_hidden_state
    return hidden


# ------------------------------------------------------------------ inside a Hugging Face model


def is_adapted(policy: nn.Module) -> bool:
    """Whether the policy has LoRA adapters."""
    return hasattr(policy, "disable_adapter")


def _language_model(policy: Any) -> Any:
    """The plain model (its layers hold the adapters, where there are any)."""
    return policy.get_base_model() if is_adapted(policy) else policy


def _trunk(policy: nn.Module) -> Any:
    """Everything below the output layer."""
    model = _language_model(policy)
    return getattr(model, model.base_model_prefix)


def _copied_trunk(policy: nn.Module) -> Any:
    twin: Any = copy.deepcopy(policy)
    if is_adapted(twin):
        twin = twin.merge_and_unload()
    return _trunk(twin).requires_grad_(True)


def _freeze(trunk: Any, num_layers: int) -> None:
    """Take the gradient from embeddings and first layers; autograd records nothing below the first that learns."""
    if num_layers == 0:
        return
    depth = int(trunk.config.num_hidden_layers)
    layers = next((m for m in trunk.children() if isinstance(m, nn.ModuleList) and len(m) == depth), None)
    if layers is None or not 0 < num_layers <= depth:
        raise InvalidConfig(
            f"Agent: expected num_frozen_layers between 0 and the model's {depth} layers, got {num_layers}. Lower it."
        )
    trunk.get_input_embeddings().requires_grad_(False)
    for layer in layers[:num_layers]:
        layer.requires_grad_(False)


@torch.no_grad()
def _check_logits(model: Any) -> None:
    """Refuse models that do more to their logits (soft caps, scales) than the agent would."""
    embeddings = model.get_input_embeddings().weight
    ids = torch.arange(min(8, len(embeddings)), device=embeddings.device)[None]
    hidden = getattr(model, model.base_model_prefix)(input_ids=ids, use_cache=False).last_hidden_state
    ours, theirs = model.get_output_embeddings()(hidden).float(), model(input_ids=ids, use_cache=False).logits.float()
    if not torch.allclose(ours, theirs, rtol=1e-6, atol=1e-6):
        raise InvalidConfig(
            f"Agent: expected a model whose logits are its output layer on its last hidden state, got "
            f"{type(model).__name__}, which scales or caps them. Use another model."
        )


def add_lora(
    model: nn.Module, *, rank: int, alpha: float, dropout: float = 0.0, target_modules: str | list[str] = "all-linear"
) -> nn.Module:
    """The model with low-rank adapters on its linear layers; only they are trained.

    Raises:
        MissingDependency: peft is not installed.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise MissingDependency("add_lora: expected the package peft, got none. Run `pip install peft`.") from error
    config = LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=target_modules, task_type="CAUSAL_LM"
    )
    adapted: nn.Module = get_peft_model(model, config)
    return adapted


# ------------------------------------------------------------------ asking about a whole batch


@torch.no_grad()
def score(
    agent: nn.Module,
    batch: Batch,
    *,
    temperature: float,
    max_tokens: int,
    distributed: Distributed,
    reference: Agent | Literal["base"] | None = None,
) -> Batch:
    """The batch with ``old_logprobs`` and, where there is a critic, ``values`` and ``bootstrap``; no gradient.

    Args:
        agent: The agent, prepared or not.
        batch: All rows, the same on every process; each process scores its share and all get the whole.
        temperature: As the replies were sampled.
        max_tokens: Rows x longest of one forward pass.
        distributed: The processes that share the work.
        reference: A frozen agent that gives ``ref_logprobs``; ``"base"``: the agent's own policy without its adapters.

    Raises:
        InvalidConfig: ``"base"`` is asked of a policy without adapters.
    """
    model: Agent = distributed.unwrap(agent)
    names = ["old_logprobs"]
    names += ["values", "bootstrap"] if model.critic is not None else []
    names += ["ref_logprobs"] if reference is not None else []
    found = {name: torch.zeros(batch.bootstrap.shape if name == "bootstrap" else batch.rewards.shape) for name in names}
    was_training = model.training
    model.eval()
    for rows in shares(batch, distributed.num_processes, max_tokens)[distributed.rank]:
        if len(rows):
            for name, numbers in _score_rows(model, reference, batch.select(rows).to(distributed.device), temperature):
                if numbers.dim() == 1:
                    found[name][rows] = numbers.cpu()
                else:
                    found[name][rows, : numbers.shape[1]] = numbers.cpu()
    model.train(was_training)
    return replace(batch, **{name: distributed.sum(numbers).to(batch.rewards) for name, numbers in found.items()})


def _score_rows(
    agent: Agent, reference: Agent | Literal["base"] | None, rows: Batch, temperature: float
) -> Iterator[tuple[str, Tensor]]:
    output = agent(rows, temperature)
    yield "old_logprobs", output.logprobs
    if output.values is not None:
        yield "values", output.values
        yield "bootstrap", output.bootstrap
    if reference == "base":
        if not is_adapted(agent.policy):
            raise InvalidConfig(
                "score: expected a policy with adapters for reference 'base', got a plain one. Pass a copy."
            )
        policy: Any = agent.policy
        with policy.disable_adapter():
            yield "ref_logprobs", agent(rows, temperature).logprobs
    elif reference is not None:
        yield "ref_logprobs", reference(rows, temperature).logprobs


# ------------------------------------------------------------------ weights out


def parameter_groups(agent: Agent, *, actor_lr: float, critic_lr: float, weight_decay: float) -> list[dict[str, Any]]:
    """Optimizer groups named actor and critic, matrices apart from vectors (which do not decay); nothing frozen."""
    groups = []
    for name, module, rate in (("actor", agent.policy, actor_lr), ("critic", agent.critic, critic_lr)):
        trained = [p for p in module.parameters() if p.requires_grad] if module is not None else []
        for decays in (True, False):
            parameters = [p for p in trained if (p.dim() >= 2) == decays]
            if parameters:
                decay = weight_decay if decays else 0.0
                groups.append({"name": name, "params": parameters, "lr": rate, "weight_decay": decay})
    return groups


def policy_weights(agent: Agent) -> Iterator[tuple[str, Tensor]]:
    """Every weight of the policy, named as in the plain model; adapters are added in, tied weights come once.

    The adapters' product is added to a copy: nothing in the model changes, not even by a rounding error.
    """
    model = _language_model(agent.policy)
    adapted = {name: module for name, module in model.named_modules() if hasattr(module, "get_delta_weight")}
    for name, parameter in model.named_parameters():
        owner, inside, leaf = name.rpartition(".base_layer.")
        if ".lora_" in name:
            continue
        weight = parameter.detach()
        if inside and leaf == "weight":
            for adapter in adapted[owner].active_adapters:
                weight = weight + adapted[owner].get_delta_weight(adapter).detach().to(weight)
        yield (f"{owner}.{leaf}" if inside else name), weight


def save_policy(agent: Agent, tokenizer: Any, path: str | Path) -> None:
    """Write the policy (adapters added in) and its tokenizer so that ``from_pretrained`` reads them."""
    model = _language_model(agent.policy)
    if is_adapted(agent.policy):
        with torch.device("meta"):  # no weights of its own, and above all no random numbers taken from the run
            plain = type(model)(model.config)
        plain.load_state_dict(dict(policy_weights(agent)), strict=False, assign=True)
        plain.tie_weights()
        model = plain
    model.save_pretrained(str(path))
    tokenizer.save_pretrained(str(path))
