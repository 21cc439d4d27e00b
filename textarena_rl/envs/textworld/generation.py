"""New games, made by the optional ``textworld`` package and kept on disk."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gzip
import hashlib
import importlib.metadata
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from textarena_rl.envs.textworld.chaining import sampler
from textarena_rl.envs.textworld.challenges import Coin, Family, Knobs
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.expert import shortest_plan
from textarena_rl.envs.textworld.games import Game
from textarena_rl.errors import InvalidConfig, MissingDependency
from textarena_rl.storage import cache_folder, written_whole

__all__ = ["NoGame", "cached", "draw", "generate", "installed_version"]

_FORMAT = 2  # raised whenever Game.to_json changes
_PATIENCE = 2.0  # seconds without a word
_STEP = 100_000  # between the seeds that stand in for one: more than all splits span, so that they stay apart
_MOST_DRAWS = 1_000
_one_at_a_time = threading.Lock()  # the generator's grammar parser is not thread-safe


class NoGame(InvalidConfig):
    """The package's generator has no game for a seed."""


@functools.cache
def installed_version() -> str | None:
    """The version of the ``textworld`` package, or None where it is not installed."""
    try:
        return importlib.metadata.version("textworld")
    except importlib.metadata.PackageNotFoundError:
        return None


def generate(family: Family, seed: int) -> Game:
    """The game of ``tw-make`` for a family and a seed.

    The options of the command are kept (for custom games its breadth of 1 to 5: the package's own default is 1 to 1 and
    gives other games). Rules are parsed once per process, and quests are searched by
    :func:`~textarena_rl.envs.textworld.chaining.sampler`; neither changes anything in a game.

    Raises:
        MissingDependency: The ``textworld`` package is not installed.
        InvalidConfig: ``seed`` is outside 0 to 2**32 - 1, or the package has picked up other rules than its own.
        NoGame: The package fails for this seed: some foods of cooking games cannot be prepared as asked.
    """
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise InvalidConfig(f"TextWorld: expected a seed from 0 to {2**32 - 1}, got {seed!r}. Choose one in range.")
    try:
        import textworld.challenges
        from textworld.generator.data import LOGIC_DATA_PATH, KnowledgeBase
    except ImportError as error:
        raise MissingDependency(
            f"TextWorld-{family}, seed {seed}: expected the textworld package for a game outside the shipped packs, "
            f"got {error}. Install it with `pip install textarena-rl[textworld]`, or play a shipped game."
        ) from error
    options = textworld.GameOptions()
    options.kb = KnowledgeBase.default()
    if options.kb.logic_path != LOGIC_DATA_PATH:
        raise InvalidConfig(
            f"TextWorld-{family}: expected the rules of the textworld package, got those in {options.kb.logic_path}, "
            "which it prefers to its own. Start Python in another folder."
        )
    options.seeds = seed
    with _one_at_a_time, _quick(_reporter(f"TextWorld-{family}, seed {seed}")) as commands:
        try:
            game = Game.from_textworld(_make(family, seed, options).serialize())
            return game if game.walkthrough else dataclasses.replace(game, walkthrough=tuple(commands))
        except (AssertionError, IndexError, ValueError, textworld.generator.QuestGenerationError) as error:
            raise NoGame(
                f"TextWorld-{family}: expected a seed that has a game, got {seed}, for which the textworld package "
                f"fails ({type(error).__name__}: {error}). Choose another."
            ) from error


def draw(family: Family, seed: int) -> Game:
    """The game of a task: that of its seed, or else of the first of seed + 100000, seed + 200000, ... that will do.

    A game will not do where the package fails, nor, if the quest's length is to be exact, where the shortest win is of
    another length.

    Raises:
        InvalidConfig: None of a thousand will do.
    """
    report = _reporter(f"TextWorld-{family}, seed {seed}")
    for number in range(_MOST_DRAWS):
        report(f"game {number + 1} drawn")
        try:
            game = generate(family, seed + number * _STEP)
        except NoGame:
            continue
        optimal = len(shortest_plan(Engine(game)) or ())
        if not isinstance(family, Knobs) or not family.exact or optimal == family.quest_length:
            return dataclasses.replace(game, optimal_turns=optimal)
    raise InvalidConfig(
        f"TextWorld-{family}: expected a game among {_MOST_DRAWS} seeds from {seed} on, got none. Choose other numbers."
    )


def _make(family: Family, seed: int, options: Any) -> Any:
    """The package's own game object."""
    import textworld.challenges
    from textworld.challenges.tw_coin_collector import coin_collector
    from textworld.generator import make_game

    if isinstance(family, Knobs):
        options.nb_rooms, options.nb_objects = family.world_size, family.nb_objects
        chaining = options.chaining
        chaining.min_breadth, chaining.max_breadth = 1, 5
        chaining.min_depth, chaining.max_depth = 1, family.quest_length
        chaining.min_length = chaining.max_length = family.quest_length
        return make_game(options)
    if isinstance(family, Coin):
        # The challenge itself refuses more than a hundred rooms, which a story file cannot hold but our engine can.
        options.kb = type(options.kb).load(coin_collector.KB_PATH)
        options.grammar.allowed_variables_numbering = True
        options.quest_length = family.quest_length
        options.nb_rooms = ((family.level - 1) // 100 + 1) * family.quest_length
        return coin_collector.make_game("simple", options)
    _, make, _ = textworld.challenges.CHALLENGES[family.generator]
    return make(family.settings(seed), options)


_rules: dict[tuple[Any, ...], Any] = {}


@contextlib.contextmanager
def _quick(report: Callable[[str], None]) -> Iterator[list[str]]:
    """Within the block the package works quickly: one thread at a time.

    It keeps parsed rules, searches quests as we do, and does not compile a challenge's game only to see what each
    command of the known solution does: the block is given the list of these commands.
    """
    from textworld import generator
    from textworld.generator.data import KnowledgeBase
    from textworld.generator.maker import GameMaker

    slow_load, slow_sample = KnowledgeBase.__dict__["load"], generator.sample_quest
    slow_walkthrough, commands = GameMaker.set_walkthrough, []

    def load(cls: Any, *paths: Any, **named: Any) -> Any:
        key = (*paths, *sorted(named.items()))
        if key not in _rules:
            _rules[key] = slow_load.__get__(None, cls)(*paths, **named)
        return _rules[key]

    def set_walkthrough(maker: Any, solution: list[str]) -> None:
        _note_solution(maker, solution)
        commands.extend(solution)

    KnowledgeBase.load = classmethod(load)
    generator.sample_quest = sampler(report)
    GameMaker.set_walkthrough = set_walkthrough
    try:
        yield commands
    finally:
        GameMaker.set_walkthrough = slow_walkthrough
        KnowledgeBase.load = slow_load
        generator.sample_quest = slow_sample


def _note_solution(maker: Any, solution: list[str]) -> None:
    """Tell each event of a challenge's quests the actions that bring it about: what an objective is worded from."""
    from textworld.generator.inform7 import Inform7Game

    game = maker.build()
    told, state = Inform7Game(game), game.world.state.copy()
    waiting = [event for quest in maker.quests for event in quest.win_events if not event.is_triggering(state)]
    actions: list[Any] = []
    for number, command in enumerate(solution):
        verb = command.partition(" ")[0]
        rules = [rule for name, rule in game.kb.rules.items() if game.kb.inform7_commands[name].split()[0] == verb]
        found = list(state.all_applicable_actions(rules, game.kb.types.constants_mapping))
        found.sort(key=lambda action: -len(action.preconditions))
        action = next((item for item in found if told.gen_commands_from_actions([item]) == [command]), None)
        if action is not None:
            state.apply(action)
            actions.append(action)
        elif actions:  # nothing happens, as where an open door is opened: the package notes the last action again
            actions.append(actions[-1])
        for event in [event for event in waiting if event.is_triggering(state)]:
            event.actions, event.commands = list(actions), solution[: number + 1]
            waiting.remove(event)


def _reporter(name: str) -> Callable[[str], None]:
    """Says on the error stream how far a long search is: after two seconds, then more and more rarely."""
    start = time.monotonic()
    due = start + _PATIENCE

    def report(news: str) -> None:
        nonlocal due
        now = time.monotonic()
        if now > due:
            due = now + min(now - start, 30.0)
            print(f"{name}: generating for {now - start:.0f} s, {news}", file=sys.stderr, flush=True)

    return report


def cached(family: Family, seed: int) -> Game:
    """:func:`draw`, through the disk cache.

    A file is written under a temporary name and renamed, so that many processes may share the folder; a file that
    cannot be read is made again.

    Raises:
        MissingDependency: The ``textworld`` package is not installed.
        InvalidConfig: ``seed`` is out of range.
    """
    key = hashlib.sha256(f"{_FORMAT} {installed_version()} {family} {seed}".encode()).hexdigest()[:16]
    path = cache_folder() / "textworld" / str(family) / key[:2] / f"{seed}-{key}.json.gz"
    try:
        return Game.from_json(gzip.decompress(path.read_bytes()).decode())
    except (OSError, EOFError, ValueError, KeyError):
        pass
    game = draw(family, seed)
    # A cache that cannot be written (read-only home, full disk) costs time, not the game.
    with contextlib.suppress(OSError), written_whole(path) as partial:
        partial.write_bytes(gzip.compress(game.to_json().encode(), mtime=0))
    return game
