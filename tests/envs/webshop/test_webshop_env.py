"""The generated shop as an environment: its manual, pages, episodes, and what it does with nonsense."""

from __future__ import annotations

import functools
import os
import pickle
import random
import textwrap
from dataclasses import astuple
from html.parser import HTMLParser
from typing import Any

import pytest

import textarena_rl
from textarena_rl.conformance import check_text_env
from textarena_rl.envs.webshop.env import WebShopEnv
from textarena_rl.envs.webshop.settings import PRESETS
from textarena_rl.errors import InvalidConfig
from textarena_rl.wrappers import ProgressReward, SparseReward


def manual() -> str:
    return textwrap.dedent("    " + (WebShopEnv.__doc__ or ""))


def test_the_example_turn_of_the_manual_is_real_output() -> None:
    example = manual().partition("Example turn (WebShop-tiny, task 2):\n")[2].partition("Raises:")[0]
    blocks = [" ".join(block.split()) for block in textwrap.dedent(example).split("\n\n")]
    env = WebShopEnv(preset="tiny")
    first, _ = env.reset(options={"task": "2"})
    second, *_ = env.step("search[swimsuits with button closure]")
    third, *_ = env.step("click[b0pxkmf61j]")
    expected = [first, "> search[swimsuits with button closure]", second, "> click[b0pxkmf61j]", third]
    assert [block for block in blocks if block] == [" ".join(text.split()) for text in expected]


def test_the_manual_tells_what_the_presets_are() -> None:
    for name, settings in PRESETS.items():
        assert f"    {name}: {', '.join(map(str, astuple(settings)))}\n" in manual()


@pytest.mark.parametrize(
    "env_id", ["WebShop-tiny", "WebShop-easy", "WebShop-p20-a6-o3-f20-r3-n2-varied", "WebShop-p50-a1-o0-l0"]
)
def test_presets_and_knobs_conform(env_id: str) -> None:
    check_text_env(functools.partial(textarena_rl.make, env_id))


@pytest.mark.parametrize("mode", ["text_rich", "html", "url"])
def test_every_observation_conforms(mode: str) -> None:
    check_text_env(functools.partial(textarena_rl.make, "WebShop-tiny", observation_mode=mode, show_attrs=True))


def test_the_expert_buys_the_right_thing_at_every_task() -> None:
    env = WebShopEnv(preset="default", num_products=200, expert_actions=True)
    for split in env.splits:
        for task in env.tasks(split):
            _, info = env.reset(options={"task": task})
            plan = info["expert_actions"]
            for action in plan:
                *_, info = env.step(action)
            assert info["won"], task
            assert (info["r_type"], info["r_att"], info["r_option"], info["r_price"]) == (1, 1, 1, True)
            assert info["turn"] == len(plan) <= 12


def test_the_expert_comes_back_from_anywhere() -> None:
    env = WebShopEnv(preset="tiny", expert_actions=True, admissible_actions=True, max_turns=50)
    draw = random.Random(0)
    for seed in range(30):
        _, info = env.reset(seed=seed)
        for _ in range(draw.randrange(12)):
            safe = [action for action in info["admissible_actions"] if action != "click[buy now]"]
            *_, info = env.step(draw.choice([*safe, "search[shoes for daily use]"]))
        for action in info["expert_actions"]:
            *_, info = env.step(action)
        assert info["won"]


def test_progress_adds_up_to_the_score() -> None:
    env = ProgressReward(textarena_rl.make("WebShop-easy", progress=True, admissible_actions=True))
    draw = random.Random(1)
    scores = []
    for seed in range(40):
        _, info = env.reset(seed=seed)
        query = info["objective"]
        total, over = 0.0, False
        _, reward, *_, info = env.step(f"search[{query}]")
        total += reward
        while not over:
            action = "click[buy now]" if info["turn"] > 6 else draw.choice(info["admissible_actions"])
            _, reward, terminated, truncated, info = env.step(action)
            total += reward
            over = terminated or truncated
        assert total == pytest.approx(info["progress"])
        if terminated:
            assert info["progress"] == info["score"]
            scores.append(info["score"])
    assert 0 < sum(scores) < len(scores)


def test_what_progress_says_of_each_page() -> None:
    env = WebShopEnv(preset="easy", progress=True, expert_actions=True)
    _, info = env.reset(options={"task": "0"})
    seen = [info["progress"]]
    for action in info["expert_actions"]:
        *_, info = env.step(action)
        seen.append(info["progress"])
    # Four attributes, two options, a price: without options the product earns 5 of 7.
    assert seen == pytest.approx([0.0, 0.5 * 5 / 7, 0.9 * 5 / 7, 0.9 * 6 / 7, 0.9, 1.0])


def test_a_sparse_reward_is_for_perfect_purchases_only() -> None:
    env = SparseReward(textarena_rl.make("WebShop-easy", expert_actions=True))
    _, info = env.reset(options={"task": "0"})
    plan = info["expert_actions"]
    assert [env.step(action)[1] for action in plan] == [0.0] * (len(plan) - 1) + [1.0]
    env.reset(options={"task": "0"})
    rewards = [env.step(action)[1] for action in (*plan[:2], "click[buy now]")]
    assert rewards == [0.0] * 3
    assert env.unwrapped._status().score == pytest.approx(5 / 7)


class Reader(HTMLParser):
    """What a reader sees of a page of HTML: the texts, with the tag around each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []
        self.stack = [""]
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        if tag not in ("br", "img", "input", "hr", "link"):
            self.stack.append("product" if ("class", "product-link") in attributes else tag)

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.stack[-1] not in ("script", "head"):
            self.seen.append((self.stack[-1], data))


def test_the_text_is_what_can_be_read_on_the_page_of_html() -> None:
    text = WebShopEnv(preset="easy", show_attrs=True, admissible_actions=True, max_turns=30)
    html, rich = (
        WebShopEnv(preset="easy", show_attrs=True, observation_mode=mode, max_turns=30)
        for mode in ("html", "text_rich")
    )
    draw = random.Random(0)
    for seed in range(12):
        plain, info = text.reset(seed=seed)
        page, lines = html.reset(seed=seed)[0], rich.reset(seed=seed)[0]
        over = False
        while not over:
            seen = Reader(page).seen
            assert plain.split(" [SEP] ") == [said.strip() for _, said in seen]
            for tag, said in seen:
                marked = {"button": f"button] {said} [", "label": f"  [", "product": f"button] {said} ["}.get(tag, said)  # noqa: F541
                assert marked in lines
            query = " ".join(info["objective"].split()[2:6])
            actions = [f"search[{query}]"] if info["turn"] == 0 else info["admissible_actions"]
            action = draw.choice(actions)
            plain, _, terminated, truncated, info = text.step(action)
            page, lines = html.step(action)[0], rich.step(action)[0]
            over = terminated or truncated


def test_how_one_walks_through_the_shop() -> None:
    env = WebShopEnv(preset="easy", observation_mode="text_rich", admissible_actions=True, max_turns=50)
    env.reset(options={"task": "0"})
    _, _, _, _, info = env.step("search[shoes]")
    pages = info["available_actions"]["clickables"]
    assert pages[:2] == ["back to search", "next >"]  # no way back from the first page
    first = pages[2]
    *_, info = env.step("click[next >]")
    assert info["available_actions"]["clickables"][:3] == ["back to search", "< prev", "next >"]
    env.step("click[< prev]")
    observation, *_, info = env.step(f"click[{first}]")
    shop = env.engine
    assert shop is not None
    name, values = next(iter(shop.product.options.items()))
    observation, *_ = env.step(f"CLICK[{values[0]}]")
    assert observation.count("[clicked button]") == 0  # the name of an action is in lower case
    observation, *_ = env.step(f"click[{values[0].upper()}] please")
    assert observation.startswith(f"You have clicked {values[0]}.\n")
    assert shop.state.options == {name: values[0]}
    env.step("click[features]")
    env.step("click[< prev]")
    assert shop.state.options == {name: values[0]}  # a look at the features forgets nothing
    env.step(f"click[{values[1]}]")
    assert shop.state.options == {name: values[1]}
    observation, *_ = env.step("click[< prev]")
    assert f"[clicked button] {first.upper()}" in observation
    assert shop.state.options == {}
    for _ in range(6):
        observation, *_ = env.step("click[next >]")
    assert "Page 7 (Total results:" in observation  # past the end the pages are empty
    assert observation.count("[button]") == 3
    *_, info = env.step("click[back to search]")
    assert info["available_actions"] == {"has_search_bar": True, "clickables": ["search"]}
    assert info["admissible_actions"] == ["search[<your query>]"]


def test_the_original_takes_an_odd_query_for_the_name_of_a_page() -> None:
    env = WebShopEnv(preset="tiny", admissible_actions=True)
    env.reset(seed=0)
    *_, info = env.step("search[shoes search_results]")
    env.step(f"click[{info['available_actions']['clickables'][2]}]")
    # The address of the product's page holds "search_results", so the way back leads to the page before the first.
    observation, *_, info = env.step("click[< prev]")
    assert "Page 0 (Total results:" in observation
    assert info["available_actions"]["clickables"] == ["back to search", "next >"]


NONSENSE = [
    "", " ", "search", "search[]", "Search[shoes]", " search[shoes]", "think[shoes]", "click[search]", "click[nothing]",
    "click[]", "[", "]", "][", "search]shoes[", "search[shoes", "\x00", "x" * 100_000, "[" * 100_000, "]" * 100_000,
    "search[" + " ".join(map(str, range(20_000))) + "]", "search[shoes]\nsearch[hats]", "search[shoes]\nclick[buy now]",
    "\nsearch[shoes]", "click[buy now]", "click[\u0130]",
]  # fmt: skip


@pytest.mark.parametrize("action", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_costs_a_turn_and_changes_nothing(action: str) -> None:
    env = WebShopEnv(preset="tiny", admissible_actions=True)
    before, start = env.reset(seed=0)
    observation, reward, terminated, _, info = env.step(action)
    assert (observation, reward, terminated, info["invalid_action"], info["turn"]) == (before, 0, False, True, 1)
    assert info["admissible_actions"] == start["admissible_actions"]


@pytest.mark.parametrize(
    ("action", "hits"),
    [
        ("search[   ]", False), ("search[the of and]", False), ("search[鞋]", False), ("search[shoes] please", True),
        ("search[" + "shoes " * 20_000 + "]", True), ("search[SHOES\u2019S \U0001f45f]", True),
        ("search[a]b] shoes]", True), ("search[shoes]\nthat is what I want", True), ("search[shoes]]", True),
    ],
)  # fmt: skip
def test_odd_searches_are_searches(action: str, hits: bool) -> None:
    env = WebShopEnv(preset="tiny")
    env.reset(seed=0)
    observation, *_, info = env.step(action)
    assert info["invalid_action"] is False
    assert ("(Total results: 0)" not in observation) is hits


EXHAUSTIVE = os.environ.get("TEXTARENA_RL_EXHAUSTIVE") == "1"


def test_random_actions_never_raise() -> None:
    """A hundred thousand of them with TEXTARENA_RL_EXHAUSTIVE=1, else a tenth."""
    draw = random.Random(0)
    env = WebShopEnv(preset="easy", admissible_actions=True, progress=True, observation_mode="text_rich", max_turns=40)
    over, info = True, {}
    alphabet = "abc []\n\x00\u0130é鞋\ud800<>&\"'\\"
    for _ in range(100_000 if EXHAUSTIVE else 10_000):
        if over:
            _, info = env.reset()
        kind = draw.random()
        if kind < 0.5:
            action = draw.choice(info["admissible_actions"])
        elif kind < 0.75:
            words = draw.choices([*info["objective"].split(), "🙂", "[", "]", "\ud800", ""], k=draw.randrange(8))
            action = f"search[{' '.join(words)}]"
        else:
            action = draw.choice(("", "search", "click", "click[")) + "".join(
                draw.choices(alphabet, k=draw.randrange(12))
            )
        _, _, terminated, truncated, info = env.step(action)
        over = terminated or truncated


@pytest.mark.parametrize("task", ["", "x", "-1", "100", "007", "1.0", "٣", "9" * 5000])
def test_wrong_tasks(task: str) -> None:
    with pytest.raises(InvalidConfig, match="expected a task from '0' to '99', got"):
        WebShopEnv(preset="tiny").reset(options={"task": task})


def test_environments_share_the_catalogue_and_stay_small() -> None:
    one, other = WebShopEnv(preset="easy"), WebShopEnv(preset="easy")
    one.reset(seed=0)
    assert one.catalogue is other.catalogue is one.clone().catalogue
    data = pickle.dumps(one)
    assert len(data) < 50_000
    assert pickle.loads(data).catalogue is one.catalogue
    assert len({WebShopEnv(preset=preset).catalogue.hash for preset in ("tiny", "easy", "default")}) == 3


def test_the_pages_of_results_are_a_knob() -> None:
    env = WebShopEnv(preset="easy", results_per_page=3, num_pages=2)
    env.reset(seed=0)
    observation, *_ = env.step("search[shoes]")
    assert "Page 1 (Total results: 6)" in observation
    assert observation.count("$") >= 3
    assert env.engine is not None
    assert len(env.engine.shown) == 3
    assert env.catalogue is WebShopEnv(preset="easy").catalogue
