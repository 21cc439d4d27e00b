from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import gymnasium as gym
import pytest

from tests.tiny import tiny
from tests.worlds import COLOURS, CodeWordEnv
from textarena_rl.episode import read_episodes
from trainers.__main__ import demos_command, evaluate_command, main, tokens_command, train_command
from trainers.commands import train
from trainers.commands.evaluate import find_model, find_run
from trainers.configs import load_config, save_config
from trainers.rollout.chat import Chat


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    gym.register("CodeWord", entry_point=CodeWordEnv, order_enforce=False, disable_env_checker=True)
    monkeypatch.setenv("COLUMNS", "200")
    yield
    del gym.registry["CodeWord"]


def configured(*argv: str):
    return train.configure(train.parser().parse_intermixed_args(argv))


# ------------------------------------------------------------------ start


def test_nothing_heavy_is_imported_and_threads_wait_passively_before_torch_is():
    code = (
        "import os, sys; os.environ.pop('OMP_WAIT_POLICY', None)\n"
        "import trainers.__main__ as cli\n"
        "assert not {'torch', 'transformers', 'pydantic'} & set(sys.modules)\n"
        "status = cli.train_command(['nosuchconfig'])\n"
        "print(status, os.environ['OMP_WAIT_POLICY'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert ran.stdout.strip() == "2 passive"
    assert ran.stderr.startswith("error: train: expected a YAML file or one of quickstart, smoke, got 'nosuchconfig'.")


def test_without_a_command_there_is_a_list_of_them(capsys):
    assert main([]) == 2
    assert main(["--help"]) == 0
    shown = capsys.readouterr()
    for name in ("train", "demos", "evaluate", "tokens"):
        assert f"  {name}" in shown.err
        assert f"  {name}" in shown.out


def test_an_error_is_one_sentence_and_status_2(capsys):
    assert train_command(["quickstart", "rl.epochs=0"]) == 2
    assert capsys.readouterr().err == (
        "error: quickstart: 1 error\n  rl.epochs: expected a value greater than or equal to 1, got 0.\n"
    )


# ------------------------------------------------------------------ train


def test_flags_are_settings_and_own_settings_come_last():
    config = configured(
        "quickstart", "--num-processes", "2", "--output-dir", "there", "--seed", "4", "rl.epochs=3", "seed=5"
    )
    assert (config.num_processes, str(config.output_dir), config.seed, config.rl.epochs) == (2, "there", 5, 3)
    assert configured("quickstart", "--fresh").resume is False
    assert configured("quickstart", "rl.epochs=2", "--dry-run", "rl.minibatches=2").dry_run is True


@pytest.mark.parametrize(
    ("argv", "folder"),
    [
        ([], "runs/quickstart"),
        (["--algorithm", "grpo"], "runs/quickstart-grpo"),
        (["--seed", "3", "--algorithm", "rloo", "--model", "some/where"], "runs/quickstart-where-rloo-seed3"),
        (["--seed", "3", "--output-dir", "there"], "there"),
        (["--seed", "3", "output_dir=there"], "there"),
        (["name=mine"], "runs/mine"),
        (["name=mine", "--seed", "3"], "runs/mine-seed3"),
    ],
)
def test_runs_that_differ_by_a_flag_have_folders_of_their_own(argv, folder):
    assert str(configured("quickstart", *argv).output_dir) == folder


def test_help_config_lists_the_settings(capsys):
    assert train_command(["--help-config"]) == 0
    assert "  rl.learning_rate: float = 1e-05\n      Peak learning rate of the policy.\n" in capsys.readouterr().out


# ------------------------------------------------------------------ demos


def test_demos_as_episodes(tmp_path, capsys):
    path = tmp_path / "demos.jsonl"
    assert demos_command(["CodeWord", "--num", "3", "--output", str(path)]) == 0
    assert f"3 episodes in {path}" in capsys.readouterr().out
    episodes = list(read_episodes(path))
    assert [episode.task for episode in episodes] == list(CodeWordEnv().tasks())[:3]
    assert [turn.action for turn in episodes[1].turns] == episodes[1].task.split("-")
    assert [turn.reward for turn in episodes[1].turns] == [0.0, 1.0]
    assert all(episode.won for episode in episodes)


def test_demos_as_chat(tmp_path):
    path = tmp_path / "chat.jsonl"
    assert demos_command(["CodeWord", "--num", "2", "--output", str(path), "--format", "chat", "--style", "think"]) == 0
    first = json.loads(path.read_text().splitlines()[0])["messages"]
    assert [message["role"] for message in first] == ["system", "user", "assistant", "user", "assistant"]
    assert first[2]["content"] == f"<think></think><action>{CodeWordEnv().tasks()[0].split('-')[0]}</action>"


def test_demos_of_a_wrong_world_or_number(tmp_path, capsys):
    assert demos_command(["TextWorld-w2-o3", "--output", str(tmp_path / "x")]) == 2
    assert "Did you mean TextWorld-w2-o3-q" in capsys.readouterr().err
    assert demos_command(["CodeWord", "--num", "0", "--output", str(tmp_path / "x")]) == 2
    assert demos_command(["CodeWord", "--num", "99", "--output", str(tmp_path / "x")]) == 2
    assert "expected 99 episodes that the expert wins, got 24 from 24 tasks" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ tokens


def test_tokens_shows_what_is_read_and_what_is_trained(capsys):
    assert tokens_command(["CodeWord", "--model", "tiny", "--task", "red-gold"]) == 0
    shown = capsys.readouterr().out
    _, tokenizer = tiny()
    end = tokenizer.convert_ids_to_tokens(Chat(tokenizer).end_id)
    assert "The first lamp is red." in shown
    assert f"|{end}" in shown
    assert "2 turns, task red-gold" in shown


# ------------------------------------------------------------------ evaluate


def row_of(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.strip().startswith(name))
    return re.split(r"\s{2,}", line.strip())


def test_evaluate_the_expert_and_chance(tmp_path, capsys):
    path = tmp_path / "episodes.jsonl"
    assert evaluate_command(["expert", "--env", "CodeWord", "--output", str(path)]) == 0
    shown = capsys.readouterr().out
    assert row_of(shown, "expert")[1:] == ["100.0 %", "61 to 100 %", "1.00", "2.0", "0 %", "6", "0"]
    assert [episode.task for episode in read_episodes(path)] == list(CodeWordEnv().tasks("test"))
    assert evaluate_command(["random", "--env", "CodeWord", "--split", "valid", "--num", "4"]) == 0
    assert row_of(capsys.readouterr().out, "random")[6] == "4"


def test_evaluate_a_model_and_a_run(tmp_path, capsys):
    model, tokenizer = tiny()
    folder = tmp_path / "run" / "model"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    argv = ["--num", "2", "--max-new-tokens", "4", "--max-context", "600"]
    assert evaluate_command([str(folder), "--env", "CodeWord", *argv]) == 0
    alone = row_of(capsys.readouterr().out, str(folder))[1:]
    assert alone[5:] == ["2", "0"]
    save_config(load_config("smoke", ["env.id=CodeWord", "env.max_turns=null"]), tmp_path / "run" / "config.yaml")
    assert evaluate_command([str(tmp_path / "run"), *argv]) == 0
    assert row_of(capsys.readouterr().out, str(tmp_path / "run"))[1:] == alone


def test_what_a_folder_means(tmp_path, capsys):
    for place in ("checkpoints/step-00000001/agent/policy", "checkpoints/step-00000002/agent/policy", "model-sft"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config.json").write_text("{}")
    newest = tmp_path / "checkpoints" / "step-00000002"
    assert find_model(str(tmp_path)) == str(newest / "agent" / "policy")
    assert find_model(str(newest)) == str(newest / "agent" / "policy")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    assert find_model(str(tmp_path)) == str(tmp_path / "model")
    assert find_model("smollm2") == "smollm2"
    config = load_config("smoke", ["env.id=CodeWord"])
    save_config(config, tmp_path / "config.yaml")
    assert find_run(str(newest)) == config
    assert find_run("expert") is None
    (tmp_path / "empty").mkdir()
    assert evaluate_command([str(tmp_path / "empty"), "--env", "CodeWord"]) == 2
    assert "expected a run, a checkpoint or a model, found no model" in capsys.readouterr().err


def test_evaluate_needs_a_world_and_a_model(capsys):
    assert evaluate_command(["expert"]) == 2
    assert "evaluate: expected --env, got none" in capsys.readouterr().err
    assert evaluate_command(["http://localhost:1/v1", "--env", "CodeWord"]) == 2
    assert "expected --api-model" in capsys.readouterr().err


class Lamps(BaseHTTPRequestHandler):
    """A chat server that names the last lamp it was told of."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen = asked["messages"][-1]["content"]
        colour = max(COLOURS, key=lambda word: seen.rfind(f"lamp is {word}"))
        answer = json.dumps(
            {"choices": [{"message": {"content": colour if asked["model"] == "lamps" else "hm"}}]}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args) -> None:
        pass


def test_evaluate_a_server(capsys):
    server = HTTPServer(("127.0.0.1", 0), Lamps)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        assert evaluate_command([address, "--env", "CodeWord", "--api-model", "lamps", "--num", "3"]) == 0
        assert row_of(capsys.readouterr().out, address)[1] == "100.0 %"
        assert evaluate_command([address, "--env", "CodeWord", "--api-model", "other", "--num", "3"]) == 0
        assert row_of(capsys.readouterr().out, address)[1:6] == ["0.0 %", "0 to 56 %", "0.00", "4.0", "100 %"]
    finally:
        server.shutdown()
        server.server_close()
