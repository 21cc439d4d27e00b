"""The challenges and games of exact length as environments: manuals, winning, losing, the expert, nonsense."""

from __future__ import annotations

import inspect
import itertools
import os
import random
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import textarena_rl
from textarena_rl.envs.textworld import manuals
from textarena_rl.envs.textworld.challenges import Coin, Cooking, Family, Knobs, Simple, Treasure
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.env import TextWorldEnv
from textarena_rl.envs.textworld.expert import optimal_turns, shortest_plan
from textarena_rl.envs.textworld.library import find_world
from textarena_rl.errors import InvalidConfig

EXAMPLE = "TextWorld-cooking-recipe2-take1-cook-cut-open-go6"


@pytest.mark.parametrize("function", [manuals.simple, manuals.coin, manuals.treasure, manuals.cooking])
def test_the_example_turn_of_a_manual_is_real_output(function: Callable[..., TextWorldEnv]) -> None:
    manual = inspect.getdoc(function) or ""
    match = re.search(r"Example turn \((\S+), task (\d+)\):\n(.*?)\nRaises:", manual, re.DOTALL)
    assert match is not None
    env_id, task, example = match.groups()
    first, action, second = (" ".join(block.split()) for block in textwrap.dedent(example).strip().split("\n\n"))
    env = textarena_rl.make(env_id, split="test")
    observation, _ = env.reset(options={"task": task})
    assert " ".join(observation.split()) == first
    assert " ".join(env.step(action.removeprefix("> "))[0].split()) == second


# By hand from the challenge's own rules: opening, key, unlocking, opening, east (5 commands), then 2, 3 or 6 commands
# to the food and back, then the stove.
@pytest.mark.parametrize(("rewards", "scores"), [("sparse", {1}), ("balanced", {3, 4}), ("dense", {7, 8, 10})])
def test_simple_games_have_the_scores_and_lengths_of_the_challenge(rewards: str, scores: set[int]) -> None:
    lengths = set()
    for seed in range(1, 41):
        world = find_world(Simple(rewards), seed)
        assert world.game.max_score in scores
        lengths.add((optimal_turns(world), world.game.max_score))
    assert {length for length, _ in lengths} == {8, 9, 12}
    assert {score for _, score in lengths} == scores


def test_dense_rewards_come_with_every_stage() -> None:
    env = textarena_rl.make("TextWorld-simple-dense", split="test", expert_actions=True, progress=True)
    _, info = env.reset(options={"task": "1"})
    assert (info["optimal_turns"], info["max_score"]) == (9, 8)
    rewards = [env.step(action)[1] for action in info["expert_actions"]]
    # Opened, key in hand, unlocked, door opened, kitchen, living room, food in hand, (back), on the stove.
    assert rewards == [1, 1, 1, 1, 1, 1, 1, 0, 1]


def test_eating_the_food_loses() -> None:
    env = textarena_rl.make("TextWorld-simple-dense", split="test", expert_actions=True, progress=True)
    _, info = env.reset(options={"task": "1"})
    food = info["expert_actions"][-1].removeprefix("put ").removesuffix(" on stove")
    for action in info["expert_actions"][:7]:
        env.step(action)
    observation, reward, terminated, truncated, info = env.step(f"eat {food}")
    assert (terminated, truncated, info["won"], info["lost"]) == (True, False, False, True)
    assert (reward, info["progress"], info["expert_actions"]) == (0.0, 0.0, [])
    assert f"You eat the {food}. Not bad." in observation


def test_taking_the_wrong_thing_loses_the_treasure_hunt() -> None:
    lost = 0
    for seed in range(1, 51):
        engine = Engine(find_world(Treasure(15), seed))
        quest = engine.world.scoring[0]
        right = next(thing for kind, thing, holder in quest.win[0] if (kind, holder) == ("held", "I"))
        ((kind, wrong, holder),) = quest.fail[0]
        assert (kind, holder) == ("held", "I")
        assert right != wrong
        engine.state.room = engine.state.holder[wrong] or ""
        if engine.state.room in engine.world.exits:
            assert not engine.step(f"take {engine.world.name[wrong]}").invalid
            lost += engine.state.lost and not engine.state.won
    assert lost > 3


@pytest.mark.parametrize(("level", "length"), [(1, 1), (5, 5)])
def test_coins_are_as_far_as_the_level_says(level: int, length: int) -> None:
    if level != 5:
        pytest.importorskip("textworld", reason="the textworld package is not installed: only level 5 is looked at")
    for seed in range(1, 11):
        assert optimal_turns(find_world(Coin(level), seed)) == length


@pytest.mark.oracle
def test_more_rooms_than_a_story_file_can_hold() -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: large levels are NOT looked at")
    world = find_world(Coin(235), 3)
    assert len(world.exits) == 105
    assert optimal_turns(world) == 35


def test_a_meal_by_the_book() -> None:
    env = textarena_rl.make(EXAMPLE, split="test", expert_actions=True, admissible_actions=True, progress=True)
    _, info = env.reset(options={"task": "1"})
    assert info["max_turns"] == 100
    # One ingredient to find; both to cook and to cut; the meal in hand; the meal eaten: 1 + 2 + 2 + 1 + 1.
    assert info["max_score"] == 7
    assert info["optimal_turns"] == len(info["expert_actions"]) == 11
    for number, action in enumerate(info["expert_actions"], 1):
        assert action in info["admissible_actions"]
        *_, terminated, _, info = env.step(action)
        assert info["progress"] == pytest.approx(number / 11)
        assert terminated == (number == 11)
    assert (info["won"], info["score"]) == (True, 7)


@pytest.mark.parametrize("spoil", ["burn", "cook otherwise", "cut otherwise", "eat"])
def test_spoiling_an_ingredient_loses(spoil: str) -> None:
    engine = Engine(find_world(Cooking(2, 1, cook=True, cut=True, open=True, go=6), 1))
    # Task 1: the purple potato is to be roasted and chopped; the kitchen is north, then west.
    for command in ("go north", "go west", "take knife from counter"):
        assert not engine.step(command).invalid, command
    commands = {
        "burn": ("cook purple potato with oven", "cook purple potato with oven"),
        "cook otherwise": ("cook purple potato with stove",),
        "cut otherwise": ("dice purple potato with knife",),
        "eat": ("cook purple potato with oven", "eat purple potato"),
    }[spoil]
    for command in commands:
        assert not engine.over
        assert not engine.step(command).invalid, command
    assert (engine.state.won, engine.state.lost) == (False, True)
    assert shortest_plan(engine) is None


def test_a_raw_potato_is_not_eaten_and_few_things_are_carried() -> None:
    engine = Engine(find_world(Cooking(2, 1, cook=True, cut=True, open=True, go=6), 1))
    assert engine.step("eat purple potato").feedback == "You should cook the purple potato first."
    assert engine.step("prepare meal").feedback == "Can only prepare meal in the -= Kitchen =-."
    engine.world.capacity = 2  # as with -drop
    try:
        engine.step("go north")
        engine.step("go west")
        assert engine.step("take knife from counter").feedback == "You're carrying too many things already."
    finally:
        engine.world.capacity = None


def plain_search(engine: Engine, most: int) -> int | None:
    """The length of a shortest win by breadth-first search over whole states, with all that is admissible."""

    def key(engine: Engine) -> str:
        state = engine.state
        traits = sorted((thing, sorted(values)) for thing, values in state.traits.items())
        holders = sorted(state.holder.items(), key=str)
        return repr((state.room, holders, sorted(state.status.items()), traits, state.completed, state.slots))

    frontier, seen = [engine], {key(engine)}
    for length in range(1, most + 1):
        reached = []
        for node in frontier:
            for command in node.admissible:
                if command.startswith(("examine", "look", "inventory")):
                    continue
                twin = node.copy()
                twin.step(command)
                if twin.state.won:
                    return length
                if not twin.state.lost and key(twin) not in seen:
                    seen.add(key(twin))
                    reached.append(twin)
        frontier = reached
    return None


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("family", "most"),
    [
        (Treasure(5), 3),
        (Coin(4), 4),
        (Cooking(1), 2),
        (Cooking(1, 1, cook=True, open=True), 4),
        (Cooking(1, 1, cut=True, drop=True), 5),
        (Cooking(1, 1, open=True, drop=True), 4),
    ],
    ids=str,
)
def test_the_expert_is_as_short_as_a_plain_search(family: Family, most: int) -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: games that are not shipped")
    compared = 0
    for seed in (1, 50_004) if isinstance(family, Cooking) and family.drop else (1, 2, 40_003, 50_004):
        engine = Engine(find_world(family, seed))
        rng = random.Random(seed)
        for _ in range(2):  # from the start, and from a state that somebody has wandered into
            plan = shortest_plan(engine)
            if plan is not None and len(plan) <= most:
                assert plain_search(engine, most) == len(plan)
                compared += 1
            for _ in range(3):
                if not engine.over:
                    engine.step(rng.choice(engine.admissible))
            if engine.over:
                break
    assert compared >= 2


@pytest.mark.parametrize(
    "family", [Simple("dense"), Coin(5), Treasure(15), Cooking(2, 1, cook=True, cut=True, open=True, go=6)], ids=str
)
def test_the_expert_wins_from_anywhere_in_exactly_its_number_of_commands(family: Family) -> None:
    for seed in (*range(1, 13), *range(50_001, 50_009)):
        engine = Engine(find_world(family, seed))
        rng = random.Random(seed)
        for _ in range(rng.randrange(0, 12)):
            twin = engine.copy()
            twin.step(rng.choice(engine.admissible))
            engine = engine if twin.over else twin
        plan = shortest_plan(engine)
        if plan is None:
            continue
        for left, command in zip(range(len(plan), 0, -1), plan, strict=True):
            assert len(shortest_plan(engine) or []) == left
            assert not engine.step(command).invalid, command
        assert engine.state.won


def test_games_of_exact_length_are_won_in_exactly_that_many_turns() -> None:
    env = textarena_rl.make("TextWorld-w8-o12-q4-exact", split="test", expert_actions=True)
    plain = textarena_rl.make("TextWorld-w8-o12-q4", split="test")
    others = 0
    for task in env.unwrapped.tasks():
        _, info = env.reset(options={"task": task})
        assert info["optimal_turns"] == len(info["expert_actions"]) == 4
        others += plain.reset(options={"task": task})[1]["optimal_turns"] != 4
    assert others > 10


@pytest.mark.oracle
@pytest.mark.parametrize("numbers", [(3, 2, 3), (1, 4, 5), (6, 3, 6)])
def test_games_of_exact_length_that_are_not_shipped(numbers: tuple[int, int, int]) -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: games that are not shipped")
    for seed in (1, 40_001, 50_001):
        world = find_world(Knobs(*numbers, exact=True), seed)
        assert len(shortest_plan(Engine(world)) or []) == numbers[2]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Simple("often"), "expected rewards to be one of sparse, balanced, dense, got 'often'"),
        (lambda: Simple("dense", "secret"), "expected goal to be one of detailed, brief, none, got 'secret'"),
        (lambda: Coin(0), "expected level as a whole number from 1 to 300, got 0"),
        (lambda: Treasure(31), "expected level as a whole number from 1 to 30, got 31"),
        (lambda: Cooking(6), "expected recipe as a whole number from 1 to 5, got 6"),
        (lambda: Cooking(1, 2), r"expected take to be at most recipe \(1\), got 2"),
        (lambda: Cooking(1, go=7), "expected go to be 1, 6, 9 or 12 rooms, got 7"),
        (lambda: Knobs(exact=1), "expected exact_quest_length to be True or False, got 1"),  # type: ignore[arg-type]
        (lambda: manuals.cooking(go="goat"), "expected go to be 1, 6, 9 or 12 rooms, got 'goat'"),
    ],
)
def test_wrong_numbers_are_refused_before_any_work(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        make()


def nonsense(rng: random.Random, engine: Engine) -> str:
    """Anything: what is admissible, words of the game in any order, signs, bytes."""
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(engine.admissible)
    words = [*itertools.chain.from_iterable(map(str.split, engine.admissible)), "the", "all", "42", "me", "and", "save"]
    if kind < 0.9:
        return " ".join(rng.choice(words) for _ in range(rng.randrange(1, 7)))
    return "".join(
        chr(rng.choice((rng.randrange(32), rng.randrange(32, 127), rng.randrange(0xD7FF)))) for _ in range(30)
    )


def hammer(actions: int) -> None:
    families = [Knobs(2, 3, 4), Knobs(8, 12, 4), Simple("dense"), Cooking(2, 1, cook=True, cut=True, open=True, go=6)]
    rng = random.Random(0)
    left = actions
    for number in itertools.count(1):
        engine = Engine(find_world(families[number % len(families)], number % 100 + 1))
        for _ in range(100):
            if engine.over or left == 0:
                break
            left -= 1
            command = nonsense(rng, engine)
            before = engine.copy()
            outcome = engine.step(command)
            assert outcome.feedback.strip(), command
            if outcome.invalid:
                assert (engine.admissible, engine.description) == (before.admissible, before.description), command
        if left == 0:
            return


def test_random_actions_never_raise_or_write_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hammer(4_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("TEXTARENA_RL_EXHAUSTIVE") != "1",
    reason="TEXTARENA_RL_EXHAUSTIVE=1 is not set: 4,000 random actions are played, NOT 100,000",
)
def test_a_hundred_thousand_random_actions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hammer(100_000)
    assert list(tmp_path.iterdir()) == []
