"""The solver and the distance tables against a plain search, and all 600 shared Boxoban levels."""

from __future__ import annotations

import pytest

from tests.envs.sokoban.plain import Board, fewest
from tests.shared import shared_data
from textarena_rl.envs.sokoban.bitboard import Room, bits, shifted
from textarena_rl.envs.sokoban.distances import DistanceTable, move_layers, push_layers
from textarena_rl.envs.sokoban.generator import Knobs, generate
from textarena_rl.envs.sokoban.levels import read_blocks, to_level
from textarena_rl.envs.sokoban.rules import Game, Level
from textarena_rl.envs.sokoban.solver import OutOfBudget, Solver

LEVELS = [generate(knobs, seed) for knobs in (Knobs(6, 7, 1), Knobs(6, 6, 2), Knobs(7, 7, 2)) for seed in range(12)]
WITH_DEADLOCKS = Level.from_rows(["#######", "#     #", "# $@$ #", "# . . #", "#######"])


def rows(level):
    return level.text.split("\n")


def replay(level, solution):
    """Win or fail by the plain rules; the number of pushes."""
    board, pushes = Board.read(rows(level)), 0
    for direction in solution.moves:
        assert not board.solved
        before = board
        board, pushed = board.after("udlr"[direction])
        assert board != before, "a move in vain"
        pushes += pushed
    assert board.solved
    return pushes


@pytest.mark.parametrize("measure", ["pushes", "moves"])
def test_solutions_are_optimal(measure):
    for level in LEVELS:
        room, boxes, player = Room.of(level)
        solution = Solver(room).solve(boxes, player, measure)
        assert replay(level, solution) == solution.num_pushes
        found = solution.num_pushes if measure == "pushes" else len(solution.moves)
        assert found == fewest(Board.read(rows(level)), measure)


def test_many_boxes_are_solved_without_the_assignment():
    level = Level.from_rows(["##########", "#@       #", "# $$$$$$$#", "# .......#", "#        #", "##########"])
    room, boxes, player = Room.of(level)
    solution = Solver(room).solve(boxes, player, "pushes")
    assert solution.num_pushes == replay(level, solution) == 7  # each box straight down


def test_a_deadlock_has_no_solution():
    for board in (["######", "#@ . #", "#$   #", "######"], ["#######", "#  .. #", "# @$$ #", "#######"]):
        room, boxes, player = Room.of(Level.from_rows(board))
        assert fewest(Board.read(board), "moves") is None
        for measure in ("pushes", "moves"):
            assert Solver(room).solve(boxes, player, measure) is None


def test_a_search_out_of_budget_says_so():
    level = generate(Knobs(8, 8, 2, pushes=10), 0)
    room, boxes, player = Room.of(level)
    for measure in ("pushes", "moves"):
        with pytest.raises(OutOfBudget):
            Solver(room).solve(boxes, player, measure, budget=3)
        assert Solver(room).solve(boxes, player, measure, budget=100_000) is not None


def test_the_bound_never_exceeds_the_truth():
    room, *_ = Room.of(WITH_DEADLOCKS)
    solver = Solver(room)
    for distance, layer in enumerate(push_layers(room)):
        for boxes, _ in layer:
            assert solver.bound(boxes) <= distance


def every_position(level):
    """Every placing of the boxes and the player of a small level."""
    room, *_ = Room.of(level)
    cells = list(bits(room.floor))
    for first in range(len(cells)):
        for second in range(first):
            for player in cells:
                if player not in (cells[first], cells[second]):
                    yield cells[first] | cells[second], player


def board_of(level, boxes, player):
    width = level.width + 1

    def cells(mask):
        return frozenset(divmod(bit.bit_length() - 1, width) for bit in bits(mask))

    room, *_ = Room.of(level)
    (where,) = cells(player)
    return Board(cells(room.floor), cells(room.goals), cells(boxes), where)


def test_the_tables_hold_every_position_that_can_be_won_and_no_other():
    level = Level.from_rows(["######", "#@ . #", "# $ $#", "#  . #", "######"])
    room, *_ = Room.of(level)
    table = DistanceTable(room, 10_000)
    assert table.complete
    by_pushes = {position: distance for distance, layer in enumerate(push_layers(room)) for position in layer}
    num_won = 0
    for boxes, player in every_position(level):
        board = board_of(level, boxes, player)
        moves, pushes = fewest(board, "moves"), fewest(board, "pushes")
        assert table.distance(boxes, player) == moves
        assert by_pushes.get((boxes, room.region(player, boxes))) == pushes
        num_won += moves is not None
    assert 100 < num_won < 792  # 12 cells: 66 placings of two boxes, 10 cells left for the player; 660 positions


def test_a_table_that_is_cut_off_is_right_as_far_as_it_goes():
    room, *_ = Room.of(generate(Knobs(8, 8, 2, pushes=8), 1))
    whole, part = DistanceTable(room, 100_000), DistanceTable(room, 20)
    assert whole.complete
    assert not part.complete
    positions = [(b, p) for layer in move_layers(room) for b, players in layer for p in bits(players)]
    held = [position for position in positions if part.distance(*position) is not None]
    assert 0 < len(held) < len(positions)
    assert all(part.distance(*position) == whole.distance(*position) for position in held)


@pytest.mark.parametrize("name", ["boxoban-unfiltered-test-first300.txt", "boxoban-hard-000-first300.txt"])
def test_every_shared_boxoban_level_is_solved_and_replays_to_a_win(name):
    blocks = read_blocks(shared_data("sokoban") / name)
    assert len(blocks) == 300
    for number, block in enumerate(blocks):
        level = to_level(block, name)
        assert block.title == str(number)
        assert (level.height, level.width, level.num_boxes) == (10, 10, 4)
        room, boxes, player = Room.of(level)
        solution = Solver(room).solve(boxes, player, "pushes")
        assert replay(level, solution) == solution.num_pushes
        game = Game(level)
        assert all(game.move(direction) for direction in solution.moves)
        assert game.solved


def test_pushes_and_pulls_are_those_of_the_plain_rules():
    level = Level.from_rows(["######", "#@ . #", "# $ $#", "#  . #", "######"])
    room, *_ = Room.of(level)
    seen = {}
    for boxes, player in every_position(level):
        seen[boxes, room.region(player, boxes)] = player
    before = {position: set() for position in seen}
    for boxes, region in seen:
        plain = set()
        for player in bits(region):
            for letter in "udlr":
                then, pushed = board_of(level, boxes, player).after(letter)
                if pushed:
                    plain.add(("udlr".index(letter), then.boxes, then.player))
        ours = set()
        for direction, box in room.pushes(boxes, region):
            after = boxes ^ box ^ shifted(box, room.steps[direction])
            board = board_of(level, after, box)
            ours.add((direction, board.boxes, board.player))
            before[after, room.region(box, after)].add((boxes, region))
        assert ours == plain
    for position, known in before.items():
        assert set(room.pulls(*position)) == known, "pulls are the pushes backwards"
