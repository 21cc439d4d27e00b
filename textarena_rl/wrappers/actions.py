"""ParseAction: from a model's whole reply to the action in it."""

from __future__ import annotations

from typing import Any, Literal, get_args

import gymnasium as gym
from gymnasium.utils import RecordConstructorArgs

from textarena_rl.errors import InvalidConfig

__all__ = ["ParseAction", "ReplyFormat", "find_action"]

ReplyFormat = Literal["tags", "boxed", "plain"]
"""Where the action stands: ``<action>…</action>``, ``\\boxed{…}``, or the whole reply."""

_MARKS: dict[ReplyFormat, tuple[str, str]] = {"tags": ("<action>", "</action>"), "boxed": (r"\boxed{", "}")}


def find_action(reply: str, reply_format: ReplyFormat) -> str | None:
    """The action in a reply, without blanks around it; None where the reply is malformed.

    What comes before the last ``</think>`` is thought, not action. Malformed is: a thought without end, no action or
    more than one, an empty action.
    """
    spoken = reply.rpartition("</think>")[2]
    if "<think>" in spoken:
        return None
    if reply_format == "plain":
        return spoken.strip() or None
    begin, end = _MARKS[reply_format]
    _, _, rest = spoken.partition(begin)
    action, closed, after = rest.partition(end)
    if not closed or begin in action or begin in after:
        return None
    return action.strip() or None


class ParseAction(gym.Wrapper[str, str, str, str], RecordConstructorArgs):
    """Hands the world the action that it finds in the policy's reply.

    Where the reply is malformed the world gets the empty string, which every world refuses: it costs a turn and
    ``info["invalid_action"]`` is True. ``info["parsed_action"]`` is what the world got.

    Args:
        env: The environment.
        reply_format: Where the action stands in a reply.

    Raises:
        InvalidConfig: There is no such format.
    """

    def __init__(self, env: gym.Env[str, str], reply_format: ReplyFormat = "tags") -> None:
        RecordConstructorArgs.__init__(self, reply_format=reply_format)
        gym.Wrapper.__init__(self, env)
        formats = get_args(ReplyFormat)
        if reply_format not in formats:
            raise InvalidConfig(
                f"ParseAction: expected reply_format to be one of {', '.join(formats)}, got {reply_format!r}."
            )
        self.reply_format: ReplyFormat = reply_format

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Play the action found in ``action``, the whole reply."""
        parsed = find_action(action, self.reply_format)
        observation, reward, terminated, truncated, info = self.env.step(parsed or "")
        info["parsed_action"] = parsed or ""
        return observation, float(reward), terminated, truncated, info
