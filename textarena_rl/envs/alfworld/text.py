"""What is said, and the words of commands, in the original's two text versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["HELP", "NOTHING_HAPPENS", "TEXT_VERSIONS", "Wording", "listing"]

NOTHING_HAPPENS = "Nothing happens."
"""The original's answer to everything that it does not carry out."""

_MANUAL = (
    ("look:", "look around your current location"),
    ("inventory:", "check your current inventory"),
    ("go to (receptacle):", "move to a receptacle"),
    ("open (receptacle):", "open a receptacle"),
    ("close (receptacle):", "close a receptacle"),
    ("take (object) from (receptacle):", "take an object from a receptacle"),
    ("move (object) to (receptacle):", "place an object in or on a receptacle"),
    ("examine (something):", "examine a receptacle or an object"),
    ("use (object):", "use an object"),
    ("heat (object) with (receptacle):", "heat an object using a receptacle"),
    ("clean (object) with (receptacle):", "clean an object using a receptacle"),
    ("cool (object) with (receptacle):", "cool an object using a receptacle"),
    ("slice (object) with (object):", "slice an object using a sharp object"),
)
# The original's columns, with the one line that is out of line there.
_WIDTHS = {"move (object) to (receptacle):": 32}
HELP = "Available commands:\n" + "".join(
    f"  {command.ljust(_WIDTHS.get(command, 34))}{meaning}\n" for command, meaning in _MANUAL
)
"""The answer to ``help``."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the text versions say differently."""

    put: str
    """The first word of the command that puts a thing down."""
    joint: str
    """What stands between the thing and the receptacle in that command."""
    put_answer: str
    """The answer, to be formatted with both."""
    arrives_at_receptacle: bool
    """Whether an arrival names the receptacle, or the number of the location."""
    plain_commands: tuple[str, ...]
    """The commands of one word, in order."""

    @property
    def has_help(self) -> bool:
        """Whether there is a command ``help``."""
        return "help" in self.plain_commands


TEXT_VERSIONS = {
    "0.4": Wording("move", " to ", "You move the {} to the {}.", True, ("help", "inventory", "look")),
    "0.3": Wording("put", " in/on ", "You put the {} in/on the {}.", False, ("inventory", "look")),
}
"""By the versions of the original that first had them."""


def listing(items: Sequence[str]) -> str:
    """``nothing``, ``a``, ``a, and b``, ``a, b, and c``."""
    if len(items) < 2:
        return items[0] if items else "nothing"
    return ", ".join(items[:-1]) + ", and " + items[-1]
