"""A shopper who knows what to buy: how to get there, and how near one is."""

from __future__ import annotations

import re

from textarena_rl.envs.webshop.goals import Goal
from textarena_rl.envs.webshop.products import Product
from textarena_rl.envs.webshop.reward import option_matches
from textarena_rl.envs.webshop.shop import Shop

__all__ = ["options_for", "plan", "progress"]

_PRICE = re.compile(r", and price lower than [\d.]+ dollars$")
_BRACKETS = re.compile(r"[\[\]\s]+")


def options_for(product: Product, goal: Goal) -> dict[str, str]:
    """The option values of a product that meet a goal, as far as it has them."""
    chosen: dict[str, str] = {}
    for wanted in goal.options:
        if isinstance(wanted, tuple) and wanted[1] in product.options.get(wanted[0], ()):
            chosen[wanted[0]] = wanted[1]
            continue
        for name, values in product.options.items():
            fitting = [value for value in values if name not in chosen and option_matches(wanted, value)]
            if fitting:
                exact = wanted if isinstance(wanted, str) else wanted[1]
                chosen[name] = exact if exact in fitting else fitting[0]
                break
    return chosen


def _query(shop: Shop, target: int) -> tuple[str, int] | None:
    """A query that finds the target, and on which page: of the instruction if that does, else of its page's words."""
    product, size = shop.catalogue.product(target), shop.rules.results_per_page
    texts = [_PRICE.sub("", shop.goal.instruction), f"{product.query} {' '.join(shop.goal.attributes)}", product.title]
    texts += [f"{product.title} {' '.join(product.bullets[:1])}", f"{product.title} {product.description[:2000]}"]
    found: list[tuple[int, str]] = []
    for text in texts:
        query = _BRACKETS.sub(" ", text).strip().lower()
        try:
            hits = shop.catalogue.search(query, shop.rules.most_results) if query else ()
        except OverflowError:
            continue
        if target in hits:
            page = hits.index(target) // size
            if page <= 1:
                return query, page + 1
            found.append((page, query))
    return (min(found)[1], min(found)[0] + 1) if found else None


def _turns(start: int, end: int) -> list[str]:
    return ["click[next >]"] * (end - start) + ["click[< prev]"] * (start - end)


def _way(shop: Shop, target: int) -> list[str] | None:
    """The actions from the open page, which is not the target's, to the target's page."""
    state, product = shop.state, shop.catalogue.product(target)
    opening = f"click[{product.asin.lower()}]"
    if state.page != "search" and target in shop.hits and state.results_page >= 1:
        page = shop.hits.index(target) // shop.rules.results_per_page + 1
        back = {"search_results": 0, "item_page": 1, "item_sub_page": 2}[state.page]
        return [*["click[< prev]"] * back, *_turns(state.results_page, page), opening]
    query = _query(shop, target)
    if query is None:
        return None
    return [f"search[{query[0]}]", *_turns(1, query[1]), opening]


def plan(shop: Shop, target: int) -> list[str]:
    """The actions that buy the target with the options of the goal; none where no query finds it or it is too late."""
    state = shop.state
    if state.page == "done":
        return []
    chosen = {}
    if state.number == target:
        way: list[str] | None = ["click[< prev]"] if state.page == "item_sub_page" else []
        chosen = state.options
    else:
        way = _way(shop, target)
    if way is None:
        return []
    wanted = options_for(shop.catalogue.product(target), shop.goal)
    clicks = [f"click[{value}]" for name, value in wanted.items() if chosen.get(name) != value]
    return [*way, *clicks, "click[buy now]"]


def progress(shop: Shop) -> float:
    """How near a full reward is: a number for each page, so that the changes along an episode add up.

    On a product's pages nine tenths of what buying it now, with the options chosen so far, would earn; on a page of
    results half of what the best product shown there would earn as it comes; on the search page nothing; after the
    purchase the reward.
    """
    state = shop.state
    if state.verdict is not None:
        return state.verdict.reward
    if state.number is not None:
        return 0.9 * shop.judge(state.number, state.options).reward
    if state.page == "search_results":
        return 0.5 * max((shop.judge(number, {}).reward for number in shop.shown), default=0.0)
    return 0.0
