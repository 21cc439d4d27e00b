"""Sampled and trained tokens per second, and where the time of a training step goes.

    python benchmarks/trainer_speed.py quickstart rl.num_episodes=80 [key=value ...]
    python benchmarks/trainer_speed.py smoke

Trains the RL part of a configuration without evaluations and reports medians over its steps, the first left out. Then
it compares, in the same run, turns sampled with the key-value cache kept with turns whose prompts are computed anew.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from trainers.configs import load_config
from trainers.evaluate import first_tasks, world
from trainers.logs import read_metrics
from trainers.loop import train
from trainers.rollout.collect import EpisodeSpec
from trainers.run import Run
from trainers.types import Completion, Request, Sampling

WITHOUT_EVALUATIONS = ("evaluation.before=false", "evaluation.after_sft=false", "evaluation.after=false", "sft=null")


class Forgetful:
    """The same engine, made to compute every prompt from its first token."""

    def __init__(self, engine: object) -> None:
        self.engine = engine

    def generate(self, requests: list[Request], sampling: Sampling) -> list[Completion]:
        self.engine.close([request.session for request in requests])
        return self.engine.generate(requests, sampling)

    def close(self, sessions: list[int]) -> None:
        self.engine.close(sessions)


def main() -> None:
    name, *overrides = sys.argv[1:] or ["smoke"]
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(name, [*overrides, *WITHOUT_EVALUATIONS, f"output_dir={folder}/run"])
        train(config)
        rows = [row for row in read_metrics(Path(folder) / "run" / "metrics.jsonl") if row["stage"] == "rl"][1:]
        report(rows)
        with Run.start(load_config(name, [*overrides, *WITHOUT_EVALUATIONS, f"output_dir={folder}/cache"])) as run:
            compare_caches(run)


def report(rows: list[dict[str, float]]) -> None:
    middle = {key: median(row[key] for row in rows) for key in rows[0] if key.split("/")[0] in ("time", "speed")}
    print(f"\nmedians of {len(rows)} steps")
    for key in sorted(key for key in middle if key.startswith("speed/")):
        print(f"  {key.removeprefix('speed/'):28} {middle[key]:10.1f}")
    for stage in ("rollout", "score", "update", "sync"):
        print(f"  share of a step: {stage:11} {middle[f'time/{stage}_seconds'] / middle['time/step_seconds']:10.1%}")


def compare_caches(run: Run) -> None:
    env = run.config.env
    make_env = world(env, env.split)
    specs = [EpisodeSpec(task, group=i, seed=i) for i, task in enumerate(first_tasks(make_env, 32))]
    seconds, played, engine = [], [], run.engine
    for each in (engine, Forgetful(engine)):
        run.engine = each
        started = time.perf_counter()
        played.append([t.episode.to_json() for t in run.collect(make_env, specs, run.sampling)])
        seconds.append(time.perf_counter() - started)
    same = sum(a == b for a, b in zip(*played, strict=True))
    print(f"  cache kept across turns: {seconds[0]:.1f} s, prompts computed anew: {seconds[1]:.1f} s")
    print(f"  ratio {seconds[1] / seconds[0]:.2f}; {same} of {len(specs)} episodes equal to the letter")


if __name__ == "__main__":
    main()
