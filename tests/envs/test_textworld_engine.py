"""The engine against transcripts of the original interpreter, against a plain search, and against nonsense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.envs.textworld_original import GOLDEN, RECORDED, feedback, words
from textarena_rl.envs.textworld.challenges import Knobs
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.expert import shortest_plan
from textarena_rl.envs.textworld.games import Game
from textarena_rl.envs.textworld.library import find_game

# A room with everything in it, written by hand: a carrier of one of each kind, two keys that share a word.
HALL = Game.from_json(
    json.dumps(
        {
            "objective": "Lock the box.",
            "walkthrough": ["open red box", "close red box", "lock red box with red key"],
            "quests": [[1, [["locked c_0"]]]],
            "entities": [
                ["r_0", "hall", "A hall. [if d_0 is open]An open[otherwise]A closed[end if] gate leads 'east'."],
                ["r_1", "den", "A den."],
                ["c_0", "red box", "The box isn't new. [if open]open[else if closed]closed[otherwise]locked[end if]"],
                ["d_0", "gate", "A gate."],
                ["f_0", "apple", "Red."],
                ["k_0", "red key", "Small."],
                ["k_1", "key", "Plain."],
                ["o_0", "old map", "Torn."],
                ["s_0", "table", "Flat."],
            ],
            "facts": "at P r_0;at c_0 r_0;at s_0 r_0;closed c_0;in o_0 c_0;on f_0 s_0;in k_0 I;at k_1 r_0;"
            "match k_0 c_0;match k_1 d_0;locked d_0;link r_0 d_0 r_1;link r_1 d_0 r_0;west_of r_0 r_1;east_of r_1 r_0",
        }
    )
)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.jsonl")), ids=lambda path: path.stem)
def test_golden_transcripts_of_the_original_interpreter(path: Path) -> None:
    first, *lines = path.read_text().splitlines()
    engine = Engine(Game.from_json(first))
    wins = 0
    for line in lines:
        seen = json.loads(line)
        if not seen["command"]:
            engine.reset()
        else:
            outcome = engine.step(seen["command"])
            assert feedback(outcome.feedback + outcome.notice) == seen["feedback"], seen["command"]
        state = engine.state
        assert (state.score, state.won, state.lost) == (seen["score"], seen["won"], seen["lost"])
        if not engine.over:
            assert engine.admissible == seen["admissible"], seen["command"]
            assert words(engine.description) == seen["description"]
            assert words(engine.inventory) == seen["inventory"]
        wins += state.won
    assert wins


def test_there_are_golden_transcripts() -> None:
    assert {path.stem for path in GOLDEN.glob("*.jsonl")} == {f"{family}-{seed}" for family, seed in RECORDED}


def test_texts_of_a_hand_written_room() -> None:
    engine = Engine(HALL)
    assert engine.reset() == '-= Hall =-\nA hall. A closed gate leads "east".\n\nThere is a key on the floor.'
    assert engine.inventory == "You are carrying: a red key."
    assert engine.admissible == sorted(
        [
            *("look", "inventory", "examine gate", "examine red box", "open red box", "examine table", "examine key"),
            *("take key", "examine apple", "take apple from table", "examine red key", "drop red key"),
            *("put red key on table", "lock red box with red key"),
        ]
    )


@pytest.mark.parametrize(
    ("command", "answer", "invalid"),
    [
        ("TAKE THE APPLE", "You take the apple from the table.", False),
        ("get apple", "You take the apple from the table.", False),
        ("pick up an apple.", "You take the apple from the table.", False),
        ("x box", "The box isn't new. closed", False),
        ("open box", "You open the red box, revealing an old map.", False),
        ("i", "You are carrying: a red key.", False),
        ("take key", "(the key)\nYou pick up the key from the ground.", False),
        ("take red", "(the red box)\nThat's fixed in place.", True),
        ("take the box", "That's fixed in place.", True),
        ("e", "You have to open the gate first.", True),
        ("go west", "You can't go that way.", True),
        ("open gate", "You have to unlock the gate with the key first.", True),
        ("eat apple", "You need to take the apple first.", True),
        ("lock box", "(with the red key)\nYou lock the red box.", False),
        ("unlock box with red key", "That's unlocked at the moment.", True),
        ("insert red key into box", "The red box is closed.", True),
        ("put apple on table", "You need to take the apple first.", True),
        ("take map", "You can't see any such thing.", True),
        ("sing", "That's not a verb I recognise.", True),
        ("take apple now", "I only understood you as far as wanting to take the apple.", True),
        ("open", "(the red key)\nIt isn't something you can open.", True),
        ("", "I beg your pardon?", True),
        ("take all", "You have to be more specific!", True),
        ("take apple. look", "One command at a time, please.", True),
        ("take apple then look", "One command at a time, please.", True),
        ("take apple, look", "One command at a time, please.", True),
        ("take apple\nlook", "One command at a time, please.", True),
        ("\x00look", "One command at a time, please.", True),
        ("look\x00", "One command at a time, please.", True),
        ("look " * 2000, "That is too long: a command has at most 198 characters.", True),
        ("save", "That's not a verb I recognise.", True),
        ("restart", "That's not a verb I recognise.", True),
        ("\N{SNOWMAN} key", "That's not a verb I recognise.", True),
    ],
)
def test_free_form_commands(command: str, answer: str, invalid: bool) -> None:
    engine = Engine(HALL)
    before = engine.copy()
    outcome = engine.step(command)
    assert (outcome.feedback, outcome.invalid) == (answer, invalid)
    if invalid:
        assert engine.admissible == before.admissible
        assert engine.description == before.description


def test_questions_where_nothing_is_likelier() -> None:
    engine = Engine(HALL)
    engine.step("drop red key")
    assert engine.step("take red").feedback == "Which do you mean, the red key or the red box?"
    assert engine.step("open").feedback == "What do you want to open?"
    assert engine.step("lock box").feedback == "What do you want to lock the red box with?"


def test_a_key_fits_its_own_lock_only() -> None:
    engine = Engine(HALL)
    engine.step("take key")
    assert engine.step("lock red box with key").feedback == "(the key)\nThat doesn't seem to fit the lock."
    assert engine.step("unlock gate with red key").feedback == "That doesn't seem to fit the lock."
    assert engine.step("unlock gate with key").feedback == "(the key)\nYou unlock gate."
    assert engine.step("lock gate with key").feedback == "(the key)\nYou lock gate."


def test_an_unlocked_door_is_walked_through_and_the_game_ends_once() -> None:
    engine = Engine(HALL)
    for command in ("take key", "unlock gate with key", "open gate", "enter gate", "w"):
        assert not engine.step(command).invalid, command
    assert engine.room_name == "hall"
    outcome = engine.step("lock red box with red key")
    assert outcome.feedback == "You lock the red box."
    assert outcome.notice == (
        "\n\n\nYour score has just gone up by one point.\n\n\n*** The End ***\n\n"
        "You scored 1 out of a possible 1, in 6 turns."
    )
    assert engine.state.won
    assert engine.step("look").invalid
    assert engine.state.turns == 6


def test_things_that_were_moved_last_are_listed_first() -> None:
    engine = Engine(HALL)
    for command in ("take apple", "take key from floor", "take key"):
        engine.step(command)
    assert engine.inventory == "You are carrying: a key, an apple and a red key."
    for command in ("drop apple", "drop red key"):
        engine.step(command)
    assert engine.description.endswith("There is a red key and an apple on the floor.")


def test_eating_removes_the_food() -> None:
    engine = Engine(HALL)
    engine.step("take apple")
    assert engine.step("eat apple").feedback == "You eat the apple. Not bad."
    assert engine.step("take apple").feedback == "You can't see any such thing."


def test_losing_is_not_winning() -> None:
    game = Game.from_json(
        HALL.to_json().replace('[[1,[["locked c_0"]]]]', '[[1,[["locked c_0"]],[["eaten f_0"]],0,0]]')
    )
    engine = Engine(game)
    engine.step("take apple")
    outcome = engine.step("eat apple")
    assert (engine.state.won, engine.state.lost) == (False, True)
    assert "You lost!" in outcome.notice
    assert shortest_plan(engine) is None
    assert shortest_plan(Engine(game)) == ["lock red box with red key"]


def test_a_game_whose_food_is_gone_has_no_plan() -> None:
    engine = Engine(Game.from_json(HALL.to_json().replace('"locked c_0"', '"in f_0 c_0"')))
    assert shortest_plan(engine) == ["open red box", "take apple from table", "insert apple into red box"]
    engine.step("take apple")
    engine.step("eat apple")
    assert shortest_plan(engine) is None


def test_copies_are_independent_and_share_the_world() -> None:
    engine = Engine(HALL)
    twin = engine.copy()
    twin.step("open red box")
    twin.step("take apple")
    assert engine.description == Engine(HALL).description
    assert engine.inventory == Engine(HALL).inventory
    assert twin.world is engine.world


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.text(max_size=40)
        | st.sampled_from(["take", "key", "red", "box", "with", "in", "apple", "the", "on", "table", "my", "open", "x"])
    )
)
def test_no_text_raises_and_the_state_stays_sound(parts: list[str]) -> None:
    engine = Engine(HALL)
    engine.step(" ".join(parts))
    for thing, holder in engine.state.holder.items():
        assert holder is None or engine.state.contents[holder].count(thing) == 1
    assert len(engine.state.contents["r_0"] + engine.state.contents["I"] + engine.state.contents["s_0"]) <= 6


def plain_search(engine: Engine, most: int) -> int | None:
    """The length of a shortest win by breadth-first search over whole engine states, whatever they contain."""

    def key(engine: Engine) -> str:
        state = engine.state
        return repr((state.room, sorted(state.holder.items(), key=str), sorted(state.status.items()), state.completed))

    frontier, seen = [engine], {key(engine)}
    for length in range(1, most + 1):
        reached = []
        for node in frontier:
            for command in node.admissible:
                twin = node.copy()
                twin.step(command)
                if twin.state.won:
                    return length
                if key(twin) not in seen:
                    seen.add(key(twin))
                    reached.append(twin)
        frontier = reached
    return None


@pytest.mark.parametrize(("knobs", "seeds"), [((1, 1, 1), 12), ((1, 2, 2), 12), ((2, 3, 4), 6)])
def test_the_expert_is_as_short_as_a_plain_search(knobs: tuple[int, int, int], seeds: int) -> None:
    for seed in range(1, seeds + 1):
        engine = Engine(find_game(Knobs(*knobs), seed))
        plan = shortest_plan(engine)
        assert plan is not None
        assert len(plan) == plain_search(engine, knobs[2]), seed


@pytest.mark.parametrize("knobs", [(1, 1, 1), (1, 2, 2), (2, 3, 4), (8, 3, 4), (2, 12, 4), (8, 12, 4), (4, 6, 8)])
def test_the_expert_wins_in_exactly_its_number_of_commands(knobs: tuple[int, int, int]) -> None:
    for seed in [*range(1, 31), *range(50_001, 50_021), *range(40_001, 40_011)]:
        engine = Engine(find_game(Knobs(*knobs), seed))
        plan = shortest_plan(engine)
        assert plan is not None
        assert len(plan) <= len(engine.world.game.walkthrough)
        for left, command in zip(range(len(plan), 0, -1), plan, strict=True):
            assert not engine.over
            assert len(shortest_plan(engine) or []) == left
            assert command in engine.admissible
            assert not engine.step(command).invalid
        assert engine.state.won


@pytest.mark.parametrize("knobs", [(2, 3, 4), (8, 12, 4), (4, 6, 8)])
def test_the_generators_own_walkthrough_wins(knobs: tuple[int, int, int]) -> None:
    for seed in range(1, 31):
        engine = Engine(find_game(Knobs(*knobs), seed))
        for command in engine.world.game.walkthrough:
            assert not engine.step(command).invalid
        assert engine.state.won
        assert engine.state.score == engine.world.game.max_score
