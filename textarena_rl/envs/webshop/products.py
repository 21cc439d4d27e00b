"""A product and its form on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Product", "Wish", "document_text", "from_json", "to_json"]


@dataclass(frozen=True, slots=True)
class Wish:
    """An instruction that asks for a product, without its price limit."""

    instruction: str
    attributes: tuple[str, ...]
    options: Mapping[str, str] | tuple[str, ...] = ()
    """Name to value, or values alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """Everything that the shop knows of a product; two products are the same only if they are one object."""

    asin: str
    """Its number: up to ten characters."""
    title: str
    description: str
    bullets: tuple[str, ...]
    """The features, one sentence or two each."""
    price_tag: str
    """The price as it is shown."""
    options: Mapping[str, tuple[str, ...]]
    """Option name to its values."""
    attributes: tuple[str, ...]
    """What reviewers would say of it; shown only on request."""
    category: str
    """The department."""
    query: str
    """The kind of product, in the words of a search."""
    product_category: str
    """The path through the departments."""
    image: str = ""
    option_images: Mapping[str, str | None] = field(default_factory=dict)
    wish: Wish | None = None
    """The instruction of the official synthetic goals, which every choice of options completes."""
    wishes: tuple[Wish, ...] = ()
    """Whole instructions: people's, or those of a generated catalogue."""
    nouns: tuple[str, ...] | None = None
    """The nouns of the title, where its author knows them."""


def document_text(product: Product) -> str:
    """What the search looks through: title, description, first feature and options."""
    options = ", and ".join(f"{name}: {', '.join(values)}" for name, values in product.options.items())
    first = product.bullets[0] if product.bullets else ""
    return " ".join((product.title, product.description, first, options)).lower()


def _wish_row(wish: Wish) -> list[object]:
    options = list(wish.options) if isinstance(wish.options, tuple) else dict(wish.options)
    return [wish.instruction, list(wish.attributes), options]


def _wish(row: list[object]) -> Wish:
    instruction, attributes, options = row
    assert isinstance(instruction, str)
    assert isinstance(attributes, list)
    assert isinstance(options, (list, dict))
    return Wish(instruction, tuple(attributes), options if isinstance(options, dict) else tuple(options))


def to_json(product: Product) -> bytes:
    """One line of JSON; the inverse of :func:`from_json`."""
    row = [
        product.asin,
        product.title,
        product.description,
        list(product.bullets),
        product.price_tag,
        {name: list(values) for name, values in product.options.items()},
        list(product.attributes),
        product.category,
        product.query,
        product.product_category,
        product.image,
        dict(product.option_images),
        _wish_row(product.wish) if product.wish else None,
        [_wish_row(wish) for wish in product.wishes],
        None if product.nouns is None else list(product.nouns),
    ]
    # Lone surrogates, which JSON files may hold, survive as escapes only.
    return json.dumps(row, separators=(",", ":")).encode("ascii")


def from_json(line: bytes) -> Product:
    """The product of a line of JSON."""
    row = json.loads(line)
    return Product(
        asin=row[0],
        title=row[1],
        description=row[2],
        bullets=tuple(row[3]),
        price_tag=row[4],
        options={name: tuple(values) for name, values in row[5].items()},
        attributes=tuple(row[6]),
        category=row[7],
        query=row[8],
        product_category=row[9],
        image=row[10],
        option_images=row[11],
        wish=_wish(row[12]) if row[12] else None,
        wishes=tuple(_wish(wish) for wish in row[13]),
        nouns=None if row[14] is None else tuple(row[14]),
    )
