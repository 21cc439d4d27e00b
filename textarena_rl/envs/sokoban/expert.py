"""What is known about a level beyond its rules: how far a position is from a win, and how to get there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from textarena_rl.envs.sokoban.bitboard import Room
from textarena_rl.envs.sokoban.distances import DistanceTable
from textarena_rl.envs.sokoban.rules import Game, Level
from textarena_rl.envs.sokoban.solver import Measure, OutOfBudget, Solver

__all__ = ["NO_PLAN", "Expert", "Plan", "Remaining", "expert_for"]

_POSITIONS_PER_PLACING = 3
"""A placing of the boxes costs a table about as much as so many positions cost a search."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A way to win from a position."""

    moves: tuple[int, ...]
    """Directions; none where there is no win, or none was found."""
    optimal_in: str
    """``moves`` or ``pushes``: no way to win has fewer of them; empty where there are no moves."""

    def after(self, direction: int) -> Plan | None:
        """What is left of the plan after a move; None where the move was not the plan's."""
        return Plan(self.moves[1:], self.optimal_in) if self.moves[:1] == (direction,) else None


NO_PLAN = Plan((), "")


@dataclass(frozen=True, slots=True)
class Remaining:
    """How far a position is from the nearest win."""

    distance: int
    """Moves, or pushes where the level is too large for a table; meaningless in a deadlock."""
    deadlock: bool
    """Proof was found that no win can be reached any more."""


class Expert:
    """The expert for one level. Its answers depend on the position only, so that any number of games can share it.

    Args:
        level: The level.
        budget: The most positions that one search may look at (30,000 take about a second). It bounds time and, unlike
            time, gives the same answers on every machine.
    """

    def __init__(self, level: Level, budget: int) -> None:
        self.room, *self._start = Room.of(level)
        self._budget = budget
        self._known: dict[tuple[int, int], Remaining] = {}

    def plan(self, game: Game) -> Plan:
        """The fewest moves to a win; the fewest pushes where the search for them runs out of its budget."""
        return self._plan(*self.room.position(game.board))

    @cached_property
    def plan_at_start(self) -> Plan:
        """The plan for the level's first position."""
        return self._plan(*self._start)

    def _plan(self, boxes: int, player: int) -> Plan:
        if self._table.complete:
            way = self._table.way(boxes, player)
            return Plan(way, "moves") if way else NO_PLAN
        measures: tuple[Measure, ...] = ("moves", "pushes")
        for measure in measures:
            try:
                solution = self._solver.solve(boxes, player, measure, self._budget)
            except OutOfBudget:
                continue
            return Plan(solution.moves, measure if solution.moves else "") if solution else NO_PLAN
        return NO_PLAN

    def remaining(self, game: Game) -> Remaining:
        """The distance from the game's position to the nearest win."""
        return self._remaining(*self.room.position(game.board))

    @cached_property
    def remaining_at_start(self) -> Remaining:
        """The distance from the level's first position to the nearest win."""
        return self._remaining(*self._start)

    @cached_property
    def _solver(self) -> Solver:
        return Solver(self.room)

    @cached_property
    def _table(self) -> DistanceTable:
        """The exact distances of the whole level, where they fit into the budget."""
        return DistanceTable(self.room, self._budget // _POSITIONS_PER_PLACING)

    def _remaining(self, boxes: int, player: int) -> Remaining:
        if self._table.complete:
            moves = self._table.distance(boxes, player)
            return Remaining(moves or 0, moves is None)
        position = boxes, self.room.region(player, boxes)
        if position not in self._known:
            self._known[position] = self._by_search(boxes, player)
        return self._known[position]

    def _by_search(self, boxes: int, player: int) -> Remaining:
        """The fewest pushes; their lower bound where the search runs out of its budget."""
        try:
            solution = self._solver.solve(boxes, player, "pushes", self._budget)
        except OutOfBudget:
            return Remaining(self._solver.bound(boxes), False)
        return Remaining(solution.num_pushes if solution else 0, solution is None)


@lru_cache(maxsize=32)
def expert_for(level: Level, budget: int) -> Expert:
    """The expert for a level, the same one as long as it is remembered: groups of episodes play one level."""
    return Expert(level, budget)
