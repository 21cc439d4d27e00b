"""The engine beside the original one: every observation, admissible list, win and reward compared.

These tests need the extra ``alfworld-oracle``, which compiles a planner; the recorded transcripts in
``test_alfworld_engine.py`` need nothing. With ``TEXTARENA_RL_EXHAUSTIVE=1`` they run on 36 official and 30 generated
games, for more than 5,000 steps, which takes some ten minutes; otherwise on a few.
"""

from __future__ import annotations

import json
import os
import random

import pytest

from tests.envs.alfworld_golden import cases
from tests.envs.alfworld_original import Comparison, Original, compare, in_old_words, official_form, old_command
from tests.shared import shared_data
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.expert import shortest_plan
from textarena_rl.envs.alfworld.generator import Settings, generate
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.importing import game_files
from textarena_rl.envs.alfworld.pddl import read_game

pytestmark = [pytest.mark.oracle, pytest.mark.slow]

EXHAUSTIVE = os.environ.get("TEXTARENA_RL_EXHAUSTIVE") == "1"
OFFICIAL = range(36) if EXHAUSTIVE else range(2)
GENERATED = cases() if EXHAUSTIVE else cases()[::10]
STEPS = 80 if EXHAUSTIVE else 25


@pytest.fixture(autouse=True)
def original_engine() -> None:
    for package in ("alfworld", "fast_downward"):
        pytest.importorskip(
            package,
            reason=f"the package {package} (extra alfworld-oracle) is not installed: NOT compared with the original",
        )


def verdict(comparison: Comparison, least: int) -> None:
    assert not comparison.mismatches, comparison.mismatches[:3]
    assert comparison.steps >= least


@pytest.mark.parametrize("number", OFFICIAL)
def test_official_games(number: int) -> None:
    files = list(game_files(shared_data("alfworld") / "official-sample-144.tar.xz"))
    name, text = files[number * len(files) // len(OFFICIAL)]
    version = "0.3" if number % 4 == 3 else "0.4"
    game, data = read_game(text, name, name), json.loads(text)
    engine = Engine(House(game, version))
    walkthrough = [old_command(command) if version == "0.3" else command for command in game.walkthrough]
    original = Original(in_old_words(data) if version == "0.3" else data)
    walks = [walkthrough, (random.Random(name), STEPS)]
    verdict(compare(engine, original, walks), STEPS + len(walkthrough))


@pytest.mark.parametrize("case", GENERATED, ids=lambda case: f"{case[0]}-{case[2]}")
def test_generated_games(case: tuple[Settings, int, str]) -> None:
    settings, seed, version = case
    game = generate(settings, seed + 100)  # other games than those recorded
    data = official_form(game)
    engine = Engine(House(game, version))
    plan = shortest_plan(engine) or []
    original = Original(in_old_words(data) if version == "0.3" else data)
    verdict(compare(engine, original, [plan, (random.Random(seed), STEPS)]), STEPS + len(plan))
