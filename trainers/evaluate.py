"""Playing held-out tasks and saying how well it went, with an interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist, fmean
from typing import Any

import gymnasium as gym
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

import textarena_rl
from textarena_rl import wrappers
from textarena_rl.episode import Episode, EpisodeError
from textarena_rl.errors import EpisodeFailed, InvalidConfig
from textarena_rl.play import play_episode
from textarena_rl.policies import Policy
from trainers.config import EnvConfig
from trainers.rollout.chat import Chat
from trainers.rollout.collect import EpisodeSpec, collect
from trainers.types import Engine, Sampling, Trajectory

__all__ = [
    "Evaluation",
    "evaluate_engine",
    "evaluate_policy",
    "first_tasks",
    "summarize",
    "table",
    "wilson_interval",
    "world",
]

MakeEnv = Callable[[], "gym.Env[str, str]"]


# ------------------------------------------------------------------ the world of a configuration


def world(config: EnvConfig, split: str, **arguments: Any) -> MakeEnv:
    """A function that makes the configured world on one split, with the configured rewards.

    Args:
        config: Id, arguments and rewards.
        split: Where tasks come from.
        arguments: Further arguments of the world, e.g. ``expert_actions=True``.
    """
    given: dict[str, Any] = {**config.kwargs, "split": split, **arguments}
    if config.max_turns is not None:
        given["max_turns"] = config.max_turns

    def make() -> gym.Env[str, str]:
        known = ":" in config.id or config.id in gym.registry
        env: gym.Env[str, str] = gym.make(config.id, **given) if known else textarena_rl.make(config.id, **given)
        env = wrappers.SparseReward(env) if config.reward == "sparse" else wrappers.DenseReward(env)
        if config.reward_density < 1:
            env = wrappers.RewardDensity(env, config.reward_density)
        if config.reward == "normalized":
            env = wrappers.NormalizeReturn(env)
        if config.invalid_action_penalty:
            env = wrappers.InvalidActionPenalty(env, config.invalid_action_penalty)
        if config.turn_penalty:
            env = wrappers.TurnPenalty(env, config.turn_penalty)
        return env

    return make


def first_tasks(make_env: MakeEnv, num: int | None = None) -> list[str]:
    """The first ``num`` tasks of the world's split, all where it has fewer.

    Raises:
        InvalidConfig: The split is empty.
    """
    env = make_env()
    try:
        tasks = [str(task) for task in env.get_wrapper_attr("tasks")()[:num]]
    finally:
        env.close()
    if not tasks:
        raise InvalidConfig(f"{env}: expected at least one task in its split, got none. Choose another split.")
    return tasks


# ------------------------------------------------------------------ the result


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a policy did on a list of tasks; episodes that broke down are counted and left out of everything else."""

    num_episodes: int
    """Episodes that did not break down."""
    success: float
    """Share of them that were won."""
    success_low: float
    """Lower end of its 95 % interval (Wilson)."""
    success_high: float
    """Upper end of its 95 % interval (Wilson)."""
    score: float
    """Mean share of the highest score."""
    episode_return: float
    """Mean sum of the rewards."""
    turns: float
    """Mean number of turns."""
    invalid_actions: float
    """Share of all turns whose reply was refused."""
    failed: int
    """Episodes that broke down."""

    def to_row(self) -> dict[str, float]:
        """The numbers by name; ``metrics.jsonl`` has them behind ``evaluate/``."""
        return asdict(self)


def wilson_interval(wins: int, num: int, confidence: float = 0.95) -> tuple[float, float]:
    r"""The Wilson score interval of a proportion; (0, 1) where nothing was tried.

    .. math:: \frac{p + z^2/2n \pm z \sqrt{p(1-p)/n + z^2/4n^2}}{1 + z^2/n}

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    if num == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = wins / num
    middle = p + z * z / (2 * num)
    half = z * math.sqrt(p * (1 - p) / num + z * z / (4 * num * num))
    scale = 1 + z * z / num
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def summarize(episodes: Sequence[Episode]) -> Evaluation:
    """The evaluation that these episodes amount to.

    Raises:
        EpisodeFailed: Every one of them failed.
    """
    played = [episode for episode in episodes if episode.error is None]
    errors = [episode.error for episode in episodes if episode.error is not None]
    if not played:
        why = f"; the first in {errors[0].where}: {errors[0].message}" if errors else ""
        raise EpisodeFailed(
            f"evaluate: expected at least one episode that does not fail, got {len(errors)} failures{why}. "
            "See what is missing with `textarena-rl doctor`."
        )
    wins = sum(episode.won for episode in played)
    low, high = wilson_interval(wins, len(played))
    num_turns = sum(len(episode.turns) for episode in played)
    return Evaluation(
        num_episodes=len(played),
        success=wins / len(played),
        success_low=low,
        success_high=high,
        score=fmean(episode.score / (episode.max_score or 1.0) for episode in played),
        episode_return=fmean(episode.episode_return for episode in played),
        turns=num_turns / len(played),
        invalid_actions=sum(episode.num_invalid_actions for episode in played) / max(1, num_turns),
        failed=len(errors),
    )


def table(evaluations: Mapping[str, Evaluation], title: str | None = None) -> Table:
    """A table for the terminal (``rich.print``), one row per evaluation."""
    grid = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    grid.add_column("", min_width=15)
    for column in ("success", "95 %", "score", "turns", "invalid", "episodes", "failed"):
        grid.add_column(column, justify="right", no_wrap=True)
    for name, e in evaluations.items():
        grid.add_row(
            name,
            f"{100 * e.success:.1f} %",
            f"{100 * e.success_low:.0f} to {100 * e.success_high:.0f} %",
            f"{e.score:.2f}",
            f"{e.turns:.1f}",
            f"{100 * e.invalid_actions:.0f} %",
            str(e.num_episodes),
            str(e.failed),
        )
    return grid


# ------------------------------------------------------------------ playing


def evaluate_engine(
    make_env: MakeEnv,
    engine: Engine,
    chat: Chat,
    tasks: Sequence[str],
    sampling: Sampling,
    *,
    seed: int = 0,
    max_context: int,
    concurrency: int = 32,
    step_timeout_seconds: float = 60.0,
    retries: int = 1,
    patience_seconds: float = math.inf,
    on_episode: Callable[[Trajectory], None] | None = None,
) -> tuple[Evaluation, list[Episode]]:
    """How a language model does on some tasks, one episode each, and the episodes in the order of the tasks.

    Raises:
        EpisodeFailed: Not one episode was finished.
    """
    specs = [EpisodeSpec(task, group=index, seed=_seed(seed, index)) for index, task in enumerate(tasks)]
    trajectories = collect(
        make_env,
        engine,
        chat,
        specs,
        sampling,
        max_context=max_context,
        concurrency=concurrency,
        step_timeout_seconds=step_timeout_seconds,
        retries=retries,
        patience_seconds=patience_seconds,
        on_episode=on_episode,
    )
    episodes = [trajectory.episode for trajectory in trajectories]
    return summarize(episodes), episodes


def evaluate_policy(
    make_env: MakeEnv,
    policy: Policy,
    tasks: Sequence[str],
    *,
    seed: int = 0,
    on_episode: Callable[[Episode], None] | None = None,
) -> tuple[Evaluation, list[Episode]]:
    """How a policy on texts (expert, random, a server's model) does on some tasks, and the episodes.

    Raises:
        EpisodeFailed: The very first episode failed, so the others would too.
    """
    env = make_env()
    episodes: list[Episode] = []
    try:
        for index, task in enumerate(tasks):
            try:
                episodes.append(play_episode(env, policy, seed=_seed(seed, index), task=task))
            except EpisodeFailed as error:
                if not episodes:
                    raise
                failure = EpisodeError("engine", str(error))
                episodes.append(Episode(episodes[0].env_id, task, "", (), error=failure))
            if on_episode is not None:
                on_episode(episodes[-1])
    finally:
        env.close()
    return summarize(episodes), episodes


def _seed(run_seed: int, index: int) -> int:
    return int(np.random.SeedSequence([run_seed, index]).generate_state(1)[0])
