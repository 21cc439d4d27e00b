"""Transcripts of the original engine playing generated games: recorded once, compared ever after.

``python -m tests.envs.alfworld_golden`` records them again; it needs the package ``alfworld`` and some minutes.
"""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.envs.alfworld_original import Original, Seen, chosen_command, in_old_words, official_form, our_step
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.expert import shortest_plan
from textarena_rl.envs.alfworld.games import TASK_TYPES, Game
from textarena_rl.envs.alfworld.generator import Settings, generate
from textarena_rl.envs.alfworld.house import House

FOLDER = Path(__file__).parents[1] / "golden" / "alfworld"
SIZES = ((5, 5, 0.4, 0), (8, 12, 0.0, 1), (12, 20, 0.2, 1), (20, 30, 0.2, 2), (25, 40, 0.5, 3))
STEPS = 45


@dataclass(frozen=True)
class Transcript:
    """One game and what the original said."""

    settings: dict[str, Any]
    seed: int
    version: str
    game: Game
    walks: list[list[tuple[str, Seen]]]


def cases() -> list[tuple[Settings, int, str]]:
    """Thirty games: every type of task in five sizes, every fifth in the old words."""
    sizes = [(kind, size) for kind in TASK_TYPES for size in SIZES]
    return [
        (Settings(kind, receptacles, objects, colocated, distractors), number + 1, "0.3" if number % 5 == 3 else "0.4")
        for number, (kind, (receptacles, objects, colocated, distractors)) in enumerate(sizes)
    ]


def record(settings: Settings, seed: int, version: str) -> Transcript:
    """Let the original play: the expert's plan, then a random walk."""
    game = generate(settings, seed)
    data = official_form(game)
    original = Original(in_old_words(data) if version == "0.3" else data)
    engine = Engine(House(game, version))
    rng = random.Random(f"{settings} {seed} {version}")
    walks = []
    for walk in (shortest_plan(engine) or [], None):
        engine.reset()
        seen = [("", original.reset())]
        for number in range(STEPS if walk is None else len(walk)):
            command = chosen_command(rng, seen[-1][1].admissible) if walk is None else walk[number]
            seen.append((command, original.step(command)))
            our_step(engine, command)
        walks.append(seen)
    return Transcript({name: getattr(settings, name) for name in Settings.__slots__}, seed, version, game, walks)


def write(transcripts: list[Transcript]) -> None:
    """One line per game, compressed, without a time in it."""
    lines = [
        json.dumps(
            {
                "settings": t.settings,
                "seed": t.seed,
                "version": t.version,
                "game": t.game.to_json(),
                "walks": [[[c, s.observation, s.admissible, s.won, s.reward] for c, s in walk] for walk in t.walks],
            }
        )
        for t in transcripts
    ]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "transcripts.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))


def read() -> list[Transcript]:
    """The recorded transcripts."""
    text = gzip.decompress((FOLDER / "transcripts.jsonl.gz").read_bytes()).decode()
    return [
        Transcript(
            settings=row["settings"],
            seed=row["seed"],
            version=row["version"],
            game=Game.from_json(row["game"]),
            walks=[[(command, Seen(*rest)) for command, *rest in walk] for walk in row["walks"]],
        )
        for row in map(json.loads, text.splitlines())
    ]


if __name__ == "__main__":
    write([record(*case) for case in cases()])
