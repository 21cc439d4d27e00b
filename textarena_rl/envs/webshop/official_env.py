"""WebShop with the official products, as an environment."""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textarena_rl.envs.webshop.catalogue import Catalogue
from textarena_rl.envs.webshop.goals import Goal, GoalRows, goal_of, official_splits
from textarena_rl.envs.webshop.importer import SEED, files_in, official_catalogue
from textarena_rl.envs.webshop.nouns import noun_finder
from textarena_rl.envs.webshop.shop import Rules
from textarena_rl.envs.webshop.shopping import ShoppingEnv
from textarena_rl.errors import InvalidConfig, MissingData

__all__ = ["WebShopOfficialEnv"]


@functools.lru_cache(maxsize=4)
def _shuffled_otherwise(catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """The goals with price limits and an order of another seed than the original's."""
    collected = GoalRows(seed)
    for number in range(len(catalogue)):
        collected.add(number, catalogue.read(number), float(catalogue.prices[number]))
    return collected.rows()


@dataclass(frozen=True, slots=True)
class _OfficialGoals:
    """The goals that follow from the official files."""

    catalogue: Catalogue
    kind: str
    seed: int

    def _rows(self) -> Any:
        stored = self.seed == SEED
        return self.catalogue.goals(self.kind) if stored else _shuffled_otherwise(self.catalogue, self.seed)[self.kind]

    def __len__(self) -> int:
        return len(self._rows())

    def goal(self, number: int) -> tuple[int, Goal]:
        """The product to buy, by its place in the catalogue, and what is said of it."""
        row = self._rows()[number]
        product, limit = int(row["product"]), float(row["price_upper"])
        return product, goal_of(self.catalogue.product(product), self.kind, int(row["variant"]), limit)

    def of_split(self, split: str) -> range:
        """The numbers of the goals of a split."""
        return official_splits(len(self))[split]


@dataclass(frozen=True, slots=True)
class _GivenGoals:
    """Goals as the original holds them in memory, from a file."""

    goals: tuple[tuple[int, Goal], ...]

    def __len__(self) -> int:
        return len(self.goals)

    def goal(self, number: int) -> tuple[int, Goal]:
        """The product to buy, by its place in the catalogue, and what is said of it."""
        return self.goals[number]

    def of_split(self, split: str) -> range:
        """The numbers of the goals of a split."""
        return official_splits(len(self))[split]


def _json(path: str | Path, what: str) -> Any:
    """What a JSON file holds, packed with gzip or not."""
    try:
        data = Path(path).read_bytes()
        return json.loads(gzip.decompress(data) if str(path).endswith(".gz") else data)
    except (OSError, EOFError, ValueError) as error:
        raise MissingData(f"WebShop-official: expected {what} in {path}, got {error}. Check the file.") from error


def _given_goals(path: str | Path, catalogue: Catalogue) -> _GivenGoals:
    goals: list[tuple[int, Goal]] = []
    try:
        for entry in _json(path, "a JSON list of goals"):
            options: Mapping[str, str] | list[str] = entry["goal_options"]
            number = catalogue.number(entry["asin"])
            goal = Goal(
                asin=entry["asin"],
                title=entry["name"],
                query=entry["query"],
                product_category=entry["product_category"],
                instruction=entry["instruction_text"],
                attributes=tuple(entry["attributes"]),
                options=tuple(options.items()) if isinstance(options, Mapping) else tuple(options),
                price_upper=float(entry["price_upper"]),
            )
            if number is None or not goal.attributes:
                raise ValueError(f"goal {len(goals)} is for {goal.asin}, which is not for sale or has no attributes")
            goals.append((number, goal))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MissingData(
            f"WebShop-official: expected goals in the original's form in {path}, got {type(error).__name__}: {error}."
        ) from error
    return _GivenGoals(tuple(goals))


def _given_prices(path: str | Path, catalogue: Catalogue) -> Any:
    prices = np.array(catalogue.prices)
    given = _json(path, "a JSON object of prices")
    for asin, price in given.items() if isinstance(given, dict) else ():
        number = catalogue.number(asin)
        if number is not None:
            prices[number] = price
    return prices


class WebShopOfficialEnv(ShoppingEnv):
    """WebShop as published: its products, instructions, pages, search and reward, without Java.

    Every page, action list, ranking and reward equals the original's. Its files are the user's: products and texts
    were collected from amazon.com and have no licence.

    Action Space:
        Free text, one action a turn. ``search[words]`` looks for products, from any page. ``click[text]`` follows a
        button, opens a product by its number or chooses an option's value. What stands behind the last bracket is
        ignored. Anything else, and a second action on a later line, changes nothing and counts as invalid; so does a
        search with more than 1,024 different words, at which the original breaks down.

    Observation Space:
        The open page. ``observation_mode="text"``: all that can be read on it, joined with ``[SEP]``. ``"text_rich"``:
        a line each, buttons marked, chosen ones too. ``"html"``: the page itself. ``"url"``: its address.

    Starting State:
        The search page with the instruction of one goal. ``reset`` draws a goal of the split;
        ``options={"task": "17"}`` asks for one, by its place in the original's shuffled list. Splits as in the papers:
        test 0 to 499, valid 500 to 1499, train from 1500 on; with 1,500 goals or fewer a tenth each for test and valid.
        These splits share products.

    Rewards:
        At the purchase, the original's score between 0 and 1. 0 before. For 1 at a perfect purchase and 0 otherwise,
        wrap in ``SparseReward``; for a reward each turn, in ``ProgressReward``.

    Episode End:
        Terminated at the purchase: won with a score of 1, lost below. Truncated after ``max_turns`` turns. Some goals
        cannot be won: about one in fifteen of the synthetic ones asks for options that its own rules do not recognise.

    Information:
        As in the generated shop: see ``WebShop``. ``expert_actions`` buy the very product with the options of the goal.

    Arguments:
        data_dir: The folder of the official files; None: what ``textarena-rl import-data webshop FOLDER`` stored.
        file_path, attr_path, human_attr_path: The files themselves, where the folder does not say enough.
        num_products: Only the first entries of the product file; 0 or None: all.
        goals: ``synthetic`` (every choice of options is a goal) or ``human``.
        human_goals: The same as the original names it; True or False overrides ``goals``.
        nouns: How nouns in titles are found: ``rule`` (changes one recorded reward in eighty), ``spacy`` (as the
            original; the extra ``webshop``), or a JSON file that maps titles to lists of nouns.
        goal_seed: Orders the goals; with the original's, 233, a task is the goal of that number there. Here it also
            draws the price limits, which the original draws anew each time.
        goals_file, prices_file: JSON files with the goals, and with the prices, of a run of the original.
        show_attrs: Whether products have a page that lists their attributes.
        split: ``train``, ``valid`` or ``test``.
        max_turns: Turns until truncation.
        observation_mode: ``text``, ``text_rich``, ``html`` or ``url``.
        admissible_actions, expert_actions, progress: What to add to ``info``.

    Version History:
        1: the first.

    Raises:
        MissingData: The files are not there or damaged.
        MissingDependency: ``nouns="spacy"`` without spaCy or its model.
        InvalidConfig: An argument is out of range; in ``reset``, the task does not exist.
    """

    def __init__(
        self,
        *,
        data_dir: str | Path | None = None,
        file_path: str | Path | None = None,
        attr_path: str | Path | None = None,
        human_attr_path: str | Path | None = None,
        num_products: int | None = None,
        goals: str = "synthetic",
        human_goals: bool | None = None,
        nouns: str = "rule",
        goal_seed: int = SEED,
        goals_file: str | Path | None = None,
        prices_file: str | Path | None = None,
        show_attrs: bool = False,
        split: str = "train",
        max_turns: int = 15,
        observation_mode: str = "text",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if goals not in ("synthetic", "human"):
            raise InvalidConfig(f"WebShop-official: expected goals to be 'synthetic' or 'human', got {goals!r}.")
        if num_products is not None and (type(num_products) is not int or num_products < 0):
            raise InvalidConfig(f"WebShop-official: expected num_products to be a count, got {num_products!r}.")
        if type(goal_seed) is not int:
            raise InvalidConfig(f"WebShop-official: expected goal_seed to be a whole number, got {goal_seed!r}.")
        named = [Path(path) if path is not None else None for path in (file_path, attr_path, human_attr_path)]
        folder = Path(data_dir) if data_dir is not None else named[0].parent if named[0] is not None else None
        files = None if folder is None else files_in(folder.expanduser(), *named)
        catalogue = official_catalogue(files, num_products or None)
        kind = goals if human_goals is None else ("human" if human_goals else "synthetic")
        chosen = (
            _OfficialGoals(catalogue, kind, goal_seed) if goals_file is None else _given_goals(goals_file, catalogue)
        )
        if len(chosen) < 3:
            raise MissingData(
                f"WebShop-official: expected {kind} goals for these products, got {len(chosen)}. Use more products, or "
                "the file items_human_ins.json for human goals."
            )
        super().__init__(
            catalogue=catalogue,
            goals=chosen,
            nouns=noun_finder(nouns),
            rules=Rules(show_attrs),
            observation_mode=observation_mode,
            prices=None if prices_file is None else _given_prices(prices_file, catalogue),
            split=split,
            max_turns=max_turns,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )
