"""From text to search terms, as the original's English analyser does it."""

from __future__ import annotations

import functools

from textarena_rl.envs.webshop.stemmer import stem
from textarena_rl.envs.webshop.words import words

__all__ = ["terms"]

_STOP_WORDS = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this"
    " to was will with"
)
_STOPPED = frozenset(_STOP_WORDS.split())
_APOSTROPHES = "'\u2019\uff07"


@functools.lru_cache(maxsize=100_000)
def _term(word: str) -> str:
    """The term of a word; empty for a stop word."""
    if len(word) >= 2 and word[-1] in "sS" and word[-2] in _APOSTROPHES:
        word = word[:-2]
    # Java lowers character by character: no final sigma, and a dotted capital I becomes a plain i.
    word = word.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()
    return "" if word in _STOPPED else stem(word)


def terms(text: str) -> list[str]:
    """The search terms of a text in order: words without 's, in lower case, without stop words, stemmed.

    >>> terms("Find me a women's running shoe with the rubber soles")
    ['find', 'me', 'women', 'run', 'shoe', 'rubber', 'sole']
    """
    return [term for term in map(_term, words(text)) if term]
