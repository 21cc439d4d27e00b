"""Sokoban as an environment: its manual, what it shows and understands, what it pays, what its expert knows."""

from __future__ import annotations

import functools
import pickle
import textwrap

import gymnasium as gym
import pytest
from hypothesis import given
from hypothesis import strategies as st

import textarena_rl
from tests.envs.sokoban.plain import Board, fewest
from textarena_rl.__main__ import main
from textarena_rl.conformance import check_text_env
from textarena_rl.core import INFO_KEYS
from textarena_rl.envs.sokoban.actions import join, read_directions
from textarena_rl.envs.sokoban.env import SokobanEnv
from textarena_rl.envs.sokoban.ids import ROWS
from textarena_rl.envs.sokoban.presets import PRESETS
from textarena_rl.envs.sokoban.symbols import SYMBOLS
from textarena_rl.errors import InvalidConfig
from textarena_rl.wrappers import ProgressReward

CORRIDOR = "######\n#@ $.#\n######\n"
DEAD_END = "#######\n#@ $  #\n#  .  #\n#     #\n#######\n"


@pytest.fixture
def corridor(tmp_path):
    path = tmp_path / "corridor.xsb"
    path.write_text(CORRIDOR, "utf-8")
    return functools.partial(SokobanEnv, levels=str(path))


@pytest.fixture
def dead_end(tmp_path):
    path = tmp_path / "dead end.xsb"
    path.write_text(DEAD_END, "utf-8")
    return functools.partial(SokobanEnv, levels=str(path))


def manual():
    return textwrap.dedent("    " + (SokobanEnv.__doc__ or ""))


def test_the_example_turn_of_the_manual_is_real_output():
    example = manual().partition("Example turn (Sokoban-s6-b1, task 2):\n")[2].partition("Raises:")[0]
    env = textarena_rl.make("Sokoban-s6-b1")
    first, info = env.reset(options={"task": "2"})
    action = "Left || Left || Down || Down || Left"
    second, *_ = env.step(action)
    expected = f"Objective: {info['objective']}\n\n{first}\n\n> {action}\n\n{second}"
    assert textwrap.dedent(example).strip() == expected


def test_an_episode_by_hand(corridor):
    env = corridor(symbols="xsb")
    observation, info = env.reset(seed=0)
    assert observation == (
        "Legend: # wall, (blank) floor, . goal, * box on goal, $ box, @ player, + player on goal.\n\n" + CORRIDOR[:-1]
    )
    assert set(info) == {*INFO_KEYS, "num_moves", "num_pushes"}
    assert (info["task"], info["score"], info["max_score"], info["max_turns"]) == ("corridor.xsb#0", 0, 11, 120)
    observation, reward, terminated, truncated, info = env.step("up")
    assert observation == f"Blocked: Up.\n{CORRIDOR[:-1]}"
    assert (reward, terminated, truncated, info["invalid_action"], info["num_moves"]) == (-0.1, False, False, False, 1)
    observation, reward, *_, info = env.step("R")
    assert observation == "######\n# @$.#\n######"
    assert info["score"] == pytest.approx(-0.2)
    observation, reward, terminated, truncated, info = env.step("right, left")  # what follows the win is not played
    assert observation == "Solved.\n######\n#  @*#\n######"
    assert reward == pytest.approx(10.9)  # -0.1 + 1 + 10
    assert (terminated, truncated, info["won"], info["num_moves"], info["num_pushes"]) == (True, False, True, 3, 1)
    assert info["score"] == pytest.approx(10.7)


def test_a_box_pushed_off_its_goal_costs_what_it_earned(dead_end):
    env = dead_end()
    env.reset(seed=0)
    assert env.step("r")[1] == pytest.approx(-0.1)
    rewards = [env.step(text)[1] for text in ("right", "up")]  # past the goal, into the corner
    assert rewards == pytest.approx([-0.1, -0.1])


@pytest.mark.parametrize(
    ("text", "directions"),
    [
        ("Up", [0]),
        ("Up || Right", [0, 3]),
        ("up, right", [0, 3]),
        ("urdl", [0, 3, 1, 2]),
        ("URDL", [0, 3, 1, 2]),
        ("Up\nRight\nDown", [0, 3, 1]),
        ("  up ;right\tdown ", [0, 3, 1]),
        ("Up||Up||uu", [0, 0, 0, 0]),
        ("Up | Down", [0, 1]),
        ("", []),
        ("||", []),
        ("go up", []),
        ("up.", []),
        ("Up || Upp", []),
        ("ux", []),
        ("1", []),
        ("north", []),
        ("<action>up</action>", []),
        ("\u00fcp", []),
    ],
)
def test_what_is_understood(text, directions):
    assert read_directions(text) == directions


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_written_actions_are_read_back(directions):
    assert read_directions(join(directions)) == directions
    assert read_directions("".join("udlr"[direction] for direction in directions)) == directions


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused_with_a_word(text):
    env = SokobanEnv()
    env.reset(options={"task": "1"})
    before = str(env.engine)
    observation, _, _, _, info = env.step(text)
    assert info["invalid_action"] == (not read_directions(text))
    if info["invalid_action"]:
        assert str(env.engine) == before
        assert observation.endswith(SYMBOLS["ragen"].show(before))
        assert "Say Up, Down, Left or Right, up to 5 of them in a turn" in observation


def test_a_refusal_says_what_was_wrong():
    env = SokobanEnv()
    env.reset(options={"task": "1"})
    assert env.step("up, jump")[0].startswith("'jump' is no action, and nothing was done. Say Up, Down, ")
    assert env.step(" ")[0].startswith("No action was given. Say Up, Down, Left or Right, ")
    assert env.step("\x00" * 3)[0].startswith(r"'\x00\x00\x00' is no action")
    assert env.step("z" * 90)[0].startswith("'" + "z" * 24 + "...' is no action")


def test_only_so_many_actions_a_turn_and_an_episode(corridor):
    env = corridor(actions_per_turn=3, max_actions=5, max_turns=9)
    first, info = env.reset(seed=0)
    assert first.split("\n")[1] == "Actions left: 5."
    assert info["actions_left"] == 5
    observation, reward, _, truncated, info = env.step("up up up up")
    assert observation.startswith(
        "Blocked: 1 (Up), 2 (Up), 3 (Up). Only the first 3 were carried out. Actions left: 2.\n"
    )
    assert (reward, truncated, info["num_moves"]) == (pytest.approx(-0.3), False, 3)
    observation, _, terminated, truncated, info = env.step("l l r r")  # two are left, and they do not win
    assert (terminated, truncated, info["actions_left"], info["turn"]) == (False, True, 0, 2)
    env.reset(seed=0)
    env.step("uuu")
    _, _, terminated, truncated, info = env.step("rr")  # a win with the last action is a win
    assert (terminated, truncated, info["won"]) == (True, False, True)
    one = corridor(actions_per_turn=1)
    one.reset(seed=0)
    assert one.step("Right || Right")[0].startswith("Only the first was carried out.\n")


def test_scoring_by_boxes_pays_the_win_or_at_the_end_the_share(tmp_path):
    path = tmp_path / "two.xsb"
    path.write_text("########\n#.$@ $.#\n########\n", "utf-8")
    env = SokobanEnv(levels=str(path), scoring="boxes", max_turns=5)
    _, info = env.reset(seed=0)
    assert (info["score"], info["max_score"]) == (0, 1)
    assert [env.step(text)[1] for text in ("left", "hm", "right", "right")] == [0, 0, 0, 0]
    _, reward, terminated, truncated, info = env.step("left")  # out of turns, one box of two is on its goal
    assert (reward, terminated, truncated, info["score"]) == (0.5, False, True, 0.5)
    env.reset(seed=0)
    env.step("left")
    _, reward, terminated, _, info = env.step("right right right")
    assert (reward, terminated, info["score"]) == (1, True, 1)


@pytest.mark.parametrize("name", SYMBOLS)
def test_every_way_to_show_a_board_tells_all_that_is_on_it(name):
    boards = [
        "#####\n#@$.#\n#####",
        "#####\n#+$ #\n#####",
        "#####\n# *@#\n#####",
        "#####\n# *+#\n#####",
        "######\n# $ .@#",
    ]
    shown = [SYMBOLS[name].show(board) for board in boards[:4]]
    assert len(set(shown)) == 4
    first, _ = SokobanEnv(symbols=name).reset(options={"task": "1"})
    assert first.startswith("Legend: ")
    assert "player on goal" in first or name == "coordinates"


def test_the_symbols_by_hand():
    board = "#####\n#+$*#\n#. @#\n#####"
    assert SYMBOLS["ragen"].show(board) == "#####\n#SX√#\n#O_P#\n#####"
    assert SYMBOLS["spaced"].show(board) == "# # # # #\n# S X √ #\n# O _ P #\n# # # # #"
    assert SYMBOLS["tabbed"].show(board).split("\n")[1] == "#\tS\tX\t√\t#"
    assert SYMBOLS["xsb"].show(board) == board
    assert SYMBOLS["words"].show(board).split("\n")[1] == "wall, player on goal, box, box on goal, wall"
    assert SYMBOLS["coordinates"].show(board) == (
        "floor: (3, 3)\ngoal: (3, 2)\nbox on goal: (2, 4)\nbox: (2, 3)\nplayer: (3, 4)\nplayer on goal: (2, 2)"
    )


def test_the_expert_is_move_optimal_progress_counts_its_moves_and_a_corner_is_a_deadlock(dead_end):
    env = dead_end(expert_actions=True, progress=True, admissible_actions=True)
    _, info = env.reset(seed=0)
    # around the box from above: r to the left of it, up is a wall; the box goes one down
    distance = fewest(Board.read(DEAD_END.strip().split("\n")), "moves")
    assert distance is None
    assert (info["expert_actions"], info["expert_optimal_in"], info["deadlock"], info["progress"]) == (
        [],
        "",
        True,
        0.0,
    )


def test_progress_follows_the_exact_distance():
    env = SokobanEnv(size=8, boxes=2, progress=True, expert_actions=True, admissible_actions=True)
    _, info = env.reset(options={"task": "3"})
    start = fewest(Board.read(str(env.engine).split("\n")), "moves")
    assert len(info["expert_actions"]) == start
    assert info["expert_optimal_in"] == "moves"
    dead = 0
    for text in "udlrlluurrddrrllduurdldr" * 2:
        *_, terminated, truncated, info = env.step(text)
        if terminated or truncated:
            break
        left = fewest(Board.read(str(env.engine).split("\n")), "moves")
        assert info["deadlock"] == (left is None)
        assert info["progress"] == (0.0 if left is None else max(0.0, 1 - left / start))
        assert len(info["expert_actions"]) == (left or 0)
        dead += left is None
    assert env._turn > 10


def test_where_the_budget_ends_the_expert_says_what_it_found():
    settings = {"size": 10, "boxes": 3, "difficulty": "hardest", "expert_actions": True, "progress": True}
    kinds = {}
    for budget in (1, 20, 150, 30_000):
        env = SokobanEnv(search_budget=budget, **settings)
        _, info = env.reset(options={"task": "2"})
        kinds[budget] = info["expert_optimal_in"]
        if not kinds[budget]:
            assert info["expert_actions"] == []
            assert not info["deadlock"], "not knowing a way is no proof that there is none"
            continue
        while not info["won"]:
            plan = info["expert_actions"]
            *_, info = env.step(plan[0])
            assert info["expert_actions"] == plan[1:], "the expert changed its mind on the way"
    assert kinds[1] == ""
    assert kinds[30_000] == "moves"
    assert "pushes" in kinds.values(), kinds


def test_the_expert_says_as_little_in_a_turn_as_the_turns_allow():
    env = SokobanEnv(size=8, boxes=2, pushes=8, expert_actions=True)
    _, info = env.reset(options={"task": "1"})
    number = len(info["expert_actions"])
    assert all(" || " not in action for action in info["expert_actions"])
    short = SokobanEnv(size=8, boxes=2, pushes=8, expert_actions=True, max_turns=-(-number // 3))
    _, info = short.reset(options={"task": "1"})
    assert max(action.count("||") for action in info["expert_actions"]) == 2
    while not info["won"]:
        *_, truncated, info = short.step(info["expert_actions"][0])
        assert not truncated


def test_shaping_by_progress_adds_up_to_the_way_covered(corridor):
    env = ProgressReward(corridor(progress=True), weight=2.0)
    env.reset(seed=0)
    # 2 moves to go at the start: the potential is 0, 1/2, and 0 again where the world ends
    assert env.step("r")[1] == pytest.approx(-0.1 + 2 * 0.5)
    assert env.step("r")[1] == pytest.approx(10.9 - 2 * 0.5)


def test_snapshots_keep_the_experts_plan():
    env = SokobanEnv(size=8, boxes=2, expert_actions=True, progress=True)
    env.reset(options={"task": "5"})
    state = pickle.loads(pickle.dumps(env.get_state()))
    played = [env.step(text) for text in "udlrud"]
    other = SokobanEnv(size=8, boxes=2, expert_actions=True, progress=True)
    for copy in (env, other):
        copy.set_state(state)
        assert [copy.step(text) for text in "udlrud"] == played


@pytest.mark.parametrize("env_id", ["Sokoban-s5-b2", "Sokoban-s6x9-b2-m14", "Sokoban-s8-b2-p7", "Sokoban-s10-b3"])
def test_ids_conform(env_id):
    check_text_env(functools.partial(textarena_rl.make, env_id), seeds=(0,))


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_conform_and_charge_for_nonsense(preset):
    env_id = f"Sokoban-preset-{preset}"
    check_text_env(functools.partial(textarena_rl.make, env_id), seeds=(0,))
    env = gym.make(env_id)
    env.reset(seed=0)
    assert env.step("I think that I should go up.")[1] == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("preset", "board", "boxes", "turns", "a_turn", "in_all"),
    [
        ("ragen", (6, 6), 1, 5, 5, 10),
        ("ragen_larger", (8, 8), 2, 5, 5, 10),
        ("turn_ppo", (6, 6), 1, 5, 5, 10),
        ("turn_ppo_larger", (8, 8), 2, 5, 5, 10),
        ("verl_agent", (6, 6), 1, 15, 1, 0),
        ("gem_easy", (6, 6), 2, 20, 1, 0),
        ("gem_hard", (8, 8), 4, 50, 1, 0),
    ],
)
def test_presets_are_those_of_the_literature(preset, board, boxes, turns, a_turn, in_all):
    env = textarena_rl.make(f"Sokoban-preset-{preset}").unwrapped
    assert (env.max_turns, env.actions_per_turn, env.max_actions) == (turns, a_turn, in_all)
    for seed in range(10):
        env.reset(seed=seed)
        level = env.engine.level
        assert ((level.height, level.width), level.num_boxes) == (board, boxes)
        limit = in_all or turns * a_turn
        if boxes < 4:  # the plain search would take minutes
            assert fewest(Board.read(level.text.split("\n")), "moves") <= limit


def test_every_registered_id_has_levels():
    (row,) = (row for row in ROWS if row.name == "Sokoban")
    for values in row.canonical:
        env = textarena_rl.make(row.write(values))
        env.reset(seed=0)


def test_the_rows_name_every_preset():
    (row,) = (row for row in ROWS if row.name == "Sokoban-preset")
    assert row.knobs[0].words == tuple(PRESETS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": "6"}, r"expected size as rows and columns such as 6, '6x8' or \(6, 8\), got '6'"),
        ({"size": "6x"}, "expected size as rows and columns"),
        ({"size": (6, 7, 8)}, "expected size as rows and columns"),
        ({"size": 40}, "expected height as a whole number from 4 to 24, got 40"),
        ({"symbols": "emoji"}, "expected symbols to be one of ragen, spaced, tabbed, xsb, words, coordinates"),
        ({"scoring": "mine"}, "expected scoring to be one of gym-sokoban, boxes, got 'mine'"),
        ({"actions_per_turn": 0}, "expected actions_per_turn as a whole number from 1 on, got 0"),
        ({"max_actions": -1}, "expected max_actions as a whole number from 0 on, got -1"),
        ({"search_budget": 1.5}, "expected search_budget as a whole number from 1 on, got 1.5"),
        ({"split": "dev"}, "expected split to be one of train, valid, test, got 'dev'"),
    ],
)
def test_wrong_arguments(arguments, sentence):
    with pytest.raises(InvalidConfig, match=sentence):
        SokobanEnv(**arguments)


@pytest.mark.parametrize("task", ["", "-1", "0", "501", "50000", "04", " 4", "\u0664", "x", "9" * 5_000])
def test_wrong_tasks(task):
    with pytest.raises(InvalidConfig, match="expected a task to be a seed of a split"):
        SokobanEnv().reset(options={"task": task})
    assert task not in SokobanEnv().tasks("test")


def test_sizes_are_said_in_three_ways():
    same = [SokobanEnv(size=size).reset(seed=3) for size in ("6x8", (6, 8), [6, 8])]
    assert same[0] == same[1] == same[2]
    assert SokobanEnv(size=6).reset(seed=3) == SokobanEnv(size="6x6").reset(seed=3)


def test_an_id_with_two_exact_distances_is_refused():
    with pytest.raises(InvalidConfig, match="got both"):
        textarena_rl.make("Sokoban-s6-b1-p2-m4")


def test_it_is_played_in_a_terminal(capsys, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("up\njump\nll\n"))
    assert main(["play", "Sokoban-s6-b1", "--task", "2", "--max-turns", "3"]) == 0
    shown = capsys.readouterr().out
    assert "Push every box onto a goal." in shown
    assert "#__P##\n#__O##" in shown
    assert "'jump' is no action" in shown
    assert "[3/3] > " in shown
    assert "Out of turns: score -0.3 of 11 in 3 turns, task 2." in shown
