"""Steps per CPU second of the TextWorld engine and environment beside the original interpreter, in one run.

Both sides report description, inventory and the admissible commands after every step of the same random play. Needs the
``textworld`` package: ``python benchmarks/environment_speed.py [--steps 300]``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import textworld
from textworld.generator.data import KnowledgeBase

from textarena_rl.envs.textworld.challenges import Knobs
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.env import TextWorldEnv
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.library import find_game

KNOBS = (Knobs(2, 3, 4), Knobs(4, 6, 8), Knobs(8, 12, 4))
OUR_STEPS_PER_ORIGINAL_STEP = 30  # ours need more of them for a stable clock


def seconds(play: Callable[[], None]) -> float:
    start = time.process_time()
    play()
    return time.process_time() - start


def compiled(knobs: Knobs, seed: int, folder: str) -> str:
    options = textworld.GameOptions()
    options.kb = KnowledgeBase.default()
    options.seeds = seed
    options.nb_rooms, options.nb_objects = knobs.world_size, knobs.nb_objects
    chaining = options.chaining
    chaining.min_breadth, chaining.max_breadth, chaining.min_depth = 1, 5, 1
    chaining.min_length = chaining.max_length = chaining.max_depth = knobs.quest_length
    options.path = str(Path(folder) / f"{knobs}-{seed}.z8")
    path, _ = textworld.make(options)
    return str(path)


def play_engine(game: Game, steps: int) -> None:
    engine, rng = Engine(game), random.Random(0)
    engine.reset()
    for _ in range(steps):
        engine.step(rng.choice(engine.admissible))
        _ = engine.description, engine.inventory
        if engine.over:
            engine.reset()


def play_env(env: TextWorldEnv, steps: int) -> None:
    rng = random.Random(0)
    _, info = env.reset(options={"task": "1"})
    for _ in range(steps):
        _, _, terminated, truncated, info = env.step(rng.choice(info["admissible_actions"]))
        if terminated or truncated:
            _, info = env.reset(options={"task": "1"})


def play_original(env: Any, steps: int) -> None:
    rng = random.Random(0)
    state = env.reset()
    for _ in range(steps):
        state, _, over = env.step(rng.choice(state.admissible_commands))
        if over:
            state = env.reset()


def compare(knobs: Knobs, steps: int, folder: str) -> None:
    game = find_game(knobs, 1)
    wanted = textworld.EnvInfos(description=True, inventory=True, admissible_commands=True, score=True, won=True)
    original = textworld.start(compiled(knobs, 1, folder), wanted)
    many = steps * OUR_STEPS_PER_ORIGINAL_STEP
    env = TextWorldEnv(
        world_size=knobs.world_size,
        nb_objects=knobs.nb_objects,
        quest_length=knobs.quest_length,
        max_turns=100,
        admissible_actions=True,
    )
    theirs = steps / seconds(lambda: play_original(original, steps))
    engine = many / seconds(lambda: play_engine(game, many))
    ours = many / seconds(lambda: play_env(env, many))
    original.close()
    resetting = Engine(game)
    reset = seconds(lambda: [resetting.reset() for _ in range(1000)] and None) * 1e3
    print(
        f"{knobs}: original {theirs:,.0f} steps/s, engine {engine:,.0f} ({engine / theirs:,.0f} x), "
        f"environment {ours:,.0f} ({ours / theirs:,.0f} x), engine reset {reset:.1f} us"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300, help="steps of the original per game")
    steps = parser.parse_args().steps
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for knobs in KNOBS:
            compare(knobs, steps, folder)


if __name__ == "__main__":
    main()
