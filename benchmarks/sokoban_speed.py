"""Sokoban in figures: generation, solving and stepping, beside gym-sokoban where it is at hand, all in one run.

``python benchmarks/sokoban_speed.py`` measures what is ours. Two options add the rest:

``--original PYTHON``  an interpreter that has gym-sokoban, for the ratios: ``python3 -m venv gym-sokoban``, then in it
                       ``pip install setuptools wheel "numpy<2" gym==0.26.2`` and
                       ``pip install --no-build-isolation gym-sokoban==0.0.6``
``--levels PATH``      level files (Boxoban's, say) for the solver

Times are those of the processor, so that other work on the machine counts as little as possible.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from textarena_rl.envs.sokoban.bitboard import Room
from textarena_rl.envs.sokoban.env import SokobanEnv
from textarena_rl.envs.sokoban.generator import Knobs, generate
from textarena_rl.envs.sokoban.levels import read_blocks, to_level
from textarena_rl.envs.sokoban.library import SEEDS, GeneratedLevels
from textarena_rl.envs.sokoban.presets import PRESETS
from textarena_rl.envs.sokoban.rules import DIRECTIONS, Game, Level
from textarena_rl.envs.sokoban.solver import OutOfBudget, Solver

ROUNDS = 3  # ours and theirs by turns; the median counts

ORIGINAL = """
import json, random, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from gym_sokoban.envs import room_utils as rooms
from gym_sokoban.envs.sokoban_env import SokobanEnv
job = json.loads(sys.argv[1])
if job.get("depth"):  # RAGEN's changes: a depth of one's own, and pulls only
    rooms.ACTION_LOOKUP = {k: v for k, v in rooms.ACTION_LOOKUP.items() if k < 4}
    def reverse_playing(state, structure, search_depth=0):
        goals = [tuple(map(int, cell)) for cell in np.argwhere(structure == 2)]
        rooms.explored_states, rooms.num_boxes, rooms.best_room_score = set(), len(goals), -1
        rooms.best_room = rooms.best_box_mapping = None
        rooms.depth_first_search(state, structure, dict(zip(goals, goals)), ttl=job["depth"])
        return rooms.best_room, rooms.best_room_score, rooms.best_box_mapping
    rooms.reverse_playing = reverse_playing
def room(seed):
    random.seed(seed), np.random.seed(seed)
    while True:
        try:
            return rooms.generate_room(dim=job["dim"], num_steps=int(1.7 * sum(job["dim"])), num_boxes=job["boxes"])
        except (RuntimeError, RuntimeWarning):
            pass
if job["do"] == "generate":
    start = time.process_time()
    made = [room(seed) for seed in range(job["first"], job["first"] + job["number"])]
    seconds = time.process_time() - start
    boards = [["".join("+" if (f, s) == (2, 5) else "# .*$@"[s] for f, s in zip(*pair))
               for pair in zip(fixed.astype(int), state.astype(int))] for fixed, state, _ in made]
    print(json.dumps({"seconds": seconds, "boards": boards}))
else:
    env = SokobanEnv(dim_room=job["dim"], num_boxes=job["boxes"], max_steps=10**9)
    actions = [random.randrange(1, 5) for _ in range(job["number"])]
    start = time.process_time()
    for action in actions:
        env.step(action, observation_mode=job["mode"])
    print(json.dumps({"seconds": time.process_time() - start}))
"""


def original(python: str, **job: object) -> dict:
    run = subprocess.run([python, "-c", ORIGINAL, json.dumps(job)], capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def generation(python: str | None) -> None:
    print("Generation, ms a level" + (" (ours, gym-sokoban, ratio)" if python else ""))
    theirs_number = {Knobs(6, 6, 1): 100, Knobs(8, 8, 2): 20}
    harder = (Knobs(6, 6, 2), Knobs(8, 8, 2, pushes=7), Knobs(8, 8, 2, moves=20), Knobs(8, 8, 3), Knobs(10, 10, 4))
    for knobs in (*theirs_number, *harder):
        number = max(20, int(400 / knobs.boxes**3))
        ours, theirs = [], []
        for turn in range(ROUNDS):
            first = turn * number
            ours.append(seconds(lambda f=first: [generate(knobs, s) for s in range(f, f + number)]) / number)  # noqa: B023
            if python and knobs in theirs_number:
                many = theirs_number[knobs]
                dim = (knobs.height, knobs.width)
                job = original(python, do="generate", dim=dim, boxes=knobs.boxes, first=turn * many, number=many)
                theirs.append(job["seconds"] / many)
        exact = f" p{knobs.pushes}" if knobs.pushes else f" m{knobs.moves}" if knobs.moves else ""
        line = f"  {knobs}{exact}: {1e3 * statistics.median(ours):.3f}"
        if theirs:
            line += (
                f", {1e3 * statistics.median(theirs):.2f}, {statistics.median(theirs) / statistics.median(ours):.0f} x"
            )
        print(line, flush=True)


def difficulty(python: str | None) -> None:
    print("Difficulty: share of levels by pushes of a shortest solution; moves p50/p90/max")
    for preset, depth in (("ragen", 300), ("ragen_larger", 10), ("gem_easy", None)):
        settings = PRESETS[preset]
        side = int(settings["size"].partition("x")[0])
        limits = settings["max_optimal_moves"], settings.get("stray", -1)
        knobs = Knobs(side, side, settings["boxes"], 0, 0, settings["difficulty"], *limits)
        print(f"  preset {preset}: {spread(generate(knobs, seed) for seed in range(400))}", flush=True)
        if python and depth:
            boards = original(
                python, do="generate", dim=(side, side), boxes=knobs.boxes, first=0, number=400, depth=depth
            )["boards"]
            theirs = spread(map(Level.from_rows, boards))
            print(
                f"    RAGEN's generator, depth {depth}, before it moves the player 0 to 3 steps: {theirs}", flush=True
            )


def spread(levels: Iterator[Level]) -> str:
    pushes, moves = [], []
    for level in levels:
        room, boxes, player = Room.of(level)
        for measure, found in (("pushes", pushes), ("moves", moves)):
            solution = Solver(room).solve(boxes, player, measure)
            assert solution is not None
            found.append(solution.num_pushes if measure == "pushes" else len(solution.moves))
    shares = ", ".join(f"{n}: {count / len(pushes):.2f}" for n, count in sorted(Counter(pushes).items()))
    moves.sort()
    return f"{shares}; {moves[len(moves) // 2]}/{moves[int(0.9 * len(moves))]}/{moves[-1]}"


def solving(path: str | None) -> None:
    files = [file for file in sorted(Path(path).rglob("*")) if file.is_file()] if path else []
    sets = {file.name: [to_level(block, file.name) for block in read_blocks(file)] for file in files}
    if not files:
        print("Solver: no --levels were given")
    for measure, budget in (("pushes", None), ("moves", 30_000)):
        for name, levels in sets.items():
            times, given_up = [], 0
            for level in levels:
                start = time.process_time()
                room, boxes, player = Room.of(level)
                try:
                    solution = Solver(room).solve(boxes, player, measure, budget)
                except OutOfBudget:
                    given_up += 1
                else:
                    game = Game(level)
                    assert solution is not None
                    assert all(game.move(direction) for direction in solution.moves)
                    assert game.solved
                times.append(time.process_time() - start)
            times.sort()
            print(
                f"Solver, fewest {measure}, {name}: {len(times) - given_up} of {len(times)} solved, "
                f"mean {1e3 * statistics.mean(times):.1f} ms, p95 {1e3 * times[int(0.95 * len(times))]:.1f}, "
                f"max {1e3 * times[-1]:.1f}",
                flush=True,
            )


def stepping(python: str | None) -> None:
    print("Steps a second (6x6 with 1 box, random directions)")
    rng = random.Random(0)
    directions = [rng.randrange(4) for _ in range(200_000)]
    level = GeneratedLevels(Knobs(6, 6, 1)).level(str(SEEDS["train"][0]))

    def play_engine(shown: bool) -> None:
        game = Game(level)
        for direction in directions:
            game.move(direction)
            if shown:
                str(game)
            if game.solved:
                game = Game(level)

    def play_env(env: SokobanEnv) -> None:
        task = {"task": str(SEEDS["train"][0])}
        env.reset(options=task)
        for direction in directions[:40_000]:
            if env.step(DIRECTIONS[direction])[2]:
                env.reset(options=task)

    print(f"  engine {len(directions) / seconds(lambda: play_engine(False)):,.0f}")
    print(f"  engine with text {len(directions) / seconds(lambda: play_engine(True)):,.0f}")
    asked = {"admissible_actions": True, "expert_actions": True, "progress": True}
    for name, settings in (("environment", {}), ("environment with all information", asked)):
        env = SokobanEnv(split="train", max_turns=10**9, **settings)
        print(f"  {name} {40_000 / seconds(lambda e=env: play_env(e)):,.0f}")  # type: ignore[misc]
    for mode in ("tiny_rgb_array", "rgb_array") if python else ():
        job = original(str(python), do="step", dim=(6, 6), boxes=1, number=2_000, mode=mode)
        print(f"  gym-sokoban, {mode} {2_000 / job['seconds']:,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--original", metavar="PYTHON", help="an interpreter that has gym-sokoban")
    parser.add_argument("--levels", metavar="PATH", help="a folder of level files for the solver")
    arguments = parser.parse_args()
    generation(arguments.original)
    stepping(arguments.original)
    solving(arguments.levels)
    difficulty(arguments.original)


if __name__ == "__main__":
    main()
