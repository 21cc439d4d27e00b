"""The trainer's commands: train, demos, evaluate, tokens.

``python -m trainers train quickstart`` and ``textarena-rl train quickstart`` are the same. Nothing heavy is imported
before a command is chosen.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence

from textarena_rl.errors import TextArenaError

__all__ = ["demos_command", "evaluate_command", "main", "tokens_command", "train_command"]

_COMMANDS = {
    "train": "demonstrations, SFT, RL and evaluation, from one configuration",
    "demos": "write expert episodes, or chat messages for SFT elsewhere",
    "evaluate": "success of a model, a run, a server's model, the expert or chance on held-out tasks",
    "tokens": "one episode's tokens, with what is trained in colour",
}


def _run(command: str, argv: Sequence[str]) -> int:
    """Import one command and run it; what goes wrong on purpose is one sentence and status 2."""
    # Threads that spin while they wait make torch up to ten times slower on shared cores; read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # One live line is enough; bars of Hugging Face's own for each file would tear it apart.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        return int(importlib.import_module(f"trainers.commands.{command}").run(list(argv)))
    except TextArenaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(
            f"error: {command}: expected the package {error.name}, found none. "
            "Install with `pip install 'textarena-rl[train]'`.",
            file=sys.stderr,
        )
        return 2
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(
            f"error: {command}: expected room on the disk, found none ({error.filename or 'while writing'}). "
            "Free some and give the same command again; a training run goes on from its last checkpoint.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(f"\n{command}: stopped. A training run goes on with the same command.", file=sys.stderr)
        return 130


def train_command(argv: Sequence[str]) -> int:
    """Train; returns the exit status."""
    return _run("train", argv)


def demos_command(argv: Sequence[str]) -> int:
    """Write demonstrations; returns the exit status."""
    return _run("demos", argv)


def evaluate_command(argv: Sequence[str]) -> int:
    """Evaluate; returns the exit status."""
    return _run("evaluate", argv)


def tokens_command(argv: Sequence[str]) -> int:
    """Show tokens; returns the exit status."""
    return _run("tokens", argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first argument names; returns the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given and given[0] in _COMMANDS:
        return _run(given[0], given[1:])
    wants_help = bool(given) and given[0] in ("-h", "--help")
    lines = ["usage: python -m trainers COMMAND ...   (each has --help)", ""]
    lines += [f"  {name:<9} {what}" for name, what in _COMMANDS.items()]
    print("\n".join(lines), file=sys.stdout if wants_help else sys.stderr)
    return 0 if wants_help else 2


if __name__ == "__main__":
    sys.exit(main())
