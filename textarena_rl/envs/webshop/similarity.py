"""Whether two short texts say the same, by the words that they share.

The measure is the token set ratio of the ``thefuzz`` package, rounded to whole percent: both texts as sorted sets of
words; what they share is compared with what each adds to it, and both sums with one another.

Source: ``thefuzz.fuzz.token_set_ratio`` on Python's ``difflib``.
"""

from __future__ import annotations

import functools
import re
from difflib import SequenceMatcher

__all__ = ["alike", "token_set_ratio"]

_ENOUGH = 85
_NOT_A_WORD = re.compile(r"\W")
_UPPER_HALF = dict.fromkeys(range(128, 256))


def _tokens(text: str) -> frozenset[str]:
    return frozenset(_NOT_A_WORD.sub(" ", text.translate(_UPPER_HALF)).lower().split())


def _ratio(left: str, right: str) -> int:
    if left == right and left:
        return 100
    if not left or not right:
        return 0
    return round(100 * SequenceMatcher(None, left, right).ratio())


def token_set_ratio(left: str, right: str) -> int:
    """How alike two texts are, in percent.

    >>> token_set_ratio("machine wash", "machine washable"), token_set_ratio("easy to wash", "wash easy")
    (86, 100)
    """
    one, other = _tokens(left), _tokens(right)
    if not one or not other:
        return 0
    shared = " ".join(sorted(one & other))
    only_one = f"{shared} {' '.join(sorted(one - other))}".strip()
    only_other = f"{shared} {' '.join(sorted(other - one))}".strip()
    return max(_ratio(shared, only_one), _ratio(shared, only_other), _ratio(only_one, only_other))


@functools.lru_cache(maxsize=262_144)
def alike(left: str, right: str) -> bool:
    """Whether the reward takes two texts for the same."""
    return token_set_ratio(left, right) > _ENOUGH
