"""What TextWorld costs here and in the original, measured side by side in one run, in CPU time.

Steps: both sides report description, inventory and the admissible commands after every step of the same random play.
Games: a new one, a cached one, a reset, the memory of a thousand. Needs the ``textworld`` package:
``python benchmarks/textworld_speed.py [--steps 300]``.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import textworld.challenges
from textworld.generator import make_game

from textarena_rl.envs.textworld import generation
from textarena_rl.envs.textworld.challenges import Cooking, Family, Knobs, Simple, Treasure
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.env import TextWorldEnv
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.library import find_game, find_world
from textarena_rl.envs.textworld.world import World

PLAYED: tuple[Family, ...] = (
    Knobs(2, 3, 4),
    Knobs(4, 6, 8),
    Knobs(8, 12, 4),
    Simple("dense"),
    Cooking(2, 1, cook=True, cut=True, open=True, go=6),
)
MADE: tuple[Family, ...] = (Knobs(2, 3, 4), Knobs(4, 6, 8), Knobs(8, 12, 4), Simple("dense"), Treasure(15))
OUR_STEPS_PER_ORIGINAL_STEP = 30  # ours need more of them for a stable clock


def seconds(play: Callable[[], object]) -> float:
    start = time.process_time()
    play()
    return time.process_time() - start


def with_children(make: Callable[[], object]) -> float:
    """CPU seconds of this process and of the compilers it started."""

    def spent() -> float:
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    start = spent()
    make()
    return spent() - start


def original_game(family: Family, seed: int) -> tuple[Any, Any]:
    """The package's game with the options of ``tw-make``, made as the package makes it."""
    options = textworld.GameOptions()
    options.seeds = seed
    if not isinstance(family, Knobs):
        _, make, _ = textworld.challenges.CHALLENGES[family.generator]
        return make(family.settings(seed), options), options
    options.nb_rooms, options.nb_objects = family.world_size, family.nb_objects
    chaining = options.chaining
    chaining.min_breadth, chaining.max_breadth, chaining.min_depth = 1, 5, 1
    chaining.min_length = chaining.max_length = chaining.max_depth = family.quest_length
    return make_game(options), options


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


def compare_steps(family: Family, steps: int, folder: str) -> None:
    game = find_game(family, 1)
    wanted = textworld.EnvInfos(description=True, inventory=True, admissible_commands=True, score=True, won=True)
    theirs, options = original_game(family, 1)
    options.path = str(Path(folder) / f"{family}.z8")
    original = textworld.start(textworld.generator.compile_game(theirs, options), wanted)
    many = steps * OUR_STEPS_PER_ORIGINAL_STEP
    env = TextWorldEnv(games=family, max_turns=100, admissible_actions=True)
    slow = steps / seconds(lambda: play_original(original, steps))
    engine = many / seconds(lambda: play_engine(game, many))
    ours = many / seconds(lambda: play_env(env, many))
    original.close()
    name = str(family).replace("cooking-recipe2-take1-cook-cut-open-go6", "cooking-...")
    print(f"{name:14} {slow:9,.0f} {engine:11,.0f} ({engine / slow:5,.0f} x) {ours:11,.0f} ({ours / slow:5,.0f} x)")


def compare_generation(family: Family, games: int) -> None:
    seeds = range(60_001, 60_001 + games)  # of no split: nothing of them is cached or shipped
    generation.generate(family, 60_000)  # parses the rules
    ours = with_children(lambda: [generation.generate(family, seed) for seed in seeds]) / games
    theirs = with_children(lambda: [original_game(family, seed) for seed in seeds]) / games
    print(f"{family!s:14} {theirs * 1e3:9.0f} ms {ours * 1e3:9.1f} ms  ({theirs / ours:.0f} x)")


def measure_loading() -> None:
    family = Knobs(2, 3, 5)  # not shipped
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TEXTARENA_RL_CACHE"] = folder
        seeds = range(1, 51)
        for seed in seeds:
            generation.cached(family, seed)
        cached = seconds(lambda: [Engine(generation.cached(family, seed)).reset() for seed in seeds]) / len(seeds)
    packed = seconds(lambda: [Engine(World(find_game(Knobs(2, 3, 4), seed))).reset() for seed in seeds]) / len(seeds)
    env = TextWorldEnv()
    env.reset(options={"task": "50001"})
    reset = seconds(lambda: [env.reset(options={"task": "50001"}) for _ in range(2_000)]) / 2_000
    engine = Engine(find_world(Knobs(2, 3, 4), 1))
    bare = seconds(lambda: [engine.reset() for _ in range(5_000)]) / 5_000
    print(f"a cached game ready to play: {cached * 1e3:.2f} ms; one from a pack: {packed * 1e3:.2f} ms")
    print(f"reset of a loaded game: {reset * 1e6:.1f} us as an environment, {bare * 1e6:.1f} us as an engine")


def measure_memory(games: int = 1_000) -> None:
    find_game(Knobs(2, 3, 4), 50_001)  # the pack is open
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    envs = [TextWorldEnv(admissible_actions=True) for _ in range(games)]
    for number, env in enumerate(envs):
        rng = random.Random(number)
        _, info = env.reset(options={"task": str(50_001 + number)})
        for _ in range(10):
            *_, terminated, truncated, info = env.step(rng.choice(info["admissible_actions"]))
            if terminated or truncated:
                break
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    print(f"{games:,} environments, each with a game of its own, ten turns played: {used / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300, help="steps of the original per game")
    parser.add_argument("--games", type=int, default=8, help="new games per family")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    print("steps per second      original  engine               environment")
    with tempfile.TemporaryDirectory() as folder:
        for family in PLAYED:
            compare_steps(family, arguments.steps, folder)
    print("\na new game            package       ours (compilers that the package starts included)")
    for family in MADE:
        compare_generation(family, arguments.games)
    print()
    measure_loading()
    measure_memory()


if __name__ == "__main__":
    main()
