"""Unified diffs: made from two trees, measured, and split by file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from textarena_rl.envs.swe_gym.sandbox.protocol import Files

__all__ = ["PatchSize", "changed_paths", "make_patch", "measure", "patched_paths"]


@dataclass(frozen=True, slots=True)
class PatchSize:
    """How large a patch is."""

    lines: int
    """Lines added and removed."""
    files: int
    hunks: int


def changed_paths(old: Files, new: Mapping[str, bytes]) -> list[str]:
    """Files that came, went or differ."""
    return sorted(path for path in {*old, *new} if old.get(path) != new.get(path))


def make_patch(old: Files, new: Mapping[str, bytes]) -> str:
    """The patch from one tree to the other, as git writes it; what is no text is named and not shown."""
    pieces = []
    for path in changed_paths(old, new):
        before, after = old.get(path), new.get(path)
        pieces.append(f"diff --git a/{path} b/{path}\n")
        if before is None:
            pieces.append("new file mode 100644\n")
        if after is None:
            pieces.append("deleted file mode 100644\n")
        try:
            left, right = (before or b"").decode(), (after or b"").decode()
        except UnicodeDecodeError:
            pieces.append(f"Binary files a/{path} and b/{path} differ\n")
            continue
        names = ("/dev/null" if before is None else f"a/{path}", "/dev/null" if after is None else f"b/{path}")
        for line in difflib.unified_diff(_lines(left), _lines(right), *names, lineterm="\n"):
            pieces.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only a line feed ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def patched_paths(patch: str) -> list[str]:
    """The files that a patch names, in its order; a file that is deleted under its old name."""
    found: dict[str, None] = {}
    for match in re.finditer(r"^diff --git a/(.*?) b/(.*)$", patch, re.MULTILINE):
        found[match[2]] = None
    return list(found)


def measure(patch: str) -> PatchSize:
    """The size of a patch.

    Hunks are read by the line counts of their headers, so that a removed line ``-- x`` is not taken for a header.
    """
    lines = hunks = old_left = new_left = 0
    for line in patch.split("\n"):
        if old_left > 0 or new_left > 0:
            mark = line[:1]
            if mark == "\\":
                continue
            lines += mark in "+-" and mark != ""
            old_left -= mark != "+"
            new_left -= mark != "-"
            continue
        match = re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line)
        if match:
            hunks += 1
            old_left = 1 if match[1] is None else int(match[1])
            new_left = 1 if match[2] is None else int(match[2])
    return PatchSize(lines, len(patched_paths(patch)), hunks)
