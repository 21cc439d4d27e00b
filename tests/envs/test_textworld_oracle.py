"""The engine beside the original interpreter: the same commands, and everything that both show compared at every step.

The exceptions are counted, each with its cause:

* ``clear``: the interpreter asks "Which do you mean" at an admissible command whose names are parts of other names in
  capitals; the engine carries it out. The walk ends there, because the states differ.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.envs.textworld_original import Original, Seen, compile_game, feedback, words
from textarena_rl.envs.textworld.engine import Engine, Outcome
from textarena_rl.envs.textworld.expert import shortest_plan
from textarena_rl.envs.textworld.games import Game

pytestmark = pytest.mark.oracle

GAMES = [(2, 3, 4, 11), (2, 3, 4, 50_011), (4, 6, 8, 5), (8, 12, 4, 6), (2, 12, 4, 8), (1, 2, 2, 9), (3, 20, 6, 4)]


def compare(engine: Engine, outcome: Outcome, seen: Seen, counts: Counter[str]) -> bool:
    """Compare one step; whether the walk may go on."""
    counts["steps"] += 1
    if "Which do you mean" in seen.feedback and not outcome.invalid:
        counts["clear"] += 1
        return False
    where = f"after {seen.command!r}"
    assert (engine.state.score, engine.state.won, engine.state.lost) == (seen.score, seen.won, seen.lost), where
    assert feedback(outcome.feedback + outcome.notice) == seen.feedback, where
    if engine.over:
        return False
    assert engine.admissible == seen.admissible, where
    assert words(engine.description) == seen.description, where
    assert words(engine.inventory) == seen.inventory, where
    return True


@pytest.mark.parametrize("numbers", GAMES, ids=lambda numbers: "-".join(map(str, numbers)))
def test_random_and_expert_play(numbers: tuple[int, int, int, int], tmp_path: Path) -> None:
    pytest.importorskip(
        "textworld", reason="the textworld package is not installed: the engine is not compared with it"
    )
    original = Original(compile_game(*numbers, tmp_path))
    engine = Engine(Game.from_textworld(original.data))
    counts: Counter[str] = Counter()
    original.reset()
    for command in shortest_plan(engine) or []:
        compare(engine, engine.step(command), original.step(command), counts)
    assert engine.state.won
    for walk in range(2):
        rng = random.Random(f"{numbers} {walk}")
        original.reset()
        engine.reset()
        for _ in range(40):
            command = rng.choice(engine.admissible)
            if not compare(engine, engine.step(command), original.step(command), counts):
                break
    original.close()
    assert counts["clear"] <= 1
    assert counts["steps"] > 10


FORMS = [
    "x {}",
    "look at the {}",
    "take the {}",
    "get {}",
    "drop {}",
    "open {}",
    "close {}",
    "shut {}",
    "eat {}",
    "push {}",
    "search {}",
    "enter {}",
    "smell {}",
    "put {} on {}",
    "put {} in {}",
    "insert {} into {}",
    "take {} from {}",
    "unlock {} with {}",
    "lock {} with {}",
    "open {} with {}",
]


@pytest.mark.parametrize("numbers", GAMES[:4], ids=lambda numbers: "-".join(map(str, numbers)))
def test_free_form_commands(numbers: tuple[int, int, int, int], tmp_path: Path) -> None:
    """Whole and partial names in every form of sentence: the same world afterwards, and nearly always the same text."""
    pytest.importorskip(
        "textworld", reason="the textworld package is not installed: the engine is not compared with it"
    )
    original = Original(compile_game(*numbers, tmp_path))
    engine = Engine(Game.from_textworld(original.data))
    rng = random.Random(f"{numbers}")
    original.reset()
    names = [entity.name for entity in engine.world.game.entities]
    steps = differences = 0
    for _ in range(80):
        form = rng.choice(FORMS)
        near = [engine.world.name[thing] for thing in engine.parser.scope(engine.state)] or names
        picked = [rng.choice(near if rng.random() < 0.8 else names) for _ in range(form.count("{}"))]
        picked = [rng.choice(name.split()) if rng.random() < 0.3 else name for name in picked]
        command = form.format(*picked) if rng.random() < 0.7 else rng.choice(engine.admissible)
        outcome, seen = engine.step(command), original.step(command)
        steps += 1
        differences += feedback(outcome.feedback + outcome.notice) != seen.feedback
        assert (engine.state.score, engine.state.won) == (seen.score, seen.won), command
        if engine.over:
            break
        # The interpreter's own list of admissible commands loses track after "get box"; the world itself is compared.
        assert words(engine.description) == seen.description, command
        assert words(engine.inventory) == seen.inventory, command
        if "?" in seen.feedback:
            original.step("look")
    original.close()
    assert differences <= max(1, 0.03 * steps)
