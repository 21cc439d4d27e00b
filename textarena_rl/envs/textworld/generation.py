"""New games, made by the optional ``textworld`` package and kept on disk."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import importlib.metadata
import threading

from textarena_rl.envs.textworld.games import Game, Knobs
from textarena_rl.errors import InvalidConfig, MissingDependency
from textarena_rl.storage import cache_folder, written_whole

__all__ = ["cached", "generate", "installed_version"]

_FORMAT = 1  # raised whenever Game.to_json changes
_one_at_a_time = threading.Lock()  # the generator's grammar parser is not thread-safe


def installed_version() -> str | None:
    """The version of the ``textworld`` package, or None where it is not installed."""
    try:
        return importlib.metadata.version("textworld")
    except importlib.metadata.PackageNotFoundError:
        return None


def generate(knobs: Knobs, seed: int) -> Game:
    """The game of ``tw-make custom --world-size w --nb-objects o --quest-length q --seed s``.

    The command's breadth of 1 to 5 is kept (the package's own default is 1 to 1 and gives other games), and one rule
    base is shared by all games, which changes nothing in them and saves most of the time.

    Raises:
        MissingDependency: The ``textworld`` package is not installed.
        InvalidConfig: ``seed`` is outside 0 to 2**32 - 1, or the package has picked up other rules than its own.
    """
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise InvalidConfig(f"TextWorld: expected a seed from 0 to {2**32 - 1}, got {seed!r}. Choose one in range.")
    try:
        import textworld
        from textworld.generator import make_game
        from textworld.generator.data import LOGIC_DATA_PATH, KnowledgeBase
    except ImportError as error:
        raise MissingDependency(
            f"TextWorld-{knobs}, seed {seed}: expected the textworld package for a game outside the shipped packs, got "
            f"{error}. Install it with `pip install textarena-rl[textworld]`, or play a shipped game."
        ) from error
    options = textworld.GameOptions()
    options.kb = KnowledgeBase.default()
    if options.kb.logic_path != LOGIC_DATA_PATH:
        raise InvalidConfig(
            f"TextWorld-{knobs}: expected the rules of the textworld package, got those in {options.kb.logic_path}, "
            "which it prefers to its own. Start Python in another folder."
        )
    options.seeds = seed
    options.nb_rooms = knobs.world_size
    options.nb_objects = knobs.nb_objects
    chaining = options.chaining
    chaining.min_breadth, chaining.max_breadth = 1, 5
    chaining.min_depth, chaining.max_depth = 1, knobs.quest_length
    chaining.min_length = chaining.max_length = knobs.quest_length
    with _one_at_a_time:
        return Game.from_textworld(make_game(options).serialize())


def cached(knobs: Knobs, seed: int) -> Game:
    """:func:`generate`, through the disk cache.

    A file is written under a temporary name and renamed, so that many processes may share the folder; a file that
    cannot be read is made again.

    Raises:
        MissingDependency: The ``textworld`` package is not installed.
        InvalidConfig: ``seed`` is out of range.
    """
    version = installed_version()
    key = hashlib.sha256(f"{_FORMAT} {version} {knobs} {seed}".encode()).hexdigest()[:16]
    path = cache_folder() / "textworld" / str(knobs) / key[:2] / f"{seed}-{key}.json.gz"
    try:
        return Game.from_json(gzip.decompress(path.read_bytes()).decode())
    except (OSError, EOFError, ValueError, KeyError):
        pass
    game = generate(knobs, seed)
    # A cache that cannot be written (read-only home, full disk) costs time, not the game.
    with contextlib.suppress(OSError), written_whole(path) as partial:
        partial.write_bytes(gzip.compress(game.to_json().encode(), mtime=0))
    return game
