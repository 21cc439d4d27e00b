"""WebShop with a generated catalogue, as an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textarena_rl.envs.webshop.catalogue import Catalogue
from textarena_rl.envs.webshop.generator import SPLITS, generated
from textarena_rl.envs.webshop.goals import Goal, goal_of
from textarena_rl.envs.webshop.nouns import by_rule
from textarena_rl.envs.webshop.settings import AS_PRESET, settings_of
from textarena_rl.envs.webshop.shop import Rules
from textarena_rl.envs.webshop.shopping import ShoppingEnv

__all__ = ["WebShopEnv"]


@dataclass(frozen=True, slots=True)
class _MadeGoals:
    """The goals that a catalogue was generated with: one a product."""

    catalogue: Catalogue

    def __len__(self) -> int:
        return len(self.catalogue.goals("made"))

    def goal(self, number: int) -> tuple[int, Goal]:
        """The product to buy, by its place in the catalogue, and what is said of it."""
        row = self.catalogue.goals("made")[number]
        product = int(row["product"])
        return product, goal_of(self.catalogue.product(product), "made", int(row["variant"]), float(row["price_upper"]))

    def of_split(self, split: str) -> npt.NDArray[Any]:
        """The numbers of the goals of a split."""
        return np.flatnonzero(self.catalogue.goals("made")["split"] == SPLITS.index(split))


class WebShopEnv(ShoppingEnv):
    """A shop made of text pages, and an instruction that says what to buy.

    The pages, actions, search and reward are those of WebShop (Yao et al., 2022). The products are made up by this
    project: 69 kinds in five departments, in families whose members differ in one thing or another. The same settings
    give the same shop, product for product.

    Action Space:
        Free text, one action a turn. ``search[words]`` looks for products, from any page. ``click[text]`` follows a
        button, opens a product by its number or chooses an option's value: ``click[back to search]``,
        ``click[< prev]``, ``click[next >]``, ``click[description]``, ``click[features]``, ``click[reviews]``,
        ``click[buy now]``, ``click[b0...]``, ``click[blue]``. Inside the brackets capitals make no difference, what
        stands behind the last one is ignored. Anything else, and a second action on a later line, changes nothing and
        counts as invalid; so does a search with more than 1,024 different words.

    Observation Space:
        The open page. ``observation_mode="text"``: all that can be read on it, joined with ``[SEP]``. ``"text_rich"``:
        a line each, buttons marked, chosen ones too. ``"html"``: the page itself. ``"url"``: its address.

    Starting State:
        The search page with the instruction of one goal. ``reset`` draws a goal of the split;
        ``options={"task": "17"}`` asks for one. Of every ten families of products eight are goals for training, one
        for validation and one for testing, so no product is wanted in two splits; all are for sale in each.

    Rewards:
        At the purchase, the original's score between 0 and 1: (attributes + options + price met) / (attributes +
        options + 1), times a factor for the kind of product. 0 before. For 1 at a perfect purchase and 0 otherwise,
        wrap in ``SparseReward``; for a reward each turn, in ``ProgressReward``.

    Episode End:
        Terminated at the purchase: won with a score of 1, lost below. Truncated after ``max_turns`` turns.

    Information:
        What every world tells, and ``catalogue`` (sixteen digits that depend on everything for sale). After the
        purchase the parts of the score by the original's names: ``r_type``, ``r_att``, ``r_price``, with options
        ``r_option``, their weights ``w_...``, ``query_match``, ``category_match`` and ``title_score``. On request
        ``admissible_actions`` (with ``search[<your query>]`` on the search page) together with ``available_actions``
        (the original's own account: ``has_search_bar`` and ``clickables``), ``expert_actions`` (a known way to a
        perfect purchase) and ``progress`` (on a product's pages nine tenths of what buying it now would earn, on a page
        of results half of what the best product there would earn as it comes, on the search page 0, after the purchase
        the score: so the changes along an episode add up to the score).

    Arguments:
        preset: ``tiny``, ``easy`` (as hard as the official 1,000 products), ``default``, ``hard`` or ``huge``; the
            knobs below default to the preset's.
        num_products: Products for sale, 20 to 1,000,000.
        num_attributes: Attributes that an instruction asks for, 1 to 6.
        num_options: Options that an instruction asks for, 0 to 3.
        price_limit: 0 none, 1 one of the next steps of ten dollars above the price, 2 the very next.
        family_size: Products that are variations of one another, 1 to 20, at most a tenth of all.
        family_overlap: With which probability a variation keeps an attribute of its family, in percent.
        visibility: With which probability a page says an attribute word for word, in percent.
        synonym_rate: With which probability an instruction says something in other words than the shop, in percent.
        results_per_page: Products on a page of results, 1 to 50.
        num_pages: Pages of results that a search fills at most, 1 to 50.
        catalogue_seed: Another number, another shop.
        instructions: ``template`` (the original's pattern) or ``varied`` (sentences as people write them).
        show_attrs: Whether products have a page that lists their attributes.
        split: ``train``, ``valid`` or ``test``.
        max_turns: Turns until truncation.
        observation_mode: ``text``, ``text_rich``, ``html`` or ``url``.
        admissible_actions, expert_actions, progress: What to add to ``info``.

    Presets (num_products, num_attributes, num_options, price_limit, family_size, family_overlap, visibility,
    synonym_rate, results_per_page, num_pages, catalogue_seed, instructions):
        tiny: 100, 1, 1, 0, 1, 70, 100, 0, 10, 5, 0, template
        easy: 1000, 4, 2, 1, 2, 60, 80, 0, 10, 5, 0, template
        default: 1000, 3, 1, 1, 4, 70, 70, 10, 10, 5, 0, template
        hard: 5000, 4, 2, 2, 10, 85, 40, 40, 10, 5, 0, varied
        huge: 100000, 4, 2, 1, 10, 80, 60, 20, 10, 5, 0, varied

    Version History:
        1: the first.

    Example turn (WebShop-tiny, task 2):
        WebShop [SEP] Instruction: [SEP] Find me swimsuits with button closure with size: medium [SEP] Search

        > search[swimsuits with button closure]

        Instruction: [SEP] Find me swimsuits with button closure with size: medium [SEP] Back to Search [SEP]
        Page 1 (Total results: 2) [SEP] Next > [SEP] B0PXKMF61J [SEP] Caigadix One Piece Swimsuit with Button
        Closure, New Edition B598 [SEP] $94.18 [SEP] B0UKTXBE9P [SEP] Trabom Light Weight Running Shoes with
        Zipper Closure H532 [SEP] $127.68 to $178.22

        > click[b0pxkmf61j]

        Instruction: [SEP] Find me swimsuits with button closure with size: medium [SEP] Back to Search [SEP] <
        Prev [SEP] size [SEP] small [SEP] medium [SEP] large [SEP] 2x [SEP] Caigadix One Piece Swimsuit with
        Button Closure, New Edition B598 [SEP] Price: $94.18 [SEP] Rating: N.A. [SEP] Description [SEP] Features
        [SEP] Reviews [SEP] Buy Now

    Raises:
        InvalidConfig: An argument is out of range; in ``reset``, the task does not exist.
    """

    def __init__(
        self,
        *,
        preset: str = "default",
        num_products: int = AS_PRESET,
        num_attributes: int = AS_PRESET,
        num_options: int = AS_PRESET,
        price_limit: int = AS_PRESET,
        family_size: int = AS_PRESET,
        family_overlap: int = AS_PRESET,
        visibility: int = AS_PRESET,
        synonym_rate: int = AS_PRESET,
        results_per_page: int = AS_PRESET,
        num_pages: int = AS_PRESET,
        catalogue_seed: int = AS_PRESET,
        instructions: str = "preset",
        show_attrs: bool = False,
        split: str = "train",
        max_turns: int = 15,
        observation_mode: str = "text",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.settings = settings_of(
            preset,
            num_products=num_products,
            num_attributes=num_attributes,
            num_options=num_options,
            price_limit=price_limit,
            family_size=family_size,
            family_overlap=family_overlap,
            visibility=visibility,
            synonym_rate=synonym_rate,
            results_per_page=results_per_page,
            num_pages=num_pages,
            catalogue_seed=catalogue_seed,
            instructions=instructions,
        )
        catalogue = generated(self.settings)
        size = self.settings.results_per_page
        super().__init__(
            catalogue=catalogue,
            goals=_MadeGoals(catalogue),
            nouns=by_rule,
            rules=Rules(show_attrs, size, size * self.settings.num_pages),
            observation_mode=observation_mode,
            prices=None,
            split=split,
            max_turns=max_turns,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )
