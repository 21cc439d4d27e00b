"""``textarena-rl train``: a configuration, from demonstrations to the trained model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trainers.config import TrainConfig
from trainers.configs import help_text, load_config, shipped_configs
from trainers.distributed import is_launched, launch

__all__ = ["configure", "parser", "run"]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    shipped = ", ".join(shipped_configs())
    cli = argparse.ArgumentParser(
        prog="textarena-rl train",
        description="Demonstrations, SFT, RL and evaluation. The same command again continues a run that was stopped.",
    )
    cli.add_argument("config", nargs="?", help=f"a YAML file, or a shipped configuration: {shipped}")
    cli.add_argument("overrides", nargs="*", metavar="key=value", help="any setting, e.g. rl.learning_rate=1e-5")
    cli.add_argument("--algorithm", help="ppo, turn_ppo, grpo or rloo, with its own settings")
    cli.add_argument("--model", help="smollm2, tiny, a folder, or a name on the Hub")
    cli.add_argument("--seed", type=int, help="every random stream derives from it")
    cli.add_argument("--num-processes", type=int, help="processes that share the work; the result is the same")
    cli.add_argument("--output-dir", help="folder of the run (default: runs/ and the configuration's name)")
    cli.add_argument("--fresh", action="store_true", help="start over, even if the folder holds a run")
    cli.add_argument("--dry-run", action="store_true", help="check and load everything, train nothing")
    cli.add_argument("--help-config", action="store_true", help="list every setting and exit")
    return cli


def configure(args: argparse.Namespace) -> TrainConfig:
    """The configuration that the command line asks for.

    A run that differs by ``--algorithm``, ``--model`` or ``--seed`` gets a folder of its own, so that it cannot mix
    with the one that the configuration describes.

    Raises:
        InvalidConfig: Anything in it is wrong; the message holds every error.
    """
    flags = {
        "algorithm": args.algorithm,
        "model.name": args.model,
        "seed": args.seed,
        "num_processes": args.num_processes,
        "output_dir": args.output_dir,
    }
    overrides = [f"{key}={value}" for key, value in flags.items() if value is not None]
    overrides += ["resume=false"] * args.fresh + ["dry_run=true"] * args.dry_run
    config = load_config(args.config, [*overrides, *args.overrides])
    own = [Path(args.model).name if args.model else None, args.algorithm, args.seed]
    if any(part is not None for part in own) and config.output_dir == Path("runs") / config.name:
        parts = [config.name, own[0], own[1], None if args.seed is None else f"seed{args.seed}"]
        folder = Path("runs") / "-".join(str(part) for part in parts if part is not None)
        config = load_config(args.config, [*overrides, *args.overrides, f"output_dir={folder}"])
    return config


def run(argv: Sequence[str]) -> int:
    """Train, in several processes where asked for; returns the exit status."""
    cli = parser()
    args = cli.parse_intermixed_args(argv)
    if args.help_config:
        print(help_text())
        return 0
    if args.config is None:
        cli.error("expected a configuration, e.g. `textarena-rl train quickstart`")
    config = configure(args)
    if config.num_processes > 1 and not is_launched():
        return launch(config.num_processes, ["-m", "trainers", "train", *argv])
    from trainers.loop import train

    train(config)
    return 0
