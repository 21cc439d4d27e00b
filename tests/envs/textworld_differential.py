"""The engine beside the original interpreter: the same commands, everything that both show compared at every step.

``python -m tests.envs.textworld_differential`` plays all :data:`GAMES` and prints a table, every kind of difference and
one example of each.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.envs.textworld_original import Original, Seen, compile_game, feedback, words
from textarena_rl.envs.textworld.challenges import Coin, Cooking, Family, Knobs, Simple, Treasure
from textarena_rl.envs.textworld.engine import Engine, Outcome
from textarena_rl.envs.textworld.expert import shortest_plan
from textarena_rl.envs.textworld.games import Game

FAMILIES: tuple[Family, ...] = (
    *(Knobs(*numbers) for numbers in ((2, 3, 4), (8, 3, 4), (2, 12, 4), (8, 12, 4), (4, 6, 8), (1, 2, 2), (3, 20, 6))),
    Knobs(12, 30, 10),
    *(Simple(rewards) for rewards in ("sparse", "balanced", "dense")),
    Simple("dense", "none", unseen=True),
    *(Coin(level) for level in (1, 5, 20, 105)),
    *(Treasure(level) for level in (2, 8, 13, 18, 22, 27)),
    Cooking(),
    Cooking(1, 1, open=True),
    Cooking(2, 1, cook=True),
    Cooking(2, 2, cut=True, open=True),
    Cooking(3, 2, cook=True, cut=True, go=6),
    Cooking(3, 3, cook=True, cut=True, open=True, drop=True, go=6),
    Cooking(2, 1, cook=True, drop=True, go=9),
    Cooking(5, 5, cook=True, cut=True, open=True, go=12),
)
SEEDS = (5, 40_006, 50_007)
GAMES: tuple[tuple[Family, int], ...] = tuple((family, seed) for family in FAMILIES for seed in SEEDS)

FORMS = (
    *("x {}", "look at the {}", "take the {}", "get {}", "drop {}", "open {}", "close {}", "shut {}", "eat {}"),
    *("push {}", "search {}", "enter {}", "smell {}", "put {} on {}", "put {} in {}", "insert {} into {}"),
    *("take {} from {}", "unlock {} with {}", "lock {} with {}", "open {} with {}", "pick up {}", "put down {}"),
    *("examine my {}", "take a {}", "drop the {}", "look in {}", "look under {}", "throw {}", "throw {} at {}"),
    *("remove {}", "remove {} from {}", "give {} to {}", "wear {}", "touch {}", "pull {}", "turn {}", "climb {}"),
    *("attack {}", "rub {}", "listen to {}", "get {} off {}", "carry {}", "discard {}", "cover {}", "lock {}"),
    *("unlock {}", "put {}", "insert {}", "take {} off {}", "{}", "go {}", "go to {}", "use {}", "say {}", "ask {}"),
    *("cook {} with {}", "cook {}", "slice {} with {}", "chop {}", "dice {} using {}", "cut {}", "drink {}"),
    *("burn {}", "kiss {}", "buy {}", "wave {}", "swing {}", "squeeze {}", "taste {}", "read {}", "check {}"),
)
WHOLE = (
    *(
        "look",
        "l",
        "inventory",
        "i",
        "inv",
        "wait",
        "z",
        "score",
        "n",
        "s",
        "e",
        "w",
        "go north",
        "go west",
        "up",
        "in",
    ),
    *(
        "out",
        "exit",
        "stand up",
        "jump",
        "sleep",
        "think",
        "sorry",
        "yes",
        "no",
        "smell",
        "listen",
        "go",
        "take",
        "open",
    ),
    *("examine", "drop", "put", "help me", "xyzzy", "look around", "where am i", "go northeast", "ne", "walk south"),
    *("goal", "prepare meal", "prepare", "prepare dinner", "look north", "x me", "take me", "sing", "dance", "wake up"),
)
_TRAITS = ("raw", "fried", "roasted", "grilled", "uncut", "sliced", "diced", "chopped", "edible", "burned", "consumed")
NONSENSE = ("foo", "the", "blue", "with", "42", "please", "in", "quickly", "onto", "don't")


@dataclass
class Tally:
    """What was compared, and what differed."""

    states: int = 0
    texts: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, example: str) -> None:
        self.counts[kind] += 1
        self.examples.setdefault(kind, []).append(example)

    def __iadd__(self, other: Tally) -> Tally:
        self.states += other.states
        self.texts += other.texts
        self.counts += other.counts
        for kind, examples in other.examples.items():
            self.examples.setdefault(kind, []).extend(examples)
        return self


def lost_track(engine: Engine, facts: Iterable[str]) -> bool:
    """Whether the package's own record differs from the world that its interpreter shows (which is ours, see below)."""
    state, believed = engine.state, {}
    for fact in facts:
        kind, *names = fact.split()
        if kind in ("open", "closed", "locked"):
            if state.status.get(names[0]) != kind:
                return True
        elif kind == "at" and names[0] == "P":
            if state.room != names[1]:
                return True
        elif kind in ("in", "on", "at") and names[0] in state.holder:
            believed[names[0]] = names[1]
        elif names[0] in state.traits and kind in _TRAITS and kind not in state.traits[names[0]]:
            return True
    return believed != {thing: holder for thing, holder in state.holder.items() if holder is not None}


def compare(engine: Engine, outcome: Outcome, original: Original, seen: Seen, tally: Tally, where: str) -> bool:
    """Compare one step; whether the two are still in the same state."""
    state = engine.state
    here = f"{where} {seen.command!r}"
    tally.states += 1
    tally.texts += 1
    ours = feedback(outcome.feedback + outcome.notice)
    if ours != seen.feedback:
        kind = "question" if "Which do you mean" in seen.feedback and not outcome.invalid else "feedback"
        tally.note(kind, f"{here}: {ours!r} but the original: {seen.feedback!r}")
        if kind == "question":
            return False
    if (state.score, state.won, state.lost) != (seen.score, seen.won, seen.lost):
        tally.note("score", f"{here}: {state.score, state.won, state.lost} but {seen.score, seen.won, seen.lost}")
        return False
    if engine.over:
        return False
    tally.texts += 2
    for kind, mine, theirs in (
        ("description", words(engine.description), seen.description),
        ("inventory", words(engine.inventory), seen.inventory),
    ):
        if mine != theirs:
            tally.note(kind, f"{here}: {mine!r} but {theirs!r}")
            return False
    if engine.admissible != list(seen.admissible):
        kind = "lost track" if lost_track(engine, original.facts) else "admissible"
        extra = sorted(set(engine.admissible) ^ set(seen.admissible))
        tally.note(kind, f"{here}: {extra} {state.slots}")
        return kind == "lost track"
    return True


def free_commands(engine: Engine, rng: random.Random) -> Iterator[str]:
    """Synonyms, partial names, typing errors, nonsense; one in three is admissible, so that the game moves on."""
    world = engine.world
    names = [*(name for thing, name in world.name.items() if thing != "P"), "me", "myself"]
    while True:
        near = [world.name[thing] for thing in engine.parser.scope(engine.state)] or names
        kind = rng.random()
        if kind < 0.33:
            yield rng.choice(engine.admissible)
            continue
        if kind < 0.45:
            yield rng.choice(WHOLE)
            continue
        form = rng.choice(FORMS)
        picked = [rng.choice(near if rng.random() < 0.8 else names) for _ in range(form.count("{}"))]
        picked = [rng.choice(name.split()) if rng.random() < 0.3 else name for name in picked]
        text = form.format(*picked)
        if kind > 0.9:
            parts = text.split()
            place = rng.randrange(len(parts))
            slip = rng.randrange(4)
            if slip == 0:
                parts.insert(place, rng.choice(NONSENSE))
            elif slip == 1:
                del parts[place]
            elif slip == 2:
                parts[place] = parts[place][:-1] + rng.choice("abcxyz")
            else:
                parts[place] = parts[place].upper()
            text = " ".join(parts) or "look"
        yield text


def play(
    family: Family, seed: int, folder: Path, *, walks: int, steps: int, free: int, salt: str = ""
) -> dict[str, Tally]:
    """Play one game by the expert, at random and in free form, and compare every step; another salt, other play."""
    original = Original(compile_game(family, seed, folder))
    engine = Engine(Game.from_textworld(original.data))
    tallies = {"expert": Tally(), "random": Tally(), "free": Tally()}
    original.reset()
    for command in shortest_plan(engine) or []:
        compare(engine, engine.step(command), original, original.step(command), tallies["expert"], f"{family} {seed}")
    if not engine.state.won:
        tallies["expert"].note("not won", f"{family} {seed}")
    for walk in range(walks):
        rng = random.Random(f"{family} {seed} {walk}{salt}")
        original.reset()
        engine.reset()
        for _ in range(steps):
            command = rng.choice(engine.admissible)
            outcome, seen = engine.step(command), original.step(command)
            if not compare(engine, outcome, original, seen, tallies["random"], f"{family} {seed} walk {walk}"):
                break
    rng = random.Random(f"{family} {seed}{salt}")
    left = free
    while left > 0:
        original.reset()
        engine.reset()
        commands = free_commands(engine, rng)
        for _ in range(60):
            command, left = next(commands), left - 1
            outcome, seen = engine.step(command), original.step(command)
            if not compare(engine, outcome, original, seen, tallies["free"], f"{family} {seed} free"):
                break
            if "?" in seen.feedback and seen.feedback.startswith(("Which", "What", "Who")):
                original.step("look")  # or the next command would be taken for the answer
                engine.state.turns += 1
    original.close()
    return tallies


def main() -> None:
    """Play every game and print what differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walks", type=int, default=2)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--free", type=int, default=120, help="free-form commands a game")
    parser.add_argument("--only", default="", help="families whose name holds this")
    parser.add_argument("--salt", default="", help="any word: play that was not played before")
    parser.add_argument("--examples", type=int, default=1)
    arguments = parser.parse_args()
    total = {"expert": Tally(), "random": Tally(), "free": Tally()}
    with tempfile.TemporaryDirectory() as folder:
        for family, seed in GAMES:
            if arguments.only not in str(family):
                continue
            tallies = play(
                family,
                seed,
                Path(folder),
                walks=arguments.walks,
                steps=arguments.steps,
                free=arguments.free,
                salt=arguments.salt,
            )
            line = "  ".join(f"{name} {tally.states} {dict(tally.counts) or ''}" for name, tally in tallies.items())
            print(f"{family} {seed}: {line}", flush=True)
            for name, tally in tallies.items():
                total[name] += tally
    for name, tally in total.items():
        print(f"\n{name}: {tally.states} states, {tally.texts} texts")
        for kind, count in tally.counts.most_common():
            print(f"  {kind}: {count} ({100 * count / max(1, tally.texts):.2f} % of the texts)")
            for example in tally.examples[kind][: arguments.examples]:
                print(f"    {example}")


if __name__ == "__main__":
    main()
