"""The command line: ``textarena-rl list | describe | play | import-data | doctor``, and what other packages add.

A package adds a command by an entry point in the group ``textarena_rl.commands``: a function that takes the arguments
after the command's name as a list of strings and returns the exit code.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import textarena_rl
from textarena_rl.doctor import diagnose
from textarena_rl.episode import Episode
from textarena_rl.errors import InvalidConfig, MissingDependency, TextArenaError
from textarena_rl.policies import ExpertPolicy, HumanPolicy, Policy, RandomPolicy

__all__ = ["main"]

_GROUP = "textarena_rl.commands"


def _list(arguments: argparse.Namespace) -> int:
    """Print the worlds, or every registered id."""
    if arguments.ids:
        print("\n".join(textarena_rl.ids()))
        return 0
    for row in textarena_rl.WORLDS.values():
        print(f"{row.name}: {row.description}")
        print(f"  ids:     {row.grammar}")
        print(f"  example: {row.example_id} (gym.make knows {len(row.canonical)} ids, textarena_rl.make all of them)")
    return 0


def _describe(arguments: argparse.Namespace) -> int:
    """Print the manual of an id."""
    print(textarena_rl.describe(arguments.id), end="")
    return 0


def _verdict(episode: Episode) -> str:
    """The end of an episode in one line."""
    outcome = "Won" if episode.won else "Lost" if episode.terminated else "Out of turns"
    score = f"score {episode.score:g} of {episode.max_score:g} in {len(episode.turns)} turns"
    return f"{outcome}: {score}, task {episode.task}."


def _play(arguments: argparse.Namespace) -> int:
    """Play one episode and print it."""
    policies: dict[str, Policy] = {
        "human": HumanPolicy(),
        "random": RandomPolicy(arguments.seed),
        "expert": ExpertPolicy(),
    }
    needs = {"random": {"admissible_actions": True}, "expert": {"expert_actions": True}}
    settings = {"split": arguments.split, "max_turns": arguments.max_turns}
    given = {name: value for name, value in settings.items() if value is not None}
    env = textarena_rl.make(arguments.id, **given, **needs.get(arguments.policy, {}))
    policy = policies[arguments.policy]
    episode = textarena_rl.play_episode(env, policy, seed=arguments.seed, task=arguments.task)
    if arguments.policy == "human":
        print(f"\n{episode.final_observation.strip()}\n")
    else:
        print(episode.to_text())
    print(_verdict(episode))
    if arguments.save:
        textarena_rl.write_episodes(arguments.save, [episode])
        print(f"Saved to {arguments.save}.")
    return 0


def _import_data(arguments: argparse.Namespace) -> int:
    """Turn a user's official files into what a world reads."""
    importers = {row.family.lower(): row.importer for row in textarena_rl.WORLDS.values() if row.importer}
    name = arguments.world.lower()
    if name not in importers:
        raise InvalidConfig(
            "textarena-rl import-data: expected a world with official data to import "
            f"({', '.join(sorted(importers))}), got {arguments.world!r}. Every other world plays as it is."
        )
    module, _, function = str(importers[name]).partition(":")
    print(getattr(importlib.import_module(module), function)(Path(arguments.path)))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    """Say what works here and what does not."""
    return 0 if diagnose() else 1


def _parser(added: Sequence[str]) -> argparse.ArgumentParser:
    """The grammar of the command line."""
    parser = argparse.ArgumentParser(
        prog="textarena-rl",
        description="Text worlds for language-model agents, and their trainer.",
        epilog=f"Further commands, each with its own --help: {', '.join(added)}." if added else None,
    )
    parser.add_argument("--version", action="version", version=f"textarena-rl {textarena_rl.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the worlds and the grammar of their ids")
    listing.add_argument("--ids", action="store_true", help="every id that gym.make knows, one per line")
    listing.set_defaults(run=_list)
    describing = commands.add_parser("describe", help="the manual of an id")
    describing.add_argument("id", help="for example TextWorld-w2-o3-q4")
    describing.set_defaults(run=_describe)
    playing = commands.add_parser("play", help="play one episode, yourself or by a policy")
    playing.add_argument("id", help="for example TextWorld-w2-o3-q4")
    playing.add_argument("--policy", choices=("human", "random", "expert"), default="human", help="who plays (human)")
    playing.add_argument("--seed", type=int, help="the same seed gives the same game")
    playing.add_argument("--task", help="play this very task, as a line of `play` names it")
    playing.add_argument("--split", help="draw the task from this split (train)")
    playing.add_argument("--max-turns", type=int, help="the turn limit, if not the world's own")
    playing.add_argument("--save", metavar="FILE", help="write the episode as one line of JSON")
    playing.set_defaults(run=_play)
    importing = commands.add_parser("import-data", help="make a world's official data, which you bring, playable")
    importing.add_argument("world", help="the world's name, for example alfworld")
    importing.add_argument("path", help="the folder or archive that the data's publisher hands out")
    importing.set_defaults(run=_import_data)
    checking = commands.add_parser("doctor", help="what is installed, what is missing, what can be played")
    checking.set_defaults(run=_doctor)
    return parser


def _run_added(point: metadata.EntryPoint, arguments: list[str]) -> int:
    """Run a command of another package."""
    try:
        return int(point.load()(arguments) or 0)
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"textarena-rl {point.name}: expected the package {error.name}, which is not installed. "
            "`textarena-rl doctor` names the extra that brings it, and the command."
        ) from error


def _dispatch(arguments: list[str]) -> int:
    """Hand the arguments to the command that they name."""
    added = {point.name: point for point in metadata.entry_points(group=_GROUP)}
    parser = _parser(sorted(added))
    name = arguments[0] if arguments else "--help"
    if name in added:
        return _run_added(added[name], arguments[1:])
    known = ["list", "describe", "play", "import-data", "doctor", *sorted(added)]
    if not name.startswith("-") and name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        advice = f"Did you mean {close[0]}?" if close else "See textarena-rl --help."
        raise InvalidConfig(f"textarena-rl: expected a command ({', '.join(known)}), got {name!r}. {advice}")
    parsed = parser.parse_args(arguments or ["--help"])
    return int(parsed.run(parsed))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 for success, 2 for wrong input, which is explained in one sentence."""
    # Before anything imports torch: threads that wait by spinning make shared cores up to ten times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        status = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()  # now, and not at exit, where a reader that has gone could not be forgiven
        return status
    except TextArenaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader (head, less) has seen enough; Python would complain again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
