"""The official shop beside the original's own answers on the official 1,000 products."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.shared import shared_data
from textarena_rl.conformance import check_text_env
from textarena_rl.envs.webshop.goals import GoalRows, goal_of
from textarena_rl.envs.webshop.nouns import by_rule
from textarena_rl.envs.webshop.official_env import WebShopOfficialEnv
from textarena_rl.envs.webshop.reward import purchase


@pytest.fixture(scope="module")
def data() -> Path:
    return shared_data("webshop")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXTARENA_RL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def answers(data: Path, name: str) -> Any:
    """A file of golden answers: one JSON value, or one a line."""
    with gzip.open(data / "golden" / name, "rt", encoding="utf-8") as file:
        return json.load(file) if name.endswith(".json.gz") else [json.loads(line) for line in file]


def make(data: Path, **arguments: Any) -> WebShopOfficialEnv:
    """The official shop with the goals, prices and nouns of the run that was recorded."""
    golden = data / "golden"
    return WebShopOfficialEnv(
        data_dir=data,
        goals_file=golden / "goals.json.gz",
        prices_file=golden / "prices.json.gz",
        nouns=str(golden / "nouns.json.gz"),
        **arguments,
    )


@pytest.mark.parametrize("mode", ["text", "text_rich", "html"])
def test_every_page_action_list_and_reward_of_the_recorded_episodes(data: Path, mode: str) -> None:
    env = make(data, observation_mode=mode, max_turns=1000, admissible_actions=True)
    episodes = answers(data, f"traces_{mode}.jsonl.gz")
    for episode in episodes:
        observation, info = env.reset(options={"task": str(episode["goal"])})
        assert observation == episode["obs0"]
        assert f"Instruction: {info['objective']}" == episode["instruction"]
        for number, step in enumerate(episode["steps"], 1):
            assert info["available_actions"] == step["available"]
            observation, reward, terminated, _, info = env.step(step["action"])
            assert observation == step["obs"], step["action"]
            assert (reward, terminated) == (step["reward"], step["done"])
            assert env.engine is not None
            assert env.engine.url == step["url"]
            if terminated:  # ours ends here; what the original goes on to do after a purchase is nobody's episode
                assert number == len(episode["steps"])
                assert info["available_actions"] == episode.get("available_after_done", info["available_actions"])
    assert len(episodes) >= 5


def test_every_ranking(data: Path) -> None:
    catalogue = make(data).catalogue
    rankings = answers(data, "search.jsonl.gz")
    for row in rankings:
        found = [catalogue.product(number).asin for number in catalogue.search(row["q"], 50)]
        assert found == [asin for asin, _ in row["hits"]], row["q"]
    assert len(rankings) > 500


def test_every_reward_with_the_originals_nouns(data: Path) -> None:
    env = make(data)
    nouns, prices = answers(data, "nouns.json.gz"), answers(data, "prices.json.gz")

    def judged(goal: int, asin: str, options: dict[str, str]) -> tuple[float, Any]:
        number = env.catalogue.number(asin)
        assert number is not None
        product, wanted = env.catalogue.product(number), env._goals.goal(goal)[1]
        verdict = purchase(product, prices[asin], options, wanted, lambda title: tuple(nouns[title]))
        return verdict.reward, dict(verdict.parts)

    rewards, goals = answers(data, "rewards.jsonl.gz"), answers(data, "goals.json.gz")
    for row in rewards:
        assert judged(row["goal"], row["asin"], row["options"]) == (row["reward"], row["info"]), row
    for number, (goal, (reward, parts)) in enumerate(zip(goals, answers(data, "oracle.json.gz"), strict=True)):
        assert judged(number, goal["asin"], goal["goal_options"]) == (reward, parts), goal
    assert len(rewards) >= 3000


def test_the_rule_for_nouns_changes_few_rewards_and_little(data: Path) -> None:
    env, prices = make(data), answers(data, "prices.json.gz")
    differences = []
    for row in answers(data, "rewards.jsonl.gz"):
        number = env.catalogue.number(row["asin"])
        assert number is not None
        product, wanted = env.catalogue.product(number), env._goals.goal(row["goal"])[1]
        verdict = purchase(product, prices[row["asin"]], row["options"], wanted, by_rule)
        differences.append(abs(verdict.reward - row["reward"]))
    assert sum(map(bool, differences)) / len(differences) < 0.05
    assert sum(differences) / len(differences) < 0.02


def test_goals_their_order_and_their_texts_but_for_the_price_limits(data: Path) -> None:
    env = WebShopOfficialEnv(data_dir=data)
    goals, prices = answers(data, "goals.json.gz"), answers(data, "prices.json.gz")
    assert len(env._goals) == len(goals) == 6910
    catalogue = env.catalogue
    every = [(number, catalogue.product(number)) for number in range(len(catalogue))]
    collected = GoalRows(233)
    for number, product in every:
        collected.add(number, product, prices[product.asin])
    rows = collected.rows()
    assert len(rows["human"]) == 13
    for row, goal in zip(rows["synthetic"], goals, strict=True):
        made = goal_of(every[row["product"]][1], "synthetic", int(row["variant"]), goal["price_upper"])
        assert (made.asin, dict(made.options), made.instruction) == (
            goal["asin"],
            goal["goal_options"],
            goal["instruction_text"],
        )
        assert list(made.attributes) == goal["attributes"]


def test_prices_of_products_without_a_range(data: Path) -> None:
    env = WebShopOfficialEnv(data_dir=data)
    golden = answers(data, "prices.json.gz")
    for number in range(len(env.catalogue)):
        product, price = env.catalogue.product(number), env.catalogue.prices[number]
        low, _, high = product.price_tag.replace("$", "").partition(" to ")
        if high:
            assert min(float(low), float(high)) <= price <= max(float(low), float(high))
        else:
            assert price == golden[product.asin]


def test_the_papers_splits(data: Path) -> None:
    env = WebShopOfficialEnv(data_dir=data)
    ids = {split: list(env.tasks(split)) for split in env.splits}
    assert ids["test"] == [str(number) for number in range(500)]
    assert ids["valid"] == [str(number) for number in range(500, 1500)]
    assert ids["train"] == [str(number) for number in range(1500, 6910)]
    human = WebShopOfficialEnv(data_dir=data, human_goals=True)
    assert [len(human.tasks(split)) for split in human.splits] == [11, 1, 1]
    _, info = human.reset(options={"task": "3"})
    assert "price lower than" in info["objective"]


def test_fewer_products_have_an_index_of_their_own(data: Path) -> None:
    small = WebShopOfficialEnv(data_dir=data, num_products=100)
    assert len(small.catalogue) == 100
    whole = WebShopOfficialEnv(data_dir=data).catalogue
    assert [small.catalogue.product(number).asin for number in range(100)] == [
        whole.product(number).asin for number in range(100)
    ]
    assert list(small.catalogue.prices) == list(whole.prices[:100])
    assert max(small.catalogue.search("women shoes", 50)) < 100


def test_the_official_shop_conforms(data: Path) -> None:
    def factory(**arguments: Any) -> WebShopOfficialEnv:
        return WebShopOfficialEnv(data_dir=data, **arguments)

    check_text_env(factory)
