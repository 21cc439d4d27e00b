"""Where words begin and end: the word boundaries of Unicode, as Lucene's standard tokenizer draws them.

Every character has one of a dozen classes; a text is translated into the string of its classes, and one regular
expression over that string finds the words.

Source: Unicode Standard Annex 29 (word boundaries); the grammar of Lucene's ``StandardTokenizer``, which keeps only
segments with a letter, a digit, an ideograph or an emoji in them, and cuts those that are longer than 255 characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["words"]

_LONGEST = 255  # characters of one word; the rest begins another

Ranges = tuple[tuple[int, int], ...]


def _ranges(text: str) -> Ranges:
    """Pairs of code points, from hexadecimal numbers: ``"41-5A 61"``."""
    pairs = [part.partition("-") for part in text.split()]
    return tuple((int(low, 16), int(high or low, 16)) for low, _, high in pairs)


def _within(code: int, ranges: Ranges) -> bool:
    return any(low <= code <= high for low, high in ranges)


_SINGLE = {
    **dict.fromkeys("'", "'"),
    **dict.fromkeys('"', '"'),
    **dict.fromkeys(".\u2018\u2019\u2024\ufe52\uff07\uff0e", "."),
    **dict.fromkeys(":\xb7\u0387\u05f4\u2027\ufe13\ufe55\uff1a", ":"),
    **dict.fromkeys(",;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b", ","),
    **dict.fromkeys("\u200c\uff9e\uff9f\u200d", "x"),
    **dict.fromkeys("\u066b", "n"),
    **dict.fromkeys("\u202f", "_"),
    **dict.fromkeys("\u05f3", "a"),
    **dict.fromkeys("\u200b", " "),
    **dict.fromkeys("#*", "p"),
    "\ufe0f": "v",
    "\u20e3": "c",
}
_KATAKANA = _ranges("3031-3035 309B-309C 30A0-30FA 30FC-30FF 31F0-31FF 32D0-32FE 3300-3357 FF66-FF9D 1B000")
_HIRAGANA = _ranges("3041-3096 309D-309F 1B001-1B11E 1F200")
_HAN = _ranges(
    "2E80-2E99 2E9B-2EF3 2F00-2FD5 3005 3007 3021-3029 3038-303B 3400-4DBF 4E00-9FFF F900-FAFF 20000-2FA1F 30000-3134A"
)
_COMPLEX = _ranges("E01-E3A E40-E4E E81-EDF 1000-109F 1780-17D7 17DC-17DD 1950-19DF 1A20-1AAD A9E0-A9FE AA60-AADF")
_LETTER_SYMBOLS = _ranges("24B6-24E9 1F130-1F149 1F150-1F169 1F170-1F189")
_EMOJI_MODIFIER = _ranges("1F3FB-1F3FF")
_EMOJI = _ranges(  # Extended_Pictographic
    "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 2388 23CF 23E9-23F3 23F8-23FA 25AA-25AB 25B6"
    " 25C0 25FB-25FE 2600-2605 2607-2612 2614-2685 2690-2705 2708-2712 2714 2716 271D 2721 2728 2733-2734 2744"
    " 2747 274C 274E 2753-2755 2757 2763-2767 2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55"
    " 3030 303D 3297 3299 1F000-1F0FF 1F10D-1F10F 1F12F 1F16C-1F16F 1F18E 1F191-1F19A 1F1AD-1F1E5 1F201-1F20F"
    " 1F21A 1F22F 1F232-1F23A 1F23C-1F23F 1F249-1F3FA 1F400-1F53D 1F546-1F64F 1F680-1F6FF 1F774-1F77F 1F7D5-1F7FF"
    " 1F80C-1F80F 1F848-1F84F 1F85A-1F85F 1F888-1F88F 1F8AE-1F8FF 1F90C-1F93A 1F93C-1F945 1F947-1FAFF 1FC00-1FFFD"
)
_FULLWIDTH_DIGITS = _ranges("FF10-FF19")
_REGIONAL = _ranges("1F1E6-1F1FF")


_IN_ORDER = (
    (_KATAKANA, "k"),
    (_HIRAGANA, "g"),
    (_HAN, "j"),
    (_COMPLEX, "s"),
    (_LETTER_SYMBOLS, "a"),
    (_REGIONAL, "r"),
    (_EMOJI_MODIFIER, "m"),
    (_EMOJI, "e"),
    (_FULLWIDTH_DIGITS, "n"),
)


def _class_of(code: int) -> str:
    """The class of a character, one letter."""
    character = chr(code)
    if character in _SINGLE:
        return _SINGLE[character]
    for ranges, name in _IN_ORDER:
        if _within(code, ranges):
            return name
    category = unicodedata.category(character)
    if category == "Nd":
        return "n"
    if category == "Pc":
        return "_"
    if category in ("Mn", "Me", "Mc", "Cf"):
        return "x"
    if 0x5D0 <= code <= 0x5F2 or 0xFB1D <= code <= 0xFB4F:
        return "h"
    return "a" if category[0] == "L" or category == "Nl" else " "


class _Classes(dict[int, str]):
    """Code point to class; a class is worked out once."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _class_of(code)
        return found


_CLASSES = _Classes({code: _class_of(code) for code in range(128)})

_X = "[xvcm]*"  # marks and invisible formatting belong to what stands before them
_NUMBER, _KANA, _JOIN = f"n{_X}", f"k{_X}", f"_{_X}"
_LETTER = f"(?:a{_X}|h{_X}(?:'{_X}|\"{_X}(?=h))?)"  # Hebrew letters keep the quotes that stand for abbreviation
_LETTERS = f"{_LETTER}(?:(?:(?:{_JOIN})*|[:.']{_X}){_LETTER})*"
_NUMBERS = f"{_NUMBER}(?:(?:(?:{_JOIN})*|[,.']{_X}){_NUMBER})*"
_KANAS = f"{_KANA}(?:(?:{_JOIN})*{_KANA})*"
_CORE = f"(?:{_KANAS}|(?:{_NUMBERS}|{_LETTERS})+)"
_WORD = f"(?:{_JOIN})*{_CORE}(?:(?:{_JOIN})+{_CORE})*(?:{_JOIN})*"
_ONE_EMOJI = "e[vm]*"
_FIND = re.compile(
    f"r{_X}r{_X}|pv?c|{_ONE_EMOJI}(?:x[em][vm]*)*{_X}|m{_X}|{_WORD}|(?:s[xvc]*)+|j{_X}|g{_X}"
)  # fmt: skip


def words(text: str) -> Iterator[str]:
    """The words of a text in order, as they are written.

    >>> list(words("Men's T-shirt, 3.5mm (2 packs) e.g. \U0001f600"))
    ["Men's", 'T', 'shirt', '3.5mm', '2', 'packs', 'e.g', '\U0001f600']
    """
    for match in _FIND.finditer(text.translate(_CLASSES)):
        start, end = match.span()
        while end - start > _LONGEST:
            yield text[start : start + _LONGEST]
            start += _LONGEST
        yield text[start:end]
