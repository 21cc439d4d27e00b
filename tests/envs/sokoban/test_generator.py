"""Generated levels: solvable, exactly as hard as asked for, the same everywhere, spread as promised."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter

import pytest

from tests.envs.sokoban.plain import Board, fewest
from textarena_rl.envs.sokoban.bitboard import Room
from textarena_rl.envs.sokoban.generator import Knobs, generate
from textarena_rl.envs.sokoban.library import SEEDS, GeneratedLevels
from textarena_rl.envs.sokoban.solver import Solver
from textarena_rl.errors import InvalidConfig

SETTINGS = [
    (Knobs(6, 6, 1), 400),
    (Knobs(6, 6, 1, moves=6), 400),
    (Knobs(6, 8, 1, pushes=4), 400),
    (Knobs(6, 6, 2, difficulty="hardest"), 400),
    (Knobs(8, 8, 2, pushes=7), 200),
    (Knobs(7, 7, 2, moves=15), 200),
]
"""2,000 levels of six settings."""


def rows(level):
    return level.text.split("\n")


@pytest.mark.parametrize(("knobs", "number"), SETTINGS, ids=lambda value: str(value))
def test_every_level_has_exactly_the_distance_that_was_asked_for(knobs, number):
    for seed in range(number):
        board = Board.read(rows(generate(knobs, seed)))
        assert (len(board.boxes), len(board.goals)) == (knobs.boxes, knobs.boxes)
        assert not board.boxes & board.goals, "a box starts on a goal"
        assert board.player not in board.boxes
        distance = fewest(board, "moves" if knobs.moves else "pushes")
        assert distance is not None, f"seed {seed} cannot be solved"
        assert distance == (knobs.moves or knobs.pushes or distance)


@pytest.mark.parametrize("size", [(5, 5), (6, 6), (6, 9), (9, 6), (4, 7), (16, 16)])
@pytest.mark.parametrize("boxes", [1, 2])
def test_the_board_is_as_large_as_asked_for_and_walled(size, boxes):
    for seed in range(20):
        board = rows(generate(Knobs(*size, boxes), seed))
        assert (len(board), {len(row) for row in board}) == (size[0], {size[1]})
        rim = board[0] + board[-1] + "".join(row[0] + row[-1] for row in board)
        assert set(rim) == {"#"}


def test_uniform_means_each_distance_equally_often():
    # (6 + 6) / 2 + 2 * 1 - 4 = 4 distances; 1,200 levels, so 300 each; a share of 1/4 has a deviation of 1.25 %
    found = Counter(fewest(Board.read(rows(generate(Knobs(6, 6, 1), seed))), "pushes") for seed in range(1_200))
    assert set(found) == {1, 2, 3, 4}
    assert all(abs(count - 300) < 60 for count in found.values()), found


def test_weights_are_kept():
    weights = (0.5, 0, 0.5)
    found = Counter(
        fewest(Board.read(rows(generate(Knobs(6, 6, 1, difficulty=weights), seed))), "pushes") for seed in range(300)
    )
    assert set(found) == {1, 3}
    assert abs(found[1] - 150) < 35  # four deviations of 8.7


def test_hardest_is_the_hardest_of_its_room():
    for seed in range(60):
        board = Board.read(rows(generate(Knobs(5, 6, 1, difficulty="hardest"), seed)))
        (goal,) = board.goals
        starts = (
            Board(board.floor, board.goals, frozenset({box}), player)
            for box, player in itertools.permutations(board.floor, 2)
            if box != goal
        )
        distances = [fewest(start, "pushes") for start in starts]
        assert fewest(board, "pushes") == max(distance for distance in distances if distance is not None)


def test_a_solution_can_be_kept_short():
    for seed in range(100):
        level = generate(Knobs(7, 7, 1, difficulty="hardest", max_moves=6), seed)
        assert fewest(Board.read(rows(level)), "moves") <= 6


def test_the_player_strays_from_where_the_first_push_begins():
    # With one push to go and no straying, that push is all; with up to three steps, at most three more.
    ready = [fewest(Board.read(rows(generate(Knobs(6, 6, 1, pushes=1, stray=0), seed))), "moves") for seed in range(60)]
    assert set(ready) == {1}
    astray = [
        fewest(Board.read(rows(generate(Knobs(6, 6, 1, pushes=1, stray=3), seed))), "moves") for seed in range(200)
    ]
    assert 1 < max(astray) <= 4
    for seed in range(40):
        assert fewest(Board.read(rows(generate(Knobs(7, 7, 2, pushes=4, stray=2), seed))), "pushes") == 4


def test_rooms_too_large_to_be_searched_have_exact_levels_too():
    for seed in range(2):
        level = generate(Knobs(12, 12, 5, pushes=12), seed)
        room, boxes, player = Room.of(level)
        # the one case where the plain search would take hours: the solver, which is checked elsewhere, is the judge
        assert Solver(room).solve(boxes, player, "pushes").num_pushes == 12


def test_a_seed_is_a_level_in_every_process_and_on_every_day():
    # written down once; whoever changes it must raise SokobanEnv.env_version
    assert rows(generate(Knobs(6, 6, 1), 4)) == GOLDEN_6
    assert rows(generate(Knobs(8, 8, 2, pushes=7), 4)) == GOLDEN_8
    code = (
        "from textarena_rl.envs.sokoban.generator import Knobs, generate\n"
        "print([generate(Knobs(8, 8, 2), seed).text for seed in range(20)])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": salt}
        ).stdout
        for salt in ("0", "1")
    ]
    assert runs[0] == runs[1] == f"{[generate(Knobs(8, 8, 2), seed).text for seed in range(20)]}\n"


def test_no_board_is_in_two_splits():
    source = GeneratedLevels(Knobs(5, 5, 1))  # so small that boards come again and again
    boards = {
        split: {source.level(str(seed)).text for seed in SEEDS[split][:300]} for split in ("train", "valid", "test")
    }
    assert all(len(found) < 300 for found in boards.values())
    for one, other in itertools.combinations(boards.values(), 2):
        assert not one & other


def test_seeds_give_different_levels():
    assert len({generate(Knobs(8, 8, 2), seed).text for seed in range(300)}) > 290


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"height": 3}, "expected height as a whole number from 4 to 24, got 3"),
        ({"width": 6.0}, "expected width as a whole number from 4 to 24, got 6.0"),
        ({"boxes": 0}, "expected boxes as a whole number from 1 to 8, got 0"),
        ({"boxes": True}, "expected boxes as a whole number from 1 to 8, got True"),
        ({"pushes": -1}, r"expected pushes as a whole number from 0 \(any\) on, got -1"),
        ({"pushes": 3, "moves": 5}, r"expected an exact number of pushes or of moves, got both \(p3 and m5\)"),
        ({"boxes": 3, "pushes": 2}, "expected at least as many pushes as boxes, .* got 2 for 3"),
        ({"boxes": 3, "max_moves": 2}, "expected at least as many max_moves as boxes"),
        ({"height": 5, "width": 5, "boxes": 5}, "expected room for the boxes, as many goals and the player, got 5x5"),
        ({"stray": -2}, "expected stray as a whole number from 0 on, or -1 and no exact moves, got -2"),
        ({"stray": 1, "moves": 5}, "expected stray as a whole number from 0 on, or -1 and no exact moves, got 1"),
        ({"difficulty": "easy"}, "expected difficulty to be one of uniform, positions, hardest, or weights"),
        ({"difficulty": ()}, "expected difficulty as weights for 1, 2, 3"),
        ({"difficulty": (1.0, -1.0)}, "expected difficulty as weights for 1, 2, 3"),
        ({"boxes": 3, "difficulty": (1.0, 1.0)}, "one above 0 from 3 pushes on"),
    ],
)
def test_impossible_knobs_are_explained(arguments, sentence):
    with pytest.raises(InvalidConfig, match=sentence):
        Knobs(**{"height": 6, "width": 6, "boxes": 1, **arguments})


def test_a_distance_that_no_room_has_is_explained():
    with pytest.raises(
        InvalidConfig, match=r"one of 4000 rooms of 5x5 with 1 box to have a level with 9 pushes, got none"
    ):
        generate(Knobs(5, 5, 1, pushes=9), 0)


GOLDEN_6 = ["######", "#   @#", "# $  #", "# #  #", "# .  #", "######"]
GOLDEN_8 = ["########", "###    #", "##@$ $ #", "###.   #", "#     ##", "#   .###", "#   ####", "########"]
