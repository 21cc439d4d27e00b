"""A board as bit masks: where the player can walk, which boxes can be pushed or pulled, all cells at once.

Cell ``c`` of the board's text is bit ``c`` of a mask, so that a whole set of cells moves one step by a shift. The walls
around a board, and the line ends in its text, keep sets from running over its edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textarena_rl.envs.sokoban.rules import Level, steps

__all__ = ["Room", "bits", "shifted"]


def shifted(mask: int, step: int) -> int:
    """The mask with every cell moved by ``step``."""
    return mask << step if step > 0 else mask >> -step


def bits(mask: int) -> Iterator[int]:
    """The single bits of a mask, lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


@dataclass(frozen=True, slots=True)
class Room:
    """What does not move: the cells inside the walls, and the goals.

    A position is two masks: the boxes, and the *region* of all cells where the player can walk without a push. All
    positions with the same two masks can be reached from each other by walking.
    """

    floor: int
    """The cells inside the walls."""
    goals: int
    """The goals among them."""
    steps: tuple[int, int, int, int]
    """The distance of a cell to its neighbour in each direction."""

    @classmethod
    def of(cls, level: Level) -> tuple[Room, int, int]:
        """The room of a level, its boxes, and the player's cell as one bit."""
        open_cells = goals = 0
        for cell, symbol in enumerate(level.text):
            if symbol not in "#\n":
                open_cells |= 1 << cell
            if symbol in ".*+":
                goals |= 1 << cell
        whole = cls(open_cells, goals, steps(level.width))
        boxes, player = whole.position(level.text.encode())
        inside = whole.region(player, 0)  # what lies outside of the walls is no floor
        return cls(inside, goals & inside, whole.steps), boxes & inside, player

    def position(self, board: bytes | bytearray) -> tuple[int, int]:
        """The boxes on a board in XSB, and the player's cell as one bit."""
        boxes = player = 0
        for cell, symbol in enumerate(board):
            if symbol in b"$*":
                boxes |= 1 << cell
            elif symbol in b"@+":
                player = 1 << cell
        return boxes & self.floor, player

    def region(self, player: int, boxes: int) -> int:
        """All cells that can be walked to from ``player``."""
        up, down, left, right = self.steps
        free = self.floor & ~boxes
        region = player
        while True:
            grown = region | (region << down | region >> -up | region << right | region >> -left) & free
            if grown == region:
                return region
            region = grown

    def pushes(self, boxes: int, region: int) -> Iterator[tuple[int, int]]:
        """Every push that is possible: its direction and the box that it moves, as one bit."""
        free = self.floor & ~boxes
        for direction, step in enumerate(self.steps):
            # The player stands behind the box, and before it is room.
            for box in bits(boxes & shifted(region, step) & shifted(free, -step)):
                yield direction, box

    def pulls(self, boxes: int, region: int) -> Iterator[tuple[int, int]]:
        """Every position, as its boxes and its region, from which a single push may have led here."""
        free = self.floor & ~boxes
        for step in self.steps:
            # After the push the player stood behind the box, and had come from one cell further behind.
            for box in bits(boxes & shifted(region, step) & shifted(free, 2 * step)):
                pulled = boxes ^ box ^ shifted(box, -step)
                yield pulled, self.region(shifted(box, -2 * step), pulled)

    def walk(self, start: int, end: int, boxes: int) -> list[int]:
        """The directions of a shortest walk between two cells of one region."""
        free = self.floor & ~boxes
        waves = [start]
        reached = start
        while not reached & end:
            last = waves[-1]
            wave = 0
            for step in self.steps:
                wave |= shifted(last, step)
            wave &= free & ~reached
            reached |= wave
            waves.append(wave)
        path: list[int] = []
        cell = end
        for wave in reversed(waves[:-1]):
            direction = next(d for d, step in enumerate(self.steps) if shifted(cell, -step) & wave)
            cell = shifted(cell, -self.steps[direction])
            path.append(direction)
        return path[::-1]
