"""The little language of TextWorld's descriptions, and Inform's way of writing lists.

A description is plain text with substitutions in brackets: ``[if c_0 is locked]a locked[otherwise]a closed[end if]``,
``[a list of things on the s_0]``. :func:`compile_text` turns one into a tree of plain tuples; :func:`render` walks it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from textarena_rl.errors import MissingData

__all__ = ["compile_text", "render", "sentence_list", "subjects", "with_article"]

Node = Any
"""A string, ``("list", holder)``, ``("noun", thing)`` or ``("if", ((tests, nodes), ...))``; ``tests`` is a tuple of
``(kind, subject)``."""

_LIST = re.compile(r"(?:a |the )?list of things (?:in|on) (?:the )?(\w+)$")
_STATUS = re.compile(r"(?:(?:the )?(\w+_\d+) is )?(open|closed|locked)$")
_CONTENTS = re.compile(r"there is (something|nothing) (?:in|on) (?:the )?(\w+)$")
_EMPTY = re.compile(r"(?:the )?(\w+) contains nothing$")
# Inform prints a quotation mark for an apostrophe unless there is a letter or digit on both sides of it.
_QUOTE = re.compile(r"(?<![^\W_])'|'(?![^\W_])")


def compile_text(text: str, subject: str, room: bool = False) -> tuple[Node, ...]:
    """The tree of a description; ``[if open]`` without a name speaks of ``subject``.

    Args:
        text: The description as TextWorld writes it.
        subject: The id of what it describes.
        room: Whether that is a room; a thing's text keeps the blanks at the beginning of its lines.

    Raises:
        MissingData: The text holds a substitution that this engine does not know.
    """
    stack: list[list[Node]] = [[]]
    branches: list[list[Any]] = []
    if room:  # Inform drops blanks at the start of a line of its source; only a room's text has its lines there
        text = re.sub(r"\n +", "\n", text)
    for position, piece in enumerate(re.split(r"\[([^\]]*)\]", text)):
        if position % 2 == 0:
            if piece:
                stack[-1].append(_QUOTE.sub('"', piece))
            continue
        word = piece.strip().lower()
        if word.startswith("if "):
            branches.append([(_tests(word[3:], subject), [])])
            stack.append(branches[-1][-1][1])
        elif word.startswith("else if ") and branches:
            branches[-1].append((_tests(word[8:], subject), []))
            stack[-1] = branches[-1][-1][1]
        elif word in ("otherwise", "else") and branches:
            branches[-1].append(((), []))
            stack[-1] = branches[-1][-1][1]
        elif word == "end if" and branches:
            stack.pop()
            stack[-1].append(("if", tuple((tests, tuple(nodes)) for tests, nodes in branches.pop())))
        else:
            stack[-1].append(_leaf(word, subject))
    return tuple(stack[0])


def _leaf(word: str, subject: str) -> Node:
    if word == "noun":
        return ("noun", subject)
    if match := _LIST.match(word):
        return ("list", match[1])
    raise MissingData(
        f"TextWorld: expected a substitution of the standard grammar in the text of {subject}, got [{word}]. "
        "Compile the game with the textworld package and play the .z8 file."
    )


def _tests(condition: str, subject: str) -> tuple[tuple[str, str], ...]:
    tests = []
    for part in condition.split(" and "):
        if match := _STATUS.match(part):
            tests.append((match[2], match[1] or subject))
        elif match := _CONTENTS.match(part):
            tests.append((match[1], match[2]))
        elif match := _EMPTY.match(part):
            tests.append(("nothing", match[1]))
        else:
            raise MissingData(
                f"TextWorld: expected a standard condition in the text of {subject}, got [if {condition}]. "
                "Compile the game with the textworld package and play the .z8 file."
            )
    return tuple(tests)


def subjects(nodes: Sequence[Node]) -> tuple[set[str], set[str]]:
    """What the text of a tree depends on: things whose status is tested, things whose contents are told or tested."""
    opening: set[str] = set()
    holding: set[str] = set()
    for node in nodes:
        if isinstance(node, str) or node[0] == "noun":
            continue
        if node[0] == "list":
            holding.add(node[1])
            continue
        for tests, branch in node[1]:
            for kind, subject in tests:
                (holding if kind in ("something", "nothing") else opening).add(subject)
            inner = subjects(branch)
            opening |= inner[0]
            holding |= inner[1]
    return opening, holding


def render(
    nodes: Sequence[Node],
    status: Mapping[str, str],
    contents: Mapping[str, Sequence[str]],
    articled: Mapping[str, str],
    noun: str = "",
) -> str:
    """The text of a tree in a state.

    Args:
        nodes: The tree.
        status: The state of what opens.
        contents: What is in what holds things.
        articled: Names with their article.
        noun: What stands for ``[noun]``.
    """
    pieces = []
    for node in nodes:
        if isinstance(node, str):
            pieces.append(node)
        elif node[0] == "list":
            pieces.append(sentence_list([articled[thing] for thing in contents[node[1]]]))
        elif node[0] == "noun":
            pieces.append(noun)
        else:
            for tests, branch in node[1]:
                for kind, subject in tests:
                    if not _holds(kind, subject, status, contents):
                        break
                else:
                    pieces.append(render(branch, status, contents, articled, noun))
                    break
    return "".join(pieces)


def _holds(kind: str, subject: str, status: Mapping[str, str], contents: Mapping[str, Sequence[str]]) -> bool:
    if kind == "something":
        return bool(contents[subject])
    if kind == "nothing":
        return not contents[subject]
    if kind == "closed":  # what is locked is closed as well
        return status[subject] != "open"
    return status[subject] == kind


def sentence_list(items: Sequence[str]) -> str:
    """``nothing``, ``a``, ``a and b``, ``a, b and c``."""
    if not items:
        return "nothing"
    if len(items) == 1:
        return items[0]
    return ", ".join(items[:-1]) + " and " + items[-1]


def with_article(name: str, article: str = "") -> str:
    """The name with its indefinite article, chosen by the first letter unless one is given."""
    return f"{article or ('an' if name[:1].lower() in tuple('aeiou') else 'a')} {name}"
