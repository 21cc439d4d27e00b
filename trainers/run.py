"""What a run is made of: the parts that are built once, where it stands, and how it is picked up again."""

from __future__ import annotations

import math
import shutil
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Literal

import gymnasium as gym
import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from transformers import PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

from textarena_rl.curricula import Curriculum
from textarena_rl.episode import read_episodes
from textarena_rl.errors import InvalidConfig
from trainers import checkpoint
from trainers.config import ModelConfig, TrainConfig
from trainers.configs import changes, load_config, save_config
from trainers.demonstrations import demonstrate
from trainers.distributed import Distributed
from trainers.evaluate import Evaluation, first_tasks, world
from trainers.logs import RunLog, Stage, start_trackers
from trainers.models import Agent, add_lora, load_policy, save_policy
from trainers.pretrained import build_tiny
from trainers.processor import keep_freed_memory
from trainers.rollout.chat import Chat
from trainers.rollout.collect import EpisodeSpec, collect
from trainers.rollout.embedded import EmbeddedEngine
from trainers.types import Engine, Sampling, Trajectory

__all__ = ["Progress", "Run", "derived_seed", "load_model"]

TINY = "tiny"
SFT_MODEL = "model-sft"
FINISHED_SHARE = 0.3
"""An engine call ends when so many of its replies are finished; the others go on in the next one."""


def derived_seed(run_seed: int, stream: str, *numbers: int) -> int:
    """A seed of its own for each stream, step and episode of a run, the same in every process and after a resume."""
    entropy = [run_seed, zlib.crc32(stream.encode()), *numbers]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def load_model(config: TrainConfig) -> tuple[Any, PreTrainedTokenizerBase]:
    """The language model and the tokenizer that a configuration names; ``tiny`` is built from the world's own text."""
    model: ModelConfig = config.model
    if model.name != TINY:
        return load_policy(model.name, dtype=model.dtype)
    make_env = world(config.env, config.env.split, expert_actions=True)
    episodes = demonstrate(make_env, first_tasks(make_env, config.env.num_tasks), 16)
    return build_tiny([episode.to_text() for episode in episodes], seed=config.seed)


@dataclass(slots=True)
class Progress:
    """Where a run stands; together with the weights, all that a checkpoint holds."""

    stage: Literal["sft", "rl"]
    """The stage that comes next or goes on."""
    step: int
    """Its epochs (SFT) or steps (RL) that are over."""
    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    """Results so far, by stage."""


class Run:
    """The parts of a run, built once from its configuration.

    Use it in a ``with`` statement: the live line and the trackers end with it.
    """

    def __init__(self, config: TrainConfig, distributed: Distributed, saved: Mapping[str, Any] | None) -> None:
        self.config = config
        self.distributed = distributed
        self.folder = config.output_dir
        self._saved: Mapping[str, Any] | None = saved
        self.progress = _progress(config, saved)
        if distributed.device.type == "cpu":
            keep_freed_memory()
        disable_progress_bar()  # transformers draws one for each file that it reads or writes
        torch.manual_seed(derived_seed(config.seed, "model"))
        model, self.tokenizer = load_model(config)
        if config.model.lora is not None:
            model = add_lora(model, **config.model.lora.model_dump())
        if config.model.gradient_checkpointing:
            model.gradient_checkpointing_enable()
        self.policy: Any = model.to(distributed.device)
        if saved is not None:
            checkpoint.load_agent(Agent(self.policy, critic=saved["state"]["critic"]), saved["agent"])
        self.chat = Chat(self.tokenizer, config.chat.build())
        self.pad_id = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else self.chat.end_id
        self.reference: Agent | None = None
        dtype = _dtype(config.rollout.dtype)
        engine = EmbeddedEngine(
            self.policy,
            pad_id=self.pad_id,
            max_context=config.rollout.max_context,
            dtype=dtype,
            finished_share=FINISHED_SHARE,
        )
        self.engine: Engine = engine
        self.engine_differs = not engine.shared or config.model.autocast is not None
        self.log = self._start_log(saved["state"]["log_lines"] if saved else 0)

    @classmethod
    def start(cls, config: TrainConfig) -> Run:
        """The run in ``config.output_dir``, continued where it stopped, or a new one.

        Raises:
            InvalidConfig: The folder holds a run with another configuration.
        """
        distributed = Distributed()
        checkpoints = config.output_dir / "checkpoints"
        if distributed.is_main:
            _claim_folder(config)
            checkpoint.sweep(checkpoints)
        distributed.wait()
        newest = checkpoint.latest(checkpoints)
        return cls(config, distributed, checkpoint.load(newest) if newest is not None else None)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.log is not None:
            self.log.close()

    # ------------------------------------------------------------------ sampling

    @property
    def sampling(self) -> Sampling:
        """How training episodes are sampled."""
        return self.sampling_for(self.config.rollout.temperature)

    def sampling_for(self, temperature: float) -> Sampling:
        """The same at another temperature."""
        return Sampling(temperature, self.config.rollout.max_new_tokens, self.chat.stop_ids)

    def collect(
        self, make_env: Callable[[], gym.Env[str, str]], specs: Sequence[EpisodeSpec], sampling: Sampling
    ) -> list[Trajectory]:
        """Play this process's episodes."""
        rollout = self.config.rollout
        return collect(
            make_env,
            self.engine,
            self.chat,
            specs,
            sampling,
            max_context=rollout.max_context,
            concurrency=rollout.concurrency,
            step_timeout_seconds=rollout.step_timeout_seconds,
            retries=rollout.retries,
            patience_seconds=math.inf if rollout.patience_seconds is None else rollout.patience_seconds,
            on_episode=lambda _: self.log.episode() if self.log is not None else None,
        )

    def frozen_policy(self) -> Agent:
        """The policy as it was before RL, whose divergence is measured."""
        folder = self.folder / SFT_MODEL
        model = (
            load_policy(str(folder), dtype=self.config.model.dtype)[0]
            if folder.is_dir()
            else load_model(self.config)[0]
        )
        agent = Agent(model.to(self.distributed.device), autocast=_dtype(self.config.model.autocast))
        return agent.eval().requires_grad_(False)

    # ------------------------------------------------------------------ what is kept

    def write(self, stage: Stage, step: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of a step."""
        if self.log is not None:
            self.log.write(stage, step, metrics)

    def announce(self, name: str, *, total: int, first: int = 0) -> None:
        """Begin a stage on the terminal."""
        if self.log is not None:
            self.log.start(name, total=total, first=first)

    def save_sft_model(self, agent: nn.Module) -> None:
        """Keep the model that SFT made: RL's reference, and something to compare with."""
        if self.distributed.is_main:
            save_policy(self.distributed.unwrap(agent), self.tokenizer, self.folder / SFT_MODEL)

    def checkpoint(
        self,
        agent: nn.Module,
        optimizer: Optimizer | None,
        curriculum: Curriculum | None = None,
        metric: float | None = None,
    ) -> None:
        """Write everything that is needed to go on from here; the run's streams derive from its seed and step alone."""
        self.distributed.wait()
        if self.log is None:
            return
        bare: Agent = self.distributed.unwrap(agent)
        sections: dict[str, Any] = {
            "agent": partial(checkpoint.save_agent, bare, self.tokenizer),
            "random": checkpoint.random_states(),
            "state": {
                "stage": self.progress.stage,
                "step": self.progress.step,
                "evaluations": {stage: asdict(result) for stage, result in self.progress.evaluations.items()},
                "log_lines": self.log.num_lines,
                "critic": _critic_kind(bare),
                "curriculum": None if curriculum is None else curriculum.state_dict(),
            },
        }
        if optimizer is not None:
            sections["optimizer"] = optimizer.state_dict()
        kept = self.config.checkpoint
        # Stages are numbered apart, so that the first RL step comes after the last epoch of SFT.
        number = self.progress.step + (10**6 if self.progress.stage == "rl" else 0)
        checkpoint.save(
            self.folder / "checkpoints",
            number,
            sections,
            keep_last=kept.keep_last,
            keep_best=kept.keep_best,
            metric=metric,
        )

    def restore(self, agent: nn.Module, optimizer: Optimizer, curriculum: Curriculum | None = None) -> None:
        """Bring a stage's parts to where the last checkpoint left them, where it was made within this stage."""
        saved, self._saved = self._saved, None
        if saved is None or "optimizer" not in saved:
            return
        checkpoint.load_agent(self.distributed.unwrap(agent), saved["agent"])
        optimizer.load_state_dict(saved["optimizer"])
        checkpoint.restore_random_states(saved["random"])
        if curriculum is not None:
            curriculum.load_state_dict(saved["state"]["curriculum"])

    def save_examples(self) -> None:
        """Write the first episodes of the last evaluation as text."""
        stages = [stage for stage in ("after", "after_sft", "before") if stage in self.progress.evaluations]
        if not stages:
            return
        folder = self.folder / "episodes"
        for number, episode in enumerate(read_episodes(folder / f"{stages[0]}.jsonl"), 1):
            if number > self.config.evaluation.num_example_episodes:
                break
            (folder / f"{number:02d}.txt").write_text(episode.to_text(), encoding="utf-8")

    def _start_log(self, lines: int) -> RunLog | None:
        if not self.distributed.is_main:
            return None
        config = self.config
        trackers = start_trackers(
            config.track, run_name=config.name, folder=self.folder, settings=config.model_dump(mode="json")
        )
        return RunLog(self.folder, keep_lines=lines, trackers=trackers)


def _dtype(name: str | None) -> torch.dtype | None:
    return None if name is None else getattr(torch, name)


def _critic_kind(agent: Agent) -> str:
    if agent.critic is None:
        return "none"
    return "shared" if agent.critic.trunk is None else "separate"


def _progress(config: TrainConfig, saved: Mapping[str, Any] | None) -> Progress:
    if saved is None:
        return Progress("sft" if config.sft is not None else "rl", 0)
    state = saved["state"]
    return Progress(state["stage"], state["step"], {k: Evaluation(**v) for k, v in state["evaluations"].items()})


def _claim_folder(config: TrainConfig) -> None:
    """Make the run's folder, or check that what it holds is this very run.

    Raises:
        InvalidConfig: It holds a run with other settings.
    """
    stored = config.output_dir / "config.yaml"
    if not config.resume and config.output_dir.exists():
        shutil.rmtree(config.output_dir / "checkpoints", ignore_errors=True)
        shutil.rmtree(config.output_dir / SFT_MODEL, ignore_errors=True)
        stored.unlink(missing_ok=True)
    if stored.is_file():
        different = changes(load_config(stored), config)
        if different:
            raise InvalidConfig(
                f"{config.output_dir}: expected the run that it holds, got other settings ({'; '.join(different)}). "
                "Start over with --fresh, or choose another --output-dir."
            )
    config.output_dir.mkdir(parents=True, exist_ok=True)
    save_config(config, stored)
