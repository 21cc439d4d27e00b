"""ALFWorld as an environment, with households made up on the spot."""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.expert import shortest_plan
from textarena_rl.envs.alfworld.generator import SPLITS, Settings, generate
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.text import TEXT_VERSIONS
from textarena_rl.errors import InvalidConfig

__all__ = ["ALFWorldEnv", "HouseholdEnv"]


class HouseholdEnv(TextEnv):
    """What every household has in common, wherever its games come from: a subclass says which game a task is.

    Args:
        text_version: ``0.4`` or ``0.3``.
        strict: Keep every quirk of the original.
        max_turns, split, admissible_actions, expert_actions, progress, render_mode: See :class:`TextEnv`.

    Raises:
        InvalidConfig: An argument is not one of those allowed.
    """

    engine: Engine | None

    def __init__(
        self,
        *,
        text_version: str,
        strict: bool,
        max_turns: int,
        split: str,
        admissible_actions: bool,
        expert_actions: bool,
        progress: bool,
        render_mode: str | None,
    ) -> None:
        where = type(self).__name__
        if text_version not in TEXT_VERSIONS:
            raise InvalidConfig(f"{where}: expected text_version to be '0.4' or '0.3', got {text_version!r}.")
        if not isinstance(strict, bool):
            raise InvalidConfig(f"{where}: expected strict to be True or False, got {strict!r}.")
        super().__init__(
            max_turns=max_turns,
            split=split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )
        self.text_version = text_version
        self.strict = strict
        self._optimal_turns: int | None = None

    def _house(self, task: str) -> House:
        """The house of a task; raises InvalidConfig where there is no such task."""
        raise NotImplementedError

    def _start(self, task: str) -> str:
        engine = Engine(self._house(task), strict=self.strict)
        self.engine, self._optimal_turns = engine, None
        return engine.house.intro

    def _act(self, action: str) -> Reply:
        told, carried_out = self._playing().step(action)
        return Reply(told, not carried_out)

    def _status(self) -> Status:
        return _STATUS[self._playing().won]

    def _objective(self) -> str:
        return self._playing().house.game.objective

    def _admissible_actions(self) -> list[str]:
        return self._playing().admissible

    def _expert_actions(self) -> list[str]:
        return shortest_plan(self._playing()) or []

    def _progress(self) -> float:
        engine = self._playing()
        if engine.won:
            return 1.0
        if self._optimal_turns is None:
            self._optimal_turns = len(shortest_plan(Engine(engine.house)) or [])
        plan = shortest_plan(engine)
        return max(0.0, 1.0 - len(plan) / self._optimal_turns) if plan and self._optimal_turns else 0.0

    def _info(self, *, invalid: bool) -> dict[str, Any]:
        info = super()._info(invalid=invalid)
        engine = self._playing()
        met, total = engine.conditions
        info["goal_condition_success_rate"] = met / total
        info["task_type"] = engine.house.task_type
        info["game_id"] = engine.house.game.id
        return info

    def _playing(self) -> Engine:
        assert self.engine is not None  # TextEnv.step refuses to run before reset
        return self.engine

    def _restore(self, snapshot: Any) -> None:
        super()._restore(snapshot)
        self._optimal_turns = None

    def clone(self) -> HouseholdEnv:
        """An independent copy in the very same state; what never changes is shared, so that it takes microseconds."""
        twin = copy.copy(self)
        twin._requested = dict(self._requested)
        twin.observation_space, twin.action_space = _own(self.observation_space), _own(self.action_space)
        twin.engine = None if self.engine is None else self.engine.copy()
        if self._np_random is not None:
            stream = type(self._np_random.bit_generator)(0)  # twice as fast as copying it
            stream.state = self._np_random.bit_generator.state
            twin._np_random = np.random.Generator(stream)
        return twin


def _own(space: gym.Space[str]) -> gym.Space[str]:
    """A copy of a space that draws samples of its own."""
    return copy.copy(space) if space._np_random is None else copy.deepcopy(space)


_STATUS = {won: Status(won=won, lost=False, score=float(won), max_score=1.0) for won in (False, True)}


class ALFWorldEnv(HouseholdEnv):
    """A room of a household, and one chore in it: find a thing, perhaps treat it, and bring it where it belongs.

    The rules, the sentences and the admissible commands are those of the text version of ALFWorld, byte for byte. The
    households are made up on the spot: furnished by the counts of the original's 120 scenes, with things put where
    its tables allow them. The ids ``ALFWorld-train``, ``-valid_seen`` and ``-valid_unseen`` play the official games.

    Action Space:
        Free text, one command a turn: ``look``, ``inventory``, ``help``, ``go to <receptacle>``,
        ``open <receptacle>``, ``close <receptacle>``, ``take <object> from <receptacle>``,
        ``move <object> to <receptacle>`` (in text version 0.3 ``put <object> in/on <receptacle>``),
        ``examine <receptacle or object>``, ``use <lamp>``, ``heat <object> with <microwave>``,
        ``cool <object> with <fridge>``, ``clean <object> with <sink>``, ``slice <object> with <knife>``.
        Anything else is answered ``Nothing happens.`` and counts as invalid.

    Observation Space:
        The answer to the command, one line or few. It tells what a receptacle holds when one arrives, opens or
        examines it. The first text lists the receptacles and states the chore.

    Starting State:
        The game of one seed. ``reset`` draws a seed of the split; ``options={"task": "17"}`` asks for one. Seeds: train
        50001 to 55000, valid 40001 to 40100, test 1 to 100.

    Rewards:
        1 at the winning turn, 0 at every other, as in the original. ``textarena_rl.wrappers.DenseReward`` pays the
        changes of ``info["goal_condition_success_rate"]``.

    Episode End:
        Terminated when the chore is done (won). Truncated after ``max_turns`` turns. Games cannot be lost.

    Information:
        What every world tells; ``goal_condition_success_rate``, the share of the goal's conditions that are met;
        ``task_type``; ``game_id``. On request ``admissible_actions`` (sorted, every command that does anything),
        ``expert_actions`` (a shortest win from here; empty where there is none) and ``progress`` (the share of the
        shortest win that lies behind).

    Arguments:
        task_type: ``pick`` (put a thing somewhere), ``look`` (hold a thing beside a lamp that is on), ``clean``,
            ``heat``, ``cool`` (treat it, then put it somewhere), ``two`` (put two things of a kind into one
            receptacle), or ``all``: any of them, drawn with the seed.
        receptacles: How many, 5 to 60.
        objects: How many things can be picked up, 5 to 100.
        colocated: The share of receptacles that stand where another one stands.
        distractors: How many things of the wanted kind there are beyond those needed. Any of them will do.
        text_version: ``0.4``, or ``0.3`` for prompts and scores of alfworld before 0.4.
        strict: True keeps every quirk of the original. False lets receptacles that share a location be gone to and
            visible things be examined, gives the reason after ``Nothing happens.``, and accepts differences of case
            and blanks, and ``move``, ``put`` and ``place`` with ``to``, ``in`` and ``on`` in either version.
        split: ``train``, ``valid`` or ``test``.
        max_turns: Turns until truncation.
        admissible_actions, expert_actions, progress: What to add to ``info``.

    Version History:
        1: the first.

    Example turn (ALFWorld-heat-r20-o30, task 1):
        Objective: heat some plate and put it in fridge.

        -= Welcome to TextWorld, ALFRED! =-

        You are in the middle of a room. Looking quickly around you, you see a cabinet 8, a cabinet 7, a
        cabinet 6, a cabinet 5, a cabinet 4, a cabinet 3, a cabinet 2, a cabinet 1, a coffeemachine 1, a
        countertop 1, a diningtable 1, a drawer 4, a drawer 3, a drawer 2, a drawer 1, a fridge 1, a
        microwave 1, a sinkbasin 1, a stoveburner 1, and a toaster 1.

        Your task is to: heat some plate and put it in fridge.

        > go to sinkbasin 1

        You arrive at sinkbasin 1. On the sinkbasin 1, you see a plate 1, and a pot 1.

        > take plate 1 from sinkbasin 1

        You pick up the plate 1 from the sinkbasin 1.

    Raises:
        InvalidConfig: An argument is out of range; in ``reset``, the task is not a seed of a split.
    """

    def __init__(
        self,
        *,
        task_type: str = "all",
        receptacles: int = 20,
        objects: int = 30,
        colocated: float = 0.2,
        distractors: int = 1,
        text_version: str = "0.4",
        strict: bool = True,
        split: str = "train",
        max_turns: int = 50,
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.settings = Settings(task_type, receptacles, objects, colocated, distractors)
        super().__init__(
            text_version=text_version,
            strict=strict,
            max_turns=max_turns,
            split=split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The seeds of a split, as strings."""
        chosen = self.split if split is None else split
        if chosen not in self.splits:
            raise InvalidConfig(f"ALFWorldEnv: expected split to be one of {', '.join(self.splits)}, got {chosen!r}.")
        return _seeds(chosen)

    def _house(self, task: str) -> House:
        seed = int(task) if task.isascii() and task.isdecimal() and len(task) < 9 else 0
        if not any(seed in span for span in SPLITS.values()):
            spans = ", ".join(f"{name} {span[0]}..{span[-1]}" for name, span in SPLITS.items())
            raise InvalidConfig(
                f"ALFWorldEnv: expected a task to be a seed of one of the splits ({spans}), got {task!r}."
            )
        return _generated(self.settings, seed, self.text_version)


@functools.lru_cache(maxsize=256)  # groups of episodes start from the same game
def _generated(settings: Settings, seed: int, text_version: str) -> House:
    return House(generate(settings, seed), text_version)


@functools.lru_cache(maxsize=3)
def _seeds(split: str) -> tuple[str, ...]:
    return tuple(map(str, SPLITS[split]))
