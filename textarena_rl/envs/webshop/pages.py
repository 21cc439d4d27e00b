"""The pages as text: ``text`` joins what is written with [SEP], ``text_rich`` marks buttons and starts lines."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator

from textarena_rl.envs.webshop.products import Product
from textarena_rl.envs.webshop.shop import Shop

__all__ = ["Node", "OBSERVATIONS", "json_on_page", "rich", "text"]

Node = tuple[str, str]
"""What it is (``text``, ``button``, ``value`` or ``link``) and what it says."""
_SEP = " [SEP] "
_BLANKS = " \t\n\f\r"


def _nodes(kind: str, said: str) -> Iterator[Node]:
    """A node, as the original's parser of pages leaves it: blanks count as one, and as none with a line end."""
    if said.strip(_BLANKS):
        yield kind, said
    elif said and "\n" not in said:
        yield kind, " "


def _plain(nodes: Iterator[Node]) -> str:
    return _SEP.join(said.strip() for _, said in nodes)


def json_on_page(value: object) -> str:
    """JSON as the page template writes it: keys sorted, and nothing that a browser would take for markup."""
    written = json.dumps(value, sort_keys=True)
    for character in "<>&'":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


# ---------------------------------------------------------------------- what stands on a page


def _top(instruction: str) -> Iterator[Node]:
    yield "text", "Instruction:"
    yield from _nodes("text", instruction)
    yield "button", "Back to Search"


def _search_page(instruction: str) -> Iterator[Node]:
    yield "text", "WebShop"
    yield "text", "Instruction: "
    yield from _nodes("text", instruction)
    yield "button", "Search"


def _result(product: Product) -> Iterator[Node]:
    yield from _nodes("link", product.asin)
    yield from _nodes("text", product.title)
    yield from _nodes("text", product.price_tag)


def _results_head(shop: Shop) -> Iterator[Node]:
    yield "text", f"Page {shop.state.results_page} (Total results: {len(shop.hits)})"
    if shop.state.results_page > 1:
        yield "button", "< Prev"
    yield "button", "Next >"


def _item(product: Product, show_attrs: bool) -> Iterator[Node]:
    yield "button", "< Prev"
    for name, values in product.options.items():
        yield from _nodes("text", name)
        for value in values:
            yield from _nodes("value", value)
    yield from _nodes("text", product.title)
    yield "text", f"Price: {product.price_tag}"
    yield "text", "Rating: N.A."
    for button in ("Description", "Features", "Reviews"):
        yield "button", button
    if show_attrs:
        yield "button", "Attributes"
    yield "button", "Buy Now"


def _sub_page(product: Product, name: str) -> Iterator[Node]:
    yield "button", "< Prev"
    if name == "Description":
        yield from _nodes("text", product.description)
    elif name == "Features":
        for bullet in product.bullets:
            yield from _nodes("text", f" {bullet}")
    elif name == "Attributes":
        for attribute in product.attributes:
            yield from _nodes("text", f" {attribute}")
        for said in (product.category, product.query, product.product_category):
            yield from _nodes("text", said)


def _receipt(shop: Shop) -> list[str]:
    """What the last page says."""
    assert shop.state.verdict is not None
    told = ["Thank you for shopping with us!", "Your code: ", "None", " (Paste it in your MTurk interface.)"]
    told += ["Purchased", "asin", shop.product.asin]
    told += ["options", json_on_page(shop.state.options), "attrs", "None", "category", "None", "query", "None"]
    told += ["product category", "None", "Target", "asin", "options", "attrs", "price upper", "instuction text"]
    told += ["category", "product category", "query", "Goal ", "None", "Reward", "Your score (min 0.0, max 1.0)"]
    told += [str(shop.state.verdict.reward), "Reward Details ", "None"]
    return told


def _page(shop: Shop) -> Iterator[Node]:
    page = shop.state.page
    if page == "search":
        yield from _search_page(shop.goal.instruction)
    elif page == "done":
        for said in _receipt(shop):
            yield "text", said
    else:
        yield from _top(shop.goal.instruction)
        if page == "search_results":
            yield from _results_head(shop)
            for number in shop.shown:
                yield from _result(shop.catalogue.product(number))
        elif page == "item_page":
            yield from _item(shop.product, shop.rules.show_attrs)
        else:
            yield from _sub_page(shop.product, shop.state.sub_page)


# ---------------------------------------------------------------------- how it is told

# Products never change, so what a page says of one is put together once.
_search_text = functools.lru_cache(maxsize=4096)(lambda instruction: _plain(_search_page(instruction)))
_top_text = functools.lru_cache(maxsize=4096)(lambda instruction: _plain(_top(instruction)))
_result_text = functools.lru_cache(maxsize=4096)(lambda product: _plain(_result(product)))
_item_text = functools.lru_cache(maxsize=4096)(lambda product, show: _plain(_item(product, show)))
_sub_text = functools.lru_cache(maxsize=4096)(lambda product, name: _plain(_sub_page(product, name)))


def text(shop: Shop) -> str:
    """The open page in the mode ``text``."""
    page = shop.state.page
    if page == "search":
        return _search_text(shop.goal.instruction)
    if page == "done":
        return _SEP.join([said.strip() for said in _receipt(shop)])
    top = _top_text(shop.goal.instruction)
    if page == "search_results":
        results = [_result_text(shop.catalogue.product(number)) for number in shop.shown]
        return _SEP.join([top, _plain(_results_head(shop)), *results])
    if page == "item_page":
        return top + _SEP + _item_text(shop.product, shop.rules.show_attrs)
    return top + _SEP + _sub_text(shop.product, shop.state.sub_page)


def rich(shop: Shop) -> str:
    """The open page in the mode ``text_rich``."""
    clicked, lines = "", ""
    url = shop.url if shop.state.page == "item_page" else ""
    for kind, said in _page(shop):
        chosen = (kind == "value" and f'"{said}"' in url) or (kind == "link" and said in shop.state.visited)
        if kind == "value" and chosen:
            clicked = f"You have clicked {said}.\n" + clicked
        before = {"value": "  ", "link": "\n"}.get(kind, "")
        left, right = ("[clicked button]", "[clicked button_]") if chosen else ("[button]", "[button_]")
        lines += f"{said}\n" if kind == "text" else f"{before}{left} {said} {right}\n"
    return clicked + lines


def _html(shop: Shop) -> str:
    from textarena_rl.envs.webshop.html_pages import html  # seldom wanted

    return html(shop)


OBSERVATIONS: dict[str, Callable[[Shop], str]] = {
    "text": text,
    "text_rich": rich,
    "html": _html,
    "url": lambda shop: shop.url,
}
"""Every way to tell of the open page."""
