"""The official data: from the files that the user brings to a catalogue on disk."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textarena_rl.envs.webshop.arrays import built_whole, load, save
from textarena_rl.envs.webshop.catalogue import FORMAT, Catalogue, open_catalogue, write_catalogue
from textarena_rl.envs.webshop.goals import GoalRows
from textarena_rl.envs.webshop.official import Attributes, read_people, read_products
from textarena_rl.envs.webshop.products import Product
from textarena_rl.errors import MissingData
from textarena_rl.storage import cache_folder, data_folder, written_whole

__all__ = ["SEED", "Files", "files_in", "import_data", "official_catalogue"]

SEED = 233
"""The original's, for the order of goals; here also for prices and price limits."""
_HOW = (
    "Get items_shuffle_1000.json (or items_shuffle.json with all products), items_ins_v2_1000.json (or "
    "items_ins_v2.json) and items_human_ins.json as the README of github.com/princeton-nlp/WebShop tells, and run "
    "`textarena-rl import-data webshop FOLDER` or give data_dir='FOLDER'."
)


@dataclass(frozen=True, slots=True)
class Files:
    """The three official files."""

    products: Path
    attributes: Path
    people: Path | None
    """None: there will be no human goals."""

    @property
    def fingerprint(self) -> str:
        """Changes when a file does."""
        paths = [path for path in (self.products, self.attributes, self.people) if path is not None]
        stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
        return hashlib.sha256(repr((FORMAT, stats)).encode()).hexdigest()[:16]


def _largest(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_size)
    return found[-1] if found else None


def files_in(
    folder: Path, products: Path | None = None, attributes: Path | None = None, people: Path | None = None
) -> Files:
    """The official files of a folder; of several sizes, the largest, unless one is named.

    Raises:
        MissingData: A file is not there.
    """
    if not folder.is_dir():
        raise MissingData(f"WebShop-official: expected a folder with the official files, got {folder}. {_HOW}")
    products = products or _largest(folder, "items_shuffle*.json")
    if products is None or not products.is_file():
        raise MissingData(f"WebShop-official: expected items_shuffle*.json in {folder}, got none. {_HOW}")
    size = products.stem.removeprefix("items_shuffle")
    attributes = attributes or _largest(folder, f"items_ins_v2{size}.json") or _largest(folder, "items_ins_v2*.json")
    if attributes is None or not attributes.is_file():
        raise MissingData(f"WebShop-official: expected items_ins_v2*.json in {folder}, got none. {_HOW}")
    people = people or _largest(folder, "items_human_ins*.json")
    if people is not None and not people.is_file():
        raise MissingData(f"WebShop-official: expected the human instructions in {people}, got no file. {_HOW}")
    return Files(products, attributes, people)


def _write(
    folder: Path, products: Iterator[tuple[Product, float]], source: str, more: Callable[[], None] = lambda: None
) -> None:
    """Write a catalogue of official products with the goals of both kinds, and what ``more`` writes."""
    goals = GoalRows(SEED)

    def collected() -> Iterator[tuple[Product, float]]:
        for number, (product, price) in enumerate(products):
            goals.add(number, product, price)
            yield product, price

    def finish() -> dict[str, Any]:
        more()
        rows = goals.rows()
        for kind, found in rows.items():
            save(folder, f"goals_{kind}", found)
        return {"goals": {kind: len(found) for kind, found in rows.items()}}

    write_catalogue(folder, collected(), finish, kind="official", source=source)


def _build(folder: Path, files: Files, num_products: int | None) -> None:
    attributes = Attributes(files.attributes, folder)
    people = read_people(files.people)
    draw = random.Random(SEED)
    places = array("i")

    def products() -> Iterator[tuple[Product, float]]:
        for place, product, prices in read_products(files.products, attributes, people, num_products):
            places.append(place)
            yield product, prices[0] if len(prices) == 1 else draw.uniform(*prices)
        attributes.close()

    _write(folder, products(), files.products.name, lambda: save(folder, "places", np.array(places, dtype=np.int32)))


def _cut(folder: Path, whole: Catalogue, num_products: int) -> None:
    """The catalogue of the first entries of the official file, which has an index and goals of its own."""
    number = int(np.searchsorted(load(whole.folder, "places"), num_products))
    products = ((whole.read(place), float(whole.prices[place])) for place in range(number))
    _write(folder, products, whole.meta["source"])


def _pointer() -> Path:
    return data_folder() / "webshop" / "official.json"


def import_data(path: Path) -> str:
    """Turn a folder of official files into the catalogue that WebShop-official plays, and say what there is now.

    Args:
        path: The folder, or its ``items_shuffle*.json`` where there are several.

    Raises:
        MissingData: A file is not there or damaged.
    """
    files = files_in(path.parent, products=path) if path.is_file() else files_in(path)
    folder = _pointer().parent / f"official-{files.fingerprint}"
    built = built_whole(folder, lambda partial: _build(partial, files, None))
    catalogue = open_catalogue(built)
    try:
        with written_whole(_pointer()) as partial:
            partial.write_text(json.dumps({"folder": str(built)}))
    except OSError as error:
        raise MissingData(
            f"import-data webshop: expected to write to {_pointer().parent}, got {error}. Set TEXTARENA_RL_DATA to a "
            "folder that can be written."
        ) from error
    for old in folder.parent.glob("official-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    goals = catalogue.meta["goals"]
    return (
        f"WebShop: {len(catalogue):,} products of {files.products.name}, {goals['synthetic']:,} synthetic and "
        f"{goals['human']:,} human goals, in {built}. Play WebShop-official."
    )


def official_catalogue(files: Files | None, num_products: int | None) -> Catalogue:
    """The official catalogue: of these files, or, without any, the one that was imported.

    Args:
        files: The user's files; their catalogue is made once and cached.
        num_products: How many entries of the product file count; None: all.

    Raises:
        MissingData: There are no files and nothing was imported, or a file is damaged.
    """
    cache = cache_folder() / "webshop"
    if files is not None:
        folder = cache / f"official-{files.fingerprint}-{num_products or 'all'}"
        return open_catalogue(built_whole(folder, lambda partial: _build(partial, files, num_products)))
    try:
        whole = open_catalogue(Path(json.loads(_pointer().read_text())["folder"]))
    except (OSError, ValueError, KeyError) as error:
        raise MissingData(
            f"WebShop-official: expected the official data, got none in {_pointer().parent}. {_HOW}"
        ) from error
    if whole.meta.get("format") != FORMAT:
        raise MissingData(
            f"WebShop-official: expected imported data of form {FORMAT}, got {whole.meta.get('format')}, which another "
            "version of this package wrote. Run `textarena-rl import-data webshop FOLDER` again."
        )
    if num_products is None or num_products > int(load(whole.folder, "places")[-1]):
        return whole
    folder = cache / f"official-{whole.folder.name.partition('-')[2]}-{num_products}"
    return open_catalogue(built_whole(folder, lambda partial: _cut(partial, whole, num_products)))
