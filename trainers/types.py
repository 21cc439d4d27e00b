"""The objects that flow through the trainer, with their shapes and masks, defined once.

Axes: B rows in a batch, T tokens of a row (padded on the right), K turns of a trajectory, A tokens of one reply,
P tokens of one prompt. Every token array is aligned to its **own** token: ``logprobs[b, t]`` is the natural log of the
probability of token t given the tokens before it, ``values[b, t]`` the value of the state in which token t was chosen.
Masks are bool, True = counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from textarena_rl.episode import Episode

__all__ = [
    "Algorithm",
    "Batch",
    "Completion",
    "Engine",
    "FinishReason",
    "LossTerms",
    "PolicyOutput",
    "Request",
    "Sampling",
    "TokenTurn",
    "Trajectory",
]

FinishReason = Literal["stop", "length"]


# ------------------------------------------------------------------ sampling


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are drawn."""

    temperature: float = 1.0
    """0 takes the most probable token; log-probs are those of the distribution that was drawn from."""
    max_new_tokens: int = 32
    """The longest reply, end token included."""
    stop_ids: tuple[int, ...] = ()
    """Tokens that end a reply; the one that was sampled is part of it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One reply to be sampled."""

    session: int
    """The episode; an engine may keep its key-value cache between requests of one session."""
    prompt_ids: tuple[int, ...]
    """The whole prompt, always; an engine skips what its cache holds already."""
    seed: int
    """Fixes this reply's random numbers, whatever else is in the batch."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One sampled reply."""

    token_ids: tuple[int, ...]
    """The sampled tokens, the stop token included."""
    logprobs: tuple[float, ...]
    """Log-probability of each under the distribution it was drawn from (after temperature)."""
    finish_reason: FinishReason
    """``stop``: a stop token came; ``length``: ``max_new_tokens`` were spent without one."""


@runtime_checkable
class Engine(Protocol):
    """Token ids in, token ids and log-probs out. Chat templates and masks stay outside.

    The embedded engine, vLLM in process and vLLM behind a server all fit: the first keeps one cache per session, the
    others find the same prefix in theirs.
    """

    version: int
    """Counts the weight loads; completions belong to the version that sampled them."""

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Sequence[Completion | None]:
        """One completion per request, in order.

        At least one is finished. An engine may return None for others, so that short replies need not wait for long
        ones; it goes on with them when the same requests come again.
        """
        ...

    def close(self, sessions: Iterable[int]) -> None:
        """Forget sessions: their episodes are over."""
        ...

    def load_weights(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Take the policy's new weights and drop every cache that the old ones filled."""
        ...


# ------------------------------------------------------------------ what was played


@dataclass(frozen=True, slots=True)
class TokenTurn:
    """The token half of one turn: exactly what the sampler was given and exactly what it gave."""

    prompt_ids: tuple[int, ...]
    """``[P]`` the whole prompt."""
    action_ids: tuple[int, ...]
    """``[A]`` the sampled reply, its end token included."""
    action_logprobs: tuple[float, ...]
    """``[A]`` the sampler's own log-probs (zeros for demonstrations, which nobody sampled)."""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One episode as text and as tokens."""

    episode: Episode
    """The text half, K turns."""
    turns: tuple[TokenTurn, ...]
    """The token half, the same K turns."""
    final_prompt_ids: tuple[int, ...] | None = None
    """The prompt after the last reply; set only where the episode was truncated, to read a bootstrap value there."""
    group: int = 0
    """Trajectories of one group started from the very same state."""
    policy_version: int = 0
    """The weights that acted."""

    @property
    def num_action_tokens(self) -> int:
        """How many tokens the policy sampled."""
        return sum(len(turn.action_ids) for turn in self.turns)


# ------------------------------------------------------------------ what is learnt from


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of tokens, padded on the right.

    A row is a longest run of turns in which each prompt extends everything before it. A trajectory is one row, or
    several where a prompt was rewritten (a history window, a template that drops thoughts).
    """

    input_ids: Tensor
    """Long ``[B, T]``."""
    attention_mask: Tensor
    """Bool ``[B, T]``, True on real tokens."""
    turn_ids: Tensor
    """Long ``[B, T]``: k on the tokens sampled in turn k of the trajectory, -1 everywhere else."""
    rewards: Tensor
    """Float ``[B, T]``: a turn's reward on its last sampled token, 0 elsewhere."""
    sampler_logprobs: Tensor
    """Float ``[B, T]`` from the engine, 0 off the sampled tokens."""
    trajectory: Tensor
    """Long ``[B]``: which trajectory the row belongs to; equal numbers are one trajectory."""
    group: Tensor
    """Long ``[B]``: trajectories of one group started from the same state."""
    episode_return: Tensor
    """Float ``[B]``: the undiscounted sum of the trajectory's turn rewards (repeated on each of its rows)."""
    trajectory_tokens: Tensor
    """Float ``[B]``: sampled tokens of the row's whole trajectory."""
    trajectory_turns: Tensor
    """Float ``[B]``: turns of the row's whole trajectory."""
    truncated: Tensor
    """Bool ``[B]``: the trajectory was cut short and this row ends with its final prompt."""
    bootstrap: Tensor
    """Float ``[B]``: value of the state after the last turn; 0 unless the row is ``truncated`` and was scored."""
    old_logprobs: Tensor | None = None
    """Float ``[B, T]`` of the policy before the update, by the trainer's own forward pass."""
    ref_logprobs: Tensor | None = None
    """Float ``[B, T]`` of the frozen reference policy."""
    values: Tensor | None = None
    """Float ``[B, T]`` of the critic before the update."""
    importance: Tensor | None = None
    """Float ``[B, T]`` truncated weights old/sampler; None where the engine is the trainer's own model."""
    advantages: Tensor | None = None
    """Float ``[B, T]``, written by ``algorithm.credit``."""
    returns: Tensor | None = None
    """Float ``[B, T]`` targets of the critic, written by ``algorithm.credit``."""

    @property
    def action_mask(self) -> Tensor:
        """Bool ``[B, T]``, True on the tokens that the policy sampled."""
        return self.turn_ids >= 0

    def __len__(self) -> int:
        return int(self.input_ids.shape[0])

    def select(self, rows: Tensor | Sequence[int]) -> Batch:
        """The batch of some rows, cut to the longest of them."""
        index = torch.as_tensor(rows, dtype=torch.long, device=self.input_ids.device)
        picked = {f.name: getattr(self, f.name)[index] for f in fields(self) if getattr(self, f.name) is not None}
        longest = int(picked["attention_mask"].sum(-1).max()) if len(index) else 0
        return replace(self, **{k: v[:, :longest] if v.dim() == 2 else v for k, v in picked.items()})

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on a device."""
        moved = {f.name: getattr(self, f.name).to(device) for f in fields(self) if getattr(self, f.name) is not None}
        return replace(self, **moved)


@dataclass(frozen=True, slots=True)
class PolicyOutput:
    """What the current models say of a batch; 0 off the action tokens."""

    logprobs: Tensor
    """Float ``[B, T]`` after temperature."""
    entropy: Tensor
    """Float ``[B, T]`` of the distribution that each action token was drawn from."""
    values: Tensor | None = None
    """Float ``[B, T]``; None without a critic."""
    bootstrap: Tensor | None = None
    """Float ``[B]`` value after the row's last token, 0 unless truncated; None without a critic."""


@dataclass(frozen=True, slots=True)
class LossTerms:
    """**Sums**, never means, over what ``Algorithm.count`` counts; the update divides once, by the global count."""

    policy: Tensor
    """Scalar: the policy's loss."""
    value: Tensor
    """Scalar: the critic's loss, 0 without one."""
    kl: Tensor
    """Scalar: divergence from the reference, 0 without one."""
    entropy: Tensor
    """Scalar: entropy (to be maximised)."""
    metrics: Mapping[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    """Name -> (sum, count), so that they add up over micro-batches and processes; names are in ``metrics.py``."""


@runtime_checkable
class Algorithm(Protocol):
    """One paper's way to turn turn rewards into a gradient."""

    @property
    def needs_critic(self) -> bool:
        """Whether values are needed."""
        ...

    @property
    def needs_groups(self) -> bool:
        """Whether several trajectories of the very same task are needed."""
        ...

    @property
    def needs_reference(self) -> bool:
        """Whether log-probs of a frozen reference are needed."""
        ...

    @property
    def value_coef(self) -> float:
        """Weight of ``LossTerms.value``."""
        ...

    @property
    def kl_coef(self) -> float:
        """Weight of ``LossTerms.kl`` (0 where the KL is in the reward)."""
        ...

    @property
    def entropy_coef(self) -> float:
        """Weight of ``LossTerms.entropy``."""
        ...

    def credit(self, batch: Batch) -> Batch:
        """The batch with ``advantages`` (and ``returns``); credit runs per trajectory, not per row."""
        ...

    def count(self, batch: Batch) -> Tensor:
        """Scalar: how many units (tokens or trajectories) the sums of ``loss`` run over."""
        ...

    def loss(self, new: PolicyOutput, batch: Batch) -> LossTerms:
        """Sums over the units that ``count`` counts."""
        ...
