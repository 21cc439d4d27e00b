"""The contract of every world: :class:`TextEnv` and the ``info`` dictionary.

A world subclasses :class:`TextEnv` and fills in five small hooks; everything that users and trainers rely on (turn
counting, truncation, rewards from the score, the ``info`` contract, snapshots) is written here, once.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import gymnasium as gym
from gymnasium.error import ResetNeeded

from textarena_rl.errors import InvalidConfig
from textarena_rl.spaces import FreeText

__all__ = ["INFO_KEYS", "Reply", "Status", "TextEnv"]

INFO_KEYS = ("won", "lost", "score", "max_score", "turn", "max_turns", "invalid_action", "task", "objective")
"""The keys that every ``info`` holds, after ``reset`` and after each ``step``."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a world answers to an action."""

    observation: str
    """The text shown next."""
    invalid: bool = False
    """The action could not be understood or carried out; the turn is spent all the same."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where the game stands."""

    won: bool
    lost: bool
    score: float
    max_score: float


class TextEnv(gym.Env[str, str]):
    """A world played in text, turn by turn.

    Subclasses implement ``tasks``, ``_start``, ``_act``, ``_status`` and ``_objective``, and those of
    ``_admissible_actions``, ``_expert_actions`` and ``_progress`` that the world can offer. They keep all game state in
    attributes that :meth:`_snapshot` returns (by default a deep copy of ``self.engine``).

    Args:
        max_turns: Turns until the episode is truncated.
        split: Which tasks ``reset`` draws from; splits are disjoint.
        admissible_actions: Put every action that the world accepts now into ``info["admissible_actions"]``.
        expert_actions: Put a continuation that wins into ``info["expert_actions"]``.
        progress: Put the share of the way already covered, in [0, 1], into ``info["progress"]``.

    Raises:
        InvalidConfig: ``max_turns`` is not positive, or the world has no such split.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}
    env_version: ClassVar[int] = 1
    """Raised whenever the text or the rules of the world change."""
    splits: ClassVar[tuple[str, ...]] = ("train", "valid", "test")
    many_actions_a_turn: ClassVar[bool] = False
    """Whether the world carries out several actions that one turn names, one a line; others refuse them as a whole."""

    def __init__(
        self,
        *,
        max_turns: int,
        split: str = "train",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        where = type(self).__name__
        if max_turns < 1:
            raise InvalidConfig(f"{where}: expected max_turns of at least 1, got {max_turns}. Give a positive limit.")
        if split not in self.splits:
            raise InvalidConfig(f"{where}: expected split to be one of {', '.join(self.splits)}, got {split!r}.")
        if render_mode not in (None, "ansi"):
            raise InvalidConfig(f"{where}: expected render_mode 'ansi' or None, got {render_mode!r}.")
        self.max_turns = max_turns
        self.split = split
        self.render_mode = render_mode
        self._requested = {
            "admissible_actions": admissible_actions,
            "expert_actions": expert_actions,
            "progress": progress,
        }
        self.observation_space = FreeText()
        self.action_space = FreeText()
        self.engine: Any = None
        self._task = ""
        self._turn = 0
        self._over = True
        self._observation = ""

    # ------------------------------------------------------------------ what a world provides

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The task ids of a split (by default the environment's own), in a fixed order."""
        raise NotImplementedError

    def _start(self, task: str) -> str:
        """Set the world up for ``task`` and return the first observation."""
        raise NotImplementedError

    def _act(self, action: str) -> Reply:
        """Carry out one action; refuse a malformed one in the world's own words."""
        raise NotImplementedError

    def _status(self) -> Status:
        raise NotImplementedError

    def _objective(self) -> str:
        raise NotImplementedError

    def _admissible_actions(self) -> list[str]:
        raise InvalidConfig(f"{type(self).__name__}: this world lists no admissible actions. Leave the argument out.")

    def _expert_actions(self) -> list[str]:
        raise InvalidConfig(f"{type(self).__name__}: this world has no expert. Leave the argument out.")

    def _progress(self) -> float:
        raise InvalidConfig(f"{type(self).__name__}: this world measures no progress. Leave the argument out.")

    def _out_of_turns(self) -> bool:
        """Whether the episode is cut short now; a world that has a further limit adds it here."""
        return self._turn >= self.max_turns

    def _snapshot(self) -> Any:
        return copy.deepcopy(self.engine)

    def _restore(self, snapshot: Any) -> None:
        self.engine = copy.deepcopy(snapshot)

    # ------------------------------------------------------------------ what everybody gets

    @property
    def task(self) -> str:
        """The id of the task being played."""
        return self._task

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode: the task in ``options["task"]``, or one that the generator draws from the split.

        Raises:
            InvalidConfig: ``options`` has an unknown key, or the task does not exist.
        """
        super().reset(seed=seed)
        options = dict(options or {})
        task = options.pop("task", None)
        if options:
            raise InvalidConfig(
                f"{type(self).__name__}.reset: expected options with the key 'task' only, got {sorted(options)}."
            )
        if task is None:
            tasks = self.tasks()
            if not tasks:
                raise InvalidConfig(
                    f"{type(self).__name__}.reset: expected tasks in the split {self.split!r}, got none. Take another."
                )
            task = tasks[int(self.np_random.integers(len(tasks)))]
        self._observation = self._start(str(task))
        self._task = str(task)
        self._turn = 0
        self._over = False
        return self._observation, self._info(invalid=False)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Spend one turn on ``action``; the reward is the change of the world's score.

        Raises:
            ResetNeeded: The episode is over, or was never begun.
            InvalidConfig: ``action`` is not a string (a *malformed* string never raises).
        """
        if self._over:
            raise ResetNeeded(f"{type(self).__name__}.step: the episode is over. Call reset() first.")
        if not isinstance(action, str):
            raise InvalidConfig(
                f"{type(self).__name__}.step: expected the action as a string, got {type(action).__name__}. Pass text."
            )
        score_before = self._status().score
        reply = self._act(action)
        self._turn += 1
        self._observation = reply.observation
        status = self._status()
        terminated = status.won or status.lost
        truncated = not terminated and self._out_of_turns()
        self._over = terminated or truncated
        info = self._info(invalid=reply.invalid)
        return reply.observation, float(status.score - score_before), terminated, truncated, info

    def _info(self, *, invalid: bool) -> dict[str, Any]:
        status = self._status()
        info: dict[str, Any] = {
            "won": status.won,
            "lost": status.lost,
            "score": float(status.score),
            "max_score": float(status.max_score),
            "turn": self._turn,
            "max_turns": self.max_turns,
            "invalid_action": invalid,
            "task": self._task,
            "objective": self._objective(),
        }
        if self._requested["admissible_actions"]:
            info["admissible_actions"] = self._admissible_actions()
        if self._requested["expert_actions"]:
            info["expert_actions"] = self._expert_actions()
        if self._requested["progress"]:
            info["progress"] = float(self._progress())
        return info

    def get_state(self) -> Any:
        """An opaque, picklable snapshot of the episode, its random stream included."""
        generator = copy.deepcopy(self.np_random.bit_generator.state)
        return (self._snapshot(), self._task, self._turn, self._over, self._observation, generator)

    def set_state(self, state: Any) -> None:
        """Go back to a snapshot of :meth:`get_state`, of this or of another copy of the same world."""
        snapshot, self._task, self._turn, self._over, self._observation, generator = state
        self._restore(snapshot)
        self.np_random.bit_generator.state = copy.deepcopy(generator)

    def clone(self) -> TextEnv:
        """An independent copy in the very same state."""
        return copy.deepcopy(self)

    def render(self) -> str | None:  # type: ignore[override]
        """The last observation, where ``render_mode`` is ``"ansi"``."""
        return self._observation if self.render_mode == "ansi" else None
