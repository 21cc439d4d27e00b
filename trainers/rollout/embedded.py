"""The engine that samples from the trainer's own model and keeps each episode's key-value cache between its turns.

Sessions own a row each of one preallocated cache. A turn pays for its new tokens only; an episode that ends frees its
row for the next one. Where most rows have a token to sample, all of them go through the model as one slice, the others
as padding; where few have, those few are copied out.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import Cache
from transformers.masking_utils import sdpa_mask

from textarena_rl.errors import InvalidConfig
from trainers.types import Completion, FinishReason, Request, Sampling

__all__ = ["EmbeddedEngine", "RowCache"]


class RowCache(Cache):  # type: ignore[misc]
    """Keys and values of many sessions, one row each, ``[rows, capacity + 1, heads, head_dim]`` a layer.

    The last column takes what padding writes; nothing ever reads it.
    """

    def __init__(self, num_layers: int) -> None:
        super().__init__(layers=[])
        self.keys: list[Tensor | None] = [None] * num_layers
        self.values: list[Tensor | None] = [None] * num_layers
        self.num_rows = 0
        self.capacity = 0
        self.rows: range | list[int] = []
        self.row_index = torch.empty(0, dtype=torch.long)
        self.columns = torch.empty(0, 0, dtype=torch.long)
        self.visible = 0

    def reserve(self, num_rows: int, capacity: int) -> None:
        """Make room for at least so many rows and tokens, keeping what is there."""
        if num_rows <= self.num_rows and capacity <= self.capacity:
            return
        rows = max(num_rows, self.num_rows)
        columns = max(capacity, self.capacity)
        for store in (self.keys, self.values):
            for layer, old in enumerate(store):
                if old is not None:
                    grown = old.new_zeros(rows, columns + 1, *old.shape[2:])
                    grown[: self.num_rows, : self.capacity] = old[:, : self.capacity]
                    store[layer] = grown
        self.num_rows, self.capacity = rows, columns

    def place(self, rows: range | list[int], columns: Tensor, visible: int) -> None:
        """Say where the next forward pass writes (``columns`` ``[n, q]`` of n rows) and how many columns it reads."""
        self.rows = rows
        self.row_index = torch.tensor(list(rows), device=columns.device)
        self.columns = columns
        self.visible = visible

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Store ``[n, heads, q, head_dim]`` at :meth:`place` and return those rows, ``visible`` columns of them."""
        heads, size = key_states.shape[1], key_states.shape[3]
        if self.keys[layer_idx] is None:
            shape = (self.num_rows, self.capacity + 1, heads, size)
            self.keys[layer_idx] = key_states.new_zeros(shape)
            self.values[layer_idx] = value_states.new_zeros(*shape[:3], value_states.shape[-1])
        keys, values = self.keys[layer_idx], self.values[layer_idx]
        assert keys is not None
        assert values is not None
        where = self.row_index[:, None]
        keys[where, self.columns] = key_states.transpose(1, 2)
        values[where, self.columns] = value_states.transpose(1, 2)
        # A slice is a view; rows here and there have to be copied.
        read = slice(self.rows.start, self.rows.stop) if isinstance(self.rows, range) else self.row_index
        return keys[read, : self.visible].transpose(1, 2), values[read, : self.visible].transpose(1, 2)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """The number of columns that the current forward pass may read."""
        return self.visible


@dataclass(slots=True)
class _Reply:
    """A reply that is being sampled."""

    prompt_ids: tuple[int, ...]
    uniforms: np.ndarray[Any, np.dtype[np.float64]]
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish_reason: FinishReason | None = None

    @property
    def context(self) -> list[int]:
        """Everything that the next token depends on."""
        return [*self.prompt_ids, *self.token_ids]

    @property
    def next_uniform(self) -> float:
        """The random number of the next token."""
        return float(self.uniforms[len(self.token_ids)])

    def add(self, token: int, logprob: float, sampling: Sampling) -> None:
        """Take the next token."""
        self.token_ids.append(token)
        self.logprobs.append(logprob)
        if token in sampling.stop_ids:
            self.finish_reason = "stop"
        elif len(self.token_ids) == sampling.max_new_tokens:
            self.finish_reason = "length"


class EmbeddedEngine:
    """Samples replies from a Hugging Face causal language model in this process.

    Args:
        model: The policy. It is used as it is, so that new weights are there at once, unless ``dtype`` asks for a copy.
        pad_id: Any token id; it fills rows of unequal length and is never attended to.
        max_context: Prompt and reply together are never longer.
        dtype: Sample from a copy in this precision (``torch.bfloat16`` prefills three times faster on recent CPUs).
        finished_share: Return as soon as this share of the replies is finished. The others are None and go on when they
            are asked for again, so that short replies do not wait for long ones.

    Raises:
        InvalidConfig: A layer of the model caches something else than one key and one value a token.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        pad_id: int,
        max_context: int,
        dtype: torch.dtype | None = None,
        finished_share: float = 1.0,
    ) -> None:
        config: Any = model.config
        layer_types = set(getattr(config, "layer_types", None) or ["full_attention"])
        window = getattr(config, "sliding_window", None) or max_context
        if layer_types - {"full_attention", "sliding_attention"} or (
            "sliding_attention" in layer_types and window < max_context
        ):
            raise InvalidConfig(
                f"EmbeddedEngine: expected a model with full attention over {max_context} tokens, got layers "
                f"{sorted(layer_types)}. Use the vLLM engine for this model, or a max_context of at most {window}."
            )
        self.shared = dtype is None or dtype == next(model.parameters()).dtype
        self.model: Any = model if self.shared else copy.deepcopy(model).to(dtype).requires_grad_(False)
        self.pad_id = pad_id
        self.max_context = max_context
        self.finished_share = finished_share
        self.version = 0
        self.num_computed_tokens = 0
        self._num_layers = int(config.num_hidden_layers)
        self._group_size = int(config.num_attention_heads) // int(config.num_key_value_heads)
        self._reset()

    # ------------------------------------------------------------------ the Engine protocol

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion | None]:
        """Sample a completion per request; the work is proportional to what no cache holds yet.

        With a ``finished_share`` below 1 some are None: ask for them again with the same request.
        """
        if not requests:
            return []
        self._check(requests, sampling)
        was_training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad(), _sampling_kernels(self.model):
                return self._generate(requests, sampling)
        finally:
            self.model.train(was_training)

    def close(self, sessions: Iterable[int]) -> None:
        """Free the rows of these sessions."""
        for session in sessions:
            self._replies.pop(session, None)
            row = self._row_of.pop(session, None)
            if row is not None:
                self._cached[row] = []
                self._session_of[row] = None

    def load_weights(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Copy the weights where the engine has a copy of its own, and forget every cache.

        Raises:
            InvalidConfig: A weight has a name or a shape that the model has not.
        """
        if not self.shared:
            own = dict(self.model.named_parameters())
            for name, tensor in weights:
                if name not in own or own[name].shape != tensor.shape:
                    raise InvalidConfig(f"EmbeddedEngine.load_weights: the model has no weight {name} of that shape.")
                own[name].data.copy_(tensor)
        self.version += 1
        self._reset()

    # ------------------------------------------------------------------ rows

    def _reset(self) -> None:
        self.cache = RowCache(self._num_layers)
        self._row_of: dict[int, int] = {}
        self._session_of: list[int | None] = []
        self._cached: list[list[int]] = []
        self._replies: dict[int, _Reply] = {}

    def _check(self, requests: Sequence[Request], sampling: Sampling) -> None:
        sessions = [request.session for request in requests]
        if len(set(sessions)) != len(sessions):
            raise InvalidConfig("EmbeddedEngine.generate: expected one request per session, got two. Send one a call.")
        longest = max(len(request.prompt_ids) for request in requests)
        if longest + sampling.max_new_tokens > self.max_context or not all(r.prompt_ids for r in requests):
            raise InvalidConfig(
                f"EmbeddedEngine.generate: expected prompts of 1 to {self.max_context - sampling.max_new_tokens} "
                f"tokens (max_context {self.max_context} less {sampling.max_new_tokens} new ones), got {longest}. "
                "Raise rollout.max_context or truncate the episode."
            )

    def _row(self, session: int) -> int:
        """The session's row; a free one where it is new."""
        if session not in self._row_of:
            row = next((i for i, s in enumerate(self._session_of) if s is None), len(self._session_of))
            if row == len(self._session_of):
                self._session_of.append(None)
                self._cached.append([])
            self._session_of[row] = session
            self._row_of[session] = row
        return self._row_of[session]

    # ------------------------------------------------------------------ sampling

    def _generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion | None]:
        replies = [self._reply(request, sampling) for request in requests]
        longest = max(len(reply.context) for reply in replies)
        # Rows grow in steps, so that a long episode does not copy the cache at every turn.
        capacity = min(self.max_context, -(-(longest + sampling.max_new_tokens) // 256) * 256)
        rows = [self._row(request.session) for request in requests]
        self.cache.reserve(len(self._session_of), capacity)
        logits = self._prefill(rows, replies)
        unfinished = list(range(len(requests)))
        most_open = len(requests) - max(1, round(self.finished_share * len(requests)))
        while True:
            uniforms = np.array([replies[index].next_uniform for index in unfinished])
            tokens, logprobs = draw(logits, uniforms, sampling.temperature)
            for index, token, logprob in zip(unfinished, tokens.tolist(), logprobs.tolist(), strict=True):
                replies[index].add(token, logprob, sampling)
            unfinished = [index for index in unfinished if replies[index].finish_reason is None]
            if len(unfinished) <= most_open:
                return [self._completion(request, reply) for request, reply in zip(requests, replies, strict=True)]
            logits = self._decode({rows[index]: replies[index].token_ids[-1:] for index in unfinished})

    def _reply(self, request: Request, sampling: Sampling) -> _Reply:
        """The reply that this request has begun, or a new one."""
        begun = self._replies.get(request.session)
        if begun is None or begun.prompt_ids != request.prompt_ids:
            uniforms = np.random.default_rng(request.seed).random(sampling.max_new_tokens)
            begun = self._replies[request.session] = _Reply(request.prompt_ids, uniforms)
        return begun

    def _completion(self, request: Request, reply: _Reply) -> Completion | None:
        if reply.finish_reason is None:
            return None
        del self._replies[request.session]
        return Completion(tuple(reply.token_ids), tuple(reply.logprobs), reply.finish_reason)

    def _prefill(self, rows: Sequence[int], replies: Sequence[_Reply]) -> Tensor:
        """Compute what the cache lacks of each context; the logits after each one's end, ``[n, vocabulary]``."""
        missing = {row: self._missing(row, reply.context) for row, reply in zip(rows, replies, strict=True)}
        queue = sorted(missing, key=lambda row: (len(missing[row]), row))
        logits: dict[int, Tensor] = {}
        while queue:
            # Rows up to twice as long as the shortest share a pass: padding costs less than one more pass.
            group = sorted(row for row in queue if len(missing[row]) <= 2 * len(missing[queue[0]]) + 16)
            queue = queue[len(group) :]
            whole = group == list(range(group[0], group[-1] + 1))
            found = self._forward(range(group[0], group[-1] + 1) if whole else group, [missing[row] for row in group])
            logits.update(zip(group, found, strict=True))
        return torch.stack([logits[row] for row in rows])

    def _missing(self, row: int, context: list[int]) -> list[int]:
        """Cut a row to what it shares with its context and return the rest of the context."""
        known = _common_prefix(self._cached[row], context[:-1])
        del self._cached[row][known:]
        return context[known:]

    def _decode(self, chunks: dict[int, list[int]]) -> Tensor:
        """Feed a token to each of these rows; the logits after it, ``[n, vocabulary]``."""
        rows = list(chunks)
        span = range(min(rows), max(rows) + 1)
        if len(rows) < len(span) / 2:
            return self._forward(rows, list(chunks.values()))
        logits = self._forward(span, [chunks.get(row, []) for row in span])
        return logits[torch.tensor(rows, device=logits.device) - span.start]

    def _forward(self, rows: range | list[int], chunks: list[list[int]]) -> Tensor:
        """Feed ``chunks[i]`` to row ``rows[i]`` and return the logits after its end, ``[n, vocabulary]``."""
        device = next(self.model.parameters()).device
        width = max(map(len, chunks))
        ids = torch.full((len(chunks), width), self.pad_id)
        columns = torch.full((len(chunks), width), self.cache.capacity)
        for index, (row, chunk) in enumerate(zip(rows, chunks, strict=True)):
            cached = self._cached[row]
            ids[index, width - len(chunk) :] = torch.tensor(chunk)
            columns[index, width - len(chunk) :] = torch.arange(len(cached), len(cached) + len(chunk))
            cached.extend(chunk)
            self.num_computed_tokens += len(chunk)
        visible = max(len(self._cached[row]) for row, chunk in zip(rows, chunks, strict=True) if chunk)
        padding = columns == self.cache.capacity
        positions = columns.masked_fill(padding, 0).to(device)
        # Padding looks at the first column, so that its softmax is over something.
        seen = torch.arange(visible, device=device)[None, None, None, :] <= positions[:, None, :, None]
        mask = torch.zeros(seen.shape, dtype=self.model.dtype, device=device).masked_fill_(~seen, float("-inf"))
        # One copy for each of the query heads that share a key head; see _grouped_attention.
        mask = mask.repeat(1, 1, self._group_size, 1)
        self.cache.place(rows, columns.to(device), visible)
        output = self.model(
            input_ids=ids.to(device),
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = output.logits[:, -1].float()
        return logits


def draw(logits: Tensor, uniforms: np.ndarray[Any, np.dtype[np.float64]], temperature: float) -> tuple[Tensor, Tensor]:
    """Draw one token a row by inverting the cumulative distribution at the row's uniform number.

    Args:
        logits: Float ``[n, vocabulary]``.
        uniforms: Float ``[n]`` in [0, 1).
        temperature: 0 takes the most probable token, whose log-prob is then that of temperature 1.

    Returns:
        Token ids ``[n]`` and their log-probs ``[n]`` under the distribution that was drawn from.
    """
    logprobs = torch.log_softmax(logits / (temperature or 1.0), dim=-1)
    if temperature == 0:
        tokens = logprobs.argmax(-1)
    else:
        cumulative = logprobs.exp().double().cumsum(-1)
        targets = torch.as_tensor(uniforms, device=logits.device).unsqueeze(-1) * cumulative[:, -1:]
        tokens = torch.searchsorted(cumulative, targets, right=True).squeeze(-1).clamp(max=logits.shape[-1] - 1)
    return tokens, logprobs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


_GROUPED = "textarena_rl_grouped"


def _grouped_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: float | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention in which the query heads of a key head are further rows of its query, so that no key is copied."""
    if softcap is not None or s_aux is not None:
        raise InvalidConfig("EmbeddedEngine: expected plain softmax attention, got soft caps or sinks. Use vLLM.")
    rows, heads, length, size = query.shape
    grouped = query.reshape(rows, key.shape[1], -1, size)
    output = scaled_dot_product_attention(grouped, key, value, attn_mask=attention_mask, scale=scaling)
    return output.reshape(rows, heads, length, -1).transpose(1, 2).contiguous(), None


AttentionInterface.register(_GROUPED, _grouped_attention)
AttentionMaskInterface.register(_GROUPED, sdpa_mask)


@contextmanager
def _sampling_kernels(model: Any) -> Iterator[None]:
    """Attention for rows of one cache, and an output layer that does not copy its weights once a row."""
    usual = model.config._attn_implementation
    head = model.get_output_embeddings().register_forward_pre_hook(lambda _, inputs: (inputs[0].contiguous(),))
    model.config._attn_implementation = _GROUPED
    try:
        yield
    finally:
        model.config._attn_implementation = usual
        head.remove()


def _common_prefix(cached: Sequence[int], prompt: Sequence[int]) -> int:
    """How many leading tokens of ``prompt`` the cache holds."""
    for index, (have, want) in enumerate(zip(cached, prompt, strict=False)):
        if have != want:
            return index
    return min(len(cached), len(prompt))
