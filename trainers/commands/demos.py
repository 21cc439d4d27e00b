"""``textarena-rl demos``: expert episodes, as JSON Lines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.progress import Progress

from textarena_rl.episode import write_episodes
from textarena_rl.errors import InvalidConfig
from trainers.config import EnvConfig
from trainers.demonstrations import demonstrate, write_messages
from trainers.evaluate import first_tasks, world
from trainers.rollout.chat import ChatFormat

__all__ = ["parser", "run"]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    cli = argparse.ArgumentParser(
        prog="textarena-rl demos",
        description="Let a world's expert play, and write its episodes: one JSON object per line.",
    )
    cli.add_argument("env_id", metavar="ENV_ID", help="e.g. TextWorld-w2-o3-q4")
    cli.add_argument("--num", type=int, default=60, help="episodes (default: %(default)s)")
    cli.add_argument("--output", required=True, help="the file to write")
    cli.add_argument(
        "--format",
        choices=("episodes", "chat"),
        default="episodes",
        help="episodes: for `train` (sft.demonstrations); chat: messages, as TRL's SFT trainer reads them",
    )
    cli.add_argument("--split", default="train", help="where tasks come from (default: %(default)s)")
    cli.add_argument("--max-turns", type=int, help="turns until an episode is cut short (default: the world's own)")
    cli.add_argument(
        "--style", choices=("plain", "think"), default="plain", help="with --format chat: how replies look"
    )
    return cli


def run(argv: Sequence[str]) -> int:
    """Write the file; returns the exit status."""
    args = parser().parse_args(argv)
    if args.num < 1:
        raise InvalidConfig(f"demos: expected --num of at least 1, got {args.num}. Ask for some.")
    env = EnvConfig(id=args.env_id, max_turns=args.max_turns)
    make_env = world(env, args.split, expert_actions=True)
    with Progress(transient=True) as progress:
        bar = progress.add_task("expert", total=args.num)
        episodes = demonstrate(make_env, first_tasks(make_env), args.num, on_episode=lambda _: progress.advance(bar))
    if args.format == "chat":
        num = write_messages(args.output, episodes, ChatFormat(style=args.style))
    else:
        num = write_episodes(args.output, episodes)
    print(f"{num} episodes in {args.output}")
    return 0
