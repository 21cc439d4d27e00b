"""The official files: products, attributes and instructions, as the original reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np

from textarena_rl.envs.webshop.arrays import Lines, write_lines
from textarena_rl.envs.webshop.products import Product, Wish
from textarena_rl.envs.webshop.streaming import elements, entries
from textarena_rl.errors import MissingData

__all__ = ["Attributes", "pricing", "product_of", "read_people", "read_products"]

_NO_PRICE = 100.0


def pricing(text: str | None) -> tuple[list[float], str]:
    """The prices in a text such as ``$15.99 - $32.99`` (the first two count), and how the shop shows them.

    >>> pricing("$15.99 - $32.99"), pricing("")
    (([15.99, 32.99], '$15.99 to $32.99'), ([100.0], '$100.0'))
    """
    if not text:
        return [_NO_PRICE], f"${_NO_PRICE}"
    prices = [float(Decimal(re.sub(r"[^\d.]", "", part))) for part in text.split("$")[1:]]
    if len(prices) == 1:
        return prices, f"${prices[0]}"
    return prices[:2], f"${prices[0]} to ${prices[1]}"


def _options(raw: Mapping[str, Any] | str | None) -> tuple[dict[str, tuple[str, ...]], dict[str, str | None]]:
    """Option names with their values, and the picture of each value."""
    options: dict[str, tuple[str, ...]] = {}
    images: dict[str, str | None] = {}
    for name, contents in (raw or {}).items() if isinstance(raw, Mapping) else ():
        if contents is None:
            continue
        values = [(content["value"].strip().replace("/", " | ").lower(), content.get("image")) for content in contents]
        images.update(values)
        options[name.lower()] = tuple(value for value, _ in values)
    return options, images


def _people(rows: Iterable[Mapping[str, Any]]) -> tuple[Wish, ...]:
    return tuple(
        Wish(row["instruction"], tuple(row["instruction_attributes"]), tuple(row["instruction_options"]))
        for row in rows
    )


def product_of(
    raw: Mapping[str, Any], attributes: Mapping[str, Any] | None, people: Iterable[Mapping[str, Any]]
) -> tuple[Product, list[float]]:
    """A product and its prices.

    Args:
        raw: Its entry in ``items_shuffle*.json``.
        attributes: Its entry in ``items_ins_v2*.json``, if there is one.
        people: Its entries in ``items_human_ins.json``.

    Raises:
        KeyError, TypeError, ValueError: The entry is not in the official form.
    """
    prices, tag = pricing(raw.get("pricing"))
    options, images = _options(raw["customization_options"])
    bullets = raw["small_description"]
    told = attributes or {}
    instruction, wanted = told.get("instruction"), told.get("instruction_attributes")
    product = Product(
        asin=str(raw["asin"]),
        title=raw["name"] or "",
        description=raw["full_description"] or "",
        bullets=tuple(str(bullet) for bullet in (bullets if isinstance(bullets, list) else [bullets])),
        price_tag=tag,
        options=options,
        attributes=tuple(told.get("attributes", ("DUMMY_ATTR",))),
        category=raw["category"],
        query=raw["query"].lower().strip(),
        product_category=raw["product_category"],
        image=(raw.get("images") or [""])[0] or "",
        option_images=images,
        wish=Wish(instruction, tuple(wanted)) if instruction is not None and wanted else None,
        wishes=_people(people),
    )
    return product, prices


class Attributes:
    """``items_ins_v2*.json`` by product number, kept on disk while products are read.

    Args:
        path: The file.
        folder: Where to put the entries, under names that begin with ``attributes``.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        asins: list[str] = []

        def lines() -> Iterator[bytes]:
            for asin, entry in entries(path):
                if len(asin) <= 10:
                    asins.append(asin)
                    yield json.dumps(entry).encode()

        write_lines(folder, "attributes", lines())
        self._folder = folder
        self._lines = Lines(folder, "attributes")
        self._order = np.argsort(np.array(asins, dtype="<U10"), kind="stable")
        self._asins = np.array(asins, dtype="<U10")[self._order]

    def get(self, asin: str) -> Mapping[str, Any] | None:
        """The entry of a product."""
        spot = int(np.searchsorted(self._asins, asin))
        if spot == len(self._asins) or self._asins[spot] != asin:
            return None
        entry: Mapping[str, Any] = json.loads(self._lines[int(self._order[spot])])
        return entry

    def close(self) -> None:
        """Delete the entries from disk."""
        for path in self._folder.glob("attributes*"):
            path.unlink()


def read_people(path: Path | None) -> dict[str, list[Mapping[str, Any]]]:
    """``items_human_ins.json`` by product number."""
    return {} if path is None else dict(entries(path))


def read_products(
    path: Path, attributes: Attributes, people: Mapping[str, list[Mapping[str, Any]]], num_products: int | None = None
) -> Iterator[tuple[int, Product, list[float]]]:
    """The products of ``items_shuffle*.json`` with their places in it and their prices, each number once.

    Entries without a proper number are left out, as in the original.

    Args:
        path: The file, which is read one product at a time.
        attributes: What ``items_ins_v2*.json`` says.
        people: What ``items_human_ins.json`` says.
        num_products: How many entries of the file count, repeated ones included; None: all.

    Raises:
        MissingData: The file is not there or damaged, or an entry is not in the official form.
    """
    seen: set[str] = set()
    for place, raw in enumerate(elements(path)):
        if num_products is not None and place >= num_products:
            break
        try:
            asin = raw["asin"]
            if asin == "nan" or len(asin) > 10 or asin in seen:
                continue
            seen.add(asin)
            product, prices = product_of(raw, attributes.get(asin), people.get(asin, ()))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidOperation) as error:
            raise MissingData(
                f"{path}: expected entry {place:,} to be a product as WebShop publishes them, got "
                f"{type(error).__name__}: {error}. Fetch the file again."
            ) from error
        yield place, product, prices
