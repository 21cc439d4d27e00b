"""The Curriculum protocol, and the simplest curriculum: every task equally often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from textarena_rl.episode import Episode
from textarena_rl.errors import InvalidConfig

__all__ = ["Curriculum", "Uniform"]


class Curriculum(Protocol):
    """Decides which tasks are played next."""

    def next_tasks(self, num: int) -> list[str]:
        """The next ``num`` tasks, in playing order."""
        ...

    def record(self, episodes: Iterable[Episode]) -> None:
        """Learn from finished episodes."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to continue as if never stopped, JSON-able."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state_dict`."""
        ...


class Uniform:
    """Every task once per epoch, in an order that is shuffled anew for each epoch.

    The order of an epoch depends on the seed and the number of the epoch alone, so the state is one number.

    Args:
        tasks: The tasks to play.
        seed: Decides the orders.

    Raises:
        InvalidConfig: There is no task.
    """

    def __init__(self, tasks: Sequence[str], seed: int) -> None:
        if not tasks:
            raise InvalidConfig("Uniform: expected at least one task, got none. Check the split or the task list.")
        self.tasks = tuple(tasks)
        self.seed = seed
        self._num_played = 0

    def next_tasks(self, num: int) -> list[str]:
        """The next ``num`` tasks; an epoch's end may lie in the middle."""
        positions = range(self._num_played, self._num_played + num)
        orders = {epoch: self._order(epoch) for epoch in {position // len(self.tasks) for position in positions}}
        self._num_played += num
        return [self.tasks[orders[p // len(self.tasks)][p % len(self.tasks)]] for p in positions]

    def _order(self, epoch: int) -> list[int]:
        return [int(i) for i in np.random.default_rng([self.seed, epoch]).permutation(len(self.tasks))]

    def record(self, episodes: Iterable[Episode]) -> None:
        """Nothing to learn: the order does not depend on success."""

    def state_dict(self) -> dict[str, Any]:
        """How many tasks were given out, and of which list."""
        return {"num_played": self._num_played, "num_tasks": len(self.tasks), "seed": self.seed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where the state was taken.

        Raises:
            InvalidConfig: The state belongs to another seed or to another number of tasks.
        """
        expected, got = (len(self.tasks), self.seed), (state["num_tasks"], state["seed"])
        if expected != got:
            raise InvalidConfig(
                f"Uniform: expected a state of {expected[0]} tasks and seed {expected[1]}, "
                f"got one of {got[0]} tasks and seed {got[1]}. Resume with the same tasks and seed."
            )
        self._num_played = int(state["num_played"])
