"""Generated households: always the same, always in order, always won by the expert, in the fewest commands."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.envs.alfworld_golden import read
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.expert import shortest_plan
from textarena_rl.envs.alfworld.games import TASK_TYPES, TREATMENTS, Game
from textarena_rl.envs.alfworld.generator import SPLITS, Settings, generate
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.tables import household
from textarena_rl.errors import InvalidConfig

ROOT = Path(__file__).parents[2]


def digest(games: list[Game]) -> str:
    return hashlib.sha256("\n".join(game.to_json() for game in games).encode()).hexdigest()


def test_the_recorded_games_are_made_again() -> None:
    for transcript in read():
        assert generate(Settings(**transcript.settings), transcript.seed) == transcript.game


def test_another_process_makes_the_same_games() -> None:
    code = (
        "from tests.envs.test_alfworld_generator import *;"
        "print(digest([generate(Settings('all', 12, 20), seed) for seed in range(1, 30)]))"
    )
    prints = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": salt},
        ).stdout
        for salt in ("1", "2")
    ]
    assert prints == [digest([generate(Settings("all", 12, 20), seed) for seed in range(1, 30)]) + "\n"] * 2


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_the_expert_wins_a_thousand_games(task_type: str) -> None:
    """168 games of each type in three sizes, 1,008 in all; each plan is legal and wins at its last command."""
    lengths = []
    for receptacles, objects in ((5, 5), (20, 30), (60, 100)):
        for seed in range(1, 57):
            engine = Engine(House(generate(Settings(task_type, receptacles, objects), seed)))
            plan = shortest_plan(engine)
            assert plan
            for command in plan:
                assert not engine.won
                assert command in engine.admissible
                engine.step(command)
            assert engine.won
            assert shortest_plan(engine) == []
            lengths.append(len(plan))
    assert 3 <= min(lengths) <= max(lengths) <= 12


def breadth_first(engine: Engine, most: int) -> int | None:
    """The length of a shortest win, found by trying everything; None where there are too many states."""

    def state(of: Engine) -> tuple[object, ...]:
        return (of.location, of.held, of.opened, tuple(of.within), tuple(of.marks.values()))

    front, seen, depth = [engine], {state(engine)}, 0
    if engine.won:
        return 0
    while front and len(seen) < most:
        depth += 1
        following = []
        for here in front:
            for command in here.admissible:
                if command.partition(" ")[0] in ("look", "inventory", "help", "examine", "slice"):
                    continue
                there = here.copy()
                there.step(command)
                if there.won:
                    return depth
                if state(there) not in seen:
                    seen.add(state(there))
                    following.append(there)
        front = following
    return None


def test_no_win_is_shorter_than_the_experts() -> None:
    """Small games after random walks, things in two places and full hands included, against breadth-first search."""
    rng = random.Random(11)
    compared = Counter[str]()
    for _ in range(150):
        settings = Settings(rng.choice(TASK_TYPES), 5, 5, rng.choice((0.0, 0.4)), rng.choice((0, 1, 2)))
        engine = Engine(House(generate(settings, rng.randrange(1_000_000))))
        for _ in range(rng.randrange(25)):
            engine.step(rng.choice(engine.admissible))
        if rng.random() < 0.3:
            thing, place = rng.randrange(len(engine.at)), rng.randrange(len(engine.within))
            engine.within[place] = tuple(sorted({*engine.within[place], thing}))
            engine.changed()
        length = breadth_first(engine, 20_000)
        if length is not None:
            plan = shortest_plan(engine)
            assert plan is not None
            assert len(plan) == length, (settings, plan, engine.house.game.to_json())
            compared[settings.task_type] += 1
    assert min(compared.values()) >= 10


def test_beside_a_lamp_that_is_on_taking_the_thing_is_enough() -> None:
    game = generate(Settings("look", 8, 8, 0.0, 2), 1)
    engine = Engine(House(game))
    house, lamp = engine.house, engine.house.lamps[0]
    stand = next(place for place, things in enumerate(engine.within) if lamp in things)
    for command in (f"go to {house.receptacle_names[stand]}", f"use {house.thing_names[lamp]}"):
        engine.step(command)
    # One wanted thing lies beside the lamp; the one that is tried first is here as well, behind a door.
    here, (first, *_, last) = house.location_of[stand], house.target_things
    drawer = next(place for place, openable in enumerate(house.openable) if openable and place != stand)
    house.location_of = tuple(here if place == drawer else spot for place, spot in enumerate(house.location_of))
    for thing, place in ((first, drawer), (last, stand)):
        for other, things in enumerate(engine.within):
            engine.within[other] = tuple(sorted({*things, thing} if other == place else {*things} - {thing}))
    engine.changed()
    assert shortest_plan(engine) == [f"take {house.thing_names[last]} from {house.receptacle_names[stand]}"]


def test_a_full_hand_that_nothing_takes_is_said_to_be_hopeless() -> None:
    engine = Engine(House(generate(Settings("pick", 8, 8), 3)))
    other = next(
        t for t in range(len(engine.at)) if t not in engine.house.target_things and engine.house.has("pickupable", t)
    )
    engine.house.accepts = tuple(kinds - {other} for kinds in engine.house.accepts)
    engine.held = other
    engine.changed()
    assert shortest_plan(engine) is None


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_a_household_is_in_order(task_type: str) -> None:
    tables = household()
    for receptacles, objects, colocated, distractors in (
        (5, 5, 0.0, 0),
        (15, 30, 0.2, 1),
        (25, 40, 0.2, 0),
        (40, 60, 1.0, 4),
    ):
        for seed in range(1, 40):
            game = generate(Settings(task_type, receptacles, objects, colocated, distractors), seed)
            kind = {receptacle.id: receptacle.kind for receptacle in game.receptacles}
            portable = [thing for thing in game.things if "pickupable" in thing.properties]
            assert (len(game.receptacles), len(portable)) == (receptacles, objects)
            assert len({r.id for r in game.receptacles} | {t.id for t in game.things}) == receptacles + len(game.things)
            wanted = [thing for thing in portable if thing.kind == game.goal.thing_kind]
            assert len(wanted) == distractors + (2 if task_type == "two" else 1)
            for thing in portable:
                (place,) = thing.receptacles
                assert thing.kind in tables.accepts[kind[place]]
            for thing in wanted:
                assert kind[thing.receptacles[0]] != game.goal.target_kind
                if task_type in TREATMENTS:
                    assert TREATMENTS[task_type][0] in thing.properties
            shared = Counter(receptacle.location for receptacle in game.receptacles)
            together = sum(number for number in shared.values() if number > 1)
            assert together == (round(colocated * receptacles) if colocated else 0)
            assert game.start not in shared
            assert game.task == f"Your task is to: {game.objective}"


def test_the_two_sentences_of_a_task_both_occur() -> None:
    objectives = [generate(Settings("heat"), seed).objective for seed in range(1, 40)]
    assert {objective.split()[0] for objective in objectives} == {"heat", "put"}


def test_the_splits_are_disjoint_and_so_are_their_games() -> None:
    spans = [set(span) for span in SPLITS.values()]
    assert sum(map(len, spans)) == len(set.union(*spans)) == 5_200
    few = {name: [generate(Settings("pick", 5, 5), seed) for seed in list(span)[:100]] for name, span in SPLITS.items()}
    bodies = [game.to_json().partition('"goal"')[2] for games in few.values() for game in games]
    assert len(set(bodies)) == 300


def test_the_rooms_are_of_all_four_types() -> None:
    marks = {"Fridge": "Kitchen", "Sofa": "LivingRoom", "Bed": "Bedroom", "Toilet": "Bathroom"}
    games = [generate(Settings("pick", 30, 30), seed) for seed in range(1, 60)]
    rooms = [{marks[r.kind] for r in game.receptacles if r.kind in marks} for game in games]
    assert set.union(*rooms) == set(marks.values())
    assert all(len(room) <= 1 for room in rooms)


def test_all_draws_every_type() -> None:
    types = Counter(generate(Settings("all"), seed).goal.task_type for seed in range(1, 101))
    assert set(types) == set(TASK_TYPES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"task_type": "cook"},
            "expected task_type to be one of pick, look, clean, heat, cool, two or all, got 'cook'",
        ),
        ({"receptacles": 4}, "receptacles as a whole number from 5 to 60, got 4"),
        ({"objects": 101}, "objects as a whole number from 5 to 100, got 101"),
        ({"objects": True}, "objects as a whole number from 5 to 100, got True"),
        ({"distractors": -1}, "distractors as a whole number from 0 to 30, got -1"),
        ({"objects": 5, "distractors": 4}, "at most 3 distractors among 5 objects, got 4. Give more objects."),
        ({"colocated": 1.5}, "colocated as a share from 0 to 1, got 1.5"),
        ({"colocated": "many"}, "colocated as a share from 0 to 1, got 'many'"),
    ],
)
def test_wrong_settings(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        Settings(**arguments)  # type: ignore[arg-type]
