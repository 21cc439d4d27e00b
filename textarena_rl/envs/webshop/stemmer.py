"""The stem of an English word, by Porter's algorithm with Lucene's two departures.

Source: M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980. Departures, as in Lucene: ``-bli``
becomes ``-ble`` (not only ``-abli``), and ``-logi`` becomes ``-log``.
"""

from __future__ import annotations

import functools
import re

__all__ = ["stem"]

# A word is seen as a string of c (consonant) and v (vowel). Anything but a, e, i, o, u is a consonant, also digits; y
# is a vowel after a consonant.
_VOWELS = frozenset("aeiou")
_MEASURE = re.compile("v+c+")

_STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble", "logi": "log",
}  # fmt: skip
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "sion", "tion", "ou", "ism", "ate",
    "iti", "ous", "ive", "ize",
)  # fmt: skip


def _shape(word: str) -> str:
    shape = ""
    for letter in word:
        vowel = letter in _VOWELS or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(word: str) -> int:
    """How many times vowels are followed by consonants."""
    return len(_MEASURE.findall(_shape(word)))


def _doubled(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and _shape(word)[-1] == "c"


def _short(word: str) -> bool:
    """Whether the word ends in consonant, vowel, consonant, the last not w, x or y."""
    return _shape(word).endswith("cvc") and word[-1] not in "wxy"


def _plurals_and_participles(word: str) -> str:
    if word.endswith("sses") or word.endswith("ies"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for suffix in ("ed", "ing"):
        base = word[: -len(suffix)]
        if word.endswith(suffix) and "v" in _shape(base):
            if base.endswith(("at", "bl", "iz")):
                return base + "e"
            if _doubled(base):
                return base if base[-1] in "lsz" else base[:-1]
            return base + "e" if _measure(base) == 1 and _short(base) else base
    return word


def _replaced(word: str, endings: dict[str, str]) -> str:
    """The word with its longest listed ending replaced, where enough of it is left."""
    fitting = [ending for ending in endings if word.endswith(ending)]
    if not fitting:
        return word
    ending = max(fitting, key=len)
    base = word[: -len(ending)]
    return base + endings[ending] if _measure(base) else word


def _without_ending(word: str) -> str:
    fitting = [ending for ending in _STEP_4 if word.endswith(ending)]
    if not fitting:
        return word
    ending = max(fitting, key=len)
    base = word[: len(word) - (3 if ending in ("sion", "tion") else len(ending))]
    return base if _measure(base) > 1 else word


@functools.lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a word in lower case.

    >>> [stem(word) for word in ("relational", "machines", "hopping", "technology", "is")]
    ['relat', 'machin', 'hop', 'technolog', 'is']
    """
    if len(word) <= 2:
        return word
    word = _plurals_and_participles(word)
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    word = _without_ending(_replaced(_replaced(word, _STEP_2), _STEP_3))
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _short(word[:-1])):
            word = word[:-1]
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word
