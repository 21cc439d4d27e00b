"""The generator: a fresh room, played backwards, cut where the distance to the win is the one that is wanted.

1. A random walk carves the floor, stamping a small shape at each step.
2. Goals are laid on random cells.
3. Breadth-first search backwards from all wins (:mod:`~textarena_rl.envs.sokoban.distances`) gives every position of
   this room its exact distance. In a room too large for that, the solver measures positions found by random pulls.
4. One of those positions, with no box on a goal, is the level.

So each level can be won, and its distance is known and not estimated. A room that does not have what is wanted is
thrown away for another. Random numbers come from ``Random.random`` alone, which Python promises never to change.

Source: the walk and its constants are those of gym-sokoban, after Racanière et al. 2017, "Imagination-augmented agents
for deep reinforcement learning", appendix; there a depth-first search then takes the position with the highest score.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from textarena_rl.envs.sokoban.bitboard import Room, bits, shifted
from textarena_rl.envs.sokoban.distances import Positions, move_layers, push_layers, wins
from textarena_rl.envs.sokoban.rules import Level, steps
from textarena_rl.envs.sokoban.solver import OutOfBudget, Solver
from textarena_rl.errors import InvalidConfig

__all__ = ["DIFFICULTIES", "Knobs", "generate"]

DIFFICULTIES = ("uniform", "positions", "hardest")
"""How the distance is drawn where it is not given. ``uniform``: each number of pushes from one a box up to
(height + width) / 2 + 2 boxes - 4 with equal chance, or the next smaller one where rooms of this size hardly have it.
``positions``: each position of a room with equal chance. ``hardest``: the greatest distance that a room has."""

_SHAPES = (
    ((0, -1), (0, 0), (0, 1)),
    ((-1, 0), (0, 0), (1, 0)),
    ((0, -1), (0, 0), (1, 0)),
    ((0, -1), (0, 0), (1, -1), (1, 0)),
    ((0, 0), (0, 1), (1, 0)),
)
"""What the walk stamps: rows and columns around where it stands."""
_HEADINGS = ((1, 0), (0, 1), (-1, 0), (0, -1))
_TURN = 0.35
"""The chance that the walk takes a new direction."""
_MOST_POSITIONS = 3_000
"""A room is searched, nearest to the win first, until so many positions are known; few have more."""
_MOST_POSITIONS_TO_TARGET = 20_000
"""The same where one certain distance is wanted."""
_PULLS_PER_PUSH = 4
"""In a larger room the random pulls are so many times the pushes that are wanted."""
_SOLVER_BUDGET = 1_000
"""And so many positions may the solver look at to measure one of them."""
_SAME_ROOM = 16
"""How many of its positions are tried before a room is thrown away."""
_PATIENCE = 30_000
"""Positions looked at for a drawn distance after which the next smaller one is wanted; a room counts 500 more."""
_MOST_ROOMS = 4_000
_MOST_WORK = 1_000_000
"""Rooms, and positions in all of them, after which a level is given up: some 20 seconds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a level shall be like.

    Raises:
        InvalidConfig: No level can be like this.
    """

    height: int
    """Rows, the walls included."""
    width: int
    """Columns, the walls included."""
    boxes: int
    """Boxes, and goals."""
    pushes: int = 0
    """The pushes of a shortest solution; 0: as ``difficulty`` draws them."""
    moves: int = 0
    """The moves of a shortest solution; 0: any."""
    difficulty: str | tuple[float, ...] = "uniform"
    """One of :data:`DIFFICULTIES`, or weights for 1, 2, 3 ... pushes."""
    max_moves: int = 0
    """The most moves that a shortest solution may have; 0: any number."""
    stray: int = -1
    """The player starts at most so many random steps from where the first push begins; -1: anywhere."""

    def __post_init__(self) -> None:
        for name, low, high in (("height", 4, 24), ("width", 4, 24), ("boxes", 1, 8)):
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise InvalidConfig(f"Sokoban: expected {name} as a whole number from {low} to {high}, got {value!r}.")
        for name in ("pushes", "moves", "max_moves"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise InvalidConfig(f"Sokoban: expected {name} as a whole number from 0 (any) on, got {value!r}.")
        if type(self.stray) is not int or self.stray < -1 or (self.stray >= 0 and self.moves):
            raise InvalidConfig(
                f"Sokoban: expected stray as a whole number from 0 on, or -1 and no exact moves, got {self.stray!r}."
            )
        if (self.height - 2) * (self.width - 2) < 2 * self.boxes + 1:
            raise InvalidConfig(
                f"Sokoban: expected room for the boxes, as many goals and the player, got {self}. "
                "Ask for fewer boxes or a larger board."
            )
        self._check_distance()

    def _check_distance(self) -> None:
        if self.pushes and self.moves:
            raise InvalidConfig(
                "Sokoban: expected an exact number of pushes or of moves, "
                f"got both (p{self.pushes} and m{self.moves}). Leave one out."
            )
        for name, value in (("pushes", self.pushes), ("moves", self.moves), ("max_moves", self.max_moves)):
            if 0 < value < self.boxes:
                raise InvalidConfig(
                    f"Sokoban: expected at least as many {name} as boxes, because no box starts on a goal; got {value} "
                    f"for {self.boxes}. Ask for {self.boxes} or more."
                )
        if isinstance(self.difficulty, str):
            if self.difficulty not in DIFFICULTIES:
                names = ", ".join(DIFFICULTIES)
                raise InvalidConfig(
                    f"Sokoban: expected difficulty to be one of {names}, or weights for 1, 2, 3 ... pushes, "
                    f"got {self.difficulty!r}."
                )
        elif not self.difficulty or min(self.difficulty) < 0 or not sum(self.difficulty[self.boxes - 1 :]) > 0:
            raise InvalidConfig(
                "Sokoban: expected difficulty as weights for 1, 2, 3 ... pushes, none below 0 and one above 0 from "
                f"{self.boxes} pushes on, got {self.difficulty!r}."
            )

    @property
    def uniform(self) -> bool:
        """Whether the distance is drawn evenly from a range."""
        return self.difficulty == "uniform" and not (self.pushes or self.moves)

    def __str__(self) -> str:
        return f"{self.height}x{self.width} with {self.boxes} box{'es' if self.boxes > 1 else ''}"


def generate(knobs: Knobs, seed: int, accepts: Callable[[Level], bool] | None = None) -> Level:
    """The level of a seed: the same in every process, on every day.

    Args:
        knobs: What it shall be like.
        seed: Any whole number.
        accepts: Levels that it does not accept are thrown away; by default it accepts all.

    Raises:
        InvalidConfig: Thousands of rooms in a row did not have such a level.
    """
    k = knobs
    rng = Random(f"sokoban {k.height}x{k.width} b{k.boxes} p{k.pushes} m{k.moves} {k.difficulty} {seed}")
    target = knobs.moves or knobs.pushes or _drawn(knobs, rng)
    rooms, work, patience = 0, 0, _PATIENCE
    while rooms < _MOST_ROOMS and work < _MOST_WORK:
        room = _room(knobs, rng)
        layers, looked_at = _layers(room, knobs, target, rng)
        rooms, work = rooms + 1, work + looked_at
        if not layers:
            patience -= looked_at + 500
            if knobs.uniform and patience < 0:
                target, patience = max(target - 1, knobs.boxes), _PATIENCE
            continue
        if knobs.difficulty == "positions":
            candidates = [position for layer in layers for position in layer]
        else:
            candidates = layers[-1]
        for _ in range(_SAME_ROOM):
            boxes, players = _any(candidates, rng)
            player = (
                _any(list(bits(players)), rng) if knobs.stray < 0 else _astray(room, boxes, players, knobs.stray, rng)
            )
            level = _level(room, knobs, boxes, player)
            if (accepts is None or accepts(level)) and _short_enough(room, boxes, player, knobs.max_moves):
                return level
    wanted = f"{target} {'moves' if knobs.moves else 'pushes'}" if target else "a short enough solution"
    raise InvalidConfig(
        f"Sokoban: expected one of {rooms} rooms of {knobs} to have a level with {wanted}, got none. "
        "Ask for another distance, another size or fewer boxes."
    )


def _layers(room: Room, knobs: Knobs, target: int, rng: Random) -> tuple[list[Positions], int]:
    """The positions to choose from by their distance, nearest first, and how many positions were looked at.

    With a target there is one layer at most. Positions with a box on a goal are no levels and left out.
    """
    most = _MOST_POSITIONS if knobs.uniform or not target else _MOST_POSITIONS_TO_TARGET
    layers: list[Positions] = []
    looked_at = 0
    for distance, layer in enumerate(move_layers(room) if knobs.moves else push_layers(room)):
        looked_at += len(layer)
        if not target or distance == target:
            chosen = [position for position in layer if not position[0] & room.goals]
            if chosen:
                layers.append(chosen)
            if target:
                break
        if looked_at > most:
            if not (layers or knobs.moves):
                layers = _measured(room, target or 2 * knobs.boxes, rng)
            break
    return layers, looked_at


def _measured(room: Room, pushes: int, rng: Random) -> list[Positions]:
    """The first position with this distance that random pulls lead to, if they lead to one."""
    solver = Solver(room)

    def nearness(position: tuple[int, int]) -> int:
        """The lower bound of a position's distance, mostly right and cheap; a bound beyond ``pushes`` is no use."""
        bound = solver.bound(position[0])
        return bound if bound <= pushes else -1

    boxes, region = _any(wins(room), rng)
    for _ in range(_PULLS_PER_PUSH * pushes):
        before = list(room.pulls(boxes, region))
        if not before:
            break
        boxes, region = max(_any(before, rng), _any(before, rng), key=nearness)
        if not boxes & room.goals and nearness((boxes, region)) >= pushes - 2 * boxes.bit_count():
            try:
                solution = solver.solve(boxes, region & -region, "pushes", _SOLVER_BUDGET)
            except OutOfBudget:
                continue
            if solution is not None and solution.num_pushes == pushes:
                return [[(boxes, region)]]
    return []


def _room(knobs: Knobs, rng: Random) -> Room:
    """A room with its goals. A floor that is too small for them leaves no position to choose from."""
    floor = _carve(knobs, rng)
    cells = list(bits(floor))
    goals = 0
    for _ in range(min(knobs.boxes, len(cells))):
        goal = _any(cells, rng)
        cells.remove(goal)
        goals |= goal
    return Room(floor, goals, steps(knobs.width))


def _carve(knobs: Knobs, rng: Random) -> int:
    """The floor: what a walk of 1.7 (height + width) steps stamps out of the rock."""
    height, width, random = knobs.height, knobs.width, rng.random
    inside, stamps = _tools(height, width)
    row, column = 1 + int(random() * (height - 2)), 1 + int(random() * (width - 2))
    heading = _HEADINGS[int(random() * 4)]
    floor = 0
    for _ in range(int(1.7 * (height + width))):
        if random() < _TURN:
            heading = _HEADINGS[int(random() * 4)]
        row = min(max(row + heading[0], 1), height - 2)
        column = min(max(column + heading[1], 1), width - 2)
        floor |= stamps[int(random() * len(stamps))] << (row - 1) * (width + 1) + column - 1
    return floor & inside


@functools.lru_cache(maxsize=64)
def _tools(height: int, width: int) -> tuple[int, tuple[int, ...]]:
    """The cells within the outer wall, and the shapes as masks, at the upper left corner of the board."""
    stride = width + 1
    inside = sum(1 << row * stride + column for row in range(1, height - 1) for column in range(1, width - 1))
    stamps = (sum(1 << (1 + down) * stride + 1 + right for down, right in shape) for shape in _SHAPES)
    return inside, tuple(stamps)


def _level(room: Room, knobs: Knobs, boxes: int, player: int) -> Level:
    """The board in XSB."""
    symbols = list("\n".join(["#" * knobs.width] * knobs.height))
    for cell in bits(room.floor):
        symbols[cell.bit_length() - 1] = "." if cell & room.goals else "$" if cell & boxes else " "
    cell = player.bit_length() - 1
    symbols[cell] = "+" if symbols[cell] == "." else "@"
    return Level("".join(symbols))


def _astray(room: Room, boxes: int, region: int, stray: int, rng: Random) -> int:
    """The player's cell: ready for the first push of a solution, then up to ``stray`` steps at random."""
    player = region & -region
    solution = Solver(room).solve(boxes, player, "pushes")
    assert solution is not None, "the position was found backwards from a win"
    for direction in solution.moves:
        there = shifted(player, room.steps[direction])
        if there & boxes:
            break
        player = there
    for _ in range(int(rng.random() * (stray + 1))):
        there = shifted(player, _any(room.steps, rng))
        if there & room.floor & ~boxes:
            player = there
    return player


def _short_enough(room: Room, boxes: int, player: int, max_moves: int) -> bool:
    if not max_moves:
        return True
    try:
        solution = Solver(room).solve(boxes, player, "moves", _MOST_POSITIONS_TO_TARGET)
    except OutOfBudget:
        return False
    return solution is not None and len(solution.moves) <= max_moves


def _drawn(knobs: Knobs, rng: Random) -> int:
    """The number of pushes that ``difficulty`` asks for; 0 where it leaves that to the room."""
    if knobs.difficulty == "uniform":
        hardest = (knobs.height + knobs.width) // 2 + 2 * knobs.boxes - 4
        return knobs.boxes + int(rng.random() * (max(hardest, knobs.boxes) - knobs.boxes + 1))
    if isinstance(knobs.difficulty, str):
        return 0
    weights = [weight if pushes >= knobs.boxes else 0 for pushes, weight in enumerate(knobs.difficulty, 1)]
    left = rng.random() * sum(weights)
    for pushes, weight in enumerate(weights, 1):
        left -= weight
        if left < 0:
            return pushes
    return max(pushes for pushes, weight in enumerate(weights, 1) if weight)  # the sum was rounded up


def _any(items: Sequence[T], rng: Random) -> T:
    """One of the items, each with equal chance."""
    return items[int(rng.random() * len(items))]
