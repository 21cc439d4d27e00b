"""The original: games compiled by the textworld package and played by its interpreter, as a source of truth for tests.

``python -m tests.envs.textworld_original`` records the golden transcripts again.
"""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from textarena_rl.envs.textworld.challenges import Coin, Cooking, Family, Knobs, Simple, Treasure
from textarena_rl.envs.textworld.games import Game

GOLDEN = Path(__file__).parent.parent / "golden" / "textworld"

RECORDED: tuple[tuple[Family, int], ...] = (
    (Knobs(1, 2, 2), 3),
    (Knobs(2, 3, 4), 1),
    (Knobs(2, 3, 4), 50_002),
    (Knobs(2, 12, 4), 3),
    (Knobs(8, 3, 4), 4),
    (Knobs(4, 6, 8), 4),
    (Knobs(8, 12, 4), 2),
    (Simple("dense"), 2),
    (Simple("sparse", "brief"), 3),
    (Coin(3), 1),
    (Treasure(3), 1),
    (Treasure(12), 2),
    (Cooking(1, 1, cook=True, open=True), 1),
    (Cooking(2, 1, cook=True, drop=True, go=6), 50_001),
    (Cooking(3, 2, cook=True, cut=True, open=True), 40_001),
)
"""The games of the golden transcripts."""

# Free-form commands that are recorded beside each game's own walkthrough; not "north please": there the interpreter
# repeats words of an earlier command.
FREE = [
    "l",
    "i",
    "x me",
    "go",
    "go nowhere",
    "north",
    "s",
    "dance",
    "take",
    "take nothing",
    "open the",
    "examine",
    "inventory now",
    "wait",
    "jump",
    "sleep",
    "score",
    "look under me",
    "take me",
    "drop me",
    "put me on me",
    "unlock me with me",
    "eat me",
]


@dataclass(frozen=True)
class Seen:
    """What the interpreter shows after a command; white space is normalised."""

    command: str
    feedback: str
    description: str
    inventory: str
    admissible: Sequence[str]
    score: int
    won: bool
    lost: bool


def words(text: str | None) -> str:
    """The text with every run of white space as one blank."""
    return " ".join((text or "").split())


def feedback(text: str) -> str:
    """What the game answered: without the prompt, the status line and the closing question; turns are not compared."""
    text = re.sub(r"\n>\s{20,}-= .*$", "", text, flags=re.DOTALL).split("Would you like to RESTART")[0]
    return re.sub(r"in \d+ turns?\.", "in N turns.", words(text))


def make_original(family: Family, seed: int) -> tuple[Any, Any]:
    """The package's own game, with the options of ``tw-make`` and nothing of ours in between, and those options."""
    import textworld.challenges
    from textworld.challenges.tw_coin_collector import coin_collector
    from textworld.generator import make_game
    from textworld.generator.data import KnowledgeBase

    options = textworld.GameOptions()
    options.seeds = seed
    if isinstance(family, Knobs):
        options.kb = KnowledgeBase.default()
        options.nb_rooms, options.nb_objects = family.world_size, family.nb_objects
        chaining = options.chaining
        chaining.min_breadth, chaining.max_breadth, chaining.min_depth = 1, 5, 1
        chaining.min_length = chaining.max_length = chaining.max_depth = family.quest_length
        return make_game(options), options
    if isinstance(family, Coin):
        return coin_collector.make(family.settings(seed), options), options
    _, make, _ = textworld.challenges.CHALLENGES[family.generator]
    return make(family.settings(seed), options), options


def compile_game(family: Family, seed: int, folder: Path) -> Path:
    """Generate and compile a game as ``tw-make`` does, and return the path of its story file."""
    from textworld.generator import compile_game

    game, options = make_original(family, seed)
    options.path = str(folder / f"{family}-{seed}.z8")
    return Path(compile_game(game, options))


class Original:
    """One compiled game in the interpreter."""

    def __init__(self, story: Path) -> None:
        import textworld

        wanted = dict.fromkeys(("description", "inventory", "admissible_commands", "score", "won", "lost"), True)
        self.data: dict[str, Any] = json.loads(story.with_suffix(".json").read_text())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the interpreter does not know our games by name
            self._env = textworld.start(str(story), textworld.EnvInfos(**wanted))
        self.facts: frozenset[str] = frozenset()
        """What the package believes after the last command."""

    def reset(self) -> Seen:
        return self._seen("", self._env.reset())

    def step(self, command: str) -> Seen:
        state, _, _ = self._env.step(command)
        return self._seen(command, state)

    def close(self) -> None:
        self._env.close()

    def _seen(self, command: str, state: Any) -> Seen:
        self.facts = frozenset(
            " ".join([fact.name, *(argument.name for argument in fact.arguments)]) for fact in state["_facts"]
        )
        return Seen(
            command,
            feedback(state.feedback) if command else "",
            words(state.description),
            words(state.inventory),
            state.admissible_commands,
            state.score or 0,
            bool(state.won),
            bool(state.lost),
        )


def _transcript(story: Path) -> list[Seen]:
    """The walkthrough, and then, from the start again, its beginning among free-form commands that may spoil it."""
    game = Original(story)
    walkthrough = game.data["metadata"]["walkthrough"]
    seen = [game.reset(), *map(game.step, walkthrough), game.reset()]
    free = iter(FREE * 9)
    for command in walkthrough[:8]:
        target = command.partition(" ")[2]
        for text in (next(free), next(free), next(free), f"x {target.split(' with ')[0]}", f"push {target}", command):
            if not (seen[-1].won or seen[-1].lost):
                seen.append(game.step(text))
    game.close()
    return seen


def record() -> None:
    """Write the golden transcripts: the game as a line of JSON, then a line for each command."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for family, seed in RECORDED:
            story = compile_game(family, seed, Path(folder))
            game = Game.from_textworld(json.loads(story.with_suffix(".json").read_text()))
            lines = [game.to_json(), *(json.dumps(asdict(seen)) for seen in _transcript(story))]
            (GOLDEN / f"{story.stem}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    record()
