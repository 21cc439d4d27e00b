"""Expert episodes: playing them, and keeping them as episodes or as chat messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from textarena_rl.episode import Episode, read_episodes
from textarena_rl.errors import InvalidConfig, MissingData
from textarena_rl.play import play_episode
from textarena_rl.policies import ExpertPolicy
from textarena_rl.storage import written_whole
from trainers.evaluate import MakeEnv
from trainers.rollout.chat import ChatFormat

__all__ = ["demonstrate", "messages", "read_demonstrations", "write_messages"]


def demonstrate(
    make_env: MakeEnv, tasks: Sequence[str], num: int, *, on_episode: Callable[[Episode], object] | None = None
) -> list[Episode]:
    """The expert's first ``num`` wins, task by task; an episode that runs into the turn limit is passed over.

    Args:
        make_env: Makes the world with ``expert_actions=True``.
        tasks: Played in this order, once each.
        num: Episodes wanted.
        on_episode: Called with each win.

    Raises:
        InvalidConfig: The tasks do not hold so many wins.
    """
    env = make_env()
    wins: list[Episode] = []
    try:
        for task in tasks:
            if len(wins) == num:
                break
            episode = play_episode(env, ExpertPolicy(), task=task)
            if episode.won:
                wins.append(episode)
                if on_episode is not None:
                    on_episode(episode)
    finally:
        env.close()
    if len(wins) < num:
        raise InvalidConfig(
            f"demonstrations: expected {num} episodes that the expert wins, got {len(wins)} from {len(tasks)} tasks. "
            "Ask for fewer, or raise env.max_turns."
        )
    return wins


def read_demonstrations(path: str | Path, num: int | None = None) -> list[Episode]:
    """The first ``num`` episodes of a file (all of them by default).

    Raises:
        MissingData: The file is not there, is not a file of episodes, is empty, or holds fewer.
    """
    episodes = list(islice(read_episodes(path), num))
    if not episodes:
        raise MissingData(
            f"{path}: expected at least one episode, found an empty file. Write it again with `textarena-rl demos`."
        )
    if num is not None and len(episodes) < num:
        raise MissingData(
            f"{path}: expected {num} episodes, found {len(episodes)}. "
            "Write more with `textarena-rl demos`, or set sft.num_demonstrations."
        )
    return episodes


def messages(episode: Episode, format: ChatFormat) -> list[dict[str, str]]:
    """The episode as chat messages, worded as the trainer words them; the last one is the last action."""
    system = format.fill(format.system or "")
    chat = [{"role": "system", "content": system}] if system else []
    for number, turn in enumerate(episode.turns):
        template = format.then if number else format.first
        shown = format.fill(template, objective=episode.objective, observation=turn.observation)
        chat += [{"role": "user", "content": shown}, {"role": "assistant", "content": _reply(turn.action, format)}]
    return chat


def _reply(action: str, format: ChatFormat) -> str:
    if format.style == "think" and "<action>" not in action:
        return f"<think></think><action>{action.strip()}</action>"
    return action


def write_messages(path: str | Path, episodes: Iterable[Episode], format: ChatFormat) -> int:
    """Write ``{"messages": [...]}``, one episode per line, whole or not at all, and return how many there were.

    TRL's SFT trainer and most others read this form.
    """
    lines = [json.dumps({"messages": messages(episode, format)}, ensure_ascii=False) + "\n" for episode in episodes]
    with written_whole(path) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
    return len(lines)
