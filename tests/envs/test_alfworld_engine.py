"""The engine against recorded answers of the original, and against a kitchen small enough to know by heart."""

from __future__ import annotations

import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.envs.alfworld_golden import Transcript, read
from tests.envs.alfworld_original import old_command, our_step
from textarena_rl.envs.alfworld.actions import ACTIONS
from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.games import Game, Goal, Receptacle, Thing
from textarena_rl.envs.alfworld.generator import Settings, generate
from textarena_rl.envs.alfworld.house import House
from textarena_rl.envs.alfworld.text import HELP

TRANSCRIPTS = read()

# Names by the original's rule: of the ids of a kind, the first in order gets the highest number.
KITCHEN = Game(
    id="kitchen",
    goal=Goal("heat", "Apple", "Fridge"),
    task="Your task is to: heat some apple and put it in fridge.",
    start="loc|0|0|0|30",
    receptacles=(
        Receptacle("CounterTop|+00.10|+00.90|+00.10", "CounterTop", "loc|1|1|0|30"),
        Receptacle("Drawer|+00.10|+00.20|+00.10", "Drawer", "loc|2|1|0|30", openable=True),
        Receptacle("Drawer|+00.10|+00.40|+00.10", "Drawer", "loc|2|1|0|30", openable=True),
        Receptacle("Fridge|+00.30|+00.00|+00.10", "Fridge", "loc|3|1|0|30", openable=True),
        Receptacle("Microwave|+00.40|+00.00|+00.10", "Microwave", "loc|4|1|0|30", openable=True),
        Receptacle("Sink|+00.50|+00.00|+00.10|SinkBasin", "SinkBasin", "loc|5|1|0|30"),
    ),
    things=(
        Thing("Apple|+00.10|+01.00|+00.10", "Apple", ("pickupable", "cleanable", "heatable", "coolable", "sliceable"),
              ("CounterTop|+00.10|+00.90|+00.10",), ("loc|1|1|0|30",)),
        Thing("Apple|+00.50|+00.00|+00.10", "Apple", ("pickupable", "cleanable", "heatable", "coolable", "sliceable"),
              ("Sink|+00.50|+00.00|+00.10|SinkBasin",), ("loc|5|1|0|30",)),
        Thing("Bowl|+00.10|+01.00|+00.20", "Bowl", ("pickupable", "cleanable", "coolable", "isReceptacleObject"),
              ("CounterTop|+00.10|+00.90|+00.10",), ("loc|1|1|0|30",)),
        Thing("DeskLamp|+00.10|+01.00|+00.30", "DeskLamp", ("toggleable",),
              ("CounterTop|+00.10|+00.90|+00.10",), ("loc|1|1|0|30",)),
        Thing("Fork|+00.10|+00.20|+00.10", "Fork", ("pickupable", "cleanable"),
              ("Drawer|+00.10|+00.20|+00.10", "Drawer|+00.10|+00.40|+00.10"), ("loc|2|1|0|30",)),
        Thing("Knife|+00.10|+01.00|+00.40", "Knife", ("pickupable", "cleanable"),
              ("CounterTop|+00.10|+00.90|+00.10",), ("loc|1|1|0|30",)),
        Thing("Window|+00.90|+01.00|+00.40", "Window", (), (), ("loc|1|1|0|30",)),
    ),
    accepts=(
        ("CounterTop", ("Apple", "Bowl", "Fork", "Knife")),
        ("Drawer", ("Fork", "Knife")),
        ("Fridge", ("Apple", "Bowl")),
        ("Microwave", ("Apple",)),
        ("SinkBasin", ("Apple", "Bowl", "Fork", "Knife")),
    ),
)  # fmt: skip


def kitchen(**arguments: bool) -> Engine:
    return Engine(House(KITCHEN), **arguments)


def said(engine: Engine, *commands: str) -> str:
    """What is said to the last of the commands."""
    told = ""
    for command in commands:
        told, _ = engine.step(command)
    return told


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda t: f"{t.settings['task_type']}-{t.seed}-{t.version}")
def test_recorded_answers_of_the_original(transcript: Transcript) -> None:
    engine = Engine(House(transcript.game, transcript.version))
    for walk in transcript.walks:
        assert engine.reset() == walk[0][1].observation
        assert engine.admissible == walk[0][1].admissible
        for command, seen in walk[1:]:
            ours = our_step(engine, command)
            expected = seen.observation.removeprefix("\n") if command.strip() == "help" else seen.observation
            assert (command, ours.observation) == (command, expected)
            assert (ours.admissible, ours.won, ours.reward) == (seen.admissible, seen.won, seen.reward), command


def test_the_recordings_are_rich_enough_to_trust() -> None:
    steps = [(command, seen) for t in TRANSCRIPTS for walk in t.walks for command, seen in walk]
    assert len(steps) >= 1_500
    verbs = {command.partition(" ")[0] for command, seen in steps if seen.observation != "Nothing happens."}
    assert verbs >= set(ACTIONS)
    assert sum(seen.won for _, seen in steps) >= 30
    assert sum(seen.observation == "Nothing happens." for _, seen in steps) >= 30


def test_the_first_text_and_the_commands() -> None:
    engine = kitchen()
    assert engine.reset() == (
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see a "
        "countertop 1, a drawer 2, a drawer 1, a fridge 1, a microwave 1, and a sinkbasin 1.\n\n"
        "Your task is to: heat some apple and put it in fridge."
    )
    assert engine.admissible == [
        "go to countertop 1", "go to drawer 1", "go to drawer 2", "go to fridge 1", "go to microwave 1",
        "go to sinkbasin 1", "help", "inventory", "look",
    ]  # fmt: skip
    assert said(engine, "go to countertop 1") == (
        "You arrive at countertop 1. On the countertop 1, you see a apple 2, a bowl 1, a desklamp 1, and a knife 1."
    )
    assert engine.admissible == [
        "examine countertop 1", "go to drawer 1", "go to drawer 2", "go to fridge 1", "go to microwave 1",
        "go to sinkbasin 1", "help", "inventory", "look", "take apple 2 from countertop 1",
        "take bowl 1 from countertop 1", "take knife 1 from countertop 1", "use desklamp 1",
    ]  # fmt: skip
    assert said(engine, "take knife 1 from countertop 1") == "You pick up the knife 1 from the countertop 1."
    assert engine.admissible == [
        "examine countertop 1", "examine knife 1", "go to drawer 1", "go to drawer 2", "go to fridge 1",
        "go to microwave 1", "go to sinkbasin 1", "help", "inventory", "look", "move knife 1 to countertop 1",
        "slice apple 2 with knife 1", "use desklamp 1",
    ]  # fmt: skip


def test_quirks_that_strict_keeps() -> None:
    engine = kitchen()
    assert said(engine, "look") == "You are in the middle of a room. Looking quickly around you, you see nothing."
    said(engine, "go to drawer 1")
    assert said(engine, "look") == "You are facing the drawer 2, and drawer 1. Next to it, you see nothing."
    assert said(engine, "go to drawer 2") == "Nothing happens."
    assert said(engine, "open drawer 2") == "You open the drawer 2. The drawer 2 is open. In it, you see a fork 1."
    assert said(engine, "examine fork 1") == "Nothing happens."
    # The fork lies in both drawers: taken from one, it stays in the other.
    assert said(engine, "take fork 1 from drawer 2") == "You pick up the fork 1 from the drawer 2."
    assert said(engine, "open drawer 1") == "You open the drawer 1. The drawer 1 is open. In it, you see a fork 1."
    assert said(engine, "look") == "You are facing the drawer 2, and drawer 1. Next to it, you see nothing."
    assert said(engine, "move fork 1 to drawer 1") == "You move the fork 1 to the drawer 1."
    # Taken from drawer 2 and put down at the same spot: now it is "next to it".
    assert said(engine, "look") == "You are facing the drawer 2, and drawer 1. Next to it, you see a fork 1."


def test_appliances_work_through_a_closed_door_and_a_lamp_only_turns_on() -> None:
    engine = kitchen()
    said(engine, "go to countertop 1", "take apple 2 from countertop 1", "go to microwave 1")
    assert said(engine, "heat apple 2 with microwave 1") == "You heat the apple 2 using the microwave 1."
    assert said(engine, "examine apple 2") == "This is a hot apple 2."
    assert said(engine, "go to sinkbasin 1", "clean apple 2 with sinkbasin 1", "examine apple 2") == (
        "This is a hot and clean apple 2."
    )
    assert said(engine, "go to fridge 1", "cool apple 2 with fridge 1", "examine apple 2") == (
        "This is a cool and clean apple 2."
    )
    assert said(engine, "go to countertop 1", "use desklamp 1") == "You turn on the desklamp 1."
    assert said(engine, "use desklamp 1") == "You turn on the desklamp 1."


def test_every_look_of_a_thing() -> None:
    engine = kitchen()
    assert said(engine, "go to countertop 1", "take apple 2 from countertop 1", "examine apple 2") == (
        "There's nothing special about apple 2."
    )
    apple, looks = engine.held, {}
    for marks in ("", "Clean", "Hot", "Cool", "Sliced", "Clean Hot", "Clean Cool", "Clean Sliced", "Hot Sliced",
                  "Cool Sliced", "Clean Hot Sliced", "Clean Cool Sliced"):  # fmt: skip
        engine.marks = dict.fromkeys(engine.marks, 0) | {f"is{mark}": 1 << apple for mark in marks.split()}
        looks[marks] = said(engine, "examine apple 2").removeprefix("This is a ").removesuffix(" apple 2.")
    assert looks == {
        "": "There's nothing special about",
        "Clean": "clean",
        "Hot": "hot",
        "Cool": "cold",
        "Sliced": "sliced",
        "Clean Hot": "hot and clean",
        "Clean Cool": "cool and clean",
        "Clean Sliced": "clean sliced",
        "Hot Sliced": "hot sliced",
        "Cool Sliced": "cool sliced",
        "Clean Hot Sliced": "hot and clean sliced",
        "Clean Cool Sliced": "cool and clean sliced",
    }
    said(engine, "move apple 2 to countertop 1", "take bowl 1 from countertop 1")
    assert said(engine, "examine bowl 1") == "This is a normal bowl 1. In it, you see nothing."


def test_the_conditions_of_a_treatment() -> None:
    engine = kitchen()
    met = [engine.conditions]
    for command in ("go to countertop 1", "take apple 2 from countertop 1", "go to fridge 1", "open fridge 1",
                    "move apple 2 to fridge 1", "go to sinkbasin 1", "take apple 1 from sinkbasin 1",
                    "go to microwave 1", "heat apple 1 with microwave 1", "go to fridge 1",
                    "move apple 1 to fridge 1"):  # fmt: skip
        assert not engine.won
        engine.step(command)
        met.append(engine.conditions)
    assert met == [(0, 3)] * 5 + [(1, 3)] * 4 + [(2, 3)] * 2 + [(3, 3)]
    assert engine.won


def test_the_old_words() -> None:
    engine = Engine(House(KITCHEN, "0.3"))
    # Six locations have receptacles and one has the agent; loc|1... comes after loc|0... and so gets the second number.
    assert said(engine, "go to countertop 1").startswith("You arrive at loc 5. On the countertop 1, you see a apple 2,")
    assert said(engine, "help") == "Nothing happens."
    said(engine, "take knife 1 from countertop 1")
    assert "put knife 1 in/on countertop 1" in engine.admissible
    assert "move knife 1 to countertop 1" not in engine.admissible
    assert said(engine, "move knife 1 to countertop 1") == "Nothing happens."
    assert said(engine, "put knife 1 in/on countertop 1") == "You put the knife 1 in/on the countertop 1."
    assert old_command("move knife 1 to countertop 1") == "put knife 1 in/on countertop 1"


def test_a_command_is_understood_to_the_letter() -> None:
    engine = kitchen()
    for command in ("Go to fridge 1", "go to  fridge 1", "go to fridge 1.", "go to fridge", "look around",
                    "go  to fridge 1", "put apple 1 in/on fridge 1"):  # fmt: skip
        assert engine.step(command) == ("Nothing happens.", False), command
    assert engine.step(" \tgo to fridge 1\n") == ("You arrive at fridge 1. The fridge 1 is closed.", True)
    assert engine.step("help") == (HELP, True)


@pytest.mark.parametrize(
    ("before", "command", "answer"),
    [
        (["go to drawer 1"], "go to drawer 2", "You arrive at drawer 2. The drawer 2 is closed."),
        (["go to countertop 1"], "examine bowl 1", "This is a normal bowl 1. In it, you see nothing."),
        (["go to countertop 1"], "EXAMINE   Desklamp 1", "There's nothing special about desklamp 1."),
        ([], " Go To  FRIDGE 1 ", "You arrive at fridge 1. The fridge 1 is closed."),
        (["go to countertop 1", "take knife 1 from countertop 1"], "put knife 1 in/on countertop 1",
         "You move the knife 1 to the countertop 1."),
        (["go to countertop 1", "take knife 1 from countertop 1"], "place knife 1 on countertop 1",
         "You move the knife 1 to the countertop 1."),
    ],
)  # fmt: skip
def test_what_is_repaired(before: list[str], command: str, answer: str) -> None:
    engine, strict = kitchen(strict=False), kitchen()
    for engine_ in (engine, strict):
        said(engine_, *before)
    assert engine.step(command) == (answer, True)
    assert strict.step(command) == ("Nothing happens.", False)


def test_a_thing_that_is_seen_and_held_is_listed_once() -> None:
    engine = kitchen(strict=False)
    said(engine, "go to drawer 1", "open drawer 1", "open drawer 2", "take fork 1 from drawer 2")
    assert engine.admissible.count("examine fork 1") == 1


@pytest.mark.parametrize(
    ("before", "command", "reason"),
    [
        ([], "dance", "Begin a command with one of: clean, close, cool, examine, go, heat, help, inventory, look, "
                      "move, open, slice, take, use."),
        ([], "look around", "Say look alone."),
        ([], "go fridge 1", "Say go to (receptacle)."),
        ([], "go to moon 1", "There is no receptacle 'moon 1'."),
        (["go to fridge 1"], "go to fridge 1", "You are at the fridge 1 already."),
        ([], "open fridge 1", "You are not at the fridge 1."),
        (["go to fridge 1", "open fridge 1"], "open fridge 1", "The fridge 1 is open already."),
        (["go to fridge 1"], "close fridge 1", "The fridge 1 is closed already."),
        (["go to countertop 1"], "open countertop 1", "The countertop 1 has no door."),
        (["go to drawer 1"], "take fork 1 from drawer 1", "The drawer 1 is closed."),
        (["go to drawer 1"], "examine fork 1", "You do not see the fork 1 here."),
        (["go to countertop 1"], "use knife 1", "The knife 1 has no switch."),
        (["go to countertop 1"], "take spoon 1 from countertop 1", "There is no object 'spoon 1'."),
        (["go to countertop 1"], "take desklamp 1 from countertop 1", "The desklamp 1 cannot be picked up."),
        (["go to countertop 1"], "take fork 1 from countertop 1", "The fork 1 is not in or on the countertop 1."),
        (["go to countertop 1"], "take knife 1", "Say take (object) from (receptacle)."),
        (["go to countertop 1", "take knife 1 from countertop 1"], "take bowl 1 from countertop 1",
         "You are carrying the knife 1 already."),
        (["go to countertop 1", "take knife 1 from countertop 1"], "slice bowl 1 with knife 1",
         "You cannot slice the bowl 1 with that."),
        (["go to countertop 1", "take knife 1 from countertop 1", "go to fridge 1", "open fridge 1"],
         "move knife 1 to fridge 1", "The knife 1 does not belong in or on the fridge 1."),
        (["go to countertop 1", "take knife 1 from countertop 1", "go to microwave 1"], "heat knife 1 with microwave 1",
         "You cannot heat the knife 1."),
        (["go to fridge 1"], "heat apple 1 with fridge 1", "You are not carrying the apple 1."),
        (["go to countertop 1", "take apple 2 from countertop 1"], "heat apple 2 with countertop 1",
         "You cannot heat anything with the countertop 1."),
        ([], "go to " + "x" * 1000, "There is no receptacle '" + "x" * 40 + "...'."),
    ],
)  # fmt: skip
def test_refusals_say_why(before: list[str], command: str, reason: str) -> None:
    engine, strict = kitchen(strict=False), kitchen()
    for engine_ in (engine, strict):
        said(engine_, *before)
    assert engine.step(command) == (f"Nothing happens. {reason}", False)
    assert strict.step(command) == ("Nothing happens.", False)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("version", ["0.4", "0.3"])
def test_admissible_is_exactly_what_does_something(strict: bool, version: str) -> None:
    """Every command that the names of the house can form is tried: those listed are carried out, and no others."""
    rng = random.Random(4)
    game = generate(Settings("all", 6, 8, 0.5, 1), 3)
    engine = Engine(House(game, version), strict=strict)
    house = engine.house
    put = house.wording
    for _ in range(60):
        names = [*house.receptacle_names, *house.thing_names]
        pairs = [(one, two) for one in house.thing_names for two in names]
        commands = {f"{verb} {name}" for verb in ("go to", "open", "close", "examine", "use") for name in names}
        commands |= {f"take {one} from {two}" for one, two in pairs} | {f"slice {one} with {two}" for one, two in pairs}
        commands |= {f"{verb} {one} with {two}" for verb in ("clean", "heat", "cool") for one, two in pairs}
        commands |= {f"{put.put} {one}{put.joint}{two}" for one, two in pairs} | {"look", "inventory", "help"}
        carried_out = sorted(command for command in commands if engine.copy().step(command)[1])
        assert engine.admissible == carried_out
        engine.step(rng.choice(engine.admissible))


def test_a_hundred_thousand_random_actions_never_raise() -> None:
    rng = random.Random(7)
    engines = [Engine(House(generate(Settings(), seed)), strict=seed % 2 == 0) for seed in range(1, 9)]
    words = [
        "go",
        "to",
        "take",
        "from",
        "put",
        "in/on",
        "move",
        "with",
        "\x00",
        "🙂",
        "\n",
        "",
        "1",
        "a" * 5000,
        "use",
        "heat",
    ]
    for number in range(100_000):
        engine = engines[number % len(engines)]
        kind = rng.random()
        if kind < 0.5:
            command = rng.choice(engine.admissible)
        elif kind < 0.9:
            words_now = [*words, *engine.house.receptacle_names[:4], *engine.house.thing_names[:4]]
            command = " ".join(rng.choices(words_now, k=rng.randrange(6)))
        else:
            command = "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(12)))
        told, _ = engine.step(command)
        assert told


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.text(), st.sampled_from(["go to fridge 1", "open fridge 1", "take", "use desklamp 1"]))))
def test_any_text_is_answered(commands: list[str]) -> None:
    strict, lenient = kitchen(), kitchen(strict=False)
    for command in commands:
        before = strict.admissible
        told, carried_out = strict.step(command)
        assert carried_out == (command.strip() in before)
        assert (told == "Nothing happens.") != carried_out
        assert lenient.step(command)[0]


@pytest.mark.parametrize("duplicate", [Engine.copy, copy.deepcopy, lambda engine: pickle.loads(pickle.dumps(engine))])
def test_copies_go_their_own_ways(duplicate: object) -> None:
    engine = kitchen()
    said(engine, "go to drawer 1", "open drawer 1", "take fork 1 from drawer 1")
    twin = duplicate(engine)  # type: ignore[operator]
    for command in ("move fork 1 to drawer 1", "close drawer 1", "go to countertop 1", "use desklamp 1"):
        said(engine, command)
    assert said(twin, "inventory") == "You are carrying: a fork 1."
    assert said(twin, "move fork 1 to drawer 1") == "You move the fork 1 to the drawer 1."
    assert not twin.marks["isToggled"]


def test_threads_do_not_disturb_each_other() -> None:
    def play(transcript: Transcript) -> bool:
        engine = Engine(House(transcript.game, transcript.version))
        return all(our_step(engine, command).admissible == seen.admissible for command, seen in transcript.walks[0][1:])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(play, TRANSCRIPTS * 4))


def test_engines_of_one_house_share_it_and_nothing_else() -> None:
    house = House(KITCHEN)
    one, two = Engine(house), Engine(house)
    said(one, "go to countertop 1", "take apple 2 from countertop 1", "use desklamp 1")
    assert two.reset() == kitchen().reset()
    assert said(two, "go to countertop 1") == said(kitchen(), "go to countertop 1")
