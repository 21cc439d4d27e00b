"""What the player may write: one direction, or several in one turn."""

from __future__ import annotations

import re

from textarena_rl.envs.sokoban.rules import DIRECTIONS, DOWN, LEFT, RIGHT, UP

__all__ = ["explain_refusal", "join", "read_directions"]

_WORDS = {"up": UP, "down": DOWN, "left": LEFT, "right": RIGHT}
_LETTERS = {"u": UP, "d": DOWN, "l": LEFT, "r": RIGHT}
_EXACT = {name: [direction] for direction, name in enumerate(DIRECTIONS)}
_BETWEEN = re.compile(r"[\s,;|]+")


def read_directions(action: str) -> list[int]:
    r"""The directions in an action, first to last; none where any part of it is not understood.

    Words in any case and runs of their first letters, parted by ``||``, commas, semicolons, blanks or line ends:

    >>> [read_directions(text) for text in ("Up || Right", "up, right", "ur", "UP\nRIGHT")]
    [[0, 3], [0, 3], [0, 3], [0, 3]]
    >>> read_directions("Up || jump")
    []
    """
    exact = _EXACT.get(action)
    if exact:
        return exact
    directions: list[int] = []
    for part in _parts(action):
        if part in _WORDS:
            directions.append(_WORDS[part])
        elif _is_run(part):
            directions += map(_LETTERS.__getitem__, part)
        else:
            return []
    return directions


def explain_refusal(action: str) -> str:
    """Why :func:`read_directions` found nothing, in a sentence for the player."""
    wrong = next((part for part in _parts(action) if part not in _WORDS and not _is_run(part)), "")
    if not wrong:
        return "No action was given."
    shown = wrong if len(wrong) <= 24 else wrong[:24] + "..."
    return f"{shown!r} is no action, and nothing was done."


def join(directions: list[int] | tuple[int, ...]) -> str:
    """The action that takes these directions; the inverse of :func:`read_directions`."""
    return " || ".join(DIRECTIONS[direction] for direction in directions)


def _parts(action: str) -> list[str]:
    return [part for part in _BETWEEN.split(action.lower()) if part]


def _is_run(part: str) -> bool:
    return all(letter in _LETTERS for letter in part)
