"""The handful of things that several processes do together, over Accelerate; with one process they cost nothing."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list, gather_object
from torch import Tensor, nn
from torch.optim import Optimizer

from textarena_rl.errors import InvalidConfig

__all__ = ["Distributed", "is_launched", "launch"]

T = TypeVar("T")


class Distributed:
    """What the trainer asks of Accelerate.

    Every process holds the same batch and the same random streams; they split rows, and sum what the rows gave.

    Args:
        accelerator: Made here by default (CPU where there is no GPU); pass one to have trackers or plugins.

    Raises:
        InvalidConfig: ``accelerate launch`` was asked for several processes on a CPU and quietly started one.
    """

    def __init__(self, accelerator: Accelerator | None = None) -> None:
        self.accelerator = accelerator or Accelerator(cpu=not torch.cuda.is_available())
        if self.num_processes == 1 and _accelerate_launch_wanted_more(os.environ):
            raise InvalidConfig(
                "Distributed: expected the processes that `accelerate launch` was asked for, got one: on a CPU it "
                "starts no more. Use `textarena-rl train ... --num-processes N`, or `torchrun --nproc-per-node N`."
            )
        if self.num_processes > 1:
            atexit.register(self._leave)

    def _leave(self) -> None:
        """Close the connections in good order; at the interpreter's own end their threads may abort the process."""
        self.accelerator.free_memory()
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    @property
    def rank(self) -> int:
        """This process's number, from 0."""
        return int(self.accelerator.process_index)

    @property
    def num_processes(self) -> int:
        """How many processes train together."""
        return int(self.accelerator.num_processes)

    @property
    def is_main(self) -> bool:
        """Whether this process prints and writes files."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return cast(torch.device, self.accelerator.device)

    # ------------------------------------------------------------------ the model

    def prepare(self, agent: nn.Module, optimizer: Optimizer) -> tuple[nn.Module, Optimizer]:
        """Both moved to this process's device and, with several processes, joined to the others'.

        A run prepares one pair at a time; the pair before is let go.
        """
        self.accelerator.free_memory()
        return cast(tuple[nn.Module, Optimizer], self.accelerator.prepare(agent, optimizer))

    def unwrap(self, agent: nn.Module) -> Any:
        """The model that :meth:`prepare` was given."""
        return self.accelerator.unwrap_model(agent)

    def no_sync(self, agent: nn.Module) -> AbstractContextManager[Any]:
        """Within, gradients add up here without a word to the other processes."""
        return cast(AbstractContextManager[Any], self.accelerator.no_sync(agent))

    def backward(self, loss: Tensor) -> None:
        """Gradients that, once synchronised, are the **sum** of every process's own.

        Data-parallel wrappers average over processes. Here, and nowhere else, that is undone.
        """
        self.accelerator.backward(loss * self.num_processes)

    # ------------------------------------------------------------------ messages

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum of every process's tensor of the same shape, on each of them."""
        if self.num_processes == 1:
            return tensor
        return cast(Tensor, self.accelerator.reduce(tensor.to(self.device), "sum")).to(tensor.device)

    def broadcast(self, value: T) -> T:
        """The main process's object, on each process."""
        return value if self.num_processes == 1 else cast(T, broadcast_object_list([value])[0])

    def gather(self, values: Sequence[T]) -> list[T]:
        """Every process's objects in the order of the processes, on each of them."""
        return list(values) if self.num_processes == 1 else list(gather_object(list(values)))

    def wait(self) -> None:
        """Until every process has come here."""
        self.accelerator.wait_for_everyone()


def _accelerate_launch_wanted_more(environment: Mapping[str, str]) -> bool:
    """Whether ``accelerate launch --cpu --num_processes N`` started this process as the only one of its N > 1.

    It sets the address at which processes meet, and never a rank.
    """
    return (
        environment.get("ACCELERATE_USE_CPU", "").lower() == "true"
        and "MASTER_ADDR" in environment
        and not is_launched(environment)
    )


def is_launched(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a launcher started this process as one of several."""
    return "LOCAL_RANK" in environment or int(environment.get("WORLD_SIZE", "1")) > 1


def launch(num_processes: int, arguments: Sequence[str]) -> int:
    """Run ``python ARGUMENTS`` in several processes that find each other, and return the exit status.

    If one fails, all are stopped.

    Args:
        num_processes: How many; on a machine with GPUs at most one each.
        arguments: A script and its arguments, or ``-m``, a module and its arguments.

    Raises:
        InvalidConfig: The number is not positive, there are too few GPUs, or this process was launched itself.
    """
    if num_processes < 1:
        raise InvalidConfig(f"launch: expected at least 1 process, got {num_processes}. Raise the number.")
    if torch.cuda.is_available() and num_processes > torch.cuda.device_count():
        raise InvalidConfig(
            f"launch: expected at most {torch.cuda.device_count()} processes (one per GPU), got {num_processes}. "
            "Lower the number, or hide the GPUs with CUDA_VISIBLE_DEVICES= to train on the CPU."
        )
    if is_launched():
        raise InvalidConfig("launch: expected to start the processes, got started by a launcher. Use one of them.")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={num_processes}"]
    threads = str(max(1, (os.cpu_count() or 1) // num_processes))
    environment = {"OMP_NUM_THREADS": threads, "OMP_WAIT_POLICY": "passive", **os.environ}
    return subprocess.call([*torchrun, *arguments], env=environment)
