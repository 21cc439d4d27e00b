"""Games that the user brings: JSON in our engine, story files in the original interpreter, and what goes wrong."""

from __future__ import annotations

import copy
import functools
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import pytest

import textarena_rl
from tests.envs.textworld_original import compile_game
from textarena_rl.__main__ import main
from textarena_rl.conformance import check_text_env
from textarena_rl.envs.textworld.challenges import Knobs, Simple
from textarena_rl.envs.textworld.env import TextWorldEnv
from textarena_rl.envs.textworld.files import GameFiles, read_game
from textarena_rl.envs.textworld.interpreter import Interpreter
from textarena_rl.envs.textworld.library import find_game
from textarena_rl.errors import EpisodeFailed, InvalidConfig, MissingData

WIN = (
    "take type J keycard from case",
    "unlock type J chest with type J keycard",
    "open type J chest",
    "take Quote of the Day Calendar from type J chest",
)
"""What TextWorld-w2-o3-q4, task 1 asks for, as its objective tells."""

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def games(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two games, each as .json and .z8."""
    pytest.importorskip("textworld", reason="the textworld package is not installed: files are NOT played")
    folder = tmp_path_factory.mktemp("games")
    compile_game(Knobs(2, 3, 4), 1, folder)
    compile_game(Simple("dense"), 3, folder)
    return folder


@pytest.fixture
def story(games: Path) -> Iterator[Interpreter]:
    played = Interpreter(games / "w2-o3-q4-1.z8")
    yield played
    played.close()


@pytest.fixture(scope="module")
def only_json(games: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json")
    for file in games.glob("*.json"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_json_file_is_the_very_game(only_json: Path) -> None:
    env = gym.make("TextWorld-z8", games=only_json / "w2-o3-q4-1.json", expert_actions=True, progress=True)
    generated = textarena_rl.make("TextWorld-w2-o3-q4", split="test", expert_actions=True, progress=True, max_turns=100)
    observation, info = env.reset()
    twin, other = generated.reset(options={"task": "1"})
    assert observation == twin
    assert {**info, "task": ""} == {**other, "task": ""}
    for action in WIN:
        ours, theirs = env.step(action), generated.step(action)
        assert ours[:4] == theirs[:4]
    assert info["task"] == "w2-o3-q4-1.json"


def test_games_from_json_files_conform(only_json: Path) -> None:
    check_text_env(functools.partial(textarena_rl.make, "TextWorld-z8", games=str(only_json)))


def test_a_story_file_in_the_interpreter(games: Path) -> None:
    env = gym.make("TextWorld-z8", games=games, admissible_actions=True)
    observation, info = env.reset(options={"task": "w2-o3-q4-1.z8"})
    engine = textarena_rl.make("TextWorld-w2-o3-q4", split="test", admissible_actions=True)
    twin, other = engine.reset(options={"task": "1"})
    assert (observation, info["admissible_actions"]) == (twin, other["admissible_actions"])
    assert (info["objective"], info["max_score"], info["optimal_turns"]) == (other["objective"], 1.0, None)
    for action in ("examine case", "dance", *WIN[:3]):
        observation, reward, terminated, truncated, info = env.step(action)
        twin, *verdict, other = engine.step(action)
        assert (observation, [reward, terminated, truncated]) == (twin, verdict)
        assert (info["admissible_actions"], info["invalid_action"]) == (
            other["admissible_actions"],
            other["invalid_action"],
        )
    _, reward, terminated, _, info = env.step(WIN[3])
    assert (reward, terminated, info["won"]) == (1.0, True, True)
    env.close()


def test_a_story_file_alone(games: Path, tmp_path: Path) -> None:
    (tmp_path / "alone.z8").write_bytes((games / "w2-o3-q4-1.z8").read_bytes())
    env = TextWorldEnv(games=GameFiles(tmp_path))
    observation, info = env.reset()
    assert "You find yourself in a studio" in observation
    assert (info["max_score"], info["optimal_turns"]) == (1.0, None)
    rewards = [env.step(action)[1] for action in WIN]
    assert rewards == [0, 0, 0, 1]
    assert env._status().won
    env.close()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("\x00look", "One command at a time, please."),
        ("go west\x00", "One command at a time, please."),
        ("take keycard. open chest", "One command at a time, please."),
        ("take keycard then open chest", "One command at a time, please."),
        ("save", "That's not a verb I recognise."),
        ("script", "That's not a verb I recognise."),
        ("RESTART", "That's not a verb I recognise."),
        ("tw-trace-actions", "That's not a verb I recognise."),
        ("\N{SNOWMAN}", "That's not a verb I recognise."),
        ("look " * 100, "That is too long: a command has at most 198 characters."),
        ("", "I beg your pardon?"),
    ],
)
def test_what_would_hang_or_crash_or_write_never_gets_there(story: Interpreter, command: str, answer: str) -> None:
    outcome = story.step(command)
    assert (outcome.feedback, outcome.invalid) == (answer, True)
    assert story.commands == []


def test_an_interpreter_that_dies_costs_a_turn_and_the_game_goes_on(story: Interpreter) -> None:
    for action in WIN[:2]:
        assert not story.step(action).invalid
    assert story._child is not None
    story._child._process.kill()
    outcome = story.step("look")
    assert (outcome.feedback, outcome.invalid) == ("The game does not answer to that.", True)
    for action in WIN[2:]:
        assert not story.step(action).invalid
    assert story.state.won


def test_a_command_that_takes_too_long_is_given_up(story: Interpreter) -> None:
    story.seconds = 0.0
    assert story.step(WIN[0]).feedback == "The game does not answer to that."
    story.seconds = 20.0
    assert story.step(WIN[0]).feedback.startswith("You take the type J keycard from the case.")


def test_copies_play_on_by_themselves(story: Interpreter) -> None:
    story.step(WIN[0])
    twin, stored = copy.deepcopy(story), pickle.loads(pickle.dumps(story))
    assert not twin.step(WIN[1]).invalid
    assert story.step(WIN[2]).invalid  # still locked here
    assert stored.inventory == story.inventory
    assert not stored.step(WIN[1]).invalid
    for each in (twin, stored):
        each.close()


def test_what_is_no_story_file_is_said_so(tmp_path: Path) -> None:
    pytest.importorskip("textworld", reason="the textworld package is not installed: files are NOT played")
    (tmp_path / "x.z8").write_bytes(b"not a story")
    with pytest.raises(EpisodeFailed, match=r"TextWorld-z8, x\.z8: expected the interpreter to play the file"):
        Interpreter(tmp_path / "x.z8")


def test_without_games_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "data"))
    sentence = (
        r"TextWorld-z8: expected games .* got none\. Give games=PATH, or .*textarena-rl import-data textworld PATH"
    )
    for games in (None, tmp_path, tmp_path / "nothing.z8"):
        with pytest.raises(MissingData, match=sentence):
            gym.make("TextWorld-z8", games=games)


def test_other_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1, 2]")
    (tmp_path / "b.json").write_text(json.dumps({"infos": [], "quests": []}))
    for name in ("a.json", "b.json"):
        with pytest.raises(MissingData, match=r"expected a game that tw-make has made, got other JSON"):
            gym.make("TextWorld-z8", games=tmp_path / name).reset()


def test_games_are_imported_and_have_splits(
    only_json: Path, games: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "data"))
    for split in ("train", "test"):
        (tmp_path / "mine" / split).mkdir(parents=True)
    for split, name in (("train", "w2-o3-q4-1"), ("test", "simple-dense-3")):
        (tmp_path / "mine" / split / f"{name}.json").write_bytes((games / f"{name}.json").read_bytes())
    assert main(["import-data", "textworld", str(tmp_path / "mine")]) == 0
    assert "Stored 2 files" in capsys.readouterr().out
    env = gym.make("TextWorld-z8", split="test")
    assert env.unwrapped.splits == ("train", "test")
    assert env.unwrapped.tasks() == ("simple-dense-3.json",)
    assert env.reset()[1]["task"] == "simple-dense-3.json"
    with pytest.raises(InvalidConfig, match="expected split to be one of train, test, got 'valid'"):
        gym.make("TextWorld-z8", split="valid")
    with pytest.raises(InvalidConfig, match="expected the name of a file"):
        env.reset(options={"task": "17"})
    (tmp_path / "mine" / "train" / "x.z8").write_bytes(b"not a story")
    assert main(["import-data", "textworld", str(tmp_path / "mine")]) == 2
    assert "expected a story file for the Z-machine, version 8, got other bytes" in capsys.readouterr().err


def test_the_expert_is_for_json_files_only(games: Path) -> None:
    env = gym.make("TextWorld-z8", games=games / "w2-o3-q4-1.z8", expert_actions=True)
    with pytest.raises(InvalidConfig, match="this world has no expert"):
        env.reset()
    env.close()


def test_the_shipped_game_is_the_files(only_json: Path) -> None:
    assert read_game(only_json / "w2-o3-q4-1.json").game == find_game(Knobs(2, 3, 4), 1)
