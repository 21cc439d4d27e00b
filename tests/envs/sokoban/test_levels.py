"""Level files in every dialect, and what damaged ones are told."""

from __future__ import annotations

import json
import os

import pytest

from tests.shared import shared_data
from textarena_rl.__main__ import main
from textarena_rl.conformance import check_text_env
from textarena_rl.envs.sokoban.env import SokobanEnv
from textarena_rl.envs.sokoban.levels import read_blocks, to_level
from textarena_rl.envs.sokoban.library import FiledLevels
from textarena_rl.errors import InvalidConfig, MissingData
from textarena_rl.registry import make, spec

CLAIRE = ["#######", "#.@ # #", "#$* $ #", "#   $ #", "# ..  #", "#  *  #", "#######"]
SMALL = ["#####", "#@$.#", "#####"]


def levels_of(tmp_path, text, name="levels.xsb", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return [(block.title, block.line, to_level(block, name).text.split("\n")) for block in read_blocks(path)]


@pytest.mark.parametrize(
    "board",
    [
        "#######\n#.@ # #\n#$* $ #\n#   $ #\n# ..  #\n#  *  #\n#######",
        "#######\n#.@-#-#\n#$*-$-#\n#---$-#\n#-..--#\n#--*--#\n#######",
        "#######\n#.@_#_#\n#$*_$_#\n#___$_#\n#_..__#\n#__*__#\n#######",
        "#######\r\n#.@ # #\r\n#$* $ #\r\n#   $ #\r\n# ..  #\r\n#  *  #\r\n#######\r\n",
        "7#|#.@-#-#|#$*-$-#|#3-$-#|#-..--#|#--*--#|7#",
        "7#\n#.@-#-#\n#$*-$-#\n#3-$-#\n#-2.2-#\n#2-*2-#\n7#",
        "7#|#.@2(-#)|#$*2(-$)1(-)#|#3-$-#|#-2(.)--#|#--*--#|7#|".replace("2(-$)1(-)#", "-$-#"),
        "\n\n  \n#######\n#.@ # #   \n#$* $ #\n#   $ #\n# ..  #\n#  *  #\n#######\n\n",
    ],
    ids=["xsb", "hyphens", "underscores", "crlf", "one line", "lines", "groups", "blanks"],
)
def test_one_board_in_every_dialect(tmp_path, board):
    assert [rows for _, _, rows in levels_of(tmp_path, board)] == [CLAIRE]


def test_titles_and_comments(tmp_path):
    board = "\n".join(SMALL)
    text = (
        f":: a collection\nAuthor: somebody\n\nFirst\n\n{board}\nTitle: The real name\nAuthor: me\n\n"
        f"; 2\n{board}\n\nLevel 3\n{board}\nrrRR\n\n{board}\n; after\n"
    )
    found = levels_of(tmp_path, text, "many.sok")
    assert [title for title, *_ in found] == ["The real name", "2", "Level 3", ""]
    assert [line for _, line, _ in found] == [6, 13, 18, 23]
    assert all(rows == SMALL for *_, rows in found)


def test_files_that_are_not_utf8(tmp_path):
    text = "; Caf\u00e9\n" + "\n".join(SMALL)
    assert levels_of(tmp_path, text, encoding="latin-1")[0][0] == "Caf\u00e9"
    assert levels_of(tmp_path, text, encoding="utf-8-sig")[0][0] == "Caf\u00e9"


def test_prose_with_a_number_sign_is_no_board(tmp_path):
    text = "# A comment with a sign\nSet #3\n#1\n; #### ##\n:: ####\n\n" + "\n".join(SMALL)
    assert [rows for *_, rows in levels_of(tmp_path, text)] == [SMALL]


@pytest.mark.parametrize(
    ("damaged", "line", "problem"),
    [
        (["#####", "# $.#", "#####"], 5, "expected one player ('@' or '+'), got none."),
        (["#####", "#@$.#", "#@  #", "#####"], 7, "expected one player, got 2."),
        (["######", "#@$..#", "######"], 5, "expected as many goals as boxes, got 2 and 1."),
        (["#####", "#@$. ", "#####"], 6, "expected walls all around the player, got a gap at column"),
        (["#####", "#@$.#"], 6, "expected walls all around the player, got a gap at column"),
        (["######", "#@x$.#", "######"], 6, "expected the symbols '# .$*@+', got 'x'."),
        (["######", " @x$.#", "######"], 6, "expected the symbols '# .$*@+', got 'x'."),
        (["######", "#@\t$.#", "######"], 6, "expected the symbols '# .$*@+', got '\\t'."),
        (["9999999#|#@$.#"], 5, "expected a board of at most 64 rows and columns, got 2 x 65."),
    ],
    ids=["no player", "two players", "goals", "gap", "unfinished", "symbol", "symbol at the edge", "tab", "huge"],
)
def test_a_damaged_level_names_the_file_the_level_and_the_line(tmp_path, damaged, line, problem):
    path = tmp_path / "some.xsb"
    path.write_text("\n".join([*SMALL, "", *damaged, "", *SMALL]), "utf-8")
    env = SokobanEnv(levels=str(path))
    assert len(env.tasks()) == 3
    with pytest.raises(InvalidConfig) as caught:
        env.reset(options={"task": "some.xsb#1"})
    assert str(caught.value).startswith(f"{path}, level 2, line {line}: {problem}")
    env.reset(options={"task": "some.xsb#2"})  # the others can be played


def test_tasks_and_splits_of_a_folder(tmp_path):
    board = "\n".join(SMALL) + "\n\n"
    for name, number in (("b.xsb", 20), ("a/c.SOK", 3), ("train/x.txt", 2), ("Valid/y.txt", 2), ("z/test/w.txt", 2)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(board * number, "utf-8")
    (tmp_path / "notes.md").write_text("# no level\n", "utf-8")
    source = FiledLevels(tmp_path)
    train, valid, test = (source.tasks(split) for split in ("train", "valid", "test"))
    assert list(train) == [
        *(f"a/c.SOK#{n}" for n in range(3)),
        *(f"b.xsb#{n}" for n in (*range(8), *range(10, 18))),
        "train/x.txt#0",
        "train/x.txt#1",
    ]
    assert list(valid) == ["Valid/y.txt#0", "Valid/y.txt#1", "b.xsb#8", "b.xsb#18"]
    assert list(test) == ["b.xsb#9", "b.xsb#19", "z/test/w.txt#0", "z/test/w.txt#1"]
    for tasks in (train, valid, test):
        assert [tasks[place] for place in range(len(tasks))] == list(tasks)
        assert tasks[-1] == list(tasks)[-1]
        assert tasks[1:3] == list(tasks)[1:3]
        assert all(task in tasks for task in tasks)
        with pytest.raises(IndexError):
            tasks[len(tasks)]
    assert not set(train) & set(valid)
    for other in ("b.xsb#8", "b.xsb#20", "b.xsb", "nothing.xsb#0", "", 3):
        assert other not in train


@pytest.mark.parametrize(
    "task", ["some.xsb#3", "some.xsb#-1", "some.xsb#²", "other.xsb#0", "some.xsb", "../some.xsb#0"]
)
def test_a_task_that_no_file_has(tmp_path, task):
    (tmp_path / "some.xsb").write_text("\n".join(SMALL), "utf-8")
    with pytest.raises(InvalidConfig, match=r"expected a task such as some\.xsb#0, a level file and an index, got"):
        SokobanEnv(levels=str(tmp_path)).reset(options={"task": task})


def test_a_split_without_levels_says_so(tmp_path):
    (tmp_path / "some.xsb").write_text("\n".join(SMALL), "utf-8")
    assert SokobanEnv(levels=str(tmp_path / "some.xsb")).reset(seed=0)[1]["task"] == "some.xsb#0"
    with pytest.raises(InvalidConfig, match="expected tasks in the split 'test', got none"):
        SokobanEnv(levels=str(tmp_path), split="test").reset(seed=0)


def test_a_file_that_is_mended_is_read_again(tmp_path):
    path = tmp_path / "some.xsb"
    path.write_text("#####\n#@$ #\n#####\n", "utf-8")
    env = SokobanEnv(levels=str(path))
    with pytest.raises(InvalidConfig, match="expected as many goals as boxes, got 0 and 1"):
        env.reset(seed=0)
    path.write_text("\n".join([*SMALL, "", *SMALL]), "utf-8")
    os.utime(path, (2_000_000_000, 2_000_000_000))
    env.reset(seed=0)
    assert len(env.tasks()) == 2


def test_a_file_that_went_away_is_named(tmp_path):
    path = tmp_path / "some.xsb"
    path.write_text("\n".join(SMALL), "utf-8")
    env = SokobanEnv(levels=str(path))
    path.unlink()
    with pytest.raises(MissingData, match=r"expected a file that can be read, got .*some\.xsb: No such file"):
        env.reset(seed=0)


def test_nothing_to_read_is_explained(tmp_path):
    with pytest.raises(MissingData, match=r"expected a file or folder at .*nowhere, got nothing there"):
        SokobanEnv(levels=str(tmp_path / "nowhere"))
    with pytest.raises(MissingData, match=r"expected \.xsb, \.sok, \.txt files in .*, got none"):
        SokobanEnv(levels=str(tmp_path))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize("env_id", ["Sokoban-levels", "Sokoban-Boxoban-unfiltered", "Sokoban-Boxoban-hard"])
def test_what_was_not_imported_is_asked_for(home, env_id):
    with pytest.raises(MissingData, match=r"expected imported levels, got none.*textarena-rl import-data sokoban PATH"):
        make(env_id)


def test_import_of_own_levels(home, capsys):
    (home / "mine").mkdir()
    (home / "mine" / "one.xsb").write_text(("\n".join(SMALL) + "\n\n") * 10, "utf-8")
    (home / "mine" / "README.txt").write_text("By me.\n", "utf-8")
    assert main(["import-data", "sokoban", str(home / "mine")]) == 0
    assert capsys.readouterr().out == "Imported 10 levels: play them as Sokoban-levels.\n"
    (home / "two.sok").write_text("\n".join(CLAIRE), "utf-8")
    assert main(["import-data", "sokoban", str(home / "two.sok")]) == 0
    env = make("Sokoban-levels")
    assert list(env.unwrapped.tasks("test")) == ["one.xsb#9"]
    assert "two.sok#0" in env.unwrapped.tasks()
    assert make("Sokoban-levels", levels=str(home / "two.sok")).unwrapped.tasks()[0] == "two.sok#0"


def test_import_of_a_damaged_file_stores_nothing(home, capsys):
    (home / "bad.xsb").write_text("\n".join([*SMALL, "", "###", "#@#", "###"]), "utf-8")
    assert main(["import-data", "sokoban", str(home / "bad.xsb")]) == 2
    assert "bad.xsb, level 2, line 5: expected at least one box, got none." in capsys.readouterr().err
    assert not (home / "data").exists()
    assert main(["import-data", "sokoban", str(home / "nowhere")]) == 2
    assert "expected level files (.xsb, .sok, .txt) at" in capsys.readouterr().err


def test_boxoban_is_imported_and_conforms(home, capsys):
    shared = shared_data("sokoban")
    text = (shared / "boxoban-unfiltered-test-first300.txt").read_text("utf-8")
    for name, levels in (
        ("unfiltered/train/000.txt", text),
        ("unfiltered/valid/000.txt", text),
        ("unfiltered/test/000.txt", text),
        ("hard/000.txt", (shared / "boxoban-hard-000-first300.txt").read_text("utf-8")),
    ):
        (home / "boxoban-levels" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "boxoban-levels" / name).write_text(levels, "utf-8")
    assert main(["import-data", "sokoban", str(home / "boxoban-levels")]) == 0
    assert capsys.readouterr().out == (
        "Imported Boxoban: Sokoban-Boxoban-unfiltered (900 levels), Sokoban-Boxoban-hard (300 levels).\n"
    )
    index = json.loads((home / "data/sokoban/boxoban/unfiltered/index.json").read_text("utf-8"))
    assert index == {f"{split}/000.txt": 300 for split in ("test", "train", "valid")}
    env = make("Sokoban-Boxoban-unfiltered", split="test")
    _, info = env.reset(options={"task": "test/000.txt#17"})
    assert info["max_score"] == 14
    assert spec("Sokoban-Boxoban-hard").kwargs == {"collection": "hard"}
    assert [len(make("Sokoban-Boxoban-hard").unwrapped.tasks(split)) for split in ("train", "valid", "test")] == [
        240,
        30,
        30,
    ]


def test_levels_from_files_conform():
    path = shared_data("sokoban") / "boxoban-hard-000-first300.txt"

    def make_env(**arguments):
        return SokobanEnv(levels=str(path), **arguments)

    check_text_env(make_env, seeds=(0, 1))
