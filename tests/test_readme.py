"""What the README says is so: its example runs, its tree is the tree, its commands parse."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from trainers.algorithms import ALGORITHMS
from trainers.commands import train

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return [text for name, text in re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL) if name == language]


@pytest.mark.parametrize("code", blocks("python"))
def test_the_examples_run_and_win(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "README.md", "exec"), {})
    assert "won: True" in capsys.readouterr().out


def test_the_tree_names_every_module_and_nothing_else() -> None:
    tree = blocks("")[0]
    named = set(re.findall(r"\b([a-z_]+\.py)\b", tree))
    files = [p for package in ("textarena_rl", "trainers") for p in (ROOT / package).rglob("*.py")]
    there = {path.name for path in files if path.name != "__init__.py"}
    folders = {"wrappers", "curricula", "policies", "functional", "algorithms", "commands"}
    inside = {path.name for path in files if path.parent.name in folders}
    assert named <= there
    assert there - inside <= named, "a module is missing from the README's tree"


def test_the_training_commands_parse() -> None:
    lines = [line.partition("#")[0] for block in blocks("bash") for line in block.splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith("textarena-rl train ")]
    assert len(commands) >= 5
    for command in commands:
        args = train.parser().parse_intermixed_args(command[2:])
        if not args.help_config:
            train.configure(args)


def test_every_algorithm_is_in_the_table() -> None:
    for name in set(ALGORITHMS) - {"sft"}:
        assert f"| `{name}` |" in README
