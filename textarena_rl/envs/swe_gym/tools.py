"""What each tool does to a workspace, and what it answers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textarena_rl.core import Reply
from textarena_rl.envs.swe_gym.actions import Call
from textarena_rl.envs.swe_gym.observations import clean, numbered, shorten, told
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Result, TooLarge
from textarena_rl.envs.swe_gym.suite import UNITTEST
from textarena_rl.envs.swe_gym.workspace import NotAllowed, Workspace, inner_path

__all__ = ["Settings", "carry_out"]

_MOST_HITS = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What an agent may do, and for how long."""

    tools: tuple[str, ...]
    command_seconds: float = 60.0
    """Of one command."""
    test_seconds: float = 600.0
    """Of one run of the tests."""
    observation_chars: int = 10_000
    """Of one command's output; the middle of a longer one is left out."""


def carry_out(call: Call, workspace: Workspace, settings: Settings, test_command: str) -> Reply:
    """The answer to a call; refused ones are invalid and change nothing.

    Raises:
        InfrastructureError: The sandbox broke.
    """
    arguments = dict(call.arguments)
    try:
        if call.tool == "bash":
            result = workspace.run(arguments["command"], settings.command_seconds)
            return Reply(told(result, settings.observation_chars, settings.command_seconds))
        if call.tool == "run_tests":
            return Reply(_run_tests(workspace, settings, test_command, arguments.get("tests", "")))
        if call.tool == "search":
            return Reply(_search(workspace, settings, arguments["text"], arguments.get("path", "")))
        path = inner_path(arguments["path"])
        if call.tool == "view":
            return Reply(_view(workspace, settings, path, arguments))
        if not path:
            raise NotAllowed(f"{WORKSPACE} is a folder.")
        return Reply(_EDITS[call.tool](workspace, path, arguments))
    except NotAllowed as error:
        return Reply(f"{call.tool}: {error}", invalid=True)
    except TooLarge as error:
        return Reply(f"{call.tool}: the workspace holds too much: {error}. Delete files.", invalid=True)


def _text(workspace: Workspace, path: str) -> str:
    data = workspace.read(path)
    if data is None:
        raise NotAllowed(f"there is no file {path[:200]}.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise NotAllowed(f"{path} is not a text file.") from error


def _view(workspace: Workspace, settings: Settings, path: str, arguments: Mapping[str, Any]) -> str:
    data = workspace.read(path) if path else None
    if data is None:
        return _listing(workspace, settings, path)
    lines = _text(workspace, path).split("\n")
    if lines[-1] == "":
        lines.pop()
    start = arguments.get("start", 1)
    end = min(arguments.get("end", len(lines)), len(lines))
    if start < 1 or (lines and not start <= end):
        raise NotAllowed(f"{path} has lines 1 to {len(lines)}; got start {start}, end {arguments.get('end', end)}.")
    if not lines:
        return f"{path} is empty."
    return f"{path}, lines {start} to {end} of {len(lines)}:\n" + numbered(
        "\n".join(lines[start - 1 : end]), start, settings.observation_chars
    )


def _listing(workspace: Workspace, settings: Settings, path: str) -> str:
    found = workspace.names(path)
    if not found:
        raise NotAllowed(f"there is no file or folder {path[:200] or WORKSPACE}.")
    return shorten(clean("\n".join(found)), settings.observation_chars)


def _search(workspace: Workspace, settings: Settings, text: str, path: str) -> str:
    if not text or "\n" in text:
        raise NotAllowed("expected one line of text to look for.")
    hits = workspace.find(text, inner_path(path))
    if not hits:
        return f"{text[:200]!r} does not occur."
    more = f"\n... and {len(hits) - _MOST_HITS} more" if len(hits) > _MOST_HITS else ""
    return shorten(clean("\n".join(hits[:_MOST_HITS]) + more), settings.observation_chars)


def _run_tests(workspace: Workspace, settings: Settings, test_command: str, tests: str) -> str:
    try:
        names = shlex.split(tests)
    except ValueError as error:
        raise NotAllowed(f"the names of the tests cannot be read: {error}.") from error
    if any(name.startswith("-") for name in names):
        raise NotAllowed("expected names of tests, got an option.")
    command = "python -m unittest" if test_command == UNITTEST else test_command
    command = " ".join([command, *map(shlex.quote, names)])
    result = workspace.execute(f"{command} 2>&1", settings.test_seconds)
    steady = re.sub(r"(?m)^(Ran \d+ tests?) in [\d.]+s$", r"\1", result.output)
    shown = Result(steady, result.exit_code, result.dropped_bytes, result.timed_out, result.killed)
    return told(shown, settings.observation_chars, settings.test_seconds)


def _str_replace(workspace: Workspace, path: str, arguments: Mapping[str, Any]) -> str:
    text, old, new = _text(workspace, path), arguments["old"], arguments["new"]
    count = text.count(old) if old else 0
    if count != 1:
        advice = "Look at the file again." if count == 0 else "Give more of the lines around it."
        raise NotAllowed(f"expected old to occur once in {path}, found it {count} times. {advice}")
    place = text.index(old)
    _write(workspace, path, text[:place] + new + text[place + len(old) :])
    return f"{path} was edited.\n" + _around(text[:place] + new + text[place + len(old) :], place, len(new))


def _create(workspace: Workspace, path: str, arguments: Mapping[str, Any]) -> str:
    known = workspace.read(path) is not None
    _write(workspace, path, arguments["content"])
    return f"{path} was {'overwritten' if known else 'created'}."


def _insert(workspace: Workspace, path: str, arguments: Mapping[str, Any]) -> str:
    lines = _text(workspace, path).split("\n")
    last = len(lines) - 1 if lines[-1] == "" else len(lines)
    number, text = arguments["line"], arguments["text"]
    if not 0 <= number <= last:
        raise NotAllowed(f"expected line from 0 to {last}, got {number}.")
    added = text if text.endswith("\n") else text + "\n"
    head = "".join(f"{line}\n" for line in lines[:number])
    tail = "\n".join(lines[number:])
    _write(workspace, path, head + added + tail)
    return f"{path} was edited.\n" + _around(head + added + tail, len(head), len(text))


def _write(workspace: Workspace, path: str, text: str) -> None:
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise NotAllowed("the text holds characters that cannot be written as UTF-8.") from error
    workspace.write(path, data)


def _around(text: str, place: int, length: int) -> str:
    """The lines that were changed, and two on each side."""
    first = max(text.count("\n", 0, place) - 2, 0)
    last = text.count("\n", 0, place + length) + 3
    return numbered("\n".join(text.split("\n")[first:last]), first + 1, 2_000)


_EDITS = {"str_replace": _str_replace, "create": _create, "insert": _insert}
