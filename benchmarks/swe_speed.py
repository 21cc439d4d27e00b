"""How long things take in SWE-Gym, in milliseconds: sandboxes, commands, whole episodes; and that nothing is left.

    python benchmarks/swe_speed.py [bwrap] [docker] [podman] [--episodes 32]

``docker`` and ``podman`` need engines (``python -m tests.envs.swe_gym.engines up docker podman``). Each figure is the
median of several runs on this machine, whatever else it does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import textarena_rl
from tests.envs.swe_gym.engines import IMAGE, answers, socket_of
from textarena_rl.envs.swe_gym.env import SWEGymEnv
from textarena_rl.envs.swe_gym.packages import package_files
from textarena_rl.envs.swe_gym.sandbox.bwrap import BwrapBackend
from textarena_rl.envs.swe_gym.sandbox.containers import DockerBackend
from textarena_rl.envs.swe_gym.sandbox.leases import owner_token
from textarena_rl.envs.swe_gym.sandbox.pool import Pool
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend
from textarena_rl.policies import ExpertPolicy


def median_ms(action: Callable[[], object], times: int) -> float:
    """The median duration of an action."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found)


def episode(backend: Backend, seed: int) -> bool:
    """Reset, edit, run the tests, submit, be judged."""
    env = SWEGymEnv(sandbox=backend, expert="gradual", expert_actions=True)
    try:
        return textarena_rl.play_episode(env, ExpertPolicy(), seed=seed).won
    finally:
        env.close()


def figures(backend: Backend, times: int) -> dict[str, float]:
    """The table of one backend."""
    files = package_files("relver")

    def started() -> None:
        box = backend.start()
        box.run("true", 30)
        box.close()

    box = backend.start()
    box.fill(files)
    box.run("true", 30)
    found = {
        "start, one command, close": median_ms(started, times),
        "command in the persistent shell": median_ms(lambda: box.run("true", 30), 200),
        "command in a process of its own": median_ms(lambda: box.execute("true", 30), times),
        "write a package (12 files)": median_ms(lambda: box.fill(files), times),
        "read the tree": median_ms(box.export, times),
        "run a suite of 42 tests": median_ms(lambda: box.execute("python3 -m unittest", 60), times),
    }
    box.close()
    seeds = iter(range(10_000))
    found["episode: reset, edit, tests, submit, verdict"] = median_ms(lambda: episode(backend, next(seeds)), times)
    return found


def left_behind() -> str:
    """Folders, processes and mounts of this process's sandboxes that are still there."""
    mine = f"textarena-rl-swe-{owner_token()}"
    folders = list(Path(tempfile.gettempdir()).glob(f"{mine}*"))
    children = sum(1 for stat in Path("/proc").glob("[0-9]*/cmdline") if mine.encode() in _read(stat))
    mounts = Path("/proc/self/mounts").read_text().count(mine)
    return f"{len(folders)} folders, {children} processes, {mounts} mounts"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("backends", nargs="*", default=["bwrap"])
    parser.add_argument("--episodes", type=int, default=32, help="episodes at once, in bwrap")
    parser.add_argument("--times", type=int, default=11, help="runs of each figure")
    arguments = parser.parse_args()
    tables: dict[str, dict[str, float]] = {}
    for name in arguments.backends:
        if name == "bwrap":
            tables[name] = figures(BwrapBackend(), arguments.times)
        elif answers(name):
            os.environ["DOCKER_HOST"] = socket_of(name)
            tables[name] = figures(DockerBackend(image=IMAGE, pull="never"), arguments.times)
        else:
            print(f"{name}: no engine answers at {socket_of(name)}")
    print(f"{'ms, median':46}" + "".join(f"{name:>10}" for name in tables))
    for row in next(iter(tables.values())):
        print(f"{row:46}" + "".join(f"{table[row]:10.1f}" for table in tables.values()))
    backend = BwrapBackend()
    pool = Pool(backend, size=4)
    pool.check()
    time.sleep(1)
    print(f"{'start from a warm pool':46}{median_ms(lambda: pool.start().close(), 3):10.1f}")
    pool.close()
    begin = time.perf_counter()
    with ThreadPoolExecutor(arguments.episodes) as threads:
        won = sum(threads.map(lambda seed: episode(backend, seed), range(arguments.episodes)))
    seconds = time.perf_counter() - begin
    time.sleep(1)
    print(f"{arguments.episodes} episodes at once: {won} won, {seconds:.1f} s, left behind: {left_behind()}")


if __name__ == "__main__":
    main()
