"""The rules against the same rules told plainly, by hand, and against gym-sokoban's own play."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.envs.sokoban.plain import Board
from textarena_rl.envs.sokoban.env import SokobanEnv
from textarena_rl.envs.sokoban.rules import DOWN, LEFT, RIGHT, UP, Game, Level, LevelError

GOLDEN = Path(__file__).parents[2] / "golden" / "sokoban" / "gym-sokoban.jsonl"
RECORDS = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
ROOM = ["#######", "#@ $. #", "# $*  #", "#  .  #", "#######"]


def test_every_kind_of_move_by_hand():
    game = Game(Level.from_rows(["#######", "#@$.$.#", "#######"]))
    assert (game.player, game.num_boxes_off, str(game)) == (9, 2, "#######\n#@$.$.#\n#######")
    assert not game.move(UP)  # a wall
    assert not game.move(LEFT)
    assert game.move(RIGHT)  # a box onto a goal
    assert (str(game).split("\n")[1], game.num_boxes_off) == ("# @*$.#", 1)
    assert not game.move(RIGHT)  # two boxes in a row
    assert game.move(LEFT)
    assert not game.move(DOWN)
    assert (game.num_moves, game.num_pushes, game.solved) == (6, 1, False)


def test_a_box_leaves_its_goal_and_the_player_stands_on_it():
    game = Game(Level.from_rows(["######", "#@* .#", "#  $ #", "######"]))
    assert game.move(RIGHT)
    assert str(game).split("\n")[1] == "# +$.#"
    assert game.num_boxes_off == 2
    assert game.move(RIGHT)
    assert str(game).split("\n")[1] == "# .@*#"


@given(st.lists(st.integers(0, 3), max_size=60))
def test_random_play_equals_the_plain_rules(directions):
    game, board = Game(Level.from_rows(ROOM)), Board.read(ROOM)
    for direction in directions:
        before = board
        board, pushed = board.after("udlr"[direction])
        pushes = game.num_pushes
        assert game.move(direction) == (board != before)
        assert game.num_pushes - pushes == pushed
        assert Board.read(str(game).split("\n")) == board
        assert game.num_boxes_off == len(board.boxes - board.goals)
    assert game.num_moves == len(directions)


def test_copies_go_their_own_way():
    game = Game(Level.from_rows(ROOM))
    twins = [game.copy(), copy.deepcopy(game), pickle.loads(pickle.dumps(game))]
    game.move(RIGHT)
    for twin in twins:
        assert str(twin) == "\n".join(ROOM)
        assert twin.move(RIGHT)
        assert (str(twin), twin.num_moves, twin.level) == (str(game), 1, game.level)


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_gym_sokobans_own_play_is_repeated_move_by_move(record):
    env = SokobanEnv(max_turns=1_000)
    env.reset(options={"task": "1"})
    env.engine = Game(Level.from_rows(record["level"]))
    for number, (letter, expected) in enumerate(zip(record["moves"], record["rewards"], strict=True), 1):
        _, reward, terminated, _, info = env.step(letter)
        assert reward == pytest.approx(expected, abs=1e-9), f"move {number}"
    assert str(env.engine).split("\n") == record["board"]
    assert terminated == info["won"] == record["solved"]
    assert info["score"] == pytest.approx(sum(record["rewards"]), abs=1e-9)


def test_the_recorded_play_has_every_reward():
    # a move; a box onto a goal and off it; the win, which is a box onto a goal too
    assert {reward for record in RECORDS for reward in record["rewards"]} == {-0.1, 0.9, -1.1, 10.9}


@pytest.mark.parametrize(
    ("rows", "row", "problem"),
    [
        (["#####", "# $.#", "#####"], 0, "expected one player ('@' or '+'), got none"),
        (["#####", "#@$.#", "#@  #", "#####"], 2, "expected one player, got 2"),
        (["######", "#@$..#", "######"], 0, "expected as many goals as boxes, got 2 and 1"),
        (["######", "#@$$.#", "######"], 0, "expected as many goals as boxes, got 1 and 2"),
        (["######", "#@   #", "######"], 0, "expected at least one box, got none"),
        (["#####", "#@* #", "#####"], 0, "expected a box that is not on a goal, got a solved board"),
        (["#####", "#@$. ", "#####"], 1, "expected walls all around the player, got a gap at column 5"),
        (["#####", "#@$.#", "## ##"], 2, "expected walls all around the player, got a gap at column 3"),
        (["#####", "#@$.#", "###"], 2, "expected walls all around the player, got a gap at column 4"),
        (["#####", "#@x.#", "#####"], 1, "expected the symbols '# .$*@+', got 'x'"),
        (["#######", "#@$.#$#", "#.  ###", "#####"], 1, "expected every box and goal inside the player's walls"),
        ([], 0, "expected one player"),
    ],
)
def test_a_board_that_cannot_be_played_says_where_and_why(rows, row, problem):
    with pytest.raises(LevelError) as caught:
        Level.from_rows(rows)
    assert caught.value.row == row
    assert problem in str(caught.value)


def test_boxes_that_decorate_the_outside_are_no_part_of_the_game():
    game = Game(Level.from_rows(["*####", "#@$.#", "*####"]))
    assert game.level.num_boxes == 3
    assert game.move(RIGHT)
    assert game.solved
