import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import textarena_rl
from textarena_rl.__main__ import main
from textarena_rl.doctor import missing_packages

ROOT = Path(__file__).parent.parent
EXAMPLE = next(iter(textarena_rl.WORLDS.values())).example_id


def test_list_shows_every_world_and_every_id(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    for row in textarena_rl.WORLDS.values():
        assert row.grammar in shown
        assert row.example_id in shown
    assert main(["list", "--ids"]) == 0
    assert capsys.readouterr().out.split() == textarena_rl.ids()


def test_describe_prints_the_manual(capsys):
    assert main(["describe", EXAMPLE]) == 0
    assert capsys.readouterr().out == textarena_rl.describe(EXAMPLE)


def test_play_by_the_expert_wins_and_saves(capsys, tmp_path):
    path = tmp_path / "episode.jsonl"
    assert main(["play", EXAMPLE, "--policy", "expert", "--seed", "1", "--split", "test", "--save", str(path)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^Won: score 1 of 1 in 4 turns, task \S+\.$", shown, re.MULTILINE)
    (episode,) = textarena_rl.read_episodes(path)
    assert episode.to_text() in shown
    # the task that was named can be played again
    assert main(["play", EXAMPLE, "--policy", "expert", "--task", episode.task]) == 0
    assert episode.to_text() in capsys.readouterr().out


def test_play_at_random_repeats_itself_for_a_seed(capsys):
    shown = []
    for _ in range(2):
        assert main(["play", EXAMPLE, "--policy", "random", "--seed", "2", "--max-turns", "3"]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "Out of turns: score 0 of 1 in 3 turns" in shown[0]


def test_a_person_plays_through_a_pipe():
    command = [sys.executable, "-m", "textarena_rl", "play", EXAMPLE, "--seed", "0", "--max-turns", "2"]
    run = subprocess.run(command, input="look\nxyzzy\n", capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0
    assert "[1/2] > " in run.stdout
    assert "Out of turns" in run.stdout
    left = subprocess.run(command, input="look\n", capture_output=True, text=True, cwd=ROOT, check=False)
    assert left.returncode == 2
    assert left.stderr == "error: HumanPolicy: expected an action, got the end of the input. Type one line per turn.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["play", "TextWorld-w2-o3"], "Did you mean TextWorld-w2-o3-q4?"),
        (["describe", "Textworld"], "Did you mean TextWorld-w2-o3-q4?"),
        (["play", EXAMPLE, "--policy", "expert", "--split", "dev"], "expected split to be one of train, valid, test"),
        (["play", EXAMPLE, "--policy", "expert", "--max-turns", "0"], "expected max_turns of at least 1, got 0"),
        (["play", EXAMPLE, "--policy", "expert", "--task", "nonsense"], "nonsense"),
        (["lst"], "expected a command (list, describe, play, import-data, doctor"),
        (["lst"], "got 'lst'. Did you mean list?"),
        (["qqqq"], "got 'qqqq'. See textarena-rl --help."),
    ],
)
def test_wrong_input_is_explained_in_one_sentence_without_traceback(capsys, arguments, sentence):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert "Traceback" not in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_no_arguments_show_the_help(capsys):
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    for command in ("list", "describe", "play", "doctor"):
        assert command in shown


def test_threads_are_told_to_wait_quietly_unless_the_user_said_otherwise(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    main(["list"])
    assert os.environ["OMP_WAIT_POLICY"] == "passive"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    main(["list"])
    assert os.environ["OMP_WAIT_POLICY"] == "active"


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m textarena_rl list --ids | head -n 1"
    run = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.stdout.strip() == textarena_rl.ids()[0]
    assert run.stderr == ""


@pytest.mark.parametrize("command", ["list", "list --ids"])
def test_a_reader_that_never_reads_is_no_error(command):
    arguments = [sys.executable, "-m", "textarena_rl", *command.split()]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(arguments, **pipes, cwd=ROOT, env=environment) as run:
        run.stdout.close()
        assert run.stderr.read() == ""
    assert run.returncode == 0


@pytest.fixture
def added_commands(tmp_path, monkeypatch):
    """A distribution that adds commands by entry points, as an installed package does."""
    (tmp_path / "dancing.py").write_text(
        "def dance(arguments):\n    print('dancing', *arguments)\n    return 3\n"
        "def trip(arguments):\n    from textarena_rl import MissingData\n    raise MissingData('dance: no shoes.')\n"
        "def stop(arguments):\n    raise KeyboardInterrupt\n"
        "def lazy(arguments):\n    import no_such_package\n"
    )
    metadata = tmp_path / "dancing-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dancing\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[textarena_rl.commands]\ndance = dancing:dance\ntrip = dancing:trip\nstop = dancing:stop\n"
        "lazy = dancing:lazy\nbroken = no_such_package.sub:run\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("dancing", None)


def test_other_packages_add_commands(added_commands, capsys):
    assert main(["dance", "--fast", "list"]) == 3
    assert capsys.readouterr().out == "dancing --fast list\n"
    assert main(["trip"]) == 2
    assert capsys.readouterr().err == "error: dance: no shoes.\n"
    assert main(["stop"]) == 130
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "dance" in capsys.readouterr().out
    assert main(["dnce"]) == 2
    assert "Did you mean dance?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["broken", "lazy"])
def test_a_command_whose_extra_is_missing_says_so(added_commands, capsys, command):
    assert main([command]) == 2
    assert f"textarena-rl {command}: expected the package no_such_package, which is not" in capsys.readouterr().err


def test_doctor_plays_a_game_of_every_world(capsys):
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    for row in textarena_rl.WORLDS.values():
        outcome = (
            "(won by its expert in \\d+ turns|needs data that only you)"
            if row.official
            else "won by its expert in \\d+ turns"
        )
        assert re.search(rf"{row.example_id}: {outcome}", shown)
    assert re.search(r"\d+ cores, [\d.]+ GiB of memory", shown)
    assert "OMP_WAIT_POLICY is passive in this command" in shown


def test_doctor_says_when_a_world_cannot_be_played(capsys, monkeypatch):
    broken = textarena_rl.World(
        name="Broken",
        entry_point="no_such_package.env:Env",
        description="",
        knobs=(),
        example=(),
        canonical=((),),
        extra="broken",
    )
    monkeypatch.setitem(textarena_rl.WORLDS, "Broken", broken)
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "Broken: cannot be played: No module named 'no_such_package'" in shown
    assert "pip install 'textarena-rl[broken]'" in shown


def test_official_data_is_imported_by_the_worlds_own_function(capsys, monkeypatch):
    row = textarena_rl.World(
        name="Archive-official",
        entry_point="tests.worlds:CodeWordEnv",
        description="",
        knobs=(),
        example=(),
        canonical=((),),
        official=True,
        importer="tests.worlds:import_archive",
    )
    monkeypatch.setitem(textarena_rl.WORLDS, row.name, row)
    assert main(["import-data", "Archive", "some/folder"]) == 0
    assert "Imported from some/folder." in capsys.readouterr().out
    assert main(["import-data", "attic", "some/folder"]) == 2
    refusal = capsys.readouterr().err
    assert re.search(r"expected a world with official data to import \(.*archive.*\), got 'attic'", refusal)


def test_doctor_reads_extras_from_the_distributions_own_metadata():
    tomllib = pytest.importorskip("tomllib")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    requirements = [f'{need}; extra == "{extra}"' for extra, needs in extras.items() for need in needs]
    requirements += ["numpy>=1.26", 'no-such-package>=2; extra == "gone"', "no-such-package[x]>1 ; extra == 'gone'"]
    missing = missing_packages(requirements)
    names_of_others = {"all", "alfworld-oracle"}
    assert set(missing) == {*extras, "gone"} - names_of_others
    assert missing["gone"] == ["no-such-package"] * 2
    assert "pytest" not in missing["dev"]
