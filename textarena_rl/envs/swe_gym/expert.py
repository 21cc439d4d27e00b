"""The expert: legal actions that lead from any state of the tree to the gold patch and hand it in."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Mapping

from textarena_rl.envs.swe_gym.actions import write_call
from textarena_rl.envs.swe_gym.packages import is_test_path
from textarena_rl.envs.swe_gym.tasks import FilesTask
from textarena_rl.errors import InvalidConfig

__all__ = ["EXPERTS", "can_edit", "plan"]

EXPERTS = ("direct", "gradual")
"""``direct`` makes the edits and hands in; ``gradual`` looks at a file, mends one place, runs the tests, goes on."""


def can_edit(tools: tuple[str, ...]) -> bool:
    """Whether the tools are enough for the expert."""
    return bool({"bash", "create", "str_replace"} & set(tools))


def plan(
    task: FilesTask,
    tree: Mapping[str, bytes],
    tools: tuple[str, ...],
    *,
    expert: str,
    viewed: frozenset[str],
    untested: bool,
) -> list[str]:
    """The actions from here to the win.

    Args:
        task: What is to be done.
        tree: The agent's tree now.
        tools: What may be used.
        expert: One of :data:`EXPERTS`.
        viewed: Files that were looked at.
        untested: Whether something was edited since the tests ran.

    Raises:
        InvalidConfig: No tool that edits is among the tools.
    """
    if not can_edit(tools):
        raise InvalidConfig("SWEGym: expected bash, str_replace or create among the tools for an expert, got none.")
    goal = {**{path: data for path, data in task.visible.items() if not is_test_path(path)}, **task.gold}
    tests = [write_call("run_tests")] if expert == "gradual" and "run_tests" in tools else []
    steps: list[str] = [*tests] if untested else []
    for path in sorted(set(goal) | {name for name in tree if not is_test_path(name)}):
        if tree.get(path) == goal.get(path):
            continue
        if expert == "gradual" and "view" in tools and path in tree and path not in viewed:
            steps.append(write_call("view", path=path))
        for edit in _edits(path, tree.get(path), goal.get(path), tools):
            steps += [edit, *tests]
    return [*steps, write_call("submit")]


def _edits(path: str, now: bytes | None, goal: bytes | None, tools: tuple[str, ...]) -> Iterator[str]:
    """Actions that make one file what it should be."""
    if goal is None:
        if "bash" in tools:
            yield write_call("bash", command=f"rm -f -- {shlex.quote(f'/testbed/{path}')}")
        elif "create" in tools:
            yield write_call("create", path=path, content="")
        return
    text = goal.decode()
    hunks = _hunks(now, text) if "str_replace" in tools and now is not None else None
    if hunks is not None:
        for old, new in hunks:
            yield write_call("str_replace", path=path, old=old, new=new)
    elif "create" in tools:
        yield write_call("create", path=path, content=text)
    else:
        end = "END-OF-FILE"
        yield write_call("bash", command=f"cat > {shlex.quote(f'/testbed/{path}')} <<'{end}'\n{text}{end}")


def _hunks(now: bytes | None, goal: str) -> list[tuple[str, str]] | None:
    """Replacements of texts that occur once, from the end of the file on; None where that is not possible."""
    try:
        text = (now or b"").decode()
    except UnicodeDecodeError:
        return None
    old, new = text.splitlines(keepends=True), goal.splitlines(keepends=True)
    found = []
    for kind, first, last, new_first, new_last in reversed(
        difflib.SequenceMatcher(None, old, new, False).get_opcodes()
    ):
        if kind == "equal":
            continue
        before, after = 0, 0
        while True:
            low, high = first - before, min(last + after, len(old))
            piece = "".join(old[low:high])
            if piece and text.count(piece) == 1:
                break
            if before >= first and last + after >= len(old):
                return None
            before, after = min(before + 1, first), after + (after <= before)
        wanted = "".join([*old[low:first], *new[new_first:new_last], *old[last:high]])
        found.append((piece, wanted))
        old[low:high] = wanted.splitlines(keepends=True)
        text = "".join(old)
    return found
