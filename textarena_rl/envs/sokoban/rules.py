"""The rules: a :class:`Level`, and a :class:`Game` being played on it. Read this file first.

A board is its own text, in the symbols that Sokoban players have used since the eighties (XSB)::

    #####      #  wall           $  box             @  player
    #@$.#      (blank)  floor    *  box on a goal   +  player on a goal
    #####      .  goal

A cell is an index into that text, line ends included: one row down is ``width + 1`` further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textarena_rl.errors import InvalidConfig

__all__ = ["DIRECTIONS", "DOWN", "LEFT", "RIGHT", "UP", "Game", "Level", "LevelError", "steps"]

DIRECTIONS = ("Up", "Down", "Left", "Right")
"""The four actions; a direction is an index into this."""
UP, DOWN, LEFT, RIGHT = range(4)

_WALL, _FLOOR, _GOAL, _BOX, _BOX_ON_GOAL, _PLAYER, _PLAYER_ON_GOAL = b"# .$*@+"
_WITH_PLAYER = {_FLOOR: _PLAYER, _GOAL: _PLAYER_ON_GOAL}
_WITHOUT_PLAYER = {_PLAYER: _FLOOR, _PLAYER_ON_GOAL: _GOAL}
_WITH_BOX = {_FLOOR: _BOX, _GOAL: _BOX_ON_GOAL}
_WITHOUT_BOX = {_BOX: _FLOOR, _BOX_ON_GOAL: _GOAL}


def steps(width: int) -> tuple[int, int, int, int]:
    """How far apart two neighbouring cells are, for each direction, on a board with rows of ``width`` cells."""
    return (-width - 1, width + 1, -1, 1)


class LevelError(InvalidConfig):
    """A board on which Sokoban cannot be played; :attr:`row` is where, counted from 0."""

    def __init__(self, row: int, problem: str) -> None:
        self.row = row
        self.problem = problem
        super().__init__(f"row {row + 1} of the board: {problem}")


@dataclass(frozen=True, slots=True)
class Level:
    """A board to begin from: rows of equal length, joined by line ends, closed by walls.

    >>> Level.from_rows(["#####", "#@$.#", "#####"]).width
    5
    """

    text: str
    """The board in XSB. The constructor trusts it; :meth:`from_rows` checks."""

    @property
    def width(self) -> int:
        """Cells in a row."""
        return self.text.find("\n")

    @property
    def height(self) -> int:
        """Rows."""
        return self.text.count("\n") + 1

    @property
    def num_boxes(self) -> int:
        """Boxes, and so goals."""
        return self.text.count("$") + self.text.count("*")

    @classmethod
    def from_rows(cls, rows: Sequence[str]) -> Level:
        """A level out of rows as people write them; short rows are filled up with blanks.

        Raises:
            LevelError: There is an unknown symbol, not one player, no box, not as many goals as boxes, nothing to do,
                a gap in the walls or a box that the player cannot get at.
        """
        width = max(map(len, rows), default=0)
        level = cls("\n".join(row.ljust(width) for row in rows))
        _check(level)
        return level


def _check(level: Level) -> None:
    text, stride = level.text, level.width + 1
    for cell, symbol in enumerate(text):
        if symbol not in "# .$*@+\n":
            raise LevelError(cell // stride, f"expected the symbols '# .$*@+', got {symbol!r}.")
    players = [cell for cell, symbol in enumerate(text) if symbol in "@+"]
    if not players:
        raise LevelError(0, "expected one player ('@' or '+'), got none.")
    if len(players) > 1:
        raise LevelError(players[1] // stride, f"expected one player, got {len(players)}.")
    num_goals = sum(map(text.count, ".*+"))
    if num_goals != level.num_boxes:
        raise LevelError(0, f"expected as many goals as boxes, got {num_goals} and {level.num_boxes}.")
    if level.num_boxes == 0:
        raise LevelError(0, "expected at least one box, got none.")
    if "$" not in text:
        raise LevelError(0, "expected a box that is not on a goal, got a solved board.")
    inside = _inside(level, players[0])
    for cell, symbol in enumerate(text):
        if symbol in "$." and cell not in inside:
            raise LevelError(cell // stride, "expected every box and goal inside the player's walls, got one outside.")


def _inside(level: Level, start: int) -> set[int]:
    """The cells that walls leave to the player, were there no boxes."""
    stride, rows = level.width + 1, level.height
    inside, waiting = {start}, [start]
    while waiting:
        cell = waiting.pop()
        row, column = divmod(cell, stride)
        if row in (0, rows - 1) or column in (0, stride - 2):
            raise LevelError(row, f"expected walls all around the player, got a gap at column {column + 1}.")
        for step in steps(level.width):
            if level.text[cell + step] != "#" and cell + step not in inside:
                inside.add(cell + step)
                waiting.append(cell + step)
    return inside


class Game:
    """A level being played.

    Walls close the board, so that no move needs to look for its edge.

    >>> game = Game(Level.from_rows(["#####", "#@$.#", "#####"]))
    >>> game.move(LEFT), game.move(RIGHT), game.solved, game.num_moves, game.num_pushes
    (False, True, True, 2, 1)
    """

    __slots__ = ("_steps", "board", "level", "num_boxes_off", "num_moves", "num_pushes", "player")

    def __init__(self, level: Level) -> None:
        self.level = level
        self.board = bytearray(level.text, "ascii")
        """The board as it is now, in XSB."""
        self.player = max(self.board.find(b"@"), self.board.find(b"+"))
        """The player's cell."""
        self.num_boxes_off = self.board.count(b"$")
        """Boxes that are not on a goal."""
        self.num_moves = 0
        """Directions tried, those that a wall or a box blocked included."""
        self.num_pushes = 0
        """Moves that pushed a box."""
        self._steps = steps(level.width)

    @property
    def solved(self) -> bool:
        """Whether every box is on a goal."""
        return not self.num_boxes_off

    def move(self, direction: int) -> bool:
        """Walk or push one cell; False where a wall, or a box that cannot give way, blocks it."""
        self.num_moves += 1
        board, here = self.board, self.player
        there = here + self._steps[direction]
        target = board[there]
        if target in _WITHOUT_BOX:
            beyond = there + self._steps[direction]
            landing = board[beyond]
            if landing not in _WITH_BOX:
                return False
            board[beyond] = _WITH_BOX[landing]
            self.num_boxes_off += (target == _BOX_ON_GOAL) - (landing == _GOAL)
            self.num_pushes += 1
            target = _WITHOUT_BOX[target]
        elif target not in _WITH_PLAYER:
            return False
        board[there] = _WITH_PLAYER[target]
        board[here] = _WITHOUT_PLAYER[board[here]]
        self.player = there
        return True

    def copy(self) -> Game:
        """An independent game in the same position."""
        twin = Game.__new__(Game)
        for name in Game.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.board = self.board.copy()
        return twin

    def __str__(self) -> str:
        return self.board.decode()
