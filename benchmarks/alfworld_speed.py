"""ALFWorld beside the original engine, in one run: steps per CPU second, a new game, memory, copies.

    python benchmarks/alfworld_speed.py [--data PATH] [--steps 25] [--games 4]

``--data`` is a folder or archive of official games; without, generated games of their size take their place. The
original (extra ``alfworld-oracle``) is measured where it is installed. All times are CPU time of this process.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import itertools
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.envs.alfworld_original import Original, official_form
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.env import ALFWorldEnv
from textarena_rl.envs.alfworld.expert import shortest_plan
from textarena_rl.envs.alfworld.games import TASK_TYPES, Game
from textarena_rl.envs.alfworld.generator import Settings, generate
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.importing import game_files
from textarena_rl.envs.alfworld.pack import Pack, pack_bytes
from textarena_rl.envs.alfworld.pddl import read_game

STEPS = 200_000


def seconds(work: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def repeated(work: Callable[[], Any], times: int) -> float:
    """Microseconds for one call."""

    def run() -> None:
        for _ in range(times):
            work()

    return 1e6 * seconds(run) / times


def resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def games_of(path: Path | None) -> list[tuple[Game, dict[str, Any] | None]]:
    """The games, and their files where they are official."""
    if path is not None:
        return [(read_game(text, name, name), json.loads(text)) for name, text in game_files(path)]
    settings = itertools.cycle(Settings(kind, 22, 31) for kind in TASK_TYPES)
    return [(generate(setting, seed), None) for setting, seed in zip(settings, range(1, 145), strict=False)]


def play_engines(engines: list[Engine], steps: int, *, listed: bool) -> None:
    rng = random.Random(0)
    for number in range(steps):
        engine = engines[number % len(engines)]
        engine.step(rng.choice(engine.admissible) if listed else "look")


def play_env(env: ALFWorldEnv, steps: int) -> None:
    rng = random.Random(0)
    _, info = env.reset(seed=0)
    for _ in range(steps):
        _, _, terminated, truncated, info = env.step(rng.choice(info["admissible_actions"]))
        if terminated or truncated:
            _, info = env.reset()


def play_in_one_game(env: ALFWorldEnv, steps: int) -> None:
    rng = random.Random(0)
    _, info = env.reset(options={"task": "1"})
    state = env.get_state()
    for _ in range(steps):
        _, _, terminated, truncated, info = env.step(rng.choice(info["admissible_actions"]))
        if terminated or truncated:
            env.set_state(state)


def original_figures(files: Iterable[dict[str, Any]], steps: int) -> tuple[float, float]:
    """Seconds for a new game, and steps per second."""
    new, stepping, number = [], 0.0, 0
    rng = random.Random(0)
    for data in files:
        loaded: list[Original] = []
        new.append(seconds(lambda data=data, loaded=loaded: loaded.append(Original(data)) or loaded[0].reset()))
        (original,) = loaded
        seen = original.reset()
        start = time.process_time()
        for _ in range(steps):
            seen = original.step(rng.choice(seen.admissible))
        stepping += time.process_time() - start
        number += steps
    return sum(new) / len(new), number / stepping


def live_environments(number: int) -> float:
    """MiB for so many environments in the middle of games of their own."""
    envs = []
    gc.collect()
    before = resident_bytes()
    for seed in range(number):
        env = ALFWorldEnv(receptacles=22, objects=31, admissible_actions=True)
        _, info = env.reset(options={"task": str(50_001 + seed)})
        env.step(info["admissible_actions"][0])
        envs.append(env)
    gc.collect()
    return (resident_bytes() - before) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder or archive of official games")
    parser.add_argument("--steps", type=int, default=25, help="steps of the original per game")
    parser.add_argument("--games", type=int, default=4, help="games of the original")
    arguments = parser.parse_args()

    memory = live_environments(1_000)
    games = games_of(arguments.data)
    names = [game.id for game, _ in games]
    packed = pack_bytes(game for game, _ in games)
    pack = Pack(packed)
    houses = [House(game) for game, _ in games]
    engines = [Engine(house) for house in houses]
    rows: list[tuple[str, float, str]] = []

    def row(what: str, figure: float, unit: str) -> None:
        rows.append((what, figure, unit))

    row(
        "engine: steps, admissible list each step",
        STEPS / seconds(lambda: play_engines(engines, STEPS, listed=True)),
        "/s",
    )
    env = ALFWorldEnv(task_type="all", receptacles=22, objects=31, admissible_actions=True)
    row(
        "environment: steps, admissible list, one game",
        STEPS / 4 / seconds(lambda: play_in_one_game(env, STEPS // 4)),
        "/s",
    )
    row(
        "environment: the same, a new game every 50 turns", STEPS / 4 / seconds(lambda: play_env(env, STEPS // 4)), "/s"
    )
    ready = seconds(lambda: [Engine(House(pack.game(name))).admissible for name in names])
    row("a game out of the pack, ready to play", 1e3 * ready / len(names), "ms")
    made = seconds(lambda: [Engine(House(generate(Settings("all", 22, 31), seed))) for seed in range(1, 301)])
    row("a generated game, ready to play", 1e3 * made / 300, "ms")
    row("engine: reset to the start of the same game", repeated(engines[0].reset, 20_000), "us")
    row("engine: copy", repeated(engines[0].copy, 100_000), "us")
    row("environment: clone", repeated(env.clone, 10_000), "us")
    fresh = [Engine(house) for house in houses]
    planned = seconds(lambda: [shortest_plan(engine) for engine in fresh])
    row("expert: a shortest plan", 1e6 * planned / len(games), "us")
    row("1,000 live environments of games of their own", memory, "MiB")
    row("pack, bytes a game", len(packed) / len(games), "B")

    theirs = None
    if importlib.util.find_spec("alfworld") and importlib.util.find_spec("fast_downward"):
        chosen = games[:: max(1, len(games) // arguments.games)][: arguments.games]
        theirs = original_figures((data or official_form(game) for game, data in chosen), arguments.steps)
    source = f"{len(games)} official games" if arguments.data else f"{len(games)} generated games"
    print(f"{source}; CPU time; original: " + ("alfworld" if theirs else "NOT installed, ratios left out"))
    for what, figure, unit in rows:
        ratio = ""
        if theirs and "steps" in what:
            ratio = f"   {figure / theirs[1]:>9,.0f} x the original's {theirs[1]:,.1f}/s"
        elif theirs and "ready to play" in what:
            ratio = f"   {1e3 * theirs[0] / figure:>9,.0f} x faster than the original's {1e3 * theirs[0]:,.0f} ms"
        print(f"  {what:<50} {figure:>11,.1f} {unit:<3}{ratio}")


if __name__ == "__main__":
    main()
