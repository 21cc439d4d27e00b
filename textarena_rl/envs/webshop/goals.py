"""What an instruction asks for, and the goals of the official data."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textarena_rl.envs.webshop.catalogue import GOAL
from textarena_rl.envs.webshop.products import Product

__all__ = ["NO_LIMIT", "Goal", "GoalRows", "choices", "goal_of", "official_splits", "price_limit", "price_text"]

Array = npt.NDArray[Any]

NO_LIMIT = 1_000_000
"""The price limit of a goal without one."""
_LADDER = tuple(10.0 * step for step in range(1, 100))
_CHUNK = 1 << 18  # goals written down at once
_STEPS = 4  # of the ladder above the price, from which two are drawn


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing to buy. The purchase is compared with these fields, not with the product itself."""

    asin: str
    title: str
    query: str
    product_category: str
    instruction: str
    attributes: tuple[str, ...]
    options: tuple[tuple[str, str], ...] | tuple[str, ...]
    """Pairs of name and value, or values alone."""
    price_upper: float
    nouns: tuple[str, ...] | None = None
    """The nouns of the title, where its author knows them."""

    @property
    def option_values(self) -> tuple[str, ...]:
        """The values that are asked for."""
        return tuple(option if isinstance(option, str) else option[1] for option in self.options)


def price_limit(price: float, generator: random.Random) -> float:
    """A limit above a price: the larger of two steps drawn from the next four of the ladder 10, 20, ..., 990."""
    steps = [step for step in _LADDER if step > price][:_STEPS]
    return max(generator.sample(steps, 2)) if len(steps) >= 2 else float(NO_LIMIT)


def price_text(price_upper: float) -> str:
    """How a limit is told."""
    return "" if price_upper == NO_LIMIT else f", and price lower than {price_upper:.2f} dollars"


def choices(options: Mapping[str, Sequence[str]]) -> int:
    """In how many ways one value of each option can be chosen."""
    return math.prod(len(values) for values in options.values())


def _choice(options: Mapping[str, Sequence[str]], number: int) -> tuple[tuple[str, str], ...]:
    """One way to choose, in the order of a Cartesian product over the sorted names."""
    chosen = []
    for name in sorted(options, reverse=True):
        number, place = divmod(number, len(options[name]))
        chosen.append((name, options[name][place]))
    return tuple(reversed(chosen))


def goal_of(product: Product, kind: str, variant: int, price_upper: float) -> Goal:
    """The goal of a row of :data:`~textarena_rl.envs.webshop.catalogue.GOAL`.

    Args:
        product: The product to buy.
        kind: ``synthetic`` (the product's own instruction with the variant's choice of options), ``human`` (the
            variant's instruction), or ``made`` (the variant's instruction, its price limit included).
        variant: Which.
        price_upper: The price limit, or :data:`NO_LIMIT`.
    """
    if kind == "synthetic":
        wish = product.wish
        assert wish is not None
        chosen = _choice(product.options, variant)
        told = ", and ".join(f"{name}: {value}" for name, value in chosen)
        instruction = wish.instruction + (f" with {told}" if told else "") + price_text(price_upper)
        options: Any = chosen
    else:
        wish = product.wishes[variant]
        instruction = wish.instruction if kind == "made" else wish.instruction.strip(".") + price_text(price_upper)
        options = wish.options if isinstance(wish.options, tuple) else tuple(wish.options.items())
    return Goal(
        asin=product.asin,
        title=product.title,
        query=product.query,
        product_category=product.product_category,
        instruction=instruction,
        attributes=wish.attributes,
        options=options,
        price_upper=price_upper,
        nouns=product.nouns,
    )


def _shuffled(products: Array, limits: Array, counts: Array, seed: int) -> Array:
    """Rows of :data:`GOAL` in the order in which a fresh generator shuffles them.

    Args:
        products: The product of each group of goals.
        limits: Its price limit.
        counts: How many goals the group has; their variants count up from 0.
        seed: The generator's.
    """
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    # The order depends on the number of goals alone. As an array of numbers it takes a tenth of a list.
    order = array("i", range(int(starts[-1])))
    random.Random(seed).shuffle(order)
    places = np.frombuffer(order, dtype=np.int32) if order else np.zeros(0, np.int32)
    rows = np.zeros(len(places), dtype=GOAL)
    for start in range(0, len(places), _CHUNK):
        part, some = rows[start : start + _CHUNK], places[start : start + _CHUNK]
        group = np.searchsorted(starts, some, side="right") - 1
        part["product"], part["variant"], part["price_upper"] = products[group], some - starts[group], limits[group]
    return rows


class GoalRows:
    """Collects the official goals of both kinds, product after product, and puts them in the original's order.

    Price limits are drawn from a generator of this seed as products come (the original draws them before it seeds, so
    its limits differ from one process to the next); then the list is shuffled by a fresh generator of it.

    Args:
        seed: The original's is 233.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._synthetic, self._human = random.Random(seed), random.Random(seed)
        self._groups: list[tuple[int, float, int]] = []
        self._singles: list[tuple[int, int, float, int]] = []

    def add(self, number: int, product: Product, price: float) -> None:
        """Add the goals of the product that comes at this place in the catalogue."""
        if product.wish is not None:
            self._groups.append((number, price_limit(price, self._synthetic), choices(product.options)))
        for variant, wish in enumerate(product.wishes):
            if wish.attributes:
                self._singles.append((number, variant, price_limit(price, self._human), 0))

    def rows(self) -> dict[str, Array]:
        """The goals of both kinds as rows of :data:`~textarena_rl.envs.webshop.catalogue.GOAL`."""
        singles = list(self._singles)
        random.Random(self._seed).shuffle(singles)
        numbers, limits, counts = (np.array([group[column] for group in self._groups]) for column in range(3))
        synthetic = _shuffled(numbers, limits, counts, self._seed)
        return {"synthetic": synthetic, "human": np.array(singles, dtype=GOAL)}


def official_splits(count: int) -> dict[str, range]:
    """The papers' splits of a list of goals: test 0 to 499, valid 500 to 1499, train from 1500 on.

    Where there are 1,500 goals or fewer, a tenth each, at least one goal, for test and valid.
    """
    test, valid = (500, 1500) if count > 1500 else (max(1, count // 10), 2 * max(1, count // 10))
    return {"train": range(valid, count), "valid": range(test, min(valid, count)), "test": range(min(test, count))}
