"""The :class:`FreeText` space, and how its texts travel between the processes of a vector environment."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.vector.utils.shared_memory import (
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

from textarena_rl.errors import InvalidConfig

__all__ = ["FreeText"]

_PRINTABLE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;!?'\"()[]{}<>|/-_=+*#@$%&\n"
_CODE = f"utf-32-{sys.byteorder[0]}e"  # the machine's own byte order, as numpy reads it


class FreeText(gym.spaces.Text):
    """Any Unicode text of up to ``max_length`` characters, the empty one included.

    Gymnasium's own ``Text`` admits an alphabet, and by default neither blanks nor the empty string; what a language
    model writes has no alphabet. Membership is a type and a length; samples are printable ASCII.
    """

    def __init__(self, max_length: int = 65_536, *, seed: int | np.random.Generator | None = None) -> None:
        if max_length < 1:
            raise InvalidConfig(f"FreeText: expected max_length of at least 1, got {max_length}. Raise it.")
        super().__init__(max_length, min_length=0, charset=_PRINTABLE, seed=seed)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a string that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A random printable string of up to 64 characters."""
        length = int(self.np_random.integers(0, min(self.max_length, 64) + 1))
        return "".join(_PRINTABLE[i] for i in self.np_random.integers(0, len(_PRINTABLE), length))

    def __repr__(self) -> str:
        return f"FreeText({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FreeText) and self.max_length == other.max_length

    def __hash__(self) -> int:
        return hash((FreeText, self.max_length))


class _SharedTexts(Sequence[str]):
    """The texts that workers have written last; a deep copy holds those of this moment.

    Gymnasium reads shared memory once, when a vector environment is made, and deep-copies what it got at every step.
    """

    def __init__(self, rows: npt.NDArray[np.uint32]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        """One text, or a tuple of some."""
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        row = self._rows[index]
        return row[1 : 1 + int(row[0])].tobytes().decode(_CODE, "surrogatepass")

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)


# Gymnasium's own handlers write the place of each character in the alphabet, and drop those that it lacks. Here a text
# is its length and its code points, 32 bits each.


@create_shared_memory.register(FreeText)
def _create(space: FreeText, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array("I", n * (space.max_length + 1))


@read_from_shared_memory.register(FreeText)
def _read(space: FreeText, shared_memory: Any, n: int = 1) -> Sequence[str]:
    return _SharedTexts(np.frombuffer(shared_memory.get_obj(), dtype=np.uint32).reshape(n, space.max_length + 1))


@write_to_shared_memory.register(FreeText)
def _write(space: FreeText, index: int, values: str, shared_memory: Any) -> None:
    points = np.frombuffer(values.encode(_CODE, "surrogatepass"), dtype=np.uint32)
    row = np.frombuffer(shared_memory.get_obj(), dtype=np.uint32).reshape(-1, space.max_length + 1)[index]
    row[0] = len(points)
    row[1 : 1 + len(points)] = points
