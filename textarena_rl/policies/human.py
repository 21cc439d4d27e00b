"""HumanPolicy: a person at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from textarena_rl.errors import EpisodeFailed

__all__ = ["HumanPolicy"]


class HumanPolicy:
    """Shows what the world shows and reads one action per line.

    Args:
        source: Where actions come from.
        screen: Where the world is shown.
    """

    def __init__(self, source: TextIO | None = None, screen: TextIO | None = None) -> None:
        self._source = source or sys.stdin
        self._screen = screen or sys.stdout

    def __call__(self, observation: str, info: Mapping[str, Any]) -> str:
        """The line that was typed.

        Raises:
            EpisodeFailed: The input has ended.
        """
        if info["turn"] == 0:
            print(f"{info['objective']}\n", file=self._screen)
        refused = "  (not understood)" if info["invalid_action"] else ""
        print(f"{observation.strip()}{refused}\n", file=self._screen)
        if "admissible_actions" in info:
            print(f"You can: {', '.join(info['admissible_actions'])}", file=self._screen)
        print(f"[{info['turn'] + 1}/{info['max_turns']}] > ", end="", file=self._screen, flush=True)
        line = self._source.readline()
        if not line:
            raise EpisodeFailed("HumanPolicy: expected an action, got the end of the input. Type one line per turn.")
        return line.rstrip("\r\n")
