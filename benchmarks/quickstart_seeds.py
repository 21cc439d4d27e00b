"""The quick start over several seeds: success before training, after SFT and after RL, on the same held-out games.

    python benchmarks/quickstart_seeds.py 1 2 3 [--algorithm turn_ppo] [key=value ...]

Runs one after the other in runs/; a finished run is not repeated.
"""

from __future__ import annotations

import argparse
import os
import time
from statistics import fmean

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from trainers.commands import train as command
from trainers.loop import train


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("seeds", nargs="+", type=int)
    cli.add_argument("--algorithm", default="ppo")
    args, overrides = cli.parse_known_args()
    rows = []
    for seed in args.seeds:
        argv = ["quickstart", "--seed", str(seed), "--algorithm", args.algorithm, *overrides]
        started = time.perf_counter()
        results = train(command.configure(command.parser().parse_intermixed_args(argv)))
        rows.append((seed, results, (time.perf_counter() - started) / 60))
    print(f"\n{'seed':>4}  {'before':>7}  {'SFT':>7}  {'RL':>7}  {'gain':>7}  minutes (of this call)")
    for seed, results, minutes in rows:
        before, sft, rl = (results[stage].success for stage in ("before", "after_sft", "after"))
        print(f"{seed:>4}  {before:>7.1%}  {sft:>7.1%}  {rl:>7.1%}  {rl - sft:>+7.1%}  {minutes:.1f}")
    sft, rl = (fmean(results[stage].success for _, results, _ in rows) for stage in ("after_sft", "after"))
    print(f"mean  {'':>7}  {sft:>7.1%}  {rl:>7.1%}  {rl - sft:>+7.1%}")


if __name__ == "__main__":
    main()
