"""Who may import whom: the imports of both packages, read from their source and held to one table."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES = 420

# Arrows point down only: a module imports what stands to the left of its own "<". Names joined by a comma also import
# each other; names parted by a bar don't. A name covers the module or the whole folder; the package's own name is its
# __init__.
TABLE = {
    "textarena_rl": """
        errors, episode, storage < spaces < core, grammar < envs | wrappers | curricula | policies
        < textarena_rl, registry, play, conformance, report, doctor, __main__
    """,
    "trainers": """
        trainers, types, functional, metrics, processor, schedules
        < algorithms | rollout | batching | distributed | pretrained | logs
        < models | config, contradictions, configs | curves < update, evaluate, checkpoint, demonstrations
        < run < loop < commands, __main__
    """,
}

Place = tuple[int, int]
"""The layer, and the group of mutual importers within it."""


def places(package: str) -> dict[str, Place]:
    """Where the table puts each room of a package."""
    layers = [layer.split("|") for layer in TABLE[package].split("<")]
    return {
        name.strip(): (depth, number)
        for depth, layer in enumerate(layers)
        for number, group in enumerate(layer)
        for name in group.split(",")
    }


def name_of(file: Path) -> str:
    """The dotted name of a module."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(file): file for package in TABLE for file in sorted((ROOT / package).rglob("*.py"))}


def imports(name: str, top_level_only: bool = False) -> set[str]:
    """The dotted names of all modules that a module imports, wherever in its text."""
    tree = ast.parse(FILES[name].read_text("utf-8"))
    found = set()
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively; write the whole name"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {module if module in FILES else str(node.module) for module in inner}
    return found


def room(name: str) -> str:
    """The part of a module's name that the table speaks of."""
    package, _, rest = name.partition(".")
    return rest.partition(".")[0] or package


@pytest.mark.parametrize("name", FILES)
def test_every_module_has_a_place(name):
    assert room(name) in places(name.partition(".")[0]), f"give {name} a place in the table of this test"


@pytest.mark.parametrize("name", FILES)
def test_arrows_point_down(name):
    package = name.partition(".")[0]
    place = places(package)
    for imported in imports(name):
        if imported.partition(".")[0] != package or room(imported) == room(name):
            continue
        (depth, group), (other_depth, other_group) = place[room(name)], place[room(imported)]
        below = other_depth < depth or (other_depth, other_group) == (depth, group)
        assert below, f"{name} must not import {imported}"


@pytest.mark.parametrize("name", FILES)
def test_the_wall_between_the_packages(name):
    for imported in imports(name):
        parts = imported.split(".")
        if name.startswith("textarena_rl"):
            assert parts[0] not in ("trainers", "torch", "transformers"), f"{name} must not import {imported}"
        elif parts[0] == "textarena_rl":
            private = "envs" in parts[1:2] or any(part.startswith("_") for part in parts)
            assert not private, f"{name} must not import {imported}: not a public name"


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("textarena_rl.envs.")])
def test_worlds_do_not_know_each_other(name):
    world = name.split(".")[2]
    others = {module for module in imports(name) if module.startswith("textarena_rl.envs.")}
    assert all(module.split(".")[2] == world for module in others)


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("textarena_rl")])
def test_the_worlds_need_only_numpy_and_gymnasium_at_import(name):
    allowed = {*sys.stdlib_module_names, "numpy", "gymnasium", "textarena_rl", "envs_data"}
    assert {module.partition(".")[0] for module in imports(name, top_level_only=True)} <= allowed


@pytest.mark.parametrize("name", FILES)
def test_files_stay_readable_in_one_sitting(name):
    assert len(FILES[name].read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", FILES)
def test_no_name_hides_what_it_does(name):
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert not vague & set(name.split("."))
    names = {node.id for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert "done" not in names, "say terminated or truncated"


def test_the_table_would_notice():
    place = places("textarena_rl")
    assert place["errors"] < place["core"] < place["wrappers"] < place["registry"]
    assert place["wrappers"][0] == place["policies"][0]
    assert place["wrappers"][1] != place["policies"][1]
    assert place["errors"] == place["episode"]
    assert "textarena_rl.errors" in imports("textarena_rl.core")
