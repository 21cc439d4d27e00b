"""An engine without a model: a function writes the replies. For tests, and to try a world or a prompt out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor

from trainers.rollout.chat import Chat
from trainers.types import Completion, Request, Sampling

__all__ = ["ScriptedEngine"]


class ScriptedEngine:
    """Replies to each prompt with what ``policy`` makes of its text; every token has log-prob 0, as it was certain.

    Args:
        chat: Says how prompts are decoded and replies encoded.
        policy: Gets the whole prompt as text, control tokens included, and returns the reply's text.
    """

    def __init__(self, chat: Chat, policy: Callable[[str], str]) -> None:
        self.chat = chat
        self.policy = policy
        self.version = 0
        self.sessions: set[int] = set()
        """The sessions that were used and not closed yet."""

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion]:
        """The policy's replies, cut off at ``max_new_tokens``."""
        self.sessions.update(request.session for request in requests)
        return [self._reply(request.prompt_ids, sampling) for request in requests]

    def _reply(self, prompt_ids: Sequence[int], sampling: Sampling) -> Completion:
        token_ids = self.chat.encode_reply(self.policy(self.chat.decode_prompt(prompt_ids)))
        kept = token_ids[: sampling.max_new_tokens]
        return Completion(kept, (0.0,) * len(kept), "stop" if kept == token_ids else "length")

    def close(self, sessions: Iterable[int]) -> None:
        """Forget sessions."""
        self.sessions.difference_update(sessions)

    def load_weights(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Count the call; there is nothing to load into."""
        for _ in weights:
            pass
        self.version += 1
