"""Official games: read, packed, imported, refused. Files in the official form are made from generated games."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import shutil
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import textarena_rl
from tests.envs.alfworld_original import old_command, pddl_problem
from tests.shared import shared_data
from textarena_rl.__main__ import main
from textarena_rl.conformance import check_text_env
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.games import TASK_TYPES, Game, simulator_id, symbol
from textarena_rl.envs.alfworld.generator import Settings, generate
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.importing import game_files, import_games
from textarena_rl.envs.alfworld.pack import Pack, imported, pack_bytes, pack_path
from textarena_rl.envs.alfworld.pddl import read_game
from textarena_rl.errors import InvalidConfig, MissingData


def file_of(game: Game, **changes: object) -> str:
    """The text of a ``game.tw-pddl`` file."""
    data = {
        "pddl_domain": "(define (domain alfred))",
        "grammar": 'grammar :: """{"task": [{"rhs": ' + json.dumps(game.task) + '}]}""";',
        "pddl_problem": pddl_problem(game),
        "solvable": True,
        "walkthrough": list(game.walkthrough),
    }
    return json.dumps({**data, **changes})


def made(split: str, task_type: str, seed: int) -> Game:
    """A generated game under an official-looking id."""
    game = generate(Settings(task_type, 8, 12), seed)
    folder = f"{task_type}-{game.goal.thing_kind}-None-{game.goal.target_kind}-{seed}"
    plan = {"two": (), "look": ()}.get(task_type, ("go to somewhere 1", "move it 1 to there 1"))
    return Game(**{name: getattr(game, name) for name in Game.__slots__ if name not in ("id", "walkthrough")},
                id=f"{split}/{folder}/trial_T{seed}", walkthrough=plan)  # fmt: skip


GAMES = {
    game.id: game
    for number, split in enumerate(("train", "valid_seen", "valid_unseen"))
    for game in (made(split, task_type, seed + 10 * number) for task_type in TASK_TYPES for seed in (1, 2))
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as the original lays it out, half of it without traj_data.json."""
    root = tmp_path / "alfworld_data" / "json_2.1.1"
    for number, game in enumerate(GAMES.values()):
        place = root / game.id
        place.mkdir(parents=True)
        (place / "game.tw-pddl").write_text(file_of(game), "utf-8")
        if number % 2:
            (place / "traj_data.json").write_text("{}", "utf-8")
    return root.parent


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "imported"))
    return tmp_path / "imported"


# ---------------------------------------------------------------------- reading


@pytest.mark.parametrize("game", GAMES.values(), ids=lambda game: game.id)
def test_a_file_is_read_to_the_last_fact(game: Game) -> None:
    assert read_game(file_of(game), game.id, "file") == game
    assert Game.from_json(game.to_json()) == game


def test_comments_in_a_problem_are_skipped() -> None:
    game = made("train", "heat", 1)
    commented = pddl_problem(game).replace("(:init\n", "(:init ; (melted everything\n")
    assert read_game(file_of(game, pddl_problem=commented), game.id, "file") == game


def test_ids_in_both_spellings() -> None:
    for simulator in ("Sink|-01.59|+00.86|+00.26|SinkBasin", "loc|-3|2|2|-15", "Mug|00.00|+1,5|-2"):
        assert simulator_id(symbol(simulator)) == simulator
    assert symbol("loc|-3|2") == "loc_bar__minus_3_bar_2"
    with pytest.raises(ValueError, match="expected a symbol"):
        simulator_id("loc-3")


def test_old_walkthroughs_are_read_in_the_new_words() -> None:
    game = made("train", "pick", 1)
    old = [old_command(command) for command in game.walkthrough]
    assert old != list(game.walkthrough)
    assert read_game(file_of(game, walkthrough=old), game.id, "file") == game


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda text: "", "cannot be read"),
        (lambda text: "[]", "cannot be read"),
        (lambda text: text.replace('"pddl_problem"', '"problem"'), "the key 'pddl_problem'"),
        (lambda text: text.replace('"task\\"', '"chore\\"'), 'expected a rule "task" in the grammar'),
        (lambda text: text.replace("(:init", "(:beginning"), "expected a section :init"),
        (
            lambda text: text.replace("(define", "define", 1).replace("(define (problem", "problem"),
            "begins with a bracket",
        ),
        (lambda text: text.replace("(:goal", "((:goal"), "left open at the end"),
        (lambda text: text.replace("(:goal", ") (:goal"), "expected one expression"),
        (lambda text: text.replace("(openable ", "(melted "), r"expected a fact of .*, got \(melted "),
        (lambda text: text.replace("(openable ", "(openable wide "), r"expected a fact of .*, got \(openable wide"),
        (lambda text: text.replace("(atLocation agent1 ", "(holds agent1 "), r"got \(holds agent1"),
        (
            lambda text: text.replace("(isHot ?o)", "(isHot ?o) (isSliced ?o)"),
            "expected a goal of the types pick, look",
        ),
        (lambda text: text.replace("(receptacleType ", "(openable "), "expected a"),
        (lambda text: text.replace("(receptacleType ?r", "(canContain ?r"), "expected a goal of the types"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name(damage: object, reason: str) -> None:
    game = made("train", "heat", 1)
    with pytest.raises(InvalidConfig, match=reason) as caught:
        read_game(damage(file_of(game)), game.id, "the/file")  # type: ignore[operator]
    assert str(caught.value).startswith("the/file: expected a game of the text version of ALFWorld")


def test_any_cut_and_any_flipped_byte_gives_a_game_or_a_clear_error() -> None:
    text = file_of(made("train", "cool", 1))
    rng = random.Random(3)
    for _ in range(150):
        at = rng.randrange(len(text))
        broken = text[:at] + chr(rng.randrange(1, 300)) * rng.randrange(2) + text[at + rng.randrange(1, 30) :]
        with contextlib.suppress(InvalidConfig):
            read_game(broken, "id", "file")


# ---------------------------------------------------------------------- packs


def test_a_pack_keeps_every_game_and_finds_it_by_id_split_type_and_place() -> None:
    pack = Pack(pack_bytes(GAMES.values()))
    assert len(pack) == len(GAMES) == 36
    assert {game_id: pack.game(game_id) for game_id in pack} == GAMES
    assert pack.splits() == {"train": 12, "valid_seen": 12, "valid_unseen": 12}
    assert pack.ids("train") == tuple(sorted(game_id for game_id in GAMES if game_id.startswith("train/")))
    assert pack.ids("train", "heat") == tuple(sorted(g.id for g in GAMES.values() if g.id.startswith("train/heat-")))
    assert pack.ids("nowhere") == ()
    assert pack_bytes(reversed(GAMES.values())) == pack_bytes(GAMES.values())
    with pytest.raises(KeyError):
        pack.game("train/no/such")


def test_a_damaged_pack_says_so() -> None:
    whole = pack_bytes(GAMES.values())
    rng = random.Random(1)
    broken = [b"", b"nonsense", whole[:-1], whole[: len(whole) // 2], whole + b"x", whole[:40]]
    for _ in range(60):
        at = rng.randrange(len(whole))
        broken.append(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
    for data in broken:
        with pytest.raises(
            MissingData, match=r"expected a whole pack of ALFWorld games, got .* import-data alfworld PATH"
        ):
            Pack(data, "games.pack")


# ---------------------------------------------------------------------- importing


def archives(folder: Path) -> Iterator[Path]:
    """The folder as it is, as zip and as tar, from its root, from one level up and from one split."""
    yield folder
    yield folder / "json_2.1.1"
    zipped = folder.parent / "release.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, file.relative_to(folder))
    yield zipped
    with tarfile.open(folder.parent / "release.tar.xz", "w:xz") as tar:
        tar.add(folder, "data")
    yield folder.parent / "release.tar.xz"


def test_folders_and_archives_give_the_same_pack(folder: Path) -> None:
    contents = set()
    for path in archives(folder):
        sentence = import_games(path)
        assert sentence.startswith(f"Imported 36 games from {path}. Now there are 36 in {pack_path()}, ")
        assert sentence.endswith("train 12, valid_seen 12, valid_unseen 12.")
        contents.add(pack_path().read_bytes())
        pack_path().unlink()
    assert contents == {pack_bytes(GAMES.values())}


def test_a_later_import_adds_to_an_earlier_one(folder: Path) -> None:
    import_games(folder / "json_2.1.1" / "valid_seen")
    assert imported().splits() == {"valid_seen": 12}
    sentence = import_games(folder / "json_2.1.1" / "train")
    assert "; 12 of earlier imports stay. Now there are 24" in sentence
    assert imported().splits() == {"train": 12, "valid_seen": 12}


def test_a_single_game_keeps_its_whole_id(folder: Path) -> None:
    game_id = next(iter(GAMES))
    import_games(folder / "json_2.1.1" / game_id)
    assert list(imported()) == [game_id]


def test_what_the_original_leaves_out_is_left_out_and_counted(folder: Path) -> None:
    root = folder / "json_2.1.1" / "train"
    game = made("train", "pick", 1)
    for name, text in (
        ("pick_and_place_with_movable_recep-Pen-Bowl-Desk-3", "whatever"),
        ("pick_clean_then_place_in_recep-AppleSliced-None-Fridge-3", "whatever"),
        ("unsolved", file_of(game, solvable=False)),
    ):
        (root / name / "trial_T1").mkdir(parents=True)
        (root / name / "trial_T1" / "game.tw-pddl").write_text(text, "utf-8")
    sentence = import_games(folder)
    assert "(left out, as the original does: 1 not marked solvable, 2 of types that the text world lacks)" in sentence
    assert len(imported()) == 36


def test_an_import_that_fails_leaves_the_pack_as_it_was(folder: Path, data: Path) -> None:
    import_games(folder)
    before = pack_path().read_bytes()
    bad = folder / "json_2.1.1" / "train" / "x" / "trial_T1" / "game.tw-pddl"
    bad.parent.mkdir(parents=True)
    for text in ("", "{}", '{"solvable": true}', file_of(made("train", "pick", 1)).replace("(openable", "(openabl")):
        bad.write_text(text, "utf-8")
        if text != "{}":
            with pytest.raises(InvalidConfig, match=r"x/trial_T1/game.tw-pddl: expected"):
                import_games(folder)
        assert pack_path().read_bytes() == before
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidConfig, match="expected UTF-8 text"):
        import_games(folder)
    assert [file.name for file in (data / "alfworld").iterdir()] == ["games.pack"]


def test_a_truncated_archive_is_refused(folder: Path) -> None:
    *_, zipped, tarred = archives(folder)
    for path in (zipped, tarred):
        whole = path.read_bytes()
        for share in (0.3, 0.9):
            path.write_bytes(whole[: int(len(whole) * share)])
            with pytest.raises(
                InvalidConfig, match=r"expected a whole zip or tar file of ALFWorld games.*Download it again"
            ):
                import_games(path)
    assert not pack_path().exists()


def test_a_path_without_games_names_the_source(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidConfig, match=r"nowhere: expected a folder, a zip or a tar file, and there is none. ALFWorld's"
    ):
        import_games(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidConfig, match=r"empty: expected ALFWorld games \(files named game.tw-pddl\), got none"):
        import_games(tmp_path / "empty")


def test_two_versions_of_a_game_are_not_mixed(folder: Path) -> None:
    game = next(iter(GAMES.values()))
    other = folder / "json_2.1.3" / game.id
    other.mkdir(parents=True)
    (other / "game.tw-pddl").write_text(file_of(game), "utf-8")
    assert "Imported 36 games" in import_games(folder)  # the same game twice is one game
    (other / "game.tw-pddl").write_text(file_of(game, walkthrough=["look"]), "utf-8")
    with pytest.raises(
        InvalidConfig, match=r"expected one game of the id .*, got two that differ: .*json_2.1.1.*json_2.1.3"
    ):
        import_games(folder)


def test_the_command_line_imports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "ALFWorld-valid_unseen", "--policy", "expert"]) == 2
    assert "Run `textarena-rl import-data alfworld PATH`" in capsys.readouterr().err
    assert main(["import-data", "alfworld", str(folder)]) == 0
    assert "Imported 36 games" in capsys.readouterr().out
    assert main(["play", "ALFWorld-valid_unseen", "--policy", "expert", "--seed", "1"]) == 0
    assert "Won: score 1 of 1" in capsys.readouterr().out


# ---------------------------------------------------------------------- playing


@pytest.mark.parametrize("env_id", ["ALFWorld-train", "ALFWorld-valid_seen", "ALFWorld-valid_unseen"])
def test_the_official_ids_keep_the_contract(env_id: str, folder: Path) -> None:
    import_games(folder)
    check_text_env(functools.partial(textarena_rl.make, env_id))
    env = textarena_rl.make(env_id)
    split = env_id.partition("-")[2]
    assert list(env.unwrapped.tasks()) == sorted(game_id for game_id in GAMES if game_id.startswith(split + "/"))
    _, info = env.reset(seed=3)
    assert (info["game_id"], info["task_type"]) == (info["task"], GAMES[info["task"]].goal.task_type)


def test_splits_types_and_their_other_names(folder: Path) -> None:
    import_games(folder)
    env = textarena_rl.make("ALFWorld-train", split="test", task_type="heat")
    assert [name.partition("-")[0] for name in env.unwrapped.tasks()] == ["valid_unseen/heat"] * 2
    assert textarena_rl.make("ALFWorld-train", split="valid").unwrapped.split == "valid_seen"
    with pytest.raises(InvalidConfig, match="expected split to be one of train, valid_seen, valid_unseen, got 'dev'"):
        textarena_rl.make("ALFWorld-train", split="dev")
    with pytest.raises(InvalidConfig, match=r"expected task_type to be one of pick, .* or all, got 'cook'"):
        textarena_rl.make("ALFWorld-train", task_type="cook")
    with pytest.raises(
        InvalidConfig, match=r"expected a task to be the id of an imported game such as train/.*, got '17'"
    ):
        textarena_rl.make("ALFWorld-train").reset(options={"task": "17"})
    with pytest.raises(
        MissingData, match=r"expected games of the split valid_train in .*, and there are none \(train 12, "
    ):
        textarena_rl.make("ALFWorld-train", split="valid_train")
    shutil.rmtree(pack_path().parent)
    import_games(folder / "json_2.1.1" / "valid_seen")
    with pytest.raises(MissingData, match="expected games of the split train"):
        textarena_rl.make("ALFWorld-train")


def test_without_data_one_sentence_says_what_to_do() -> None:
    with pytest.raises(
        MissingData, match=r"expected the official games in .*games.pack, and there are none.*import-data"
    ):
        textarena_rl.make("ALFWorld-valid_unseen")


def test_a_new_import_is_seen_at_once(folder: Path) -> None:
    import_games(folder / "json_2.1.1" / "train")
    assert len(imported()) == 12
    import_games(folder)
    os.utime(pack_path(), ns=(time.time_ns() + 10**9,) * 2)
    assert len(imported()) == 36


def test_the_walkthroughs_of_the_official_sample_win_at_their_last_command() -> None:
    played = 0
    for name, text in game_files(shared_data("alfworld") / "official-sample-144.tar.xz"):
        game = read_game(text, name, name)
        assert Game.from_json(game.to_json()) == game
        for version in ("0.4", "0.3"):
            engine = Engine(House(game, version))
            for command in game.walkthrough:
                assert not engine.won, name
                command = old_command(command) if version == "0.3" else command
                assert command in engine.admissible, (name, command)
                engine.step(command)
            assert engine.won, name
        played += 1
    assert played == 144
