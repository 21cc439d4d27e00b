"""Whether two short texts say the same, by the words that they share.

The measure is the token set ratio of the ``thefuzz`` package, rounded to whole percent: both texts as sorted sets of
words; what they share is compared with what each adds to it, and both sums with one another.

Source: ``thefuzz.fuzz.token_set_ratio`` on Python's ``difflib``.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from difflib import SequenceMatcher

__all__ = ["alike", "token_set_ratio"]

_ENOUGH = 85
_NOT_A_WORD = re.compile(r"\W")
_UPPER_HALF = dict.fromkeys(range(128, 256))


@functools.lru_cache(maxsize=65_536)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(_NOT_A_WORD.sub(" ", text.translate(_UPPER_HALF)).lower().split())


def _ratio(left: str, right: str) -> int:
    if left == right and left:
        return 100
    if not left or not right:
        return 0
    return round(100 * SequenceMatcher(None, left, right).ratio())


def _sides(left: str, right: str) -> tuple[str, str, str] | None:
    """What both texts share, and that with what each adds; None where one is empty."""
    one, other = _tokens(left), _tokens(right)
    if not one or not other:
        return None
    shared = " ".join(sorted(one & other))
    only_one = f"{shared} {' '.join(sorted(one - other))}".strip()
    only_other = f"{shared} {' '.join(sorted(other - one))}".strip()
    return shared, only_one, only_other


def token_set_ratio(left: str, right: str) -> int:
    """How alike two texts are, in percent.

    >>> token_set_ratio("machine wash", "machine washable"), token_set_ratio("easy to wash", "wash easy")
    (86, 100)
    """
    sides = _sides(left, right)
    if sides is None:
        return 0
    shared, only_one, only_other = sides
    return max(_ratio(shared, only_one), _ratio(shared, only_other), _ratio(only_one, only_other))


def _may_pass(left: str, right: str) -> bool:
    """Whether the ratio can be enough: no more characters can match than both texts have, each as often."""
    needed = (_ENOUGH + 0.5) / 200 * (len(left) + len(right))
    return min(len(left), len(right)) >= needed and (Counter(left) & Counter(right)).total() >= needed


@functools.lru_cache(maxsize=262_144)
def alike(left: str, right: str) -> bool:
    """Whether the reward takes two texts for the same: a ratio above 85."""
    sides = _sides(left, right)
    if sides is None:
        return False
    shared, only_one, only_other = sides
    pairs = ((shared, only_one), (shared, only_other), (only_one, only_other))
    return any(_may_pass(one, other) and _ratio(one, other) > _ENOUGH for one, other in pairs)
