"""The whole loop: what a run leaves behind, that it can be killed, and that every algorithm learns."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.code_word import configuration, run
from textarena_rl.episode import read_episodes
from textarena_rl.errors import InvalidConfig
from trainers.logs import read_metrics
from trainers.metrics import METRICS

UNTIMED = ("time/", "speed/")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run(configuration(folder))
    return folder


def what_happened(folder: Path) -> list[dict[str, object]]:
    """Every line of the run, without what depends on the clock."""
    rows = read_metrics(folder / "metrics.jsonl")
    return [{key: value for key, value in row.items() if not key.startswith(UNTIMED)} for row in rows]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return AutoModelForCausalLM.from_pretrained(folder / "model").state_dict()


def test_a_run_leaves_a_model_curves_metrics_and_episodes(finished: Path) -> None:
    assert AutoTokenizer.from_pretrained(finished / "model").chat_template
    assert (finished / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (finished / "config.yaml").is_file()
    assert len(list(read_episodes(finished / "episodes" / "after.jsonl"))) == 6
    assert "CodeWord" in (finished / "episodes" / "01.txt").read_text()
    rows = read_metrics(finished / "metrics.jsonl")
    assert [row["stage"] for row in rows] == ["before", *["sft"] * 4, "after_sft", *["rl"] * 3, "after"]
    assert {key for row in rows for key in row} - {"stage", "step"} <= set(METRICS)


def test_the_same_run_twice_is_the_same_to_the_last_digit(finished: Path, tmp_path: Path) -> None:
    run(configuration(tmp_path))
    assert what_happened(tmp_path) == what_happened(finished)


def test_a_finished_run_is_not_repeated_and_another_one_is_refused(finished: Path) -> None:
    before = what_happened(finished)
    results = run(configuration(finished))
    assert list(results) == ["before", "after_sft", "after"]
    assert what_happened(finished) == before
    with pytest.raises(InvalidConfig, match=r"got other settings .*seed.*--fresh"):
        run(configuration(finished, seed=4))


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_as_if_it_had_never_stopped(finished: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.training.code_word", str(tmp_path)]
    for lines in (2, 4, 7, 8):  # within SFT, after it, within RL twice
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        metrics = tmp_path / "metrics.jsonl"
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            if metrics.is_file() and metrics.read_bytes().count(b"\n") >= lines:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert what_happened(tmp_path) == what_happened(finished)
    expected = weights(finished)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in weights(tmp_path).items())


@pytest.mark.slow
def test_two_processes_give_the_curve_of_one(finished: Path, tmp_path: Path) -> None:
    """Each plays its share of the episodes and computes its share of the rows; sums in another order differ by 1e-6."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*torchrun, "-m", "tests.training.code_word", str(tmp_path)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    one, two = what_happened(finished), what_happened(tmp_path)
    assert [(row["stage"], row["step"]) for row in two] == [(row["stage"], row["step"]) for row in one]
    for first, second in zip(one, two, strict=True):
        del first["stage"], second["stage"]
        assert second == pytest.approx(first, rel=1e-4, abs=1e-4)


WITHOUT_REFERENCE = {
    "ppo": {"kl_in_reward": False},
    "turn_ppo": {"kl_coef": 0.0},
    "grpo": {"kl_coef": 0.0},
    "rloo": {"kl_in_reward": False},
}


@pytest.mark.parametrize("name", WITHOUT_REFERENCE)
def test_every_algorithm_learns_the_two_turn_world(name: str, tmp_path: Path) -> None:
    """Of a policy that wins one episode in four, its own episodes make one that wins almost one in two, or more.

    64 episodes a step, so the mean of three steps has a standard error of at most 0.036: the rise that is asked for is
    three of them.
    """
    config = configuration(
        tmp_path,
        chat={"system": "", "first": "{observation}", "then": "{observation}"},
        sft={"num_demonstrations": 24, "epochs": 15, "batch_size": 8, "learning_rate": 2e-3},
        algorithm={"name": name, **WITHOUT_REFERENCE[name]},
        rl={
            "num_episodes": 64 * 16,
            "episodes_per_step": 64,
            "minibatches": 4,
            "learning_rate": 2e-4,
            "group_size": 8 if name in ("grpo", "rloo") else 1,
        },
        rollout={"concurrency": 64},
        evaluation={"before": False, "after_sft": False, "after": False},
        checkpoint={"every_steps": 1000},
    )
    run(config)
    success = [row["episode/success"] for row in read_metrics(tmp_path / "metrics.jsonl") if row["stage"] == "rl"]
    assert sum(success[-3:]) / 3 > sum(success[:3]) / 3 + 0.11, success
