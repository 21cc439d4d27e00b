"""What stands in which room, and what goes where: the tables behind generated games.

They are counted once from the package ``alfworld``, which lists its 120 scenes and what each kind of receptacle takes::

    python -m textarena_rl.envs.alfworld.tables

writes ``envs_data/alfworld/household.json`` again. Nobody needs that package to play.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from textarena_rl.errors import MissingData, MissingDependency
from textarena_rl.storage import written_whole

__all__ = ["Household", "Room", "household"]

_BURNERS = 4  # the scenes list the kind once, however many there are


@dataclass(frozen=True, slots=True)
class Room:
    """One of the four types of rooms."""

    name: str
    receptacles: dict[str, tuple[float, int]]
    """By kind: how many a scene has on average, and how many at most."""
    things: dict[str, float]
    """By kind: the share of scenes that have it."""


@dataclass(frozen=True, slots=True)
class Household:
    """All tables."""

    rooms: dict[str, Room]
    accepts: dict[str, frozenset[str]]
    """The kinds of things that each kind of receptacle takes."""
    properties: dict[str, frozenset[str]]
    """The kinds of things that have each property."""
    openable: frozenset[str]
    """The kinds of receptacles with a door."""


@functools.lru_cache(maxsize=1)
def household() -> Household:
    """The tables that ship with this project.

    Raises:
        MissingData: The file is not there.
    """
    file = resources.files("envs_data") / "alfworld" / "household.json"
    if not file.is_file():
        raise MissingData(
            "ALFWorld: expected envs_data/alfworld/household.json, which comes with this project, and it is not there. "
            "Install textarena-rl again."
        )
    data = json.loads(file.read_text("utf-8"))
    return Household(
        rooms={
            name: Room(name, {kind: (mean, most) for kind, (mean, most) in room["receptacles"].items()}, room["things"])
            for name, room in data["rooms"].items()
        },
        accepts={kind: frozenset(kinds) for kind, kinds in data["accepts"].items()},
        properties={name: frozenset(kinds) for name, kinds in data["properties"].items()},
        openable=frozenset(data["openable"]),
    )


def _kind_of(simulator: str) -> str:
    """``SinkBasin`` of ``Sink|...|SinkBasin``, ``Drawer`` of ``Drawer|...``."""
    parts = simulator.split("|")
    return parts[-1] if parts[-1].isalpha() else parts[0]


def _count_room(folder: Any, scenes: range, accepts: dict[str, set[str]]) -> dict[str, Any]:
    """The statistics of one type of room."""
    receptacles: list[Counter[str]] = []
    things: Counter[str] = Counter()
    portable = {kind for kinds in accepts.values() for kind in kinds}
    for scene in scenes:
        present = set(json.loads((folder / f"FloorPlan{scene}-objects.json").read_text("utf-8")))
        poses = json.loads((folder / f"FloorPlan{scene}-openable.json").read_text("utf-8"))
        counted = Counter(_kind_of(name) for name in poses)
        for kind in sorted(present & set(accepts) - portable):
            counted.setdefault(kind, _BURNERS if kind == "StoveBurner" else 1)
        receptacles.append(counted)
        things.update(sorted(present & portable))
    kinds = sorted({kind for counted in receptacles for kind in counted})
    return {
        "receptacles": {
            kind: [
                round(sum(counted[kind] for counted in receptacles) / len(scenes), 3),
                max(counted[kind] for counted in receptacles),
            ]
            for kind in kinds
        },
        "things": {kind: round(things[kind] / len(scenes), 3) for kind in sorted(things)},
    }


def count_tables() -> dict[str, Any]:
    """The tables, counted from the installed package ``alfworld``.

    Raises:
        MissingDependency: The package is not installed.
    """
    try:
        from alfworld.gen import constants
    except ImportError as error:
        raise MissingDependency(
            "textarena_rl.envs.alfworld.tables: expected the package alfworld, which is not installed. "
            "Run pip install 'textarena-rl[alfworld-oracle]'; only making the tables again needs it."
        ) from error

    def whole(kinds: Any) -> set[str]:
        return {kind for kind in kinds if not kind.endswith("Sliced")}

    movable = set(constants.MOVABLE_RECEPTACLES)
    accepts = {kind: whole(kinds) for kind, kinds in constants.VAL_RECEPTACLE_OBJECTS.items() if kind not in movable}
    actions = constants.VAL_ACTION_OBJECTS
    folder = resources.files("alfworld") / "gen" / "layouts"
    return {
        "rooms": {name: _count_room(folder, scenes, accepts) for name, scenes in constants.SCENE_TYPE.items()},
        "accepts": {kind: sorted(kinds) for kind, kinds in sorted(accepts.items())},
        "properties": {
            "cleanable": sorted(whole(actions["Cleanable"])),
            "heatable": sorted(whole(actions["Heatable"])),
            "coolable": sorted(whole(actions["Coolable"])),
            "sliceable": sorted(whole(actions["Sliceable"])),
            "isReceptacleObject": sorted(movable),
        },
        "openable": sorted(set(constants.OPENABLE_CLASS_LIST) - movable),
    }


def main() -> None:
    """Write the tables into this checkout."""
    path = Path(__file__).parents[3] / "envs_data" / "alfworld" / "household.json"
    with written_whole(path) as partial:
        partial.write_text(json.dumps(count_tables(), indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {path}.")


if __name__ == "__main__":
    main()
