"""Sokoban once more, as plainly as it can be said, to check the real one against.

Sets of cells and breadth-first search: nothing here is shared with the package, and nothing is fast.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

Cell = tuple[int, int]
DELTAS = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}


@dataclass(frozen=True)
class Board:
    """Rows and columns from the top left."""

    floor: frozenset[Cell]
    goals: frozenset[Cell]
    boxes: frozenset[Cell]
    player: Cell

    @classmethod
    def read(cls, rows: list[str]) -> Board:
        cells = {(i, j): symbol for i, row in enumerate(rows) for j, symbol in enumerate(row)}
        (player,) = (cell for cell, symbol in cells.items() if symbol in "@+")
        return cls(
            frozenset(cell for cell, symbol in cells.items() if symbol != "#"),
            frozenset(cell for cell, symbol in cells.items() if symbol in ".*+"),
            frozenset(cell for cell, symbol in cells.items() if symbol in "$*"),
            player,
        )

    def after(self, letter: str) -> tuple[Board, bool]:
        """The board after a move, and whether a box was pushed; the same board where the move is blocked."""
        down, right = DELTAS[letter]
        there = (self.player[0] + down, self.player[1] + right)
        beyond = (there[0] + down, there[1] + right)
        if there not in self.floor:
            return self, False
        if there not in self.boxes:
            return Board(self.floor, self.goals, self.boxes, there), False
        if beyond not in self.floor or beyond in self.boxes:
            return self, False
        return Board(self.floor, self.goals, self.boxes - {there} | {beyond}, there), True

    @property
    def solved(self) -> bool:
        return self.boxes == self.goals


def fewest(board: Board, what: str) -> int | None:
    """The fewest ``pushes`` or ``moves`` that solve a board, tried one by one; None where nothing does."""
    queue = deque([(0, board)])
    best = {board: 0}
    while queue:
        spent, now = queue.popleft()
        if spent > best[now]:
            continue
        if now.solved:
            return spent
        for letter in DELTAS:
            then, pushed = now.after(letter)
            price = 1 if what == "moves" or pushed else 0
            if then not in best or spent + price < best[then]:
                best[then] = spent + price
                # Free steps go to the front, so that the queue stays in order of what was spent.
                (queue.append if price else queue.appendleft)((spent + price, then))
    return None
