"""One customer in the shop: which page is open, what has been chosen, and what a click does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from textarena_rl.envs.webshop.catalogue import Catalogue
from textarena_rl.envs.webshop.goals import Goal
from textarena_rl.envs.webshop.nouns import NounFinder
from textarena_rl.envs.webshop.products import Product
from textarena_rl.envs.webshop.reward import Verdict, purchase

__all__ = ["BASE_URL", "SUB_PAGES", "Rules", "Shop", "State", "read_action"]

BASE_URL = "http://127.0.0.1:3000"
SUB_PAGES = ("Description", "Features", "Reviews", "Attributes")
_STEPS = {"< prev": -1, "next >": 1}
_PAGE_NAMES = ("search_results", "item_page", "item_sub_page", "done")


@dataclass(frozen=True, slots=True)
class Rules:
    """How the shop is set up."""

    show_attrs: bool = False
    """Whether products have a page of their attributes."""
    results_per_page: int = 10
    most_results: int = 50
    """How many products a search finds at most."""


@dataclass(slots=True)
class State:
    """Everything that changes while somebody shops."""

    page: str = "search"
    """``search``, ``search_results``, ``item_page``, ``item_sub_page`` or ``done``."""
    keywords: tuple[str, ...] = ()
    """The query, cut at its blanks."""
    results_page: int = 1
    number: int | None = None
    """The open product, by its place in the catalogue."""
    options: dict[str, str] = field(default_factory=dict)
    """Option name to chosen value, in the order in which they were first chosen."""
    visited: frozenset[str] = frozenset()
    """The products that were opened since the last visit to the search page."""
    sub_page: str = ""
    verdict: Verdict | None = None


def read_action(action: str) -> tuple[str, str] | None:
    """Name and argument of ``name[argument]``; None where the first line of an action has no such form.

    The last bracket that closes counts, and the last one before it that opens; the rest is ignored. The original's
    greedy pattern says the same, in quadratic time.

    >>> read_action("search[red dress] please"), read_action("think")
    (('search', 'red dress'), None)
    """
    line = action.partition("\n")[0]
    closing = line.rfind("]")
    opening = line.rfind("[", 1, max(closing - 1, 0))
    return None if opening < 1 else (line[:opening], line[opening + 1 : closing])


class Shop:
    """One customer with one goal.

    Args:
        catalogue: What is for sale; shared.
        goal: What the customer is asked to buy.
        nouns: Finds the nouns of titles whose author does not tell them.
        rules: How the shop is set up.
        session: The customer's number, which stands in addresses.
        prices: What products cost, by their places in the catalogue; None: as the catalogue says.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        goal: Goal,
        nouns: NounFinder,
        rules: Rules,
        session: str,
        prices: Sequence[float] | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.prices: Any = catalogue.prices if prices is None else prices
        self.goal = goal
        self.nouns = nouns
        self.rules = rules
        self.session = session
        self.state = State()
        self._targets: dict[str, int | str | None] | None = None  # of the open page, until something changes

    def __deepcopy__(self, memo: dict[int, Any]) -> Shop:
        twin = Shop(self.catalogue, self.goal, self.nouns, self.rules, self.session, self.prices)
        twin.state = replace(self.state, options=dict(self.state.options))
        return twin

    # ------------------------------------------------------------------ what there is to see

    @property
    def product(self) -> Product:
        """The product whose page is open, or that was bought."""
        assert self.state.number is not None
        return self.catalogue.product(self.state.number)

    @property
    def hits(self) -> tuple[int, ...]:
        """What the last search found, best first."""
        return self.catalogue.search(" ".join(self.state.keywords), self.rules.most_results)

    @property
    def shown(self) -> tuple[int, ...]:
        """The products on the open page of results."""
        last = self.state.results_page * self.rules.results_per_page
        return self.hits[last - self.rules.results_per_page : last] if last else ()

    @property
    def url(self) -> str:
        """The address of the open page."""
        state, place = self.state, f"{BASE_URL}/{self.state.page}/{self.session}"
        query = "+".join(state.keywords)
        if state.page == "search":
            return f"{BASE_URL}/{self.session}"
        if state.page == "search_results":
            return f"{place}/{query}/{state.results_page}"
        asin = self.product.asin
        if state.page == "item_page":
            return f"{place}/{asin}/{query}/{state.results_page}/{json.dumps(state.options)}"
        if state.page == "item_sub_page":
            return f"{place}/{asin}/{query}/{state.results_page}/{state.sub_page}/{state.options}"
        return f"{place}/{asin}/{state.options}"

    def targets(self) -> dict[str, int | str | None]:
        """What can be clicked, in order: its text in lower case, and what it stands for.

        That is a product's number, the name of an option, or None for a button.
        """
        if self._targets is None:
            self._targets = self._find_targets()
        return self._targets

    def _find_targets(self) -> dict[str, int | str | None]:
        page = self.state.page
        if page == "search":
            return {"search": None}
        if page == "done":
            return {}
        found: dict[str, int | str | None] = {"back to search": None}
        if page != "search_results" or self.state.results_page > 1:
            found["< prev"] = None
        if page == "search_results":
            found["next >"] = None
            for number in self.shown:
                found[self.catalogue.product(number).asin.lower()] = number
        elif page == "item_page":
            found.update(dict.fromkeys(("description", "features", "reviews")))
            if self.rules.show_attrs:
                found["attributes"] = None
            found["buy now"] = None
            for name, values in self.product.options.items():
                found.update(dict.fromkeys(values, name))
        return found

    def available(self) -> dict[str, Any]:
        """The original's account of what can be done: a search bar, and what can be clicked."""
        return {"has_search_bar": self.state.page == "search", "clickables": list(self.targets())}

    def judge(self, number: int | None, options: Mapping[str, str]) -> Verdict:
        """What buying a product with these options is, or would be, worth."""
        assert number is not None
        product, price = self.catalogue.product(number), float(self.prices[number])
        return purchase(product, price, options, self.goal, self.nouns)

    # ------------------------------------------------------------------ what can be done

    def act(self, action: str) -> bool:
        """Carry out an action; False where it is none, or cannot be done here, and nothing changes."""
        read = read_action(action)
        if read is None:
            return False
        name, argument = read[0], read[1].lower()
        if name == "search":
            return self._search(tuple(argument.split(" ")))
        if name != "click" or argument == "search":
            return False
        targets = self.targets()
        if argument not in targets:
            return False
        self._click(argument, targets[argument])
        return True

    def _search(self, keywords: tuple[str, ...]) -> bool:
        self._targets = None
        try:
            self.catalogue.search(" ".join(keywords), self.rules.most_results)
        except OverflowError:  # more words than a search takes
            return False
        self._show_results(keywords, 1)
        return True

    def _show_results(self, keywords: tuple[str, ...], page: int) -> None:
        state = self.state
        state.page, state.keywords, state.results_page = "search_results", keywords, page
        state.number, state.options = None, {}

    def _where(self) -> str:
        """The page that the original takes the open one for: the first name that its address holds, anywhere."""
        url = self.url
        return next((name for name in _PAGE_NAMES if name in url), "")

    def _click(self, text: str, target: int | str | None) -> None:
        state, self._targets = self.state, None
        where = self._where() if text in _STEPS else ""
        if text == "buy now":
            state.verdict = self.judge(state.number, state.options)
            state.page = "done"
        elif text == "back to search":
            self.state = State()
        elif where == "search_results":
            self._show_results(state.keywords, state.results_page + _STEPS[text])
        elif where == "item_page" and text == "< prev":
            self._show_results(state.keywords, state.results_page)
        elif text.title() in SUB_PAGES:
            state.page, state.sub_page = "item_sub_page", text.title()
        else:
            self._open_item(text, target)

    def _open_item(self, text: str, target: int | str | None) -> None:
        """Open a product (``target`` is its number) or the open product's page, after choosing a value of an option."""
        state = self.state
        state.page = "item_page"
        if isinstance(target, int):
            state.number = target
            state.visited |= {self.product.asin}
        elif target is not None:
            state.options[target] = text
