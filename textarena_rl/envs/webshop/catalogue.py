"""A catalogue on disk: products, prices, goals and the search index of one shop."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textarena_rl.envs.webshop.arrays import Lines, load, save, write_lines
from textarena_rl.envs.webshop.products import Product, document_text, from_json, to_json
from textarena_rl.envs.webshop.search import Index, IndexWriter

__all__ = ["FORMAT", "GOAL", "Catalogue", "open_catalogue", "write_catalogue"]

FORMAT = 2
"""Raised whenever the files of a catalogue change."""
GOAL = np.dtype([("product", "<i4"), ("variant", "<i4"), ("price_upper", "<f8"), ("split", "u1")])
"""A goal: which product, which of its wishes or choices of options, the price limit, the split."""
_KEPT = 4096  # products kept decoded, some kilobytes each

Array = npt.NDArray[Any]


def write_catalogue(
    folder: Path, products: Iterable[tuple[Product, float]], finish: Callable[[], dict[str, Any]], **meta: Any
) -> None:
    """Write products and their prices, and index them; one product is in memory at a time.

    Args:
        folder: An empty folder.
        products: Each product with the price that goals and rewards use, in the catalogue's order.
        finish: Writes what else belongs there, such as the goals, when all products have been written; returns what
            else to remember.
        **meta: What else to remember.
    """
    writer, digest = IndexWriter(folder), hashlib.sha256()
    asins: list[str] = []
    prices: list[float] = []

    def lines() -> Iterable[bytes]:
        for product, price in products:
            asins.append(product.asin)
            prices.append(price)
            writer.add(document_text(product))
            line = to_json(product)
            digest.update(line + repr(price).encode() + b"\n")
            yield line

    write_lines(folder, "products", lines())
    writer.finish()
    save(folder, "prices", np.array(prices, dtype=np.float64))
    names = np.array(asins, dtype=np.str_) if asins else np.zeros(0, "<U10")
    order = np.argsort(names, kind="stable")
    ranks = np.empty(len(order), dtype=np.int32)
    ranks[order] = np.arange(len(order))
    save(folder, "asins", names)
    save(folder, "by_asin", order)
    save(folder, "ranks", ranks)
    meta = {"format": FORMAT, "products": len(asins), "hash": digest.hexdigest()[:16], **meta, **finish()}
    # Last of all: a folder with this file is whole.
    (folder / "meta.json").write_text(json.dumps(meta, indent=1))


class Catalogue:
    """A catalogue, opened by memory map and shared by all environments of a process.

    Args:
        folder: Where :func:`write_catalogue` wrote.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.meta: dict[str, Any] = json.loads((folder / "meta.json").read_text())
        self.prices = load(folder, "prices")
        self._lines = Lines(folder, "products")
        self._asins = load(folder, "asins")
        self._by_asin = load(folder, "by_asin")
        self._index = Index(folder, load(folder, "ranks"))
        self.product = functools.lru_cache(maxsize=_KEPT)(self.read)
        """A product by its place in the catalogue."""
        self._goals: dict[str, Array] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def __deepcopy__(self, memo: dict[int, Any]) -> Catalogue:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return open_catalogue, (self.folder,)

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that depend on every product and price."""
        return str(self.meta["hash"])

    def read(self, number: int) -> Product:
        """A product by its place in the catalogue, read anew; :attr:`product` remembers."""
        return from_json(self._lines[number])

    def number(self, asin: str) -> int | None:
        """The place of a product in the catalogue, or None."""
        spot = int(np.searchsorted(self._asins, asin, sorter=self._by_asin))
        if spot == len(self._asins):
            return None
        number = int(self._by_asin[spot])
        return number if self._asins[number] == asin else None

    def search(self, query: str, most: int) -> tuple[int, ...]:
        """The places of the best products for a query, best first.

        Raises:
            OverflowError: The query has more different terms than the search takes.
        """
        return self._index.search(query, most)

    def goals(self, kind: str) -> Array:
        """The goals of a kind, as rows of :data:`GOAL`."""
        if kind not in self._goals:
            self._goals[kind] = load(self.folder, f"goals_{kind}")
        return self._goals[kind]


@functools.lru_cache(maxsize=8)
def open_catalogue(folder: Path) -> Catalogue:
    """The catalogue of a folder, opened once in a process."""
    return Catalogue(folder)
