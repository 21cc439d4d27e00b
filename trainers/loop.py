"""A whole run, in order: evaluate, imitate the expert, evaluate, learn from own episodes, evaluate, save.

This is the only file that knows the order of the stages. It holds no mathematics: each line of a step is one call.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean

import torch
from torch.optim import AdamW

from textarena_rl.curricula import Uniform
from textarena_rl.episode import Episode, write_episodes
from textarena_rl.errors import EpisodeFailed
from trainers.algorithms import ALGORITHMS
from trainers.batching import to_batch
from trainers.config import TrainConfig
from trainers.curves import draw_curves
from trainers.demonstrations import demonstrate, read_demonstrations
from trainers.evaluate import Evaluation, MakeEnv, first_tasks, summarize, table, world
from trainers.functional.health import critic_health, group_health, sampler_drift
from trainers.functional.losses import truncated_importance
from trainers.logs import Stage
from trainers.models import Agent, parameter_groups, policy_weights, save_policy, score
from trainers.rollout.collect import EpisodeSpec, demonstration
from trainers.run import Run, derived_seed
from trainers.schedules import rate_factor, set_rates
from trainers.types import Algorithm, Batch, Sampling, Trajectory
from trainers.update import split, update

__all__ = ["train"]

TITLES: dict[str, str] = {"before": "before training", "after_sft": "after SFT", "after": "after RL"}


def train(config: TrainConfig) -> dict[str, Evaluation]:
    """Carry out a run from wherever it stands, and return its evaluations by stage.

    Everything is written below ``config.output_dir``: the resolved configuration, ``metrics.jsonl``, checkpoints, the
    trained ``model``, ``curves.png`` and the ``episodes`` of the evaluations. A run that was killed at any moment goes
    on from its last checkpoint as if it had never stopped.

    Raises:
        TextArenaError: Something that the user can mend: a missing package, a missing file, a full disk.
    """
    with Run.start(config) as run:
        if config.dry_run:
            return {}
        if config.evaluation.before:
            evaluate(run, "before")
        if config.sft is not None:
            imitate(run)
            if config.evaluation.after_sft:
                evaluate(run, "after_sft")
        if config.rl is not None:
            reinforce(run)
        if config.evaluation.after and (config.rl is not None or not config.evaluation.after_sft):
            evaluate(run, "after")
        finish(run)
        return run.progress.evaluations


# ------------------------------------------------------------------ supervised fine-tuning


def imitate(run: Run) -> None:
    """Supervised fine-tuning on the expert's episodes; an epoch is the unit of its checkpoints."""
    sft = run.config.sft
    assert sft is not None
    if run.progress.stage != "sft":
        return
    rates, frozen = {"actor": sft.learning_rate}, run.config.model.num_frozen_layers
    agent, optimizer = _prepare(run, critic="none", frozen=frozen, rates=rates, weight_decay=sft.weight_decay)
    run.restore(agent, optimizer)
    batch = to_batch([demonstration(episode, run.chat) for episode in _demonstrations(run)], pad_id=run.pad_id)
    num_updates = -(-len(batch) // sft.batch_size)
    total = num_updates * sft.epochs
    run.announce("SFT", total=total, first=run.progress.step * num_updates)
    for epoch in range(run.progress.step, sft.epochs):
        generator = torch.Generator().manual_seed(derived_seed(run.config.seed, "sft", epoch))
        for index, rows in enumerate(split(batch, num_updates, generator)):
            number = epoch * num_updates + index
            factor = rate_factor(number, total=total, warmup=int(sft.warmup * total), schedule="linear")
            set_rates(optimizer, {"actor": sft.learning_rate}, factor)
            stats = update(
                agent,
                optimizer,
                ALGORITHMS["sft"](),
                batch.select(rows),
                epochs=1,
                minibatches=1,
                max_tokens=sft.max_tokens,
                max_grad_norm=sft.max_grad_norm,
                temperature=1.0,
                generator=generator,
                distributed=run.distributed,
            )
            run.write("sft", number + 1, {**stats, "optim/actor_learning_rate": sft.learning_rate * factor})
        last = epoch + 1 == sft.epochs
        _sync(run, agent)
        run.progress.step = epoch + 1
        if last:
            run.progress.stage, run.progress.step = "rl", 0
            run.save_sft_model(agent)
        run.checkpoint(agent, None if last else optimizer)


def _demonstrations(run: Run) -> list[Episode]:
    config, sft = run.config, run.config.sft
    assert sft is not None
    if sft.demonstrations is not None:
        return read_demonstrations(sft.demonstrations, sft.num_demonstrations)
    make_env = world(config.env, config.env.split, expert_actions=True)
    return demonstrate(make_env, first_tasks(make_env, config.env.num_tasks), sft.num_demonstrations)


# ------------------------------------------------------------------ reinforcement learning


def reinforce(run: Run) -> None:
    """Learn from the policy's own episodes, step by step."""
    config, rl = run.config, run.config.rl
    assert rl is not None
    algorithm = config.algorithm.build()
    rates = {"actor": rl.learning_rate, "critic": rl.learning_rate * rl.critic_learning_rate_factor}
    make_env = world(config.env, config.env.split)
    curriculum = Uniform(first_tasks(make_env, config.env.num_tasks), derived_seed(config.seed, "curriculum"))
    run.reference = run.frozen_policy() if rl.reference and algorithm.needs_reference else None
    frozen = config.model.num_frozen_layers if rl.num_frozen_layers is None else rl.num_frozen_layers
    agent, optimizer = _prepare(run, critic=config.critic, frozen=frozen, rates=rates, weight_decay=rl.weight_decay)
    run.restore(agent, optimizer, curriculum)
    _sync(run, agent)
    run.announce(f"RL ({config.algorithm.name})", total=config.num_steps, first=run.progress.step)
    for step in range(run.progress.step, config.num_steps):
        factor = rate_factor(step, total=config.num_steps, warmup=rl.warmup_steps, schedule=rl.schedule)
        set_rates(optimizer, rates, factor)
        clock = Clock()
        with clock("rollout"):
            trajectories = play(run, make_env, training_specs(run, curriculum, step), run.sampling)
        curriculum.record([trajectory.episode for trajectory in trajectories])
        stats = learn(run, agent, optimizer, algorithm, trajectories, step, clock)
        with clock("sync"):
            _sync(run, agent)
        stats |= {f"optim/{name}_learning_rate": rate * factor for name, rate in rates.items()}
        stats |= episode_metrics(trajectories) | clock.metrics(trajectories, rl.epochs)
        run.write("rl", step + 1, stats)
        run.progress.step = step + 1
        every = config.evaluation.every_steps
        if every is not None and (step + 1) % every == 0:
            evaluate(run, "valid")
        if (step + 1) % config.checkpoint.every_steps == 0 or step + 1 == config.num_steps:
            run.checkpoint(agent, optimizer, curriculum, stats["episode/success"])


def training_specs(run: Run, curriculum: Uniform, step: int) -> list[EpisodeSpec]:
    """The episodes of a step; those of a group play the very same task."""
    rl, size = run.config.rl, run.config.group_size
    assert rl is not None
    tasks = curriculum.next_tasks(rl.episodes_per_step // size)
    seeds = [derived_seed(run.config.seed, "rollout", step, index) for index in range(rl.episodes_per_step)]
    return [EpisodeSpec(tasks[index // size], group=index // size, seed=seed) for index, seed in enumerate(seeds)]


def learn(
    run: Run,
    agent: torch.nn.Module,
    optimizer: AdamW,
    algorithm: Algorithm,
    trajectories: list[Trajectory],
    step: int,
    clock: Clock,
) -> dict[str, float]:
    """One step's update from its episodes; episodes that failed are left out of it."""
    rl, config = run.config.rl, run.config
    assert rl is not None
    finished = [trajectory for trajectory in trajectories if trajectory.episode.error is None]
    if not finished:
        failure = trajectories[0].episode.error
        raise EpisodeFailed(f"rollout: all {len(trajectories)} episodes of step {step + 1} failed ({failure}).")
    with clock("score"):
        batch = score(
            agent,
            to_batch(finished, pad_id=run.pad_id),
            temperature=run.sampling.temperature,
            max_tokens=rl.max_tokens,
            reference=run.reference,
            distributed=run.distributed,
        )
        if run.engine_differs:
            batch = _with_importance(batch, rl.importance_cap)
        batch = algorithm.credit(batch)
    with clock("update"):
        stats = update(
            agent,
            optimizer,
            algorithm,
            batch,
            epochs=rl.epochs,
            minibatches=rl.minibatches,
            max_tokens=rl.max_tokens,
            max_grad_norm=rl.max_grad_norm,
            temperature=run.sampling.temperature,
            generator=torch.Generator().manual_seed(derived_seed(config.seed, "update", step)),
            distributed=run.distributed,
            max_kl=rl.max_kl,
            critic_only=step < rl.critic_warmup_steps,
        )
    clock.trained_tokens = int(batch.attention_mask.sum())
    groups = group_health(batch) if config.group_size > 1 else {}
    return {**stats, **sampler_drift(batch), **critic_health(batch), **groups}


def _with_importance(batch: Batch, cap: float) -> Batch:
    assert batch.old_logprobs is not None
    weights = truncated_importance(batch.old_logprobs, batch.sampler_logprobs, batch.action_mask, cap=cap)
    return replace(batch, importance=weights)


# ------------------------------------------------------------------ playing and measuring


def play(run: Run, make_env: MakeEnv, specs: list[EpisodeSpec], sampling: Sampling) -> list[Trajectory]:
    """Play episodes, a share on each process, and return all of them in order everywhere."""
    mine = run.collect(make_env, specs[run.distributed.rank :: run.distributed.num_processes], sampling)
    everyone = run.distributed.gather([mine])
    return [everyone[index % len(everyone)][index // len(everyone)] for index in range(len(specs))]


def evaluate(run: Run, stage: Stage) -> None:
    """Play held-out tasks with the policy as it is now, once per stage."""
    config, progress = run.config, run.progress
    if stage in progress.evaluations:
        return
    split_name, num = config.env.test_split, config.evaluation.num_tasks
    if stage == "valid":
        split_name, num = config.env.valid_split, config.evaluation.num_valid_tasks
    else:
        run.announce(f"evaluation {TITLES[stage]}", total=1)
    make_env = world(config.env, split_name)
    tasks = first_tasks(make_env, num)
    specs = [EpisodeSpec(t, group=i, seed=derived_seed(config.seed, "evaluate", i)) for i, t in enumerate(tasks)]
    started = time.perf_counter()
    episodes = [t.episode for t in play(run, make_env, specs, run.sampling_for(config.evaluation.temperature))]
    result = summarize(episodes)
    metrics = {f"evaluate/{name}": value for name, value in result.to_row().items()}
    run.write(stage, progress.step, {**metrics, "time/evaluate_seconds": time.perf_counter() - started})
    if stage != "valid":
        run.progress.evaluations[stage] = result
        if run.distributed.is_main:
            write_episodes(run.folder / "episodes" / f"{stage}.jsonl", episodes)


def episode_metrics(trajectories: list[Trajectory]) -> dict[str, float]:
    """What the episodes of a step were like."""
    finished = [t for t in trajectories if t.episode.error is None]
    episodes = [t.episode for t in finished]
    num_turns = max(1, sum(len(e.turns) for e in episodes))
    return {
        "episode/success": fmean(e.won for e in episodes),
        "episode/return": fmean(e.episode_return for e in episodes),
        "episode/turns": fmean(len(e.turns) for e in episodes),
        "episode/invalid_actions": sum(e.num_invalid_actions for e in episodes) / num_turns,
        "episode/truncated": fmean(e.truncated for e in episodes),
        "episode/failed": 1 - len(finished) / len(trajectories),
        "episode/reply_tokens": sum(t.num_action_tokens for t in finished) / num_turns,
        "episode/context_tokens": fmean(
            len(t.turns[-1].prompt_ids) + len(t.turns[-1].action_ids) for t in finished if t.turns
        ),
    }


class Clock:
    """Where the seconds of a step went."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.trained_tokens = 0

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started

    def metrics(self, trajectories: list[Trajectory], epochs: int) -> dict[str, float]:
        """Seconds and speeds of the step so far."""
        total = time.perf_counter() - self.started
        sampled = sum(t.num_action_tokens for t in trajectories)
        return {
            **{f"time/{stage}_seconds": seconds for stage, seconds in self.seconds.items()},
            "time/step_seconds": total,
            "speed/sampled_tokens_per_second": sampled / self.seconds["rollout"],
            "speed/trained_tokens_per_second": self.trained_tokens * epochs / self.seconds["update"],
            "speed/episodes_per_second": len(trajectories) / total,
        }


# ------------------------------------------------------------------ beginnings and ends


def _prepare(
    run: Run, *, critic: str, frozen: int, rates: dict[str, float], weight_decay: float
) -> tuple[torch.nn.Module, AdamW]:
    model = run.config.model
    agent = Agent(
        run.policy,
        critic=critic,  # type: ignore[arg-type]
        num_frozen_layers=frozen,
        autocast=None if model.autocast is None else getattr(torch, model.autocast),
    )
    groups = parameter_groups(
        agent, actor_lr=rates["actor"], critic_lr=rates.get("critic", 0.0), weight_decay=weight_decay
    )
    return run.distributed.prepare(agent, AdamW(groups))  # type: ignore[return-value]


def _sync(run: Run, agent: torch.nn.Module) -> None:
    run.engine.load_weights(policy_weights(run.distributed.unwrap(agent)))


def finish(run: Run) -> None:
    """Save the model, the curves and the example episodes, and print the results."""
    if run.log is None:
        return
    folder, config = run.folder, run.config
    save_policy(Agent(run.policy), run.tokenizer, folder / "model")
    draw_curves(folder / "metrics.jsonl", folder / "curves.png", title=config.name)
    titled = {TITLES[stage]: result for stage, result in run.progress.evaluations.items()}
    run.save_examples()
    run.log.say(table(titled, title=f"{config.env.id}, {config.evaluation.num_tasks} held-out games"))
    run.log.say(f"Saved in {folder}: model/, curves.png, metrics.jsonl, episodes/")
