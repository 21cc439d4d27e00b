"""``textarena-rl evaluate``: success on held-out tasks, with a 95 % interval."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import gymnasium as gym
import torch
from pydantic import BaseModel
from rich.console import Console
from rich.progress import Progress

from textarena_rl.episode import Episode, write_episodes
from textarena_rl.errors import InvalidConfig, MissingData
from textarena_rl.policies import ApiPolicy, ExpertPolicy, RandomPolicy
from textarena_rl.wrappers import ParseAction
from trainers.config import ChatConfig, EnvConfig, RolloutConfig, TrainConfig
from trainers.configs import load_config
from trainers.evaluate import Evaluation, MakeEnv, evaluate_engine, evaluate_policy, first_tasks, table, world
from trainers.pretrained import load_policy
from trainers.rollout.chat import Chat, ChatFormat
from trainers.rollout.embedded import EmbeddedEngine
from trainers.types import Sampling

__all__ = ["find_model", "find_run", "parser", "run"]

SectionT = TypeVar("SectionT", bound=BaseModel)

API_KEY = "OPENAI_API_KEY"
"""The environment variable that holds the key of a server that asks for one."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    cli = argparse.ArgumentParser(
        prog="textarena-rl evaluate",
        description="Success, score, turns and invalid actions on held-out tasks, one episode each.",
    )
    cli.add_argument(
        "what",
        metavar="WHAT",
        help="the folder of a run, checkpoint or model; a name on the Hub; smollm2; expert; random; "
        f"or the http address of an OpenAI-compatible server (its key in {API_KEY})",
    )
    cli.add_argument("--env", metavar="ID", help="e.g. TextWorld-w2-o3-q4 (default: the run's own world)")
    cli.add_argument("--split", default="test", help="where tasks come from (default: %(default)s)")
    cli.add_argument("--num", type=int, default=100, help="the first so many tasks (default: %(default)s)")
    cli.add_argument(
        "--max-turns", type=int, help="turns until an episode is cut short (default: the run's or world's)"
    )
    cli.add_argument("--seed", type=int, default=0, help="of sampling (default: %(default)s)")
    cli.add_argument("--temperature", type=float, default=0.0, help="0: the most probable reply (default)")
    cli.add_argument("--max-new-tokens", type=int, help="longest reply (default: the run's, or 32)")
    cli.add_argument("--max-context", type=int, help="longest prompt and reply (default: the run's, or 2048)")
    cli.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="precision of the model")
    cli.add_argument("--concurrency", type=int, help="episodes played at once (default: the run's, or 32)")
    cli.add_argument("--style", choices=("plain", "think"), help="how replies look (default: the run's, or plain)")
    cli.add_argument("--api-model", help="the model's name on the server")
    cli.add_argument("--output", help="write the episodes here, as JSON Lines")
    return cli


def run(argv: Sequence[str]) -> int:
    """Evaluate and print a table; returns the exit status."""
    args = parser().parse_args(argv)
    if args.num < 1:
        raise InvalidConfig(f"evaluate: expected --num of at least 1, got {args.num}. Ask for some.")
    trained = find_run(args.what)
    env = _env(args, trained)
    evaluation, episodes = _evaluate(args, env, trained)
    Console().print(table({args.what: evaluation}, title=f"{env.id}, {args.split} split"))
    if args.output:
        print(f"{write_episodes(args.output, episodes)} episodes in {args.output}")
    return 0


def _evaluate(
    args: argparse.Namespace, env: EnvConfig, trained: TrainConfig | None
) -> tuple[Evaluation, list[Episode]]:
    requested = {"expert": {"expert_actions": True}, "random": {"admissible_actions": True}}.get(args.what, {})
    make_env = world(env, args.split, **requested)
    tasks = first_tasks(make_env, args.num)
    with Progress(transient=True) as progress:
        bar = progress.add_task("episodes", total=len(tasks))

        def advance(_: Any) -> None:
            progress.advance(bar)

        if args.what == "expert":
            return evaluate_policy(make_env, ExpertPolicy(), tasks, seed=args.seed, on_episode=advance)
        if args.what == "random":
            return evaluate_policy(make_env, RandomPolicy(args.seed), tasks, seed=args.seed, on_episode=advance)
        if args.what.startswith(("http://", "https://")):
            return _evaluate_server(args, make_env, tasks, advance)
        return _evaluate_model(args, make_env, tasks, trained, advance)


def _evaluate_model(
    args: argparse.Namespace,
    make_env: MakeEnv,
    tasks: Sequence[str],
    trained: TrainConfig | None,
    on_episode: Callable[[Any], None],
) -> tuple[Evaluation, list[Episode]]:
    rollout = _given(
        trained.rollout if trained else RolloutConfig(), args, "max_new_tokens", "max_context", "concurrency"
    )
    wording = _given(trained.chat if trained else ChatConfig(), args, "style").build()
    model, tokenizer = load_policy(find_model(args.what), dtype=args.dtype)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    engine = EmbeddedEngine(model, pad_id=tokenizer.pad_token_id, max_context=rollout.max_context)
    return evaluate_engine(
        make_env,
        engine,
        Chat(tokenizer, wording),
        tasks,
        Sampling(temperature=args.temperature, max_new_tokens=rollout.max_new_tokens),
        seed=args.seed,
        max_context=rollout.max_context,
        concurrency=rollout.concurrency,
        step_timeout_seconds=rollout.step_timeout_seconds,
        retries=rollout.retries,
        on_episode=on_episode,
    )


def _evaluate_server(
    args: argparse.Namespace, make_env: MakeEnv, tasks: Sequence[str], on_episode: Callable[[Any], None]
) -> tuple[Evaluation, list[Episode]]:
    if not args.api_model:
        raise InvalidConfig(
            "evaluate: expected --api-model with a server's address, got none. Name the server's model."
        )
    wording = ChatFormat(style=args.style or "plain")
    policy = ApiPolicy(
        args.api_model,
        base_url=args.what,
        api_key=os.environ.get(API_KEY),
        system=wording.fill(wording.system or ""),
        options={"temperature": args.temperature, "max_tokens": args.max_new_tokens or 32},
    )

    def parsing() -> gym.Env[str, str]:
        return ParseAction(make_env()) if wording.style == "think" else make_env()

    return evaluate_policy(parsing, policy, tasks, seed=args.seed, on_episode=on_episode)


# ------------------------------------------------------------------ what is meant


def _env(args: argparse.Namespace, trained: TrainConfig | None) -> EnvConfig:
    if args.env is None and trained is None:
        raise InvalidConfig(
            f"evaluate: expected --env, got none, and {args.what} is no run that names a world. Add it."
        )
    same_world = trained is not None and args.env in (None, trained.env.id)
    env = trained.env if trained is not None and same_world else EnvConfig(id=args.env)
    return _given(env, args, "max_turns")


def _given(section: SectionT, args: argparse.Namespace, *names: str) -> SectionT:
    """The section with what the command line gives in its place."""
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    return type(section).model_validate({**section.model_dump(), **given})


def find_run(what: str) -> TrainConfig | None:
    """The configuration stored with a run, a checkpoint or a model within a run; None where there is none."""
    folder = Path(what)
    if not folder.is_dir():
        return None
    candidates = [parent / "config.yaml" for parent in (folder, *folder.absolute().parents[:3])]
    stored = next((path for path in candidates if path.is_file()), None)
    return load_config(stored) if stored else None


def find_model(what: str) -> str:
    """The model meant by a run's folder (its final model, else its newest checkpoint), a checkpoint, a model or a name.

    Raises:
        MissingData: The folder holds no model.
    """
    folder = Path(what)
    if not folder.is_dir():
        return what
    newest = sorted(folder.glob("checkpoints/**/config.json"), reverse=True)
    candidates = [
        folder / "config.json",
        folder / "model" / "config.json",
        *newest,
        *sorted(folder.glob("**/config.json")),
    ]
    found = next((path for path in candidates if path.is_file()), None)
    if found is not None:
        return str(found.parent)
    raise MissingData(f"{what}: expected a run, a checkpoint or a model, found no model. Check the path.")
