"""The search: BM25 over arrays, with the rankings of the original's Lucene index.

The score of a document is the sum over the different terms of the query of ``w - w / (1 + tf * inverse)``, where ``w``
is the term's count in the query times ``ln(1 + (N - df + 0.5) / (df + 0.5))``, and ``inverse`` is
``1 / (k1 * (1 - b + b * length / mean length))``. Terms are single precision, sums double, equal scores in the order of
the products' numbers.

Source: Lucene's ``BM25Similarity`` and ``SmallFloat`` (lengths are kept in one byte), with k1 = 0.9 and b = 0.4.
"""

from __future__ import annotations

import bisect
import functools
import json
import math
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textarena_rl.envs.webshop.analysis import terms
from textarena_rl.envs.webshop.arrays import Lines, load, save, write_lines

__all__ = ["MOST_TERMS", "Index", "IndexWriter", "kept_length"]

MOST_TERMS = 1024
"""Different terms of one query; Lucene refuses more."""
_K1, _B = np.float32(0.9), np.float32(0.4)
_BATCH = 10_000  # documents whose postings are sorted at once: bounds the memory of building

Array = npt.NDArray[Any]


def kept_length(length: int) -> int:
    """The length of a document as one byte remembers it: exact up to 40, then four significant bits.

    >>> [kept_length(n) for n in (0, 40, 41, 107, 1000)]
    [0, 40, 40, 104, 984]
    """
    if length < 40:
        return length
    shift = (length - 24).bit_length() - 4
    return 24 + ((length - 24) >> shift << shift)


def rarity(documents: int, frequency: int) -> float:
    """How much a term tells that stands in ``frequency`` of the documents."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def _new(folder: Path, name: str, kind: type, size: int) -> Array:
    """An array on disk to be filled."""
    if not size:
        save(folder, name, np.zeros(0, kind))
        return np.zeros(0, kind)
    return np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=kind, shape=(size,))


class IndexWriter:
    """Builds an index in a folder, one batch of documents after another.

    Args:
        folder: Where the index, and the batches until :meth:`finish`, are written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: dict[str, int] = {}
        self._counts = array("q")  # documents a term
        self._lengths = array("q")
        self._batches = 0
        self._terms, self._documents, self._frequencies = array("i"), array("i"), array("i")

    def add(self, text: str) -> None:
        """Add the next document."""
        found = terms(text)
        document = len(self._lengths)
        self._lengths.append(len(found))
        for term, frequency in Counter(found).items():
            number = self._numbers.setdefault(term, len(self._numbers))
            if number == len(self._counts):
                self._counts.append(0)
            self._counts[number] += 1
            self._terms.append(number)
            self._documents.append(document)
            self._frequencies.append(frequency)
        if len(self._lengths) % _BATCH == 0:
            self._flush()

    def _flush(self) -> None:
        numbers = np.array(self._terms, dtype=np.int32)
        order = np.argsort(numbers, kind="stable")
        columns = (numbers, self._documents, self._frequencies)
        batch = np.stack([np.array(column, dtype=np.int32)[order] for column in columns])
        save(self._folder, f"batch{self._batches}", batch)
        self._batches += 1
        self._terms, self._documents, self._frequencies = array("i"), array("i"), array("i")

    def finish(self) -> None:
        """Write the index."""
        self._flush()
        total = sum(self._lengths)
        filled = sum(1 for length in self._lengths if length)
        mean = np.float32(total / filled) if filled else np.float32(1)
        kept = np.array([kept_length(length) for length in self._lengths], dtype=np.float32)
        inverses = np.float32(1) / (_K1 * ((np.float32(1) - _B) + _B * kept / mean))
        names = list(self._numbers)
        by_name = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
        place = np.empty(len(by_name), dtype=np.int64)
        place[by_name] = np.arange(len(by_name))
        counts = np.array(self._counts, dtype=np.int64)[by_name]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        weights = np.array([rarity(filled, int(count)) for count in counts], dtype=np.float32)
        self._merge(place, starts, inverses.astype(np.float32), weights)
        save(self._folder, "postings_at", starts)
        write_lines(self._folder, "terms", (names[number].encode("utf-8", "surrogatepass") for number in by_name))
        (self._folder / "search.json").write_text(json.dumps({"documents": filled}))

    def _merge(self, place: Array, starts: Array, inverses: Array, weights: Array) -> None:
        """Put each batch's postings behind those of the batches before."""
        size = int(starts[-1])
        documents = _new(self._folder, "documents", np.int32, size)
        denominators = _new(self._folder, "denominators", np.float32, size)
        gains = _new(self._folder, "gains", np.float32, size)
        cursor = starts[:-1].copy()
        for batch in range(self._batches):
            path = self._folder / f"batch{batch}.npy"
            numbers, found, frequencies = np.load(path)
            terms_here, first, counts = np.unique(numbers, return_index=True, return_counts=True)
            spots = place[terms_here]
            to = np.repeat(cursor[spots] - first, counts) + np.arange(len(numbers))
            below = np.float32(1) + frequencies.astype(np.float32) * inverses[found]
            weight = np.repeat(weights[spots], counts)
            documents[to], denominators[to], gains[to] = found, below, weight - weight / below
            cursor[spots] += counts
            path.unlink()


class Index:
    """An index, opened by memory map.

    Args:
        folder: Where an :class:`IndexWriter` wrote.
        ranks: The order of documents with equal scores, one rank each.
    """

    def __init__(self, folder: Path, ranks: Array) -> None:
        self._names = Lines(folder, "terms")
        self._starts = load(folder, "postings_at")
        self._documents = load(folder, "documents")
        self._denominators = load(folder, "denominators")
        self._gains = load(folder, "gains")
        """What each document gains by a term that stands once in the query."""
        self._ranks = ranks
        self._filled = int(json.loads((folder / "search.json").read_text())["documents"])
        self._term = functools.lru_cache(maxsize=50_000)(self._find)
        self.search = functools.lru_cache(maxsize=4096)(self._search)
        """The best documents for a query, best first; hit lists are remembered."""

    def _find(self, term: str) -> tuple[int, int, float] | None:
        """Where the postings of a term begin and end, and how rare it is; None where no document has it."""
        wanted = term.encode("utf-8", "surrogatepass")
        number = bisect.bisect_left(range(len(self._names)), wanted, key=self._names.__getitem__)
        if number == len(self._names) or self._names[number] != wanted:
            return None
        start, end = int(self._starts[number]), int(self._starts[number + 1])
        return start, end, rarity(self._filled, end - start)

    def _search(self, query: str, most: int) -> tuple[int, ...]:
        counts = Counter(terms(query))
        if len(counts) > MOST_TERMS:
            raise OverflowError(f"a query of {len(counts)} different terms")
        documents, gains = [], []
        for term, count in counts.items():
            found = self._term(term)
            if found is not None:
                start, end, rare = found
                documents.append(self._documents[start:end])
                if count == 1:
                    gains.append(self._gains[start:end])
                else:
                    weight = np.float32(count) * np.float32(rare)
                    gains.append(weight - weight / self._denominators[start:end])
        if not documents:
            return ()
        scores = np.bincount(np.concatenate(documents), np.concatenate(gains), len(self._ranks))
        return self._best(scores.astype(np.float32), most)

    def _best(self, scores: Array, most: int) -> tuple[int, ...]:
        found = np.flatnonzero(scores)
        if len(found) > most:
            values = scores[found]
            found = found[values >= np.partition(values, len(found) - most)[len(found) - most]]
        order = np.lexsort((self._ranks[found], -scores[found]))[:most]
        return tuple(found[order].tolist())
