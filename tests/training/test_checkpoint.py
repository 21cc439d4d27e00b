"""Checkpoints: exact, whole or not at all, kept by number and by metric."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.tiny import tiny
from tests.training.small_run import PLAYED, scored
from textarena_rl.errors import InvalidConfig, MissingData
from trainers import checkpoint
from trainers.algorithms import ALGORITHMS
from trainers.batching import to_batch
from trainers.distributed import Distributed
from trainers.models import Agent, add_lora, parameter_groups
from trainers.update import update

ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def keep(folder: Path, step: int, *, last: int = 9, best: int = 0, metric: float | None = None) -> Path:
    return checkpoint.save(folder, step, {"state": {"step": step}}, keep_last=last, keep_best=best, metric=metric)


def test_sections_come_back_as_they_went(tmp_path):
    state = {
        "weights": torch.tensor([0.1, 2.0**-130]),
        "names": ["a", ("b", 3)],
        "big": 2**100,
        "none": None,
        "on": True,
    }
    path = checkpoint.save(
        tmp_path, 12, {"state": state, "notes": lambda folder: (folder / "a.txt").write_text("hello")}, keep_last=1
    )
    assert path == tmp_path / "step-00000012"
    assert checkpoint.step_of(path) == 12
    assert checkpoint.latest(tmp_path) == path
    back = checkpoint.load(path)
    assert back.keys() == {"state", "notes"}
    assert torch.equal(back["state"].pop("weights"), state.pop("weights"))
    assert back["state"] == state
    assert (back["notes"] / "a.txt").read_text() == "hello"


def test_the_newest_and_the_best_are_kept(tmp_path):
    for step, metric in enumerate([0.5, 0.9, None, 0.9, 0.2, 0.1], 1):
        keep(tmp_path, step, last=2, best=2, metric=metric)
    assert names(tmp_path) == ["step-00000002", "step-00000004", "step-00000005", "step-00000006"]
    assert checkpoint.best(tmp_path) == tmp_path / "step-00000004"  # of equals the later
    assert checkpoint.latest(tmp_path) == tmp_path / "step-00000006"


def test_a_number_is_written_again(tmp_path):
    keep(tmp_path, 3, metric=1.0)
    checkpoint.save(tmp_path, 3, {"state": "new"}, keep_last=1)
    assert names(tmp_path) == ["step-00000003"]
    assert checkpoint.load(tmp_path / "step-00000003") == {"state": "new"}
    assert checkpoint.best(tmp_path) is None


def test_where_there_is_nothing(tmp_path):
    assert checkpoint.latest(tmp_path / "nowhere") is None
    assert checkpoint.best(tmp_path) is None
    with pytest.raises(MissingData, match="expected a complete checkpoint, found none"):
        checkpoint.load(tmp_path)
    with pytest.raises(InvalidConfig, match="keep_last of at least 1, got 0"):
        keep(tmp_path, 1, last=0)
    with pytest.raises(InvalidConfig, match="expected a folder named step-00000000"):
        checkpoint.step_of("latest")


# ------------------------------------------------------------------ interrupted


def run_python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


KILLED = """
import os, signal, sys
from pathlib import Path
from trainers import checkpoint

def dies(folder):
    (folder / "half").write_bytes(b"0" * 100_000)
    os.kill(os.getpid(), signal.SIGKILL)

checkpoint.save(sys.argv[1], 1, {"state": [1, 2, 3]}, keep_last=1)
checkpoint.save(sys.argv[1], 2, {"state": [4, 5, 6], "model": dies}, keep_last=1)
"""


def test_sigkill_in_the_middle_of_a_save_leaves_the_older_one(tmp_path):
    assert run_python(KILLED, str(tmp_path)).returncode == -signal.SIGKILL
    assert names(tmp_path) == [".writing-step-00000002", "step-00000001"]
    assert checkpoint.latest(tmp_path) == tmp_path / "step-00000001"
    assert checkpoint.load(tmp_path / "step-00000001") == {"state": [1, 2, 3]}
    checkpoint.sweep(tmp_path)
    assert names(tmp_path) == ["step-00000001"]


def test_sigkill_while_a_number_is_written_again_loses_nothing(tmp_path):
    keep(tmp_path, 1).rename(tmp_path / ".writing-replaced-step-00000001")  # the moment between the two renames
    checkpoint.sweep(tmp_path)
    assert checkpoint.load(tmp_path / "step-00000001") == {"state": {"step": 1}}


FULL = """
import resource, sys, torch
from safetensors.torch import save_file
from trainers import checkpoint

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
checkpoint.save(sys.argv[1], 1, {"state": "small"}, keep_last=1)
large = torch.zeros(100_000)
for section in (large, lambda folder: (folder / "a").write_bytes(b"0" * 200_000)):
    try:
        checkpoint.save(sys.argv[1], 2, {"state": section}, keep_last=1)
    except checkpoint.CheckpointFailed as error:
        print(error)
"""


def test_a_full_disk_is_one_sentence_and_leaves_the_older_one(tmp_path):
    """A limit on the size of files makes the system refuse a write, as a full disk does."""
    result = run_python(FULL, str(tmp_path))
    assert result.returncode == 0, result.stderr
    lines = result.stdout.strip().splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.startswith(f"{tmp_path}/step-00000002: expected to write a checkpoint, got: ")
        assert "The older ones are untouched; make room" in line
    assert names(tmp_path) == ["step-00000001"]
    assert checkpoint.load(tmp_path / "step-00000001") == {"state": "small"}


# ------------------------------------------------------------------ continued


class Training:
    """A run of single steps that can be put aside and taken up again."""

    def __init__(self, kind: str) -> None:
        policy, self.tokenizer = tiny()
        if kind == "adapters":  # with dropout: its random stream must be continued too
            torch.manual_seed(0)
            policy = add_lora(policy, rank=4, alpha=8.0, dropout=0.2)
        self.agent = Agent(policy, critic="separate" if kind == "separate" else "shared")
        groups = parameter_groups(self.agent, actor_lr=1e-3, critic_lr=1e-2, weight_decay=0.1)
        self.optimizer = torch.optim.AdamW(groups)
        self.distributed = Distributed()
        self.batch = to_batch(PLAYED, pad_id=0)

    def step(self, number: int) -> None:
        algorithm = ALGORITHMS["ppo"]()
        batch = scored(self.agent, algorithm, self.batch, self.distributed)
        update(
            self.agent, self.optimizer, algorithm, batch, epochs=1, minibatches=2, max_tokens=96, max_grad_norm=1.0,
            temperature=0.8, generator=torch.Generator().manual_seed(number), distributed=self.distributed,
        )  # fmt: skip

    def save(self, folder: Path, step: int) -> Path:
        sections = {
            "agent": partial(checkpoint.save_agent, self.agent, self.tokenizer),
            "optimizer": self.optimizer.state_dict(),
            "random": checkpoint.random_states(),
        }
        return checkpoint.save(folder, step, sections, keep_last=1)

    def load(self, path: Path) -> None:
        saved = checkpoint.load(path)
        checkpoint.load_agent(self.agent, saved["agent"])
        self.optimizer.load_state_dict(saved["optimizer"])
        checkpoint.restore_random_states(saved["random"])


@pytest.mark.parametrize("kind", ["shared", "separate", "adapters"])
def test_a_run_continues_to_the_bit(tmp_path, kind):
    torch.manual_seed(5)
    whole = Training(kind)
    for number in (0, 1):
        whole.step(number)
    path = whole.save(tmp_path, 2)
    for number in (2, 3):
        whole.step(number)
    torch.manual_seed(77)  # what a new process would have is not what was
    resumed = Training(kind)
    resumed.load(path)
    for number in (2, 3):
        resumed.step(number)
    expected = whole.agent.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in resumed.agent.state_dict().items())
    states = [each.optimizer.state_dict()["state"] for each in (whole, resumed)]
    assert all(torch.equal(states[0][i][key], states[1][i][key]) for i in states[0] for key in states[0][i])
    loaded = AutoModelForCausalLM.from_pretrained(path / "agent" / "policy")  # what others read
    assert loaded.config.vocab_size == whole.agent.policy.config.vocab_size


def test_the_random_streams_are_put_back(tmp_path):
    import random

    import numpy as np

    states = checkpoint.random_states()
    first = (random.random(), np.random.rand(3).tolist(), torch.rand(3).tolist())  # noqa: NPY002
    path = checkpoint.save(tmp_path, 1, {"random": states}, keep_last=1)
    checkpoint.restore_random_states(checkpoint.load(path)["random"])
    assert (random.random(), np.random.rand(3).tolist(), torch.rand(3).tolist()) == first  # noqa: NPY002


def test_another_agent_is_refused(tmp_path):
    path = Training("separate").save(tmp_path, 1)
    with pytest.raises(MissingData, match="an agent with the same critic and adapters, got others"):
        Training("shared").load(path)
