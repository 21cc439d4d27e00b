"""One process alone, and the launchers' traps. (Two real processes train in test_update.py.)"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from textarena_rl.errors import InvalidConfig
from trainers.distributed import Distributed, is_launched, launch

ROOT = Path(__file__).parents[2]


def test_alone_every_message_comes_back_as_it_went():
    distributed = Distributed()
    assert (distributed.rank, distributed.num_processes, distributed.is_main) == (0, 1, True)
    numbers = torch.tensor([1.0, 2.0])
    assert torch.equal(distributed.sum(numbers), numbers)
    assert distributed.broadcast({"a": 1}) == {"a": 1}
    assert distributed.gather(["x", "y"]) == ["x", "y"]
    distributed.wait()


MESSAGES = """
import torch
from trainers.distributed import Distributed
together = Distributed()
rank = together.rank
assert together.num_processes == 2 and together.is_main == (rank == 0)
assert together.sum(torch.tensor([1.0 + rank, 10.0])).tolist() == [3.0, 20.0]
assert together.sum(torch.ones(2, dtype=torch.float64)).dtype == torch.float64
assert together.broadcast(("from", rank)) == ("from", 0)
assert together.gather([f"{rank}a", f"{rank}b"]) == ["0a", "0b", "1a", "1b"]
weight = torch.nn.Linear(1, 1, bias=False)
agent, optimizer = together.prepare(weight, torch.optim.SGD(weight.parameters(), lr=1.0))
with together.no_sync(agent):
    together.backward(agent(torch.tensor([[1.0 + rank]])).sum())
together.backward(agent(torch.tensor([[10.0]])).sum())
assert weight.weight.grad.item() == 1 + 2 + 10 + 10, weight.weight.grad  # the sum over both, not the mean
together.wait()
"""


@pytest.mark.slow
def test_two_processes_pass_messages_and_sum_gradients(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    script = tmp_path / "messages.py"
    script.write_text(MESSAGES)
    assert launch(2, [str(script)]) == 0


@pytest.mark.slow
def test_accelerate_launch_that_quietly_starts_one_process_is_found_out(tmp_path):
    script = tmp_path / "alone.py"
    script.write_text("from trainers.distributed import Distributed\nDistributed()\n")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "on a CPU it starts no more. Use `textarena-rl train ... --num-processes N`" in result.stderr


def test_launch_refuses_what_it_cannot_do(monkeypatch):
    with pytest.raises(InvalidConfig, match="at least 1 process, got 0"):
        launch(0, ["script.py"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(InvalidConfig, match=r"at most 1 processes \(one per GPU\), got 2"):
        launch(2, ["script.py"])
    monkeypatch.undo()
    monkeypatch.setenv("LOCAL_RANK", "0")
    with pytest.raises(InvalidConfig, match="got started by a launcher"):
        launch(2, ["script.py"])


def test_launched_processes_know_it():
    assert is_launched({"LOCAL_RANK": "0"})
    assert is_launched({"WORLD_SIZE": "2"})
    assert not is_launched({"WORLD_SIZE": "1"})
    assert not is_launched({})
