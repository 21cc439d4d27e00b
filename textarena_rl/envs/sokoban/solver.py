"""The solver: A* for a win with the fewest pushes, or with the fewest moves.

A node is a position just after a push (and the start). Its cost is what was spent so far; the lower bound on what is
still to come assigns each box a goal of its own, at the distance of a box that is alone in the room. The bound never
exceeds the truth and never drops by more than an edge costs, so the first win that leaves the queue is optimal.

Source: Hart, Nilsson and Raphael 1968, "A formal basis for the heuristic determination of minimum cost paths";
Junghanns and Schaeffer 2001, "Sokoban: Enhancing general single-agent search methods" for the assignment bound.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textarena_rl.envs.sokoban.bitboard import Room, bits, shifted

__all__ = ["OutOfBudget", "Solution", "Solver"]

Measure = Literal["pushes", "moves"]
_Node = tuple[int, int]
"""The boxes, and the player: by pushes the whole region, by moves the cell."""
_Trace = dict[_Node, tuple[_Node, int, int]]
"""For each node the one before it, the direction of the push between them, and the box before the push."""
_MOST_ASSIGNED = 6
"""Up to so many boxes the bound solves the assignment; beyond, each box takes its nearest goal."""
_IMPOSSIBLE = 1 << 30


class OutOfBudget(Exception):
    """The search looked at as many positions as it was allowed to, and knows no answer yet."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A way to win."""

    moves: tuple[int, ...]
    """Directions, first to last."""
    num_pushes: int
    """How many of them push a box."""


class Solver:
    """Finds optimal solutions from any position of one room.

    Args:
        room: The room; the bounds worked out for it serve all searches.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self._goals = list(bits(room.goals))
        self._distances = [self._from_goal(goal) for goal in self._goals]
        self._bounds: dict[int, int] = {}
        self.alive = 0
        """The cells from which a box that is alone in the room can be pushed to some goal; all others are dead."""
        for distances in self._distances:
            for cell in distances:
                self.alive |= cell

    def solve(self, boxes: int, player: int, measure: Measure, budget: int | None = None) -> Solution | None:
        """The solution with the fewest pushes or moves; None where there is none.

        Args:
            boxes: The boxes.
            player: The player's cell, as one bit.
            measure: What to have the fewest of.
            budget: The most positions to look at. It stands for time (a core looks at some 30,000 a second) and, unlike
                time, gives the same answer on every machine.

        Raises:
            OutOfBudget: No answer was found within the budget.
        """
        start: _Node = (boxes, self.room.region(player, boxes) if measure == "pushes" else player)
        bound = self.bound(boxes)
        if bound >= _IMPOSSIBLE:
            return None
        costs: dict[_Node, int] = {start: 0}
        came_from: _Trace = {}
        queue = [(bound, bound, 0, start)]
        num_queued = num_seen = 0
        while queue:
            total, bound, _, node = heapq.heappop(queue)
            cost = costs[node]
            if total > cost + bound:
                continue  # a cheaper way here was found after this entry
            if node[0] == self.room.goals:
                return self._retrace(came_from, start, node, player)
            num_seen += 1
            if budget is not None and num_seen > budget:
                raise OutOfBudget
            edges = self._by_pushes(*node) if measure == "pushes" else self._by_moves(*node)
            for spent, after, direction, box in edges:
                known = costs.get(after)
                if known is not None and known <= cost + spent:
                    continue
                bound = self.bound(after[0])
                if bound >= _IMPOSSIBLE:
                    continue
                costs[after] = cost + spent
                came_from[after] = node, direction, box
                num_queued += 1
                heapq.heappush(queue, (cost + spent + bound, bound, num_queued, after))
        return None

    def bound(self, boxes: int) -> int:
        """Pushes that are needed at least: the cheapest assignment of boxes to goals."""
        known = self._bounds.get(boxes)
        if known is None:
            known = self._bounds[boxes] = _IMPOSSIBLE if boxes & ~self.alive else self._assignment(list(bits(boxes)))
        return known

    def _by_pushes(self, boxes: int, region: int) -> Iterator[tuple[int, _Node, int, int]]:
        """Edges of cost 1: the cost, the node after the push, its direction and the box."""
        room = self.room
        for direction, box in room.pushes(boxes, region):
            landing = shifted(box, room.steps[direction])
            if landing & self.alive:
                pushed = boxes ^ box ^ landing
                yield 1, (pushed, room.region(box, pushed)), direction, box

    def _by_moves(self, boxes: int, player: int) -> Iterator[tuple[int, _Node, int, int]]:
        """Edges that cost the walk to the box and the push."""
        room = self.room
        free = room.floor & ~boxes
        up, down, left, right = room.steps
        wave, reached, cost = player, player, 1
        while wave:
            for direction, box in room.pushes(boxes, wave):
                landing = shifted(box, room.steps[direction])
                if landing & self.alive:
                    yield cost, (boxes ^ box ^ landing, box), direction, box
            wave = (wave << down | wave >> -up | wave << right | wave >> -left) & free & ~reached
            reached |= wave
            cost += 1

    def _retrace(self, came_from: _Trace, start: _Node, end: _Node, player: int) -> Solution:
        """The moves behind a chain of nodes: the pushes, and shortest walks between them."""
        pushes: list[tuple[int, int, int]] = []
        node = end
        while node != start:
            node, direction, box = came_from[node]
            pushes.append((node[0], direction, box))
        moves: list[int] = []
        for boxes, direction, box in reversed(pushes):
            moves += [*self.room.walk(player, shifted(box, -self.room.steps[direction]), boxes), direction]
            player = box
        return Solution(tuple(moves), len(pushes))

    def _from_goal(self, goal: int) -> dict[int, int]:
        """The pushes that a box alone in the room needs to this goal, for each cell that it can come from."""
        distances, layer, pushes = {goal: 0}, [goal], 0
        while layer:
            pushes += 1
            before = []
            for box in layer:
                for step in self.room.steps:
                    cell, player = shifted(box, -step), shifted(box, -2 * step)
                    if cell & self.room.floor and player & self.room.floor and cell not in distances:
                        distances[cell] = pushes
                        before.append(cell)
            layer = before
        return distances

    def _assignment(self, boxes: list[int]) -> int:
        """The least sum of distances, each box to a goal of its own; beyond a few boxes, to its nearest goal."""
        table = [[distances.get(box, _IMPOSSIBLE) for distances in self._distances] for box in boxes]
        if len(boxes) > _MOST_ASSIGNED:
            return sum(map(min, table))
        best = {0: 0}  # the least sum for each set of goals taken, box by box
        for row in table:
            longer: dict[int, int] = {}
            for taken, spent in best.items():
                for goal, distance in enumerate(row):
                    if not taken >> goal & 1 and distance < _IMPOSSIBLE:
                        chosen = taken | 1 << goal
                        longer[chosen] = min(longer.get(chosen, _IMPOSSIBLE), spent + distance)
            best = longer
        return min(best.values(), default=_IMPOSSIBLE)
