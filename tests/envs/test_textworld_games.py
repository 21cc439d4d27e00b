"""Games as data: JSON, packs, the disk cache, and equality with what ``tw-make`` makes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from textarena_rl.envs.textworld import generation
from textarena_rl.envs.textworld.challenges import SPLITS, Knobs
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.games import Entity, Game, Quest
from textarena_rl.envs.textworld.library import Pack, find_game, pack_bytes, shipped
from textarena_rl.envs.textworld.pack import CONTENTS
from textarena_rl.errors import InvalidConfig, MissingData

GAME = Game(
    (Entity("r_0", "hall", "A hall."), Entity("o_0", "map", "Torn.", "some", "our", ("chart",))),
    ("at P r_0", "at o_0 r_0"),
    (Quest(2, (("in o_0 I",),), (("on o_0 s_0",), ("at P r_1", "at o_0 r_1")), True, True), Quest(1, (("at P r_0",),))),
    "Take the map — now.",
    ("take map",),
)


def test_json_keeps_everything() -> None:
    assert Game.from_json(GAME.to_json()) == GAME
    assert "\n" not in GAME.to_json()


def test_the_articles_and_synonyms_of_a_game_are_used() -> None:
    engine = Engine(Game.from_json(GAME.to_json().replace(";at o_0", ";at o_0").replace("on o_0 s_0", "in o_0 c_9")))
    assert "There is some map on the floor." in engine.description
    assert engine.step("take chart").feedback == "You pick up our map from the ground."


def test_a_pack_opens_any_game_and_has_the_same_bytes_again() -> None:
    games = {seed: find_game(Knobs(1, 1, 1), seed) for seed in SPLITS["test"][:50]} | {60_000: GAME}
    games |= {60_000 + seed: GAME for seed in range(1, 9)}
    data = pack_bytes(games)
    pack = Pack(data)
    assert len(pack) == len(games)
    assert all(pack.game(seed) == game for seed, game in games.items())
    assert 51 not in pack
    assert pack_bytes(dict(reversed(games.items()))) == data


def test_other_bytes_are_not_a_pack() -> None:
    with pytest.raises(MissingData, match=r"x\.pack: expected a TextWorld pack, got other bytes"):
        Pack(b"PK\x03\x04", "x.pack")


def test_what_is_shipped_is_what_is_promised() -> None:
    for knobs, counts in CONTENTS.items():
        pack = shipped(knobs)
        assert pack is not None
        assert len(pack) == sum(counts.values())
        for split, count in counts.items():
            assert all(seed in pack for seed in SPLITS[split][:count])


def test_checksums_of_the_readme() -> None:
    folder = resources.files("envs_data")
    listed = dict(re.findall(r"`(textworld/[\w.-]+)`.*?`([0-9a-f]{64})`", (folder / "README.md").read_text()))
    there = {f"textworld/{file.name}" for file in (folder / "textworld").iterdir() if file.name.endswith(".pack")}
    assert set(listed) == there
    for name, checksum in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum


def test_a_rule_that_the_engine_does_not_know_is_an_error() -> None:
    with pytest.raises(MissingData, match="expected the facts of the standard rules, got 'roasted'"):
        Engine(Game(GAME.entities, ("at P r_0", "roasted o_0"), GAME.quests[1:], "", ()))


def test_a_seed_out_of_range() -> None:
    with pytest.raises(InvalidConfig, match="expected a seed from 0 to"):
        generation.generate(Knobs(), -1)


@pytest.mark.oracle
def test_the_cache_is_written_once_and_mended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: generation is not tested")
    monkeypatch.setenv("TEXTARENA_RL_CACHE", str(tmp_path))
    knobs = Knobs(1, 2, 2)
    game = generation.cached(knobs, 7)
    assert game == find_game(knobs, 7)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    written = file.read_bytes()
    file.write_bytes(written[:50])
    assert generation.cached(knobs, 7) == game
    assert file.read_bytes() == written
    monkeypatch.setitem(sys.modules, "textworld", None)
    assert generation.cached(knobs, 7) == game


@pytest.mark.oracle
def test_generated_games_are_those_in_the_packs() -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: generation is not tested")
    for knobs in CONTENTS:
        for seed in (3, 50_007):
            assert generation.generate(knobs, seed) == find_game(knobs, seed)


@pytest.mark.oracle
@pytest.mark.parametrize(("numbers", "seed"), [((2, 3, 4), 23), ((8, 12, 4), 5)])
def test_generated_games_are_those_of_the_command(numbers: tuple[int, int, int], seed: int, tmp_path: Path) -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: generation is not tested")
    command = Path(sys.executable).with_name("tw-make")
    if not command.is_file():
        pytest.skip("tw-make is not beside this Python: generation is not compared with it")
    size, objects, length = map(str, numbers)
    options = ["--world-size", size, "--nb-objects", objects, "--quest-length", length, "--seed", str(seed), "--silent"]
    subprocess.run(
        [sys.executable, str(command), "custom", *options, "--output", str(tmp_path / "game.z8")],
        check=True,
        cwd=tmp_path,
    )
    data = json.loads((tmp_path / "game.json").read_text())
    assert Game.from_textworld(data) == find_game(Knobs(*numbers), seed)
