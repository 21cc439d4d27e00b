"""Generated shops: families of products that are variations of one another, and a goal for each product.

Everything follows from the settings. Each family draws from generators of its own for products, prices and goals, so
that one knob does not shuffle what it has nothing to do with.
"""

from __future__ import annotations

import functools
import hashlib
import math
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from textarena_rl.envs.webshop.arrays import built_whole, save
from textarena_rl.envs.webshop.catalogue import GOAL, Catalogue, open_catalogue, write_catalogue
from textarena_rl.envs.webshop.goals import NO_LIMIT, price_limit
from textarena_rl.envs.webshop.instructions import template, varied
from textarena_rl.envs.webshop.ontology import AXES, KINDS, Kind
from textarena_rl.envs.webshop.phrases import Attribute, attributes_of
from textarena_rl.envs.webshop.products import Product, Wish
from textarena_rl.envs.webshop.settings import Settings
from textarena_rl.envs.webshop.wording import brand_name, description, features, place_of, title
from textarena_rl.storage import cache_folder

__all__ = ["SPLITS", "generated", "made_products"]

SPLITS = ("train", "valid", "test")
_TAKEN_FROM_TEN = {8: 1, 9: 2}  # of every ten families, one is for validation and one for testing
_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A product before its texts are written."""

    attributes: list[Attribute]
    options: dict[str, tuple[str, ...]]
    prices: tuple[float, ...]
    price: float


@dataclass(frozen=True, slots=True)
class _Want:
    """What a goal asks for."""

    attributes: list[Attribute]
    options: dict[str, str]
    price_upper: float


def _price(kind: Kind, draw: random.Random) -> tuple[tuple[float, ...], float]:
    """The prices that are shown, one or a range, and the one that counts."""
    low, high = map(math.log, kind.prices)
    first = round(math.exp(draw.uniform(low, high)), 2)
    if draw.random() >= 0.09:
        return (first,), first
    second = round(first * draw.uniform(1.1, 1.8), 2)
    return (first, second), draw.uniform(first, second)


def _options(kind: Kind, settings: Settings, draw: random.Random) -> dict[str, tuple[str, ...]]:
    """The options that are asked for, sometimes one more, with some values each."""
    number = min(len(kind.axes), settings.num_options + (draw.random() < 0.3))
    options = {}
    for axis in kind.axes[:number]:
        name, values = AXES[axis]
        chosen = set(draw.sample(range(len(values)), min(len(values), draw.randrange(3, 9))))
        options[name] = tuple(value for place, value in enumerate(values) if place in chosen)
    return options


def _varied(base: list[Attribute], settings: Settings, pool: list[Attribute], draw: random.Random) -> list[Attribute]:
    """Some of a family's attributes and some others, at least as many as a goal asks for."""
    kept = [attribute for attribute in base if draw.random() * 100 < settings.family_overlap]
    others = [attribute for attribute in pool if attribute not in base]
    missing = max(settings.num_attributes - len(kept), 0) + (draw.random() < 0.4)
    return kept + draw.sample(others, min(len(others), missing))


def _want(draft: _Draft, settings: Settings, draw: random.Random) -> _Want:
    """A goal that a product meets in full."""
    names = draw.sample(sorted(draft.options), min(settings.num_options, len(draft.options)))
    limits = (float(NO_LIMIT), price_limit(draft.price, draw), (math.floor(draft.price / 10) + 1) * 10.0)
    return _Want(
        attributes=draw.sample(draft.attributes, settings.num_attributes),
        options={name: draw.choice(draft.options[name]) for name in sorted(names)},
        price_upper=limits[settings.price_limit],
    )


def _near_misses(first: _Draft, want: _Want, pool: list[Attribute], draw: random.Random) -> Iterator[_Draft]:
    """Products that miss a goal by one thing each: an attribute, an option's value, the price."""
    lacking = [attribute for attribute in first.attributes if attribute is not want.attributes[0]]
    spare = [attribute for attribute in pool if attribute not in first.attributes]
    yield _Draft([*lacking, draw.choice(spare)], first.options, first.prices, first.price)
    options = {
        name: tuple(value for value in values if value != want.options.get(name)) or values
        for name, values in first.options.items()
    }
    yield _Draft(first.attributes, options, first.prices, first.price)
    if want.price_upper != NO_LIMIT:
        price = round(want.price_upper * draw.uniform(1.05, 1.6), 2)
        yield _Draft(first.attributes, first.options, (price,), price)


def _family(kind: Kind, size: int, settings: Settings, draws: list[random.Random]) -> list[tuple[_Draft, _Want]]:
    """The members of a family with their goals; from four members on, some are near misses of the first one's goal."""
    products, prices, goals = draws
    pool = list(attributes_of(kind.department, kind.group))
    base = products.sample(pool, min(len(pool), settings.num_attributes + products.randrange(3)))
    first = _Draft(base, _options(kind, settings, products), *_price(kind, prices))
    members = [(first, _want(first, settings, goals))]
    if size >= 4:
        for draft in _near_misses(first, members[0][1], pool, products):
            members.append((draft, _want(draft, settings, goals)))
    while len(members) < size:
        attributes = _varied(base, settings, pool, products)
        draft = _Draft(attributes, _options(kind, settings, products), *_price(kind, prices))
        members.append((draft, _want(draft, settings, goals)))
    return members[:size]


def _written(
    asin: str, kind: Kind, draft: _Draft, want: _Want, settings: Settings, draws: list[random.Random]
) -> Product:
    """A product with all its texts and its goal."""
    draw, _, goals = draws
    brand = brand_name(draw)
    places = [(attribute, place_of(settings.visibility, draw)) for attribute in draft.attributes]
    in_title = [attribute for attribute, place in places if place == "title"][:3]
    places = [(a, "feature" if place == "title" and a not in in_title else place) for a, place in places]
    tags = [draw.choice(values) for values in list(draft.options.values())[:1] if draw.random() < 0.4]
    name, nouns = title(kind, brand, in_title, tags, draw)
    write = template if settings.instructions == "template" else varied
    instruction = write(kind, want.attributes, want.options, want.price_upper, settings.synonym_rate, goals)
    options = want.options if settings.instructions == "template" else tuple(want.options.values())
    return Product(
        asin=asin,
        title=name,
        description=description(kind, brand, places, draw),
        bullets=features(kind, places, draw),
        price_tag=" to ".join(f"${price}" for price in draft.prices),
        options=draft.options,
        attributes=tuple(attribute.phrase for attribute in draft.attributes),
        category=kind.department,
        query=kind.name,
        product_category=kind.path,
        wishes=(Wish(instruction, tuple(attribute.phrase for attribute in want.attributes), options),),
        nouns=nouns,
    )


def made_products(settings: Settings) -> Iterator[tuple[Product, float, float, int]]:
    """The products of a shop in order, each with its price, its goal's price limit and its split (0, 1 or 2)."""
    kinds = [kind for kind in KINDS if len(kind.axes) >= settings.num_options]
    order: list[Kind] = []
    seed = settings.catalogue_seed
    numbers, taken = random.Random(f"webshop {seed} numbers"), set()
    left, family = settings.num_products, 0
    while left:
        if not order:  # every kind in turn, in an order that changes
            order = random.Random(f"webshop {seed} kinds {family}").sample(kinds, len(kinds))
        kind = order.pop()
        draws = [random.Random(f"webshop {seed} {stream} {family}") for stream in ("products", "prices", "goals")]
        for draft, want in _family(kind, min(settings.members, left), settings, draws):
            asin = ""
            while not asin or asin in taken:
                asin = "B0" + "".join(numbers.choice(_LETTERS) for _ in range(8))
            taken.add(asin)
            product = _written(asin, kind, draft, want, settings, draws)
            yield product, draft.price, want.price_upper, _TAKEN_FROM_TEN.get(family % 10, 0)
            left -= 1
        family += 1


def _build(folder: Path, settings: Settings) -> None:
    goals: list[tuple[int, int, float, int]] = []

    def products() -> Iterator[tuple[Product, float]]:
        for number, (product, price, upper, split) in enumerate(made_products(settings)):
            goals.append((number, 0, upper, split))
            yield product, price

    def finish() -> dict[str, Any]:
        save(folder, "goals_made", np.array(goals, dtype=GOAL))
        return {"goals": {"made": len(goals)}}

    write_catalogue(folder, products(), finish, kind="made", settings=list(astuple(settings)))


@functools.lru_cache(maxsize=1)
def _sources() -> str:
    """A digest of this package's code: shops that other code made are made again."""
    files = sorted(resources.files(__package__).iterdir(), key=lambda file: file.name)
    digest = hashlib.sha256()
    for file in files:
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def generated(settings: Settings) -> Catalogue:
    """The shop of some settings: opened from the cache, or made and put there."""
    settings = settings.catalogue
    key = hashlib.sha256(repr((_sources(), astuple(settings))).encode()).hexdigest()[:16]
    folder = cache_folder() / "webshop" / f"made-p{settings.num_products}-{key}"
    return open_catalogue(built_whole(folder, lambda partial: _build(partial, settings)))
