"""Makes the packs in ``envs_data/textworld``: ``python -m textarena_rl.envs.textworld.pack [FOLDER [FAMILY]]``."""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from pathlib import Path

from textarena_rl.envs.textworld.challenges import SPLITS, Coin, Cooking, Family, Knobs, Simple, Treasure
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.generation import draw
from textarena_rl.envs.textworld.library import pack_bytes

__all__ = ["CONTENTS", "main"]

_FULL = {"train": 200, "valid": 50, "test": 100}
_SMALL = {"train": 200, "valid": 50, "test": 50}
_FEW = {"train": 100, "valid": 25, "test": 50}

CONTENTS: dict[Family, dict[str, int]] = {
    Knobs(1, 1, 1): _SMALL,
    Knobs(1, 2, 2): _SMALL,
    Knobs(2, 3, 4): {"train": 1000, "valid": 100, "test": 100},
    Knobs(8, 3, 4): _FULL,
    Knobs(2, 12, 4): _FULL,
    Knobs(8, 12, 4): _FULL,
    Knobs(4, 6, 8): _FULL,
    Simple("sparse"): _FEW,
    Simple("balanced"): _FEW,
    Simple("dense"): _FULL,
    Coin(5): _FEW,
    Treasure(5): _FEW,
    Treasure(15): _FEW,
    Cooking(1, 1, cook=True, open=True): _FEW,
    Cooking(2, 1, cook=True, cut=True, open=True, go=6): _FULL,
}
"""How many games of each split are shipped, from its first seed on.

Custom games are shipped with exact lengths too: a second pack holds those whose own seed will not do.
"""


def main(folder: Path, only: str = "") -> None:
    """Write every pack into ``folder`` and print its checksum; the same bytes every time.

    Args:
        folder: Where to.
        only: Leave out the families whose name does not begin so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for family, counts in CONTENTS.items():
        if not str(family).startswith(only):
            continue
        games = {seed: draw(family, seed) for split, count in counts.items() for seed in SPLITS[split][:count]}
        _write(folder, family, games)
        if isinstance(family, Knobs):
            exact = dataclasses.replace(family, exact=True)
            others = [seed for seed, game in games.items() if game.optimal_turns != family.quest_length]
            _write(folder, exact, {seed: draw(exact, seed) for seed in others})


def _write(folder: Path, family: Family, games: dict[int, Game]) -> None:
    data = pack_bytes(games)
    path = folder / f"{family}.pack"
    path.write_bytes(data)
    print(f"{hashlib.sha256(data).hexdigest()}  {path.name}  {len(games)} games, {len(data)} bytes", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("envs_data/textworld"), *sys.argv[2:3])
