"""Makes the packs in ``envs_data/textworld``: ``python -m textarena_rl.envs.textworld.pack [FOLDER]``."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from textarena_rl.envs.textworld.challenges import SPLITS, Knobs
from textarena_rl.envs.textworld.generation import generate
from textarena_rl.envs.textworld.library import pack_bytes

__all__ = ["CONTENTS", "main"]

CONTENTS: dict[Knobs, dict[str, int]] = {
    Knobs(1, 1, 1): {"train": 200, "valid": 50, "test": 50},
    Knobs(1, 2, 2): {"train": 200, "valid": 50, "test": 50},
    Knobs(2, 3, 4): {"train": 1000, "valid": 100, "test": 100},
    Knobs(8, 3, 4): {"train": 200, "valid": 50, "test": 100},
    Knobs(2, 12, 4): {"train": 200, "valid": 50, "test": 100},
    Knobs(8, 12, 4): {"train": 200, "valid": 50, "test": 100},
    Knobs(4, 6, 8): {"train": 200, "valid": 50, "test": 100},
}
"""How many games of each split are shipped, from its first seed on."""


def main(folder: Path) -> None:
    """Write every pack into ``folder`` and print its checksum; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    for knobs, counts in CONTENTS.items():
        seeds = [seed for split, count in counts.items() for seed in SPLITS[split][:count]]
        data = pack_bytes({seed: generate(knobs, seed) for seed in seeds})
        path = folder / f"{knobs}.pack"
        path.write_bytes(data)
        print(f"{hashlib.sha256(data).hexdigest()}  {path.name}  {len(seeds)} games, {len(data)} bytes", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("envs_data/textworld"))
