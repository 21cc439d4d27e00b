"""The settings of the literature, under the names of those who used them."""

from __future__ import annotations

from typing import Any

from textarena_rl.envs.sokoban.env import SokobanEnv
from textarena_rl.errors import InvalidConfig

__all__ = ["PRESETS", "make_preset"]

_RAGEN = {
    "size": "6x6",
    "boxes": 1,
    "difficulty": (0.30, 0.42, 0.22, 0.06),
    "max_optimal_moves": 10,
    "stray": 3,
    "max_turns": 5,
    "actions_per_turn": 5,
    "max_actions": 10,
}
_RAGEN_LARGER = {**_RAGEN, "size": "8x8", "boxes": 2, "difficulty": (0, 0.26, 0.35, 0.27, 0.10, 0.02)}
_GEM = {"scoring": "boxes", "symbols": "spaced", "actions_per_turn": 1}

PRESETS: dict[str, dict[str, Any]] = {
    "ragen": _RAGEN,
    "ragen_larger": _RAGEN_LARGER,
    "turn_ppo": _RAGEN,
    "turn_ppo_larger": _RAGEN_LARGER,
    "verl_agent": {
        "size": "6x6",
        "boxes": 1,
        "difficulty": (0.30, 0.42, 0.22, 0.06),
        "max_optimal_moves": 15,
        "stray": 3,
        "max_turns": 15,
        "actions_per_turn": 1,
        "symbols": "tabbed",
    },
    "gem_easy": {
        **_GEM,
        "size": "6x6",
        "boxes": 2,
        "difficulty": (0, 0.30, 0.40, 0.22, 0.08),
        "max_optimal_moves": 20,
        "max_turns": 20,
    },
    "gem_hard": {
        **_GEM,
        "size": "8x8",
        "boxes": 4,
        "difficulty": (0, 0, 0, 0, 0, 0, 0.15, 0.25, 0.30, 0.30),
        "max_optimal_moves": 50,
        "max_turns": 50,
    },
}
"""The arguments behind each name. The weights of 1, 2, 3 ... pushes are those of the levels that the original
generators make, measured with this project's solver (600 to 1,000 levels each; GEM's from 30, so roughly)."""


def make_preset(preset: str, **settings: Any) -> SokobanEnv:
    """The settings of the literature, so that numbers compare.

    ======================  =====  =====  =====  ==============  =======  ==========================================
    preset                  board  boxes  turns  actions a turn  actions  shortest solutions of its levels, in pushes
    ======================  =====  =====  =====  ==============  =======  ==========================================
    ragen, turn_ppo         6 x 6  1      5      5               10       1 to 4, half of them up to 2
    ragen_larger,           8 x 8  2      5      5               10       2 to 6, half of them up to 3
    turn_ppo_larger
    verl_agent              6 x 6  1      15     1               15       1 to 4, half of them up to 2
    gem_easy                6 x 6  2      20     1               20       2 to 5, half of them up to 3
    gem_hard                8 x 8  4      50     1               50       7 to 10, half of them up to 9
    ======================  =====  =====  =====  ==============  =======  ==========================================

    All of them take 0.1 off the reward of a turn whose action is refused (the wrapper ``InvalidActionPenalty``).

    Departures: the levels come from this project's generator, with the originals' board, boxes and distances in pushes,
    and RAGEN's 0 to 3 random steps of the player (verl-agent's, too); the originals' levels cannot be made twice. Each
    can be won within the turns and actions given, which of the originals' not all can. A turn with one unknown word is
    refused as a whole, where RAGEN carries out the rest of it, and does not end the episode, which it does in GEM. The
    player on a goal is always told apart, which it is not in GEM.

    Action Space:
        As in every Sokoban; ``describe Sokoban-s6-b1`` has the manual.

    Observation Space:
        RAGEN's symbols; verl-agent's parted by tabs, GEM's by blanks.

    Starting State:
        A generated level of the split.

    Rewards:
        gym-sokoban's; for GEM 1 for the win, or the share of the boxes on goals where the turns run out.

    Episode End:
        Terminated when all boxes are on goals, truncated when the turns or the actions have run out.

    Information:
        As in every Sokoban, with ``actions_left`` where actions are counted.

    Arguments:
        preset: One of the names above.
        **settings: Arguments of :class:`~textarena_rl.envs.sokoban.env.SokobanEnv`, which come before the preset's.

    Version History:
        1: the first.

    Source: RAGEN 5eb79b8 (SimpleSokoban, LargerSokoban); Turn-PPO (arXiv 2512.17008); verl-agent's scripts; GEM 0.1.0.

    Raises:
        InvalidConfig: There is no such preset, or a setting is out of range.
    """
    if preset not in PRESETS:
        raise InvalidConfig(f"Sokoban: expected preset to be one of {', '.join(PRESETS)}, got {preset!r}.")
    return SokobanEnv(**{**PRESETS[preset], **settings})
