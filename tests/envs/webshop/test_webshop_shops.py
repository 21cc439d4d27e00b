"""Generated shops: what is in them, that they can be played to the end, and how hard they are."""

from __future__ import annotations

import importlib.util
import itertools
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import textarena_rl
from textarena_rl.envs.webshop.generator import generated, made_products
from textarena_rl.envs.webshop.goals import NO_LIMIT, goal_of
from textarena_rl.envs.webshop.nouns import by_rule
from textarena_rl.envs.webshop.ontology import AXES, DEPARTMENTS, KINDS
from textarena_rl.envs.webshop.phrases import ATTRIBUTES, attributes_of
from textarena_rl.envs.webshop.products import Product
from textarena_rl.envs.webshop.reward import option_matches, purchase
from textarena_rl.envs.webshop.settings import PRESETS, RANGES, Settings, settings_of
from textarena_rl.envs.webshop.similarity import alike
from textarena_rl.errors import InvalidConfig

ROOT = Path(__file__).parents[3]


def test_the_ontology_is_as_rich_as_promised() -> None:
    assert len(KINDS) >= 60
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert {kind.department for kind in KINDS} == set(DEPARTMENTS) == set(ATTRIBUTES)
    assert len(DEPARTMENTS) == 5
    assert min(Counter(kind.department for kind in KINDS).values()) >= 12
    # the most attributes that a goal can ask for, two more in the family's base, and one to replace
    assert all(len(attributes_of(kind.department, kind.group)) > RANGES["num_attributes"][1] + 2 for kind in KINDS)


def test_no_two_values_and_no_two_attributes_are_taken_for_one_another() -> None:
    for kind in KINDS:
        options = [AXES[axis] for axis in kind.axes]
        assert len({name for name, _ in options}) == len(options)
        values = [(name, value) for name, axis in options for value in axis]
        for wanted, bought in itertools.product(values, values):
            same = wanted == bought
            assert option_matches(wanted, bought[1]) is same
            assert option_matches(wanted[1], bought[1]) is same
    for attributes in ATTRIBUTES.values():
        for one, other in itertools.permutations(attributes, 2):
            assert not alike(one.phrase, other.phrase)
            assert one.phrase not in other.phrase
            assert not any(alike(one.phrase, words) for words in other.others)


@pytest.mark.parametrize("preset", ["tiny", "easy", "default", "hard"])
def test_buying_the_wanted_product_with_the_wanted_options_is_perfect(preset: str) -> None:
    settings = replace(PRESETS[preset], num_products=min(PRESETS[preset].num_products, 1500))
    for product, price, upper, _ in made_products(settings):
        goal = goal_of(product, "made", 0, upper)
        names = product.options.items()
        chosen = {name: value for name, values in names for value in values if value in goal.option_values}
        assert purchase(product, price, chosen, goal, by_rule).reward == 1.0
        assert len(goal.attributes) == settings.num_attributes
        assert len(goal.options) == settings.num_options
        assert (goal.price_upper == NO_LIMIT) == (settings.price_limit == 0 or price >= 980)


def families(settings: Settings) -> list[list[tuple[Product, float, float, int]]]:
    products = list(made_products(settings))
    return [products[start : start + settings.members] for start in range(0, len(products), settings.members)]


def test_families_hold_near_misses_of_their_first_goal() -> None:
    misses: Counter[str] = Counter()
    for family in families(PRESETS["default"]):
        (first, _, upper, _), *others = family
        goal = goal_of(first, "made", 0, upper)
        parts = []
        for product, price, _, _ in others[:3]:
            assert product.query == first.query
            chosen = {n: v for n, values in product.options.items() for v in values if v in goal.option_values}
            verdict = purchase(product, price, chosen, goal, by_rule)
            parts.append((verdict.parts["r_att"], verdict.parts["r_option"], verdict.parts["r_price"]))
        (misses_attribute, misses_option, misses_price) = parts
        misses["attribute"] += misses_attribute[0] < 1 and misses_attribute[1:] == (1, True)
        misses["option"] += misses_option[1] == 0 and misses_option[0] == 1 and misses_option[2]
        misses["price"] += misses_price == (1, 1, False)
    # An option with one value, or a price above the ladder, leaves nothing to miss.
    assert all(count >= 240 for count in misses.values()), misses


def test_no_product_and_no_family_is_wanted_in_two_splits() -> None:
    for family in families(PRESETS["default"]):
        assert len({split for *_, split in family}) == 1
    env = textarena_rl.make("WebShop").unwrapped
    wanted = {split: {env._goals.goal(int(task))[1].asin for task in env.tasks(split)} for split in env.splits}
    assert {split: len(asins) for split, asins in wanted.items()} == {"train": 800, "valid": 100, "test": 100}
    assert len(set.union(*wanted.values())) == 1000


def test_the_same_settings_give_the_same_shop_in_any_process(tmp_path: Path) -> None:
    code = (
        "from textarena_rl.envs.webshop.generator import generated\n"
        "from textarena_rl.envs.webshop.settings import settings_of\n"
        "print(generated(settings_of('tiny', instructions='varied')).hash)"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
            env={"PYTHONHASHSEED": salt, "TEXTARENA_RL_CACHE": str(tmp_path / salt)},
        ).stdout
        for salt in ("1", "2")
    }  # fmt: skip
    assert hashes == {generated(settings_of("tiny", instructions="varied")).hash + "\n"}


def test_processes_that_make_the_same_shop_at_once_do_not_mind(tmp_path: Path) -> None:
    code = "import textarena_rl; print(textarena_rl.make('WebShop-tiny').reset(seed=0))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, env={"TEXTARENA_RL_CACHE": str(tmp_path)}
        )
        for _ in range(3)
    ]
    said = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert len(said) == 1
    assert len(list((tmp_path / "webshop").iterdir())) == 1  # nothing half done is left


def test_a_place_that_cannot_be_written_costs_time_but_not_the_shop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code = (
        "import textarena_rl, tempfile, pathlib\n"
        "one, other = textarena_rl.make('WebShop-tiny').unwrapped, textarena_rl.make('WebShop-tiny').unwrapped\n"
        "assert one.catalogue is other.catalogue\n"
        "print(one.catalogue.folder)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={"TEXTARENA_RL_CACHE": str(tmp_path / "file" / "cache")},
    )  # fmt: skip
    assert not Path(run.stdout.strip()).exists()


def test_every_knob_changes_what_it_is_for_and_little_else() -> None:
    base = settings_of("tiny", num_products=40, family_size=4, price_limit=1)
    shop = list(made_products(base))

    def other(**knobs: object) -> list[tuple[Product, float, float, int]]:
        return list(made_products(replace(base, **knobs)))  # type: ignore[arg-type]

    tight = other(price_limit=2)
    assert [product.title for product, *_ in tight] == [product.title for product, *_ in shop]
    assert all(upper - price <= 10 for _, price, upper, _ in tight)
    told = other(instructions="varied")
    assert [product.bullets for product, *_ in told] == [product.bullets for product, *_ in shop]
    assert all(isinstance(product.wishes[0].options, tuple) for product, *_ in told)
    assert [product.asin for product, *_ in other(catalogue_seed=1)] != [product.asin for product, *_ in shop]
    assert {len(product.wishes[0].attributes) for product, *_ in other(num_attributes=5)} == {5}
    assert {len(product.wishes[0].options) for product, *_ in other(num_options=3)} == {3}
    hidden, open_ = other(visibility=0), other(visibility=100)

    def said(products: list[tuple[Product, float, float, int]]) -> float:
        texts = [(p, " ".join((p.title, p.description, *p.bullets)).lower()) for p, *_ in products]
        return sum(a in text for p, text in texts for a in p.attributes) / sum(len(p.attributes) for p, _ in texts)

    assert said(open_) == 1
    assert said(hidden) < 0.05
    plain, strange = other(synonym_rate=0), other(synonym_rate=100)
    assert all(a in p.wishes[0].instruction for p, *_ in plain for a in p.wishes[0].attributes)
    assert not any(a in p.wishes[0].instruction for p, *_ in strange for a in p.wishes[0].attributes)


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("webshop_difficulty", ROOT / "benchmarks" / "webshop_difficulty.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What the original's reward gives these policies on the official 1,000 products, goals 0 to 499.
OFFICIAL = {
    "random": (0.015, 0.004), "first": (0.57, 0.02), "first + options": (0.80, 0.57), "best of ten": (0.97, 0.90),
    "oracle": (0.99, 0.93),
}  # fmt: skip


def test_easy_is_as_hard_as_the_official_products_and_hard_is_harder() -> None:
    module = benchmark()

    def figures(env_id: str) -> dict[str, tuple[float, float]]:
        env = textarena_rl.make(env_id).unwrapped
        tasks = random.Random(0).sample(list(env.tasks()), 300)
        draw = random.Random(0)
        rows = [module.scores(env, task, draw)[0] for task in tasks]
        columns = zip(module.POLICIES, zip(*rows, strict=True), strict=True)
        return {name: (sum(c) / 300, sum(score >= 1 for score in c) / 300) for name, c in columns}

    easy = figures("WebShop-easy")
    for name, (score, success) in OFFICIAL.items():
        assert abs(easy[name][0] - score) <= 0.1, name
        assert abs(easy[name][1] - success) <= 0.1, name
    hard = figures("WebShop-hard-p1000")
    for name in ("first", "first + options"):
        assert hard[name][0] < easy[name][0] - 0.1, name
    for name in ("first + options", "best of ten"):
        assert hard[name][1] < easy[name][1] - 0.1, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"preset": "eazy"}, "expected preset to be one of tiny, easy, default, hard, huge, got 'eazy'"),
        ({"num_products": 19}, "expected num_products to be a whole number from 20 to 1000000, got 19"),
        ({"num_attributes": 7}, "expected num_attributes to be a whole number from 1 to 6, got 7"),
        ({"num_options": 2.0}, "expected num_options to be a whole number from 0 to 3, got 2.0"),
        ({"price_limit": True}, "expected price_limit to be a whole number from 0 to 2, got True"),
        ({"instructions": "short"}, "expected instructions to be one of template, varied, got 'short'"),
        (
            {"observation_mode": "image"},
            "expected observation_mode to be one of text, text_rich, html, url, got 'image'",
        ),
        ({"split": "dev"}, "expected split to be one of train, valid, test, got 'dev'"),
        ({"show_attrs": "yes"}, "expected show_attrs to be a bool, got 'yes'"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        textarena_rl.make("WebShop-tiny", **arguments)
