"""The issue of a bug: written from failures that really happened, without a word of where the bug is."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from textarena_rl.envs.swe_gym.generator import Bug, Failure
from textarena_rl.envs.swe_gym.packages import is_test_path
from textarena_rl.envs.swe_gym.sandbox.protocol import Files

__all__ = ["DETAILS", "issue_text"]

DETAILS = ("none", "symptom", "tests", "traceback", "file", "function")
"""How much an issue tells, each level more than the one before."""

_TITLES = (
    "{repo}: {what}",
    "Unexpected behaviour of {repo}: {what}",
    "{what} ({repo})",
    "Regression in {repo}: {what}",
)
_OPENINGS = (
    "Since the last release this does not work any more:",
    "I ran into this while using {repo}:",
    "The following used to work, and should:",
    "Steps to reproduce:",
)
_OUTCOMES = ("It ends with", "What happens instead:", "I get", "The outcome is")
_MOST_LINES = 14


def issue_text(bug: Bug, repo: str, files: Files, broken: Files, detail: str) -> str:
    """The issue.

    Args:
        bug: What is broken.
        repo: The name of the repository.
        files: The sound tree, whose tests show what was expected.
        broken: The broken tree.
        detail: One of :data:`DETAILS`.
    """
    seed = int(bug.key, 16)
    level = DETAILS.index(detail)
    if level == 0 or not bug.failures:
        several = "several things are" if len(bug.edits) > 1 else "something is"
        parts = [
            f"{repo} misbehaves\n\nIn the current version of {repo} {several} wrong: results differ from what the "
        ]
        parts[0] += "documentation promises. Please find out what, and mend it."
    else:
        title = _TITLES[seed % len(_TITLES)].format(repo=repo, what=_headline(bug.failures[0]))
        parts = [title]
        for number, failure in enumerate(bug.failures):
            parts.append(_report(failure, files, repo, seed + number))
    if level >= 2:
        names = "\n".join(f"- {name}" for name in bug.fail_to_pass[:20])
        more = len(bug.fail_to_pass) - 20
        parts.append("These tests fail:\n\n" + names + (f"\n- and {more} more" if more > 0 else ""))
    if level >= 3:
        parts += [_calls(failure) for failure in bug.failures]
    places = sorted({(path, edit.function) for path, edit in bug.edits})
    if level == 4:
        parts.append("The cause seems to be in " + " and ".join(sorted({path for path, _ in places})) + ".")
    elif level == 5:
        parts.append("The cause seems to be in " + " and ".join(f"{name} of {path}" for path, name in places) + ".")
    return _without_mutated_lines("\n\n".join(parts), bug, files, broken)


def _headline(failure: Failure) -> str:
    """A few words on a failure."""
    words = failure.test.rpartition(".")[2].removeprefix("test_").replace("_", " ")
    if failure.error == "AssertionError":
        return f"wrong result for '{words}'"
    return f"{failure.error} for '{words}'"


def _report(failure: Failure, files: Files, repo: str, seed: int) -> str:
    """What was done, and what came of it."""
    opening = _OPENINGS[seed % len(_OPENINGS)].format(repo=repo)
    outcome = _OUTCOMES[(seed // 7) % len(_OUTCOMES)]
    said = failure.text.strip() or "(no message)"
    result = textwrap.indent(f"{failure.error}: {said}", "    ")
    return f"{opening}\n\n{textwrap.indent(_snippet(failure, files), '    ')}\n\n{outcome}\n\n{result}"


def _snippet(failure: Failure, files: Files) -> str:
    """The lines of the test up to the one that failed, its imports left out."""
    for path, _ in failure.frames:
        if is_test_path(path) and path in files:
            lines = files[path].decode("utf-8", "replace").split("\n")
            last = min(failure.line, len(lines))
            first = last
            while first > 1 and not lines[first - 1].lstrip().startswith(("def ", "async def ")):
                first -= 1
            body = lines[first : _end_of_statement(lines, last)][-_MOST_LINES:]
            return textwrap.dedent("\n".join(body)).strip("\n") or lines[last - 1].strip()
    return failure.test


def _end_of_statement(lines: Sequence[str], last: int) -> int:
    """Where the statement that holds line ``last`` ends: by its brackets, and with its block where it has one."""
    depth, end = 0, last
    for number in range(last - 1, min(last + 12, len(lines))):
        depth += sum(lines[number].count(mark) for mark in "([{") - sum(lines[number].count(mark) for mark in ")]}")
        if depth <= 0:
            end = number + 1
            break
    if lines[end - 1].rstrip().endswith(":"):
        indent = len(lines[last - 1]) - len(lines[last - 1].lstrip())
        while end < len(lines) and lines[end].strip() and len(lines[end]) - len(lines[end].lstrip()) > indent:
            end += 1
    return end


def _calls(failure: Failure) -> str:
    """The chain of calls, without lines."""
    steps = [f"  {path}, in {function}" for path, function in failure.frames]
    return "\n".join(["Calls, innermost last:", "", *steps, f"{failure.error}: {failure.text}".split("\n")[0]])


def _without_mutated_lines(text: str, bug: Bug, files: Files, broken: Files) -> str:
    """The text, with any whole line of code that the bug changed blotted out."""
    lines = set()
    for path, edit in bug.edits:
        for tree in (files, broken):
            start = tree[path].rfind(b"\n", 0, edit.start) + 1
            size = len((edit.old if tree is files else edit.new).encode())
            stop = tree[path].find(b"\n", edit.start + size)
            for line in tree[path][start : stop if stop >= 0 else None].decode("utf-8", "replace").split("\n"):
                if len(line.strip()) > 8:
                    lines.add(line.strip())
    for line in sorted(lines, key=len, reverse=True):
        text = text.replace(line, "...")
    return text
