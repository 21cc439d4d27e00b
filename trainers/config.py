"""The configuration of a run: one typed tree, read from YAML and the command line, checked as a whole.

Every field carries a sentence, which is also its help on the command line. Nothing here imports torch at import time.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from textarena_rl.errors import TextArenaError
from trainers.contradictions import contradictions

if TYPE_CHECKING:
    from trainers.rollout.chat import ChatFormat

__all__ = [
    "AlgorithmConfig",
    "ChatConfig",
    "CheckpointConfig",
    "EnvConfig",
    "EvaluationConfig",
    "LoraConfig",
    "ModelConfig",
    "RlConfig",
    "RolloutConfig",
    "SftConfig",
    "TrainConfig",
    "algorithm_class",
    "algorithm_names",
]

DEFAULT_GROUP_SIZE = 8


def _problems(*, sentences: list[str] | None = None, nested: list[Any] | None = None) -> PydanticCustomError:
    """One pydantic error that carries several; ``trainers.configs`` prints them one by one."""
    text = "; ".join(sentences or [f"{problem['loc'][0]}: {problem['type']}" for problem in nested or []])
    return PydanticCustomError(
        "several", "{text}", {"text": text, "sentences": sentences or [], "nested": nested or []}
    )


class Section(BaseModel):
    """A part of the tree: unknown keys, changes after the fact, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class EnvConfig(Section):
    """Which world is played, and what it pays."""

    id: str
    """Id of the world, e.g. TextWorld-w2-o3-q4."""
    split: str = "train"
    """Split that training tasks come from."""
    valid_split: str = "valid"
    """Split of the evaluations during training."""
    test_split: str = "test"
    """Split of the evaluations before and after training."""
    num_tasks: int | None = Field(default=None, ge=1)
    """Train on the first so many tasks of the split only (null: on all)."""
    max_turns: int | None = Field(default=None, ge=1)
    """Turns until an episode is cut short (null: the world's own limit)."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of the world."""
    reward: Literal["sparse", "dense", "normalized"] = "sparse"
    """sparse: 1 at the winning turn; dense: changes of the score; normalized: dense, but a win returns 1."""
    reward_density: float = Field(default=1.0, ge=0, le=1)
    """Share of the rewards before the win that are paid at once; the win pays the others."""
    invalid_action_penalty: float = Field(default=0.0, ge=0)
    """Subtracted for each reply that the world refuses."""
    turn_penalty: float = Field(default=0.0, ge=0)
    """Subtracted for every turn."""


class LoraConfig(Section):
    """Low-rank adapters in place of full fine-tuning."""

    rank: int = Field(default=16, ge=1)
    """Rank of the adapters."""
    alpha: float = Field(default=32.0, gt=0)
    """Scale of the adapters; they are multiplied by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout on the adapters' input; above 0 sampler and trainer no longer agree."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get adapters: all-linear, or a list of module names."""


class ModelConfig(Section):
    """The language model that acts, and the critic that judges its states."""

    name: str = "smollm2"
    """smollm2, tiny, a folder in Hugging Face's format, or a name on the Hub."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Precision of the trained weights."""
    autocast: Literal["bfloat16"] | None = None
    """Precision of the trainer's matrix products (null: that of the weights)."""
    lora: LoraConfig | None = None
    """Train adapters only (null: all weights)."""
    critic: Literal["none", "shared", "separate"] = "shared"
    """Critic of the algorithms that need one: a head on the policy's trunk, or a model of its own; others ignore it."""
    num_frozen_layers: int = Field(default=0, ge=0)
    """So many of the lowest layers, with the embedding, stay as they are."""
    gradient_checkpointing: bool = False
    """Recompute activations in the backward pass: less memory, more time."""


class ChatConfig(Section):
    """How observations become messages and replies become actions."""

    system: str | None = None
    """System message, with {answer} for how to reply (null: the trainer's own; empty: none)."""
    first: str | None = None
    """Template of the first user message, with {objective} and {observation} (null: the trainer's own)."""
    then: str | None = None
    """Template of every later user message, with {observation} (null: the trainer's own)."""
    style: Literal["plain", "think"] = "plain"
    """plain: the whole reply is the action; think: <think>...</think><action>...</action>."""

    @model_validator(mode="after")
    def _makes_a_format(self) -> ChatConfig:
        try:
            self.build()
        except TextArenaError as error:
            raise _problems(sentences=[str(error).replace("ChatFormat", "chat", 1)]) from error
        return self

    def build(self) -> ChatFormat:
        """The format itself, with the trainer's own wording where nothing else is said."""
        from trainers.rollout.chat import ChatFormat

        return ChatFormat(**self.model_dump(exclude_none=True))


class SftConfig(Section):
    """Supervised fine-tuning on expert demonstrations."""

    num_demonstrations: int = Field(default=60, ge=1)
    """Expert episodes, on the first training tasks."""
    demonstrations: Path | None = None
    """File written by `textarena-rl demos` (null: the expert plays them now)."""
    epochs: int = Field(default=3, ge=1)
    """Passes over the demonstrations."""
    batch_size: int = Field(default=8, ge=1)
    """Demonstrations per optimizer step."""
    learning_rate: float = Field(default=1e-4, gt=0)
    """Peak learning rate."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the optimizer steps over which the rate rises from 0; it falls linearly to 0 afterwards."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's weight decay."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    max_tokens: int = Field(default=8192, ge=1)
    """Padded tokens in one forward and backward pass; changes memory and speed, never the result."""


class RlConfig(Section):
    """Reinforcement learning on the policy's own episodes."""

    num_episodes: int = Field(default=400, ge=1)
    """Episodes in all."""
    episodes_per_step: int = Field(default=40, ge=1)
    """Episodes between two updates."""
    group_size: int | None = Field(default=None, ge=1)
    """Episodes of the very same task (null: 8 where the algorithm compares within groups, else 1)."""
    epochs: int = Field(default=1, ge=1)
    """Passes over the episodes of a step."""
    minibatches: int = Field(default=1, ge=1)
    """Optimizer steps per pass."""
    learning_rate: float = Field(default=1e-5, gt=0)
    """Peak learning rate of the policy."""
    critic_learning_rate_factor: float = Field(default=10.0, gt=0)
    """The critic's rate is the policy's times this (the papers: 5 to 10)."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """What the rates do after the warm-up."""
    warmup_steps: int = Field(default=0, ge=0)
    """Optimizer steps over which the rates rise from 0."""
    num_frozen_layers: int | None = Field(default=None, ge=0)
    """So many of the lowest layers, with the embedding, stay as they are in RL (null: as many as in SFT)."""
    critic_warmup_steps: int = Field(default=0, ge=0)
    """First steps in which only the critic learns; of no effect without one."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's weight decay."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    max_tokens: int = Field(default=8192, ge=1)
    """Padded tokens in one forward and backward pass; changes memory and speed, never the result."""
    max_kl: float | None = Field(default=None, gt=0)
    """A step's remaining passes are left out once the policy has moved this far (null: never)."""
    importance_cap: float = Field(default=2.0, ge=1)
    """Weights old / sampler are cut here, where the engine is not the trainer's own model."""
    reference: bool = True
    """Keep the policy from before RL, for the KL."""


class RolloutConfig(Section):
    """How episodes are sampled."""

    engine: Literal["embedded"] = "embedded"
    """embedded: the trainer's own model, with its cache kept over the turns of an episode."""
    dtype: Literal["float32", "bfloat16"] | None = None
    """Precision of sampling (null: that of the weights)."""
    temperature: float = Field(default=1.0, gt=0)
    """Temperature of the sampled replies; the loss uses the same."""
    max_new_tokens: int = Field(default=32, ge=1)
    """Longest reply, end token included."""
    max_context: int = Field(default=2048, ge=2)
    """Longest prompt and reply together; an episode that needs more is cut short."""
    concurrency: int = Field(default=32, ge=1)
    """Episodes played at once by each process."""
    step_timeout_seconds: float = Field(default=60.0, gt=0)
    """A world that takes longer for one turn has failed."""
    retries: int = Field(default=1, ge=0)
    """So often a failed episode is played again."""
    patience_seconds: float | None = Field(default=None, ge=0)
    """So long a round waits for slow worlds (null: for all of them, so that a run repeats to the last digit)."""


class EvaluationConfig(Section):
    """Measuring success on held-out tasks."""

    num_tasks: int = Field(default=100, ge=1)
    """The first so many tasks of the test split, one episode each."""
    temperature: float = Field(default=0.0, ge=0)
    """0 takes the most probable reply."""
    before: bool = True
    """Evaluate the model as it came."""
    after_sft: bool = True
    """Evaluate between SFT and RL."""
    after: bool = True
    """Evaluate the trained model."""
    every_steps: int | None = Field(default=None, ge=1)
    """Evaluate on the valid split every so many RL steps (null: never)."""
    num_valid_tasks: int = Field(default=50, ge=1)
    """Tasks of the valid split in these."""
    num_example_episodes: int = Field(default=10, ge=0)
    """So many episodes of the last evaluation are saved as readable text."""


class CheckpointConfig(Section):
    """What is kept on disk to continue from."""

    every_steps: int = Field(default=1, ge=1)
    """RL steps between two checkpoints."""
    keep_last: int = Field(default=2, ge=1)
    """So many of the newest are kept."""
    keep_best: int = Field(default=1, ge=0)
    """So many of the most successful are kept besides."""


def algorithm_names() -> list[str]:
    """The algorithms that learn from episodes of their own (SFT has a section of its own)."""
    from trainers.algorithms import ALGORITHMS

    return sorted(name for name in ALGORITHMS if name != "sft")


def algorithm_class(name: str) -> type[Any]:
    """The dataclass of an algorithm."""
    from trainers.algorithms import ALGORITHMS

    return ALGORITHMS[name]


class AlgorithmConfig(BaseModel):
    """An algorithm's name and any fields of its dataclass in ``trainers/algorithms``."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    name: str = "ppo"
    """ppo, turn_ppo, grpo or rloo."""

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _fits_the_dataclass(self) -> AlgorithmConfig:
        if self.name not in algorithm_names():
            message = "expected one of {known}, got {got}"
            known_names = ", ".join(algorithm_names())
            raise PydanticCustomError("unknown_algorithm", message, {"known": known_names, "got": self.name})
        hints = get_type_hints(algorithm_class(self.name))
        known = [f.name for f in dataclasses.fields(algorithm_class(self.name)) if f.init]
        problems: list[Any] = []
        for key, value in self.fields.items():
            if key not in known:
                problems.append({"type": "extra_forbidden", "loc": (key,), "input": value, "known": known})
                continue
            try:
                self.fields[key] = TypeAdapter(hints[key]).validate_python(value)
            except ValidationError as error:
                problems += [{**e, "loc": (key,)} for e in error.errors()]
        if problems:
            raise _problems(nested=problems)
        try:
            self.build()
        except TextArenaError as error:
            own = algorithm_class(self.name).__name__
            raise _problems(sentences=str(error).replace(f"{own}.", "algorithm.").splitlines()) from error
        return self

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that the configuration sets; the others keep the dataclass's own defaults."""
        assert self.model_extra is not None
        return self.model_extra

    def build(self) -> Any:
        """The algorithm itself."""
        return algorithm_class(self.name)(**self.fields)


class TrainConfig(Section):
    """A whole run: demonstrations, SFT, RL, evaluation."""

    name: str = Field(default="run", pattern=r"^[\w.-]+$")
    """Name of the run."""
    output_dir: Path = Path()
    """Folder of everything that the run writes (default: runs/NAME)."""
    seed: int = Field(default=0, ge=0)
    """Every random stream derives from it."""
    num_processes: int = Field(default=1, ge=1)
    """Processes that share the work; the result does not depend on it."""
    resume: bool = True
    """Continue the run in output_dir, if there is one; false starts over."""
    dry_run: bool = False
    """Check the configuration, load everything, train nothing."""
    env: EnvConfig
    """The world."""
    model: ModelConfig = Field(default_factory=ModelConfig)
    """The language model."""
    chat: ChatConfig = Field(default_factory=ChatConfig)
    """Messages."""
    sft: SftConfig | None = None
    """Supervised fine-tuning (null: none)."""
    algorithm: AlgorithmConfig = Field(default_factory=AlgorithmConfig)
    """Name of the algorithm, and any of its own settings."""
    rl: RlConfig | None = None
    """Reinforcement learning (null: none)."""
    rollout: RolloutConfig = Field(default_factory=RolloutConfig)
    """Sampling."""
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig)
    """Held-out tasks."""
    checkpoint: CheckpointConfig = Field(default_factory=CheckpointConfig)
    """Checkpoints."""
    track: list[Literal["tensorboard", "wandb", "trackio"]] = Field(default_factory=list)
    """Trackers that get every metric besides metrics.jsonl."""

    @model_validator(mode="before")
    @classmethod
    def _default_output_dir(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("output_dir") is None:
            return {**data, "output_dir": Path("runs") / str(data.get("name", "run"))}
        return data

    @model_validator(mode="after")
    def _has_no_contradictions(self) -> TrainConfig:
        sentences = contradictions(self)
        if sentences:
            raise _problems(sentences=sentences)
        return self

    @property
    def group_size(self) -> int:
        """Episodes of the very same task, the algorithm's default filled in."""
        if self.rl is not None and self.rl.group_size is not None:
            return self.rl.group_size
        return DEFAULT_GROUP_SIZE if self.algorithm.build().needs_groups else 1

    @property
    def critic(self) -> Literal["none", "shared", "separate"]:
        """The critic that this run really has: none where the algorithm, or the lack of RL, asks for none."""
        needed = self.rl is not None and self.algorithm.build().needs_critic
        return self.model.critic if needed else "none"

    @property
    def num_steps(self) -> int:
        """RL steps in all."""
        return self.rl.num_episodes // self.rl.episodes_per_step if self.rl is not None else 0
