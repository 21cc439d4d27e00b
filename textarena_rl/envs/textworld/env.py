"""TextWorld as an environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.expert import shortest_plan
from textarena_rl.envs.textworld.games import Knobs
from textarena_rl.envs.textworld.library import find_game, seeds
from textarena_rl.errors import InvalidConfig

__all__ = ["TextWorldEnv"]


class TextWorldEnv(TextEnv):
    """A house of rooms, and a chore in it that the objective tells step by step."""

    engine: Engine | None

    def __init__(
        self,
        *,
        world_size: int = 2,
        nb_objects: int = 3,
        quest_length: int = 4,
        split: str = "train",
        max_turns: int | None = None,
        observation: str = "paper",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.knobs = Knobs(world_size, nb_objects, quest_length)
        if observation not in ("paper", "raw"):
            raise InvalidConfig(f"TextWorldEnv: expected observation to be 'paper' or 'raw', got {observation!r}.")
        self.observation = observation
        self._optimal_turns = 0
        super().__init__(
            max_turns=3 * quest_length if max_turns is None else max_turns,
            split=split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The seeds of a split as strings: those that are shipped for these knobs, else all that the split spans."""
        chosen = self.split if split is None else split
        if chosen not in self.splits:
            raise InvalidConfig(f"TextWorldEnv: expected split to be one of {', '.join(self.splits)}, got {chosen!r}.")
        return tuple(map(str, seeds(self.knobs, chosen)))

    def _start(self, task: str) -> str:
        if not task.isdecimal():
            raise InvalidConfig(f"TextWorldEnv: expected a task to be a seed such as '17', got {task!r}.")
        self.engine = Engine(find_game(self.knobs, int(task)))
        self._optimal_turns = 0
        description, inventory = self.engine.description, self.engine.inventory
        if self.observation == "raw":
            return f"{description}\n\n{inventory}"
        return self._lines(description)

    def _act(self, action: str) -> Reply:
        engine = self._playing()
        outcome = engine.step(action)
        if self.observation == "raw":
            return Reply(outcome.feedback + outcome.notice, outcome.invalid)
        return Reply(self._lines(outcome.feedback), outcome.invalid)

    def _lines(self, feedback: str) -> str:
        """The papers' three lines: the room, what happened, what is carried."""
        engine = self._playing()
        # The header of a description repeats the room.
        told = feedback.partition(" =-\n")[2] if feedback.startswith("-= ") else feedback
        lines = [f"You are now in the {engine.room_name}.", " ".join(told.split()), engine.inventory]
        return "\n".join(dict.fromkeys(lines))

    def _status(self) -> Status:
        engine = self._playing()
        state = engine.state
        return Status(state.won, state.lost, state.score, engine.world.game.max_score)

    def _objective(self) -> str:
        return self._playing().world.game.objective

    def _admissible_actions(self) -> list[str]:
        return self._playing().admissible

    def _expert_actions(self) -> list[str]:
        return shortest_plan(self._playing()) or []

    def _progress(self) -> float:
        engine = self._playing()
        if not self._optimal_turns:
            self._optimal_turns = len(shortest_plan(Engine(engine.world.game)) or [])
        plan = shortest_plan(engine)
        if plan is None or not self._optimal_turns:
            return 0.0
        return max(0.0, 1.0 - len(plan) / self._optimal_turns)

    def _playing(self) -> Engine:
        assert self.engine is not None  # TextEnv.step refuses to run before reset
        return self.engine

    def _restore(self, snapshot: Any) -> None:
        super()._restore(snapshot)
        self._optimal_turns = 0
