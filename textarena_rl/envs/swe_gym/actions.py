"""An agent's reply to one call of a tool, or to a sentence that says what was wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textarena_rl.errors import InvalidConfig

__all__ = ["TOOLS", "Call", "Refusal", "how_to_act", "parse_action", "write_call"]


@dataclass(frozen=True, slots=True)
class Call:
    """One tool and its arguments."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a reply is no action."""

    sentence: str


@dataclass(frozen=True, slots=True)
class _Tool:
    """What a tool takes: argument -> type; those in ``optional`` may be left out."""

    arguments: dict[str, type]
    optional: tuple[str, ...] = ()
    meaning: str = ""


TOOLS: dict[str, _Tool] = {
    "bash": _Tool({"command": str}, (), "run a command; the shell stays open between commands"),
    "view": _Tool(
        {"path": str, "start": int, "end": int}, ("start", "end"), "show a file with line numbers, or a folder"
    ),
    "str_replace": _Tool(
        {"path": str, "old": str, "new": str}, (), "replace a text that occurs exactly once in a file"
    ),
    "create": _Tool({"path": str, "content": str}, (), "write a whole file"),
    "insert": _Tool({"path": str, "line": int, "text": str}, (), "insert text after a line (0: at the top)"),
    "search": _Tool({"text": str, "path": str}, ("path",), "find a text in all files, or below a path"),
    "run_tests": _Tool({"tests": str}, ("tests",), "run the tests you can see, or those named"),
    "submit": _Tool({}, (), "hand in your work; this ends the task"),
}
"""Every tool by name."""

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)


def check_tools(tools: tuple[str, ...]) -> tuple[str, ...]:
    """The tools in their usual order.

    Raises:
        InvalidConfig: One is unknown, or ``submit`` is missing.
    """
    unknown = sorted(set(tools) - set(TOOLS))
    if unknown or "submit" not in tools:
        got = f"unknown {', '.join(unknown)}" if unknown else "none called submit"
        raise InvalidConfig(f"SWEGym: expected tools out of {', '.join(TOOLS)}, submit among them, got {got}.")
    return tuple(name for name in TOOLS if name in tools)


def write_call(tool: str, **arguments: Any) -> str:
    """A call as an action: JSON, or a fenced block for bash."""
    if tool == "bash" and "```" not in arguments["command"]:
        return f"```bash\n{arguments['command']}\n```"
    return json.dumps({"tool": tool, **arguments}, ensure_ascii=False)


def how_to_act(tools: tuple[str, ...]) -> str:
    """The form of an action, for the agent."""
    lines = ["Reply with exactly one action."]
    if "bash" in tools:
        lines.append("A command of the shell, in one fenced block:\n```bash\nls\n```")
    others = [name for name in tools if name != "bash"]
    lines.append(("Or a" if "bash" in tools else "A") + " call of a tool, as one JSON object:")
    for name in others:
        spec = TOOLS[name]
        shown = {key: "..." if kind is str else 1 for key, kind in spec.arguments.items() if key not in spec.optional}
        more = f" (also: {', '.join(spec.optional)})" if spec.optional else ""
        lines.append(f"{json.dumps({'tool': name, **shown})}  {spec.meaning}{more}")
    return "\n".join(lines)


def parse_action(action: str, tools: tuple[str, ...]) -> Call | Refusal:
    """The call in a reply: one fenced ``bash`` block, or one JSON object (bare, fenced, or in ``<tool_call>``).

    Text around a fenced block or a ``<tool_call>`` is the agent's thinking and does not matter.
    """
    text = action.strip()
    if "\x00" in text:
        return Refusal("the reply holds a NUL character.")
    calls = _CALL.findall(text)
    if calls:
        return _one_json(calls, tools)
    blocks = _FENCE.findall(text)
    if len(blocks) > 1:
        return Refusal(f"expected one action, got {len(blocks)} fenced blocks. Send one, and wait for its result.")
    if blocks:
        language, body = blocks[0][0].strip().lower(), blocks[0][1]
        if language in ("bash", "sh", "shell"):
            if not body.strip():
                return Refusal("the block is empty.")
            return _checked("bash", {"command": body.rstrip("\n")}, tools)
        if language in ("json", "tool", "tool_call"):
            return _one_json([body], tools)
        return Refusal(f"expected a block that begins with ```bash or ```json, got ```{language[:20]}.")
    if text.startswith("{"):
        return _one_json([text], tools)
    return Refusal("expected one action, found none." if text else "expected one action, got an empty reply.")


def _one_json(texts: list[str], tools: tuple[str, ...]) -> Call | Refusal:
    if len(texts) > 1:
        return Refusal(f"expected one action, got {len(texts)} calls. Send one, and wait for its result.")
    try:
        data = json.loads(texts[0])
    except (ValueError, RecursionError) as error:
        if "Extra data" in str(error):
            return Refusal("expected one JSON object, got more text after it. Send one action.")
        return Refusal(f"the JSON cannot be read: {str(error)[:100]}.")
    if not isinstance(data, dict):
        return Refusal("expected a JSON object.")
    if "tool" not in data and "name" in data:
        arguments = data.get("arguments", {})
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except (ValueError, RecursionError):
                return Refusal("the arguments cannot be read as JSON.")
        if not isinstance(arguments, dict):
            return Refusal("expected the arguments as a JSON object.")
        data = {**arguments, "tool": data["name"]}
    tool = data.pop("tool", None)
    if not isinstance(tool, str):
        return Refusal('expected the key "tool" with the name of a tool.')
    return _checked(tool, data, tools)


def _checked(tool: str, arguments: dict[str, Any], tools: tuple[str, ...]) -> Call | Refusal:
    if tool not in tools:
        return Refusal(f"there is no tool {tool[:40]!r}; there are {', '.join(tools)}.")
    spec = TOOLS[tool]
    missing = [name for name in spec.arguments if name not in arguments and name not in spec.optional]
    unknown = sorted(set(arguments) - set(spec.arguments))
    if missing or unknown:
        got = f"it lacks {', '.join(missing)}" if missing else f"got {', '.join(unknown)[:80]}"
        return Refusal(f"{tool} takes {', '.join(spec.arguments) or 'nothing'}; {got}.")
    for name, value in arguments.items():
        kind = spec.arguments[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            return Refusal(f"{tool}: expected {name} as {'text' if kind is str else 'a whole number'}.")
        if isinstance(value, str) and "\x00" in value:
            return Refusal(f"{tool}: {name} holds a NUL character.")
    return Call(tool, arguments)
