"""Exact distances to the nearest win, found backwards from all wins at once.

Played backwards, Sokoban is a game of pulling. Breadth-first search by single pulls, or by single moves, from every
solved position therefore meets each position that can be won at its exact distance, and no other position at all: what
a complete search has not met is a deadlock.
"""

from __future__ import annotations

from collections.abc import Iterator

from textarena_rl.envs.sokoban.bitboard import Room, bits, shifted

__all__ = ["DistanceTable", "Positions", "move_layers", "push_layers", "wins"]

Positions = list[tuple[int, int]]
"""Positions as pairs of masks: the boxes, and cells of the player."""


def push_layers(room: Room) -> Iterator[Positions]:
    """The positions that need exactly 0, 1, 2 ... pushes, layer by layer, each with its whole region."""
    layer = wins(room)
    seen = set(layer)
    while layer:
        yield layer
        before: Positions = []
        for boxes, region in layer:
            for position in room.pulls(boxes, region):
                if position not in seen:
                    seen.add(position)
                    before.append(position)
        layer = before


def move_layers(room: Room) -> Iterator[Positions]:
    """The positions that need exactly 0, 1, 2 ... moves: for each placing of the boxes, the player's cells.

    One step carries all players of a placing at once, so that the work grows with placings and not with players.
    """
    reached: dict[int, int] = {}
    before: dict[int, int] = {}
    for boxes, players in wins(room):
        before[boxes] = before.get(boxes, 0) | players
    while layer := [(boxes, new) for boxes, players in before.items() if (new := players & ~reached.get(boxes, 0))]:
        yield layer
        before = {}
        for boxes, players in layer:
            reached[boxes] = reached.get(boxes, 0) | players
            free = room.floor & ~boxes
            came = 0
            for step in room.steps:
                came |= shifted(players, step)
                # A push in this direction ended here: the box is one step ahead, the player came from behind.
                for player in bits(players & shifted(boxes, -step) & shifted(free, step)):
                    pulled = boxes ^ shifted(player, step) ^ player
                    before[pulled] = before.get(pulled, 0) | shifted(player, -step)
            before[boxes] = before.get(boxes, 0) | came & free


def wins(room: Room) -> Positions:
    """Every solved position: the boxes on the goals, the player in one of the regions that this leaves."""
    positions: Positions = []
    free = room.floor & ~room.goals
    while free:
        region = room.region(free & -free, room.goals)
        positions.append((room.goals, region))
        free &= ~region
    return positions


class DistanceTable:
    """The exact number of moves from the positions of a room to the nearest win.

    Args:
        room: The room.
        max_placings: How many placings of the boxes the table may hold; what is nearest to a win comes first.
    """

    def __init__(self, room: Room, max_placings: int) -> None:
        self._room = room
        self._layers: dict[int, list[tuple[int, int]]] = {}
        self.complete = True
        """Whether every position that can be won is in the table."""
        for distance, layer in enumerate(move_layers(room)):
            for boxes, players in layer:
                self._layers.setdefault(boxes, []).append((distance, players))
            if len(self._layers) > max_placings:
                self.complete = False
                break

    def distance(self, boxes: int, player: int) -> int | None:
        """The moves that a position still needs; None where the table does not hold it."""
        for moves, players in self._layers.get(boxes, ()):
            if players & player:
                return moves
        return None

    def way(self, boxes: int, player: int) -> tuple[int, ...]:
        """The directions of a shortest way to a win, from a position that the table holds: downhill, move by move."""
        directions: list[int] = []
        left = self.distance(boxes, player)
        while left:
            left -= 1
            for direction, step in enumerate(self._room.steps):
                there = shifted(player, step)
                pushed = boxes ^ there ^ shifted(there, step) if there & boxes else boxes
                if self.distance(pushed, there) == left:
                    directions.append(direction)
                    boxes, player = pushed, there
                    break
        return tuple(directions)
