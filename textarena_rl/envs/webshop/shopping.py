"""What the generated and the official shop have in common as environments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol, overload

import numpy.typing as npt

from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.envs.webshop.catalogue import Catalogue
from textarena_rl.envs.webshop.expert import plan, progress
from textarena_rl.envs.webshop.goals import Goal
from textarena_rl.envs.webshop.nouns import NounFinder
from textarena_rl.envs.webshop.pages import OBSERVATIONS
from textarena_rl.envs.webshop.shop import Rules, Shop, read_action
from textarena_rl.errors import InvalidConfig
from textarena_rl.spaces import FreeText

__all__ = ["Goals", "ShoppingEnv", "TaskIds"]

_ODD = re.compile(r"[\[\]\n]")
_UNCLICKABLE = re.compile(r"[\[\]\n]|^search$|^$")
_UNDECIDED = Status(won=False, lost=False, score=0.0, max_score=1.0)
_LONGEST = {"text": 1 << 20, "text_rich": 1 << 20}
_LONGEST_WITH_QUERY = 1 << 24  # characters: pages of HTML repeat the query in every link


class Goals(Protocol):
    """The goals of an environment, by number."""

    def __len__(self) -> int:
        """How many there are."""

    def goal(self, number: int) -> tuple[int, Goal]:
        """The product to buy, by its place in the catalogue, and what is said of it."""

    def of_split(self, split: str) -> range | npt.NDArray[Any]:
        """The numbers of the goals of a split."""


class TaskIds(Sequence[str]):
    """Numbers as strings, made when they are looked at: the full data has millions of goals."""

    def __init__(self, numbers: range | npt.NDArray[Any]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        """One task id, or some."""
        return TaskIds(self._numbers[place]) if isinstance(place, slice) else str(int(self._numbers[place]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (TaskIds, list, tuple)) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class ShoppingEnv(TextEnv):
    """A shop and its goals as an environment; see the manuals of its two kinds."""

    engine: Shop | None

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        goals: Goals,
        nouns: NounFinder,
        rules: Rules,
        observation_mode: str,
        prices: Sequence[float] | None,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        if observation_mode not in OBSERVATIONS:
            raise InvalidConfig(
                f"{type(self).__name__}: expected observation_mode to be one of {', '.join(OBSERVATIONS)}, got "
                f"{observation_mode!r}. Change it."
            )
        if type(rules.show_attrs) is not bool:
            raise InvalidConfig(f"{type(self).__name__}: expected show_attrs to be a bool, got {rules.show_attrs!r}.")
        self.observation_space = FreeText(_LONGEST.get(observation_mode, _LONGEST_WITH_QUERY))
        self.catalogue = catalogue
        self.rules = rules
        self.observation_mode = observation_mode
        self._goals = goals
        self._nouns = nouns
        self._prices = prices
        self._target = -1

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The numbers of a split's goals as strings."""
        chosen = self.split if split is None else split
        if chosen not in self.splits:
            raise InvalidConfig(
                f"{type(self).__name__}: expected split to be one of {', '.join(self.splits)}, got {chosen!r}."
            )
        return TaskIds(self._goals.of_split(chosen))

    def _start(self, task: str) -> str:
        known = task.isdecimal() and task.isascii() and len(task) < 10 and int(task) < len(self._goals)
        if not known or str(int(task)) != task:
            raise InvalidConfig(
                f"{type(self).__name__}: expected a task from '0' to '{len(self._goals) - 1}', got {task!r}. Take one "
                "of tasks()."
            )
        self._target, goal = self._goals.goal(int(task))
        self.engine = Shop(self.catalogue, goal, self._nouns, self.rules, task, self._prices)
        return OBSERVATIONS[self.observation_mode](self.engine)

    def _act(self, action: str) -> Reply:
        shop = self._shop()
        # The original reads the first line and ignores the rest; two actions in one turn are refused here.
        several = "\n" in action and any(
            (read_action(line) or ("",))[0] in ("search", "click") for line in action.split("\n")[1:]
        )
        understood = not several and shop.act(action)
        return Reply(OBSERVATIONS[self.observation_mode](shop), invalid=not understood)

    def _status(self) -> Status:
        verdict = self._shop().state.verdict
        if verdict is None:
            return _UNDECIDED
        return Status(won=verdict.reward >= 1, lost=verdict.reward < 1, score=verdict.reward, max_score=1.0)

    def _objective(self) -> str:
        return self._shop().goal.instruction

    def _info(self, *, invalid: bool) -> dict[str, Any]:
        info = super()._info(invalid=invalid)
        info["catalogue"] = self.catalogue.hash
        shop = self._shop()
        if self._requested["admissible_actions"]:
            info["available_actions"] = shop.available()
        if shop.state.verdict is not None:
            info.update(shop.state.verdict.parts)
        return info

    def _admissible_actions(self) -> list[str]:
        shop = self._shop()
        if shop.state.page == "search":
            return ["search[<your query>]"]
        # Option values with a bracket or a line end cannot be clicked in the original either, nor can "search".
        texts = shop.targets()
        odd = _ODD.search(" ".join(texts)) or "search" in texts or "" in texts
        return [f"click[{text}]" for text in texts if not (odd and _UNCLICKABLE.search(text))]

    def _expert_actions(self) -> list[str]:
        return plan(self._shop(), self._target)

    def _progress(self) -> float:
        return progress(self._shop())

    def _snapshot(self) -> Any:
        return super()._snapshot(), self._target

    def _restore(self, snapshot: Any) -> None:
        engine, self._target = snapshot
        super()._restore(engine)

    def _shop(self) -> Shop:
        assert self.engine is not None  # TextEnv.step refuses to run before reset
        return self.engine
