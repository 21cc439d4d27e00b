"""ApiPolicy: a model behind any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from textarena_rl.errors import EpisodeFailed, InvalidConfig

__all__ = ["ApiPolicy"]

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Answers that may change when asked again."""


class ApiPolicy:
    """Plays by asking a chat model over HTTP; the episode is the conversation.

    The first user message is the objective and the first observation, every further one an observation; the model's
    replies stand between them as they came. What the world gets is the whole reply: use
    :class:`~textarena_rl.wrappers.ParseAction` where the action stands in tags.

    Args:
        model: The model's name on the server.
        base_url: The server's address up to and including its version, e.g. ``http://localhost:8000/v1``.
        api_key: Sent as a bearer token; servers of one's own mostly need none.
        system: A system message, if any.
        options: Further fields of the request, such as ``temperature`` or ``max_tokens``.
        timeout_seconds: How long one answer may take.
        retries: How often a busy or broken server is asked again, waiting 1, 2, 4 ... ``retry_seconds``.
        retry_seconds: The first wait.

    Raises:
        InvalidConfig: ``base_url`` is not an HTTP address.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "http://localhost:8000/v1",
        api_key: str | None = None,
        system: str | None = None,
        options: Mapping[str, Any] | None = None,
        timeout_seconds: float = 120.0,
        retries: int = 3,
        retry_seconds: float = 1.0,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise InvalidConfig(f"ApiPolicy: expected base_url to begin with http:// or https://, got {base_url!r}.")
        self.model = model
        self.url = base_url.rstrip("/") + "/chat/completions"
        self.system = system
        self.options = dict(options or {})
        self.timeout_seconds = timeout_seconds
        self.retries = retries
        self.retry_seconds = retry_seconds
        self._headers = {"Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._messages: list[dict[str, str]] = []

    def __call__(self, observation: str, info: Mapping[str, Any]) -> str:
        """The model's reply.

        Raises:
            EpisodeFailed: The server refuses, stays silent, or answers something else.
        """
        if info["turn"] == 0:
            self._messages = [{"role": "system", "content": self.system}] if self.system else []
            observation = f"{info['objective']}\n\n{observation}"
        self._messages.append({"role": "user", "content": observation})
        reply = self._ask()
        self._messages.append({"role": "assistant", "content": reply})
        return reply

    def _ask(self) -> str:
        """The reply to the conversation so far, asked for again while the server is busy."""
        fields = {**self.options, "model": self.model, "messages": self._messages}
        request = urllib.request.Request(self.url, json.dumps(fields).encode(), self._headers, method="POST")
        for attempt in range(self.retries + 1):
            try:
                with urllib.request.urlopen(request, timeout=self.timeout_seconds) as response:
                    answer = response.read()
                break
            except urllib.error.HTTPError as error:
                problem = f"{error.code} {error.reason}: {error.read(500).decode(errors='replace')}"
                if error.code not in _BUSY:
                    raise EpisodeFailed(f"ApiPolicy: expected a reply from {self.url}, got {problem}.") from error
            except (OSError, http.client.HTTPException) as error:
                problem = str(error) or type(error).__name__
            if attempt < self.retries:
                time.sleep(self.retry_seconds * 2**attempt)
        else:
            raise EpisodeFailed(
                f"ApiPolicy: expected a reply from {self.url}, got {problem}, {self.retries + 1} times. "
                "Check that the server runs and that base_url is right."
            )
        try:
            return str(json.loads(answer)["choices"][0]["message"]["content"] or "")
        except (ValueError, LookupError, TypeError) as error:
            raise EpisodeFailed(
                f"ApiPolicy: expected a chat completion from {self.url}, got {answer[:200]!r}. Check base_url."
            ) from error
