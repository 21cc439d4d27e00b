"""What a purchase is worth, between 0 and 1.

``r_type * (attributes met + options met + price met) / (attributes + options + 1)``, where the divisor counts what the
goal asks for.

Source: the reward of WebShop (Yao et al., 2022, section 3 and the code of the environment), with all its quirks: option
names are ignored, colours are reduced to one word on both sides but not in the same way, and the title decides last.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from textarena_rl.envs.webshop.colours import plain, plain_pair
from textarena_rl.envs.webshop.goals import Goal
from textarena_rl.envs.webshop.nouns import NounFinder
from textarena_rl.envs.webshop.products import Product
from textarena_rl.envs.webshop.similarity import alike

__all__ = ["Verdict", "option_matches", "purchase"]

_NO_NOUNS = 0.2  # the score of a goal whose title has no nouns


@dataclass(frozen=True, slots=True)
class Verdict:
    """A purchase, judged."""

    reward: float
    parts: Mapping[str, Any]
    """The original's names: r_type, r_att, w_att, query_match, category_match, title_score, r_price, w_price, and with
    options also r_option and w_option. ``r_`` is the share met, ``w_`` the weight."""


@functools.lru_cache(maxsize=4096)
def _texts(product: Product) -> tuple[str, str, str]:
    """Where an attribute may stand word for word."""
    return product.title.lower(), " ".join(product.bullets).lower(), product.description.lower()


@functools.lru_cache(maxsize=65_536)
def _path(product_category: str) -> frozenset[str]:
    return frozenset(step.strip() for step in product_category.split("›"))


def _type(product: Product, goal: Goal, nouns: NounFinder) -> dict[str, Any]:
    """How far the product is of the kind that is wanted."""
    bought = product.nouns if product.nouns is not None else nouns(product.title)
    wanted = goal.nouns if goal.nouns is not None else nouns(goal.title)
    title_score = len(set(bought) & set(wanted)) / len(wanted) if wanted else _NO_NOUNS
    query_match = product.query == goal.query
    category_match = len(_path(product.product_category) & _path(goal.product_category)) >= 2
    r_type = 1.0 if query_match or category_match or title_score > 0.2 else 0.5
    if title_score < 0.1:
        r_type = 0.1
    if title_score == 0.0:
        r_type = 0.0
    return {
        "r_type": r_type,
        "query_match": query_match,
        "category_match": category_match,
        "title_score": title_score,
    }


def _attributes_met(product: Product, wanted: Iterable[str]) -> int:
    return sum(
        any(alike(has, attribute) for has in product.attributes)
        or any(attribute in text for text in _texts(product))
        for attribute in wanted
    )  # fmt: skip


@functools.lru_cache(maxsize=262_144)
def option_matches(wanted: tuple[str, str] | str, value: str) -> bool:
    """Whether a chosen value meets an option of a goal."""
    sought = plain(wanted) if isinstance(wanted, str) else plain_pair(*wanted)
    return alike(plain(value), sought)


def purchase(product: Product, price: float, chosen: Mapping[str, str], goal: Goal, nouns: NounFinder) -> Verdict:
    """Judge a purchase.

    Args:
        product: What was bought.
        price: Its price.
        chosen: Option name to the value that was chosen.
        goal: What was wanted.
        nouns: Finds the nouns of titles whose author does not tell them.
    """
    kind = _type(product, goal, nouns)
    attributes = _attributes_met(product, goal.attributes)
    options = sum(any(option_matches(wanted, value) for value in chosen.values()) for wanted in goal.options)
    affordable = price <= goal.price_upper
    whole = len(goal.attributes) + len(goal.options) + 1
    parts: dict[str, Any] = {
        "r_type": kind["r_type"],
        "r_att": attributes / len(goal.attributes),
        "w_att": len(goal.attributes) / whole,
        "query_match": kind["query_match"],
        "category_match": kind["category_match"],
        "title_score": kind["title_score"],
    }
    if goal.options:
        parts |= {"r_option": options / len(goal.options), "w_option": len(goal.options) / whole}
    parts |= {"r_price": affordable, "w_price": 1 / whole}
    return Verdict((attributes + options + affordable) / whole * kind["r_type"], parts)
