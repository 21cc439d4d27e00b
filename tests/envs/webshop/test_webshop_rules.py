"""Actions, words, stems, similarity, search and reward, each against something that is not the code under test."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textarena_rl.envs.webshop.analysis import terms
from textarena_rl.envs.webshop.colours import COLOURS, plain, plain_pair
from textarena_rl.envs.webshop.goals import Goal, choices, goal_of, official_splits, price_limit, price_text
from textarena_rl.envs.webshop.nouns import by_rule
from textarena_rl.envs.webshop.official import pricing, product_of
from textarena_rl.envs.webshop.products import Product, Wish, from_json, to_json
from textarena_rl.envs.webshop.reward import option_matches, purchase
from textarena_rl.envs.webshop.search import Index, IndexWriter, kept_length
from textarena_rl.envs.webshop.shop import read_action
from textarena_rl.envs.webshop.similarity import alike, token_set_ratio
from textarena_rl.envs.webshop.stemmer import stem
from textarena_rl.envs.webshop.words import words

# ---------------------------------------------------------------------- actions


@given(st.text(alphabet="ab[]\n \\é", max_size=30))
def test_actions_are_read_as_by_the_greedy_pattern(action: str) -> None:
    match = re.match(r"(.+)\[(.+)\]", action)
    assert read_action(action) == (match.groups() if match else None)


def test_reading_a_hundred_thousand_brackets_takes_no_time() -> None:
    assert read_action("[" * 100_000) is None
    assert read_action("a" + "[" * 100_000 + "]") == ("a" + "[" * 99_998, "[")
    assert read_action("search[" + "x]" * 50_000) is not None


# ---------------------------------------------------------------------- words and stems

# Porter's own examples (1980), step by step; the last two are Lucene's departures.
STEMS = """
caresses caress ponies poni ties ti caress caress cats cat feed feed agreed agre plastered plaster bled bled motoring
motor sing sing conflated conflat troubled troubl sized size hopping hop tanned tan falling fall hissing hiss fizzed
fizz failing fail filing file happy happi sky sky relational relat conditional condit rational ration valenci valenc
hesitanci hesit digitizer digit conformabli conform radicalli radic differentli differ vileli vile analogousli analog
vietnamization vietnam predication predic operator oper feudalism feudal decisiveness decis hopefulness hope callousness
callous formaliti formal sensitiviti sensit sensibiliti sensibl triplicate triplic formative form formalize formal
electriciti electr electrical electr hopeful hope goodness good revival reviv allowance allow inference infer airliner
airlin gyroscopic gyroscop adjustable adjust defensible defens irritant irrit replacement replac adjustment adjust
dependent depend adoption adopt communism commun activate activ angulariti angular homologous homolog effective effect
bowdlerize bowdler probate probat rate rate cease ceas controll control roll roll a a is is
technologi technolog possibli possibl
"""
PAIRS = re.findall(r"(\S+)\s+(\S+)", STEMS)


@pytest.mark.parametrize(("word", "expected"), PAIRS)
def test_porters_examples(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can't stop, won't", ["can't", "stop", "won't"]),  # an apostrophe between letters joins (WB6, WB7)
        (
            "e.g. 3.5mm 1,000 1,a a,1",
            ["e.g", "3.5mm", "1,000", "1", "a", "a", "1"],
        ),  # WB6, WB11, WB12; no comma in words
        ("T-shirt x_y __ a:b", ["T", "shirt", "x_y", "a:b"]),  # WB13a, WB13b; a line of joiners alone is no word
        ("日本 カタカナ ひら 한국어", ["日", "本", "カタカナ", "ひ", "ら", "한국어"]),
        ("אב\"ג ד'", ['אב"ג', "ד'"]),  # WB7a to WB7c
        ("ok™ ★ 👍🏽 👨‍👩‍👧 🇩🇪🇫🇷 #", ["ok", "™", "★", "👍🏽", "👨‍👩‍👧", "🇩🇪", "🇫🇷"]),
        ("cafe\u0301 x\u00adyz", ["cafe\u0301", "x\u00adyz"]),  # marks and soft hyphens belong to the letter before
        ("ไทย ไทย", ["ไทย", "ไทย"]),
        ("", []),
    ],
)
def test_where_words_begin_and_end(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


def test_very_long_words_are_cut() -> None:
    assert [len(word) for word in words("x" * 600)] == [255, 255, 90]


def test_terms_lose_possessives_stop_words_and_endings() -> None:
    assert terms("The WOMEN's dresses aren’t it; Men\u2019S") == ["women", "dress", "aren’t", "men"]


# ---------------------------------------------------------------------- similarity


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # the examples in the documentation of the package, and cases by hand
        ("fuzzy was a bear", "fuzzy fuzzy was a bear", 100),
        ("fuzzy wuzzy was a bear", "wuzzy fuzzy was a bear", 100),
        ("machine wash", "machine washable", 86),  # "machine wash" and "machine washable": 2*12/(12+16) = .857
        ("", "a", 0),
        ("!!", "!!", 0),  # nothing is left of either
        ("a-b", "b a", 100),
        ("abc", "xyz", 0),
        ("café", "caf", 100),  # characters 128 to 255 vanish
    ],
)
def test_the_token_set_ratio(left: str, right: str, expected: int) -> None:
    assert token_set_ratio(left, right) == expected


WORDS = ["red", "blue", "machine", "washable", "wash", "soft", "foam", "a", "b", "3d", "é"]
PHRASES = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)


@given(PHRASES | st.text(max_size=15), PHRASES | st.text(max_size=15))
@settings(max_examples=300)
def test_the_short_cuts_decide_like_the_ratio(left: str, right: str) -> None:
    assert alike(left, right) == (token_set_ratio(left, right) > 85)


def test_colours() -> None:
    assert len(COLOURS) == 102
    assert list(COLOURS) == sorted(COLOURS)
    assert (plain("standard"), plain("dark navy"), plain("xl")) == ("tan", "dark", "xl")
    assert plain_pair("color", "navy") == "navy"
    assert plain_pair("color", "2005brown") == "('color', '2005brown')"
    # the pair "color 2005brown" does not resemble the "brown" that a purchase of it is reduced to
    assert not option_matches(("color", "2005brown"), "2005brown")
    assert option_matches("2005tan", "light tan") is False  # "light" comes before "tan" in the alphabet
    assert option_matches("2005brown", "brown") is True


# ---------------------------------------------------------------------- search


def lucene_length(length: int) -> int:
    """SmallFloat.byte4ToInt(SmallFloat.intToByte4(length)), written out bit by bit."""
    free = 255 - 231
    if length < free:
        return length
    rest = length - free
    if rest < 16:
        return free + rest
    bits = f"{rest:b}"
    return free + int(bits[:4] + "0" * (len(bits) - 4), 2)


def test_lengths_are_kept_as_in_one_byte() -> None:
    assert all(kept_length(length) == lucene_length(length) for length in range(5000))


def slow_scores(documents: list[list[str]], query: list[str]) -> list[float]:
    filled = [document for document in documents if document]
    mean = sum(map(len, filled)) / max(len(filled), 1)
    scores = []
    for document in documents:
        score, counts = 0.0, Counter(document)
        for term, boost in Counter(query).items():
            having = sum(term in other for other in documents)
            if counts[term]:
                weight = boost * math.log(1 + (len(filled) - having + 0.5) / (having + 0.5))
                inverse = 1 / (0.9 * (1 - 0.4 + 0.4 * lucene_length(len(document)) / mean))
                score += weight - weight / (1 + counts[term] * inverse)
        scores.append(score)
    return scores


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_search_ranks_like_a_slow_loop(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    draw = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(30)]
    documents = [draw.choices(vocabulary, k=draw.choice((0, 3, 10, 60))) for _ in range(80)]
    folder = tmp_path_factory.mktemp("index")
    writer = IndexWriter(folder)
    for document in documents:
        writer.add(" ".join(document))
    writer.finish()
    ranks = np.arange(len(documents))[::-1].copy()  # equal scores: the last document first
    query = draw.choices([*vocabulary, "unknown"], k=draw.choice((1, 2, 8)))
    scores = slow_scores(documents, query)
    expected = sorted((number for number in range(80) if scores[number]), key=lambda n: (-round(scores[n], 9), -n))[:10]
    found = Index(folder, ranks).search(" ".join(query), 10)
    for mine, slow in zip(found, expected, strict=True):
        assert mine == slow or abs(scores[mine] - scores[slow]) < 1e-6


def test_batches_of_documents_make_the_same_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(0)
    texts = [" ".join(draw.choices(WORDS, k=8)) for _ in range(50)]
    folders = []
    for batch in (7, 1000):
        monkeypatch.setattr("textarena_rl.envs.webshop.search._BATCH", batch)
        folder = tmp_path / str(batch)
        folder.mkdir()
        writer = IndexWriter(folder)
        for text in texts:
            writer.add(text)
        writer.finish()
        folders.append(folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == sorted(path.name for path in folders[1].iterdir())
    assert all((folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in names)


# ---------------------------------------------------------------------- products, goals, reward


def test_prices_as_the_shop_shows_them() -> None:
    assert pricing("$877.8") == ([877.8], "$877.8")
    assert pricing("$1,234.00") == ([1234.0], "$1234.0")
    assert pricing("$1.00 - $2.50 - $9.00") == ([1.0, 2.5], "$1.0 to $2.5")
    assert pricing(None) == pricing("") == ([100.0], "$100.0")


RAW = {
    "asin": "B000000001", "name": "Soft Wool Hat", "full_description": "Warm.", "small_description": "one bullet",
    "pricing": "$5.00", "customization_options": {"Color": [{"value": " Red/Blue ", "image": "x"}], "Size": None},
    "images": ["i"], "category": "fashion", "query": " Hats ", "product_category": "Clothing › Hats",
}  # fmt: skip


def test_an_official_entry() -> None:
    told = {"attributes": ["warm"], "instruction": "Find me warm hats", "instruction_attributes": ["warm"]}
    people = [{"instruction": "a hat.", "instruction_attributes": ["warm"], "instruction_options": ["red"]}]
    product, prices = product_of(RAW, told, people)
    assert (product.options, product.query, product.bullets, prices) == (
        {"color": ("red | blue",)}, "hats", ("one bullet",), [5.0],
    )  # fmt: skip
    synthetic = goal_of(product, "synthetic", 0, 20.0)
    assert synthetic.instruction == "Find me warm hats with color: red | blue, and price lower than 20.00 dollars"
    human = goal_of(product, "human", 0, 1_000_000)
    assert (human.instruction, human.options) == ("a hat", ("red",))
    unknown, _ = product_of(RAW, None, ())
    assert (unknown.attributes, unknown.wish) == (("DUMMY_ATTR",), None)
    copy = from_json(to_json(product))
    assert all(getattr(copy, name) == getattr(product, name) for name in Product.__dataclass_fields__)


def test_every_choice_of_options_in_the_order_of_a_product_over_sorted_names() -> None:
    told = {"instruction": "x", "instruction_attributes": ["y"]}
    product, _ = product_of({**RAW, "customization_options": ""}, told, ())
    object.__setattr__(product, "options", {"size": ("s", "m", "l"), "color": ("red", "blue")})
    assert choices(product.options) == 6
    made = [goal_of(product, "synthetic", variant, 1_000_000).options for variant in range(6)]
    assert made == [(("color", c), ("size", s)) for c in ("red", "blue") for s in ("s", "m", "l")]


@given(st.floats(0.01, 2000), st.integers(0, 1000))
def test_a_price_limit_is_one_of_the_next_steps_but_the_first(price: float, seed: int) -> None:
    limit = price_limit(price, random.Random(seed))
    steps = [10.0 * step for step in range(1, 100) if 10 * step > price][:4]
    assert limit in steps[1:] if len(steps) > 1 else limit == 1_000_000
    assert price_text(limit) == ("" if limit == 1_000_000 else f", and price lower than {limit:.2f} dollars")


@given(st.integers(3, 3000))
def test_splits_part_the_goals(count: int) -> None:
    parts = official_splits(count)
    assert sorted(number for part in parts.values() for number in part) == list(range(count))
    assert all(len(part) for part in parts.values())
    if count > 1500:
        assert (parts["test"], parts["valid"]) == (range(500), range(500, 1500))


def hat(**changes: object) -> Product:
    fields = {
        "asin": "B000000001", "title": "Soft Wool Hat", "description": "Keeps warm.", "bullets": ("machine washable",),
        "price_tag": "$5.0", "options": {"color": ("red", "navy")}, "attributes": ("soft touch",),
        "category": "fashion", "query": "hats", "product_category": "Clothing › Hats › Wool", "nouns": ("wool", "hat"),
    }  # fmt: skip
    return Product(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_reward_by_hand() -> None:
    goal = Goal(
        "B000000002", "Fur Hat", "hats", "Clothing › Hats", "", ("soft touch", "machine washable", "long"),
        (("color", "navy"), ("size", "l")), 10.0, ("fur", "hat"),
    )  # fmt: skip
    verdict = purchase(hat(), 9.0, {"color": "navy"}, goal, by_rule)
    # two of three attributes (one listed, one in a feature), one of two options, the price: 4 of 6
    assert verdict.reward == 4 / 6
    assert verdict.parts == {
        "r_type": 1.0, "r_att": 2 / 3, "w_att": 3 / 6, "query_match": True, "category_match": True, "title_score": 0.5,
        "r_option": 0.5, "w_option": 2 / 6, "r_price": True, "w_price": 1 / 6,
    }  # fmt: skip
    too_dear = purchase(hat(), 10.01, {}, goal, by_rule)
    assert too_dear.reward == 2 / 6
    assert too_dear.parts["r_price"] is False


@pytest.mark.parametrize(
    ("nouns", "query", "expected"),
    [
        (("hat", "wool"), "hats", 1.0),
        (("cap", "rim"), "hats", 0.0),  # no noun in common: nothing, whatever else matches
        (("hat", *"abcdefghij"), "hats", 0.1),  # 1 of 11
        (("hat", *"abcdefghi"), "hats", 1.0),  # 1 of 10 is just enough
        (("hat", *"abcd"), "caps", 0.5),  # 1 of 5 is not more than 0.2, and neither query nor path match
        ((), "hats", 0.0),  # the goal has none: 0.2 by definition, which is neither below 0.1 nor above 0.2
    ],
)
def test_what_the_title_is_worth(nouns: tuple[str, ...], query: str, expected: float) -> None:
    goal = Goal("B000000002", "", query, "Garden › Pots", "", ("x",), (), 10.0, nouns)
    r_type = purchase(hat(), 1.0, {}, goal, by_rule).parts["r_type"]
    assert r_type == (1.0 if not nouns and query == "hats" else expected)


def test_wishes_survive_the_disk_in_both_forms() -> None:
    wishes = (Wish("a", ("b",), {"color": "red"}), Wish("c", ("d",), ("red", "l")))
    assert from_json(to_json(hat(wishes=wishes))).wishes == wishes


def test_lone_surrogates_survive_the_disk() -> None:
    assert from_json(to_json(hat(title="\ud800 x"))).title == "\ud800 x"
