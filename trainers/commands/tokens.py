"""``textarena-rl tokens``: what the model reads and what is trained, token for token."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from textarena_rl.episode import Episode
from trainers.config import EnvConfig
from trainers.demonstrations import demonstrate, messages
from trainers.evaluate import first_tasks, world
from trainers.pretrained import build_tiny, load_policy
from trainers.rollout.chat import Chat, ChatFormat, show_tokens
from trainers.rollout.collect import demonstration

__all__ = ["parser", "picture", "run"]

_TRAINED, _READ = "bold black on green", "dim"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    cli = argparse.ArgumentParser(
        prog="textarena-rl tokens",
        description="Print the tokens of one expert episode as the model sees them; what is trained is in colour.",
    )
    cli.add_argument("env_id", metavar="ENV_ID", help="e.g. TextWorld-w2-o3-q4")
    cli.add_argument("--model", default="smollm2", help="whose tokenizer and chat template (default: %(default)s)")
    cli.add_argument("--style", choices=("plain", "think"), default="plain", help="how replies look")
    cli.add_argument("--task", help="this very task (default: the first training task)")
    cli.add_argument("--max-turns", type=int, help="turns until an episode is cut short (default: the world's own)")
    return cli


def picture(episode: Episode, chat: Chat) -> Text:
    """The episode's tokens as text; a thin bar stands between two tokens that are trained."""
    trajectory = demonstration(episode, chat)
    shown = Text()
    replies = (turn.action_ids for turn in trajectory.turns)
    for text, trained in show_tokens(trajectory, chat.tokenizer):
        if trained:
            pieces = [chat.tokenizer.decode([i], skip_special_tokens=False) for i in next(replies)]
            shown.append("|".join(pieces), _TRAINED)
        else:
            shown.append(text, _READ)
    num_read = len(trajectory.turns[-1].prompt_ids) - sum(len(turn.action_ids) for turn in trajectory.turns[:-1])
    shown.append(f"\n\n{trajectory.num_action_tokens} tokens trained", _TRAINED)
    shown.append(f", {num_read} only read; {len(trajectory.turns)} turns, task {episode.task}")
    return shown


def run(argv: Sequence[str]) -> int:
    """Print the episode; returns the exit status."""
    args = parser().parse_args(argv)
    env = EnvConfig(id=args.env_id, max_turns=args.max_turns)
    make_env = world(env, env.split, expert_actions=True)
    tasks = [args.task] if args.task else first_tasks(make_env)
    (episode,) = demonstrate(make_env, tasks, 1)
    wording = ChatFormat(style=args.style)
    if args.model == "tiny":
        texts = [message["content"] for message in messages(episode, wording)]
        _, tokenizer = build_tiny(texts, seed=0)
    else:
        _, tokenizer = load_policy(args.model)
    Console().print(picture(episode, Chat(tokenizer, wording)), soft_wrap=True)
    return 0
