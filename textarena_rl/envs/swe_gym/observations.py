"""What the agent reads: exit code and output, cut in the middle where it is long."""

from __future__ import annotations

import re

from textarena_rl.envs.swe_gym.sandbox.protocol import Result

__all__ = ["clean", "numbered", "shorten", "told"]

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_KILLED = {
    "memory": "it used too much memory",
    "processes": "it started too many processes",
    "disk": "it wrote too much to the disk",
    "output": "it printed too much",
}


def clean(text: str) -> str:
    """Text without colours, control characters and bash's own line numbers."""
    text = _CONTROL.sub("", _ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = text.encode("utf-8", "replace").decode()
    return re.sub(r"^(?:/bin/|/usr/bin/)?bash: line \d+: (?:eval: line \d+: )?", "bash: ", text, flags=re.MULTILINE)


def shorten(text: str, most: int, dropped_bytes: int = 0) -> str:
    """The first and the last half of ``most`` characters, and between them how much is missing."""
    if len(text) <= most and not dropped_bytes:
        return text
    if len(text) <= most:
        half = len(text) // 2
        head, tail, missing = text[:half], text[half:], f"{dropped_bytes} bytes"
    else:
        half = most // 2
        head, tail = text[:half], text[-half:]
        missing = f"{len(text) - 2 * half} characters"
        if dropped_bytes:
            missing += f" and {dropped_bytes} bytes"
    return f"{head}\n[... {missing} left out: look at less at a time ...]\n{tail}"


def told(result: Result, most: int, timeout: float) -> str:
    """A command's result."""
    code = "none" if result.exit_code is None else str(result.exit_code)
    output = shorten(clean(result.output), most, result.dropped_bytes).strip("\n")
    lines = [f"<returncode>{code}</returncode>"]
    lines.append(f"<output>\n{output}\n</output>" if output else "<output></output>\nThe command printed nothing.")
    if result.timed_out:
        lines.append(f"The command was killed after {timeout:g} seconds.")
    elif result.killed:
        lines.append(f"The command was killed: {_KILLED.get(result.killed, result.killed)}.")
    if result.restarted:
        lines.append("The shell was started anew: its variables and background processes are gone.")
    return "\n".join(lines)


def numbered(text: str, start: int, most: int) -> str:
    """Lines with their numbers, cut in the middle where they are many."""
    lines = clean(text).split("\n")
    return shorten("\n".join(f"{number:>5}  {line}" for number, line in enumerate(lines, start)), most)
