import functools
import pickle
import re
import subprocess
import sys

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec, registry
from hypothesis import given
from hypothesis import strategies as st

import textarena_rl
from textarena_rl import WORLDS, Flag, InvalidConfig, Knob, Size, UnknownId, Word, World, make_id, parse
from textarena_rl.policies import ExpertPolicy

KITCHEN = World(
    name="Kitchen",
    entry_point="tests.worlds:CodeWordEnv",
    description="A world with every kind of knob.",
    knobs=(
        Word("dish", ("soup", "stew"), "what is cooked"),
        Knob("r", "rooms", 1, 9, "rooms", default=1),
        Word("mood", ("calm", "rush"), "how it feels", default="calm"),
        Knob("t", "turns", 5, 50, "turns"),
    ),
    example=("soup", 1, "calm", 10),
    canonical=(("soup", 1, "calm", 10), ("stew", 2, "rush", 20)),
)
KITCHEN_GARDEN = World(
    name="Kitchen-garden",
    entry_point="tests.worlds:CodeWordEnv",
    description="A world whose name begins with that of another.",
    knobs=(Knob("b", "max_turns", 1, 3, "turns", default=2),),
    example=(2,),
    canonical=((2,),),
)


@pytest.fixture
def more_worlds(monkeypatch):
    for row in (KITCHEN, KITCHEN_GARDEN):
        monkeypatch.setitem(WORLDS, row.name, row)


def values_of(knob):
    """Every value of a knob, by Hypothesis."""
    if isinstance(knob, Flag):
        return st.booleans()
    if isinstance(knob, Word):
        return st.sampled_from(knob.words)
    if isinstance(knob, Size):
        side = st.integers(knob.low, knob.high)
        return st.builds("{}x{}".format, side, side)
    numbers = st.integers(knob.low, knob.high)
    return numbers if knob.default is None else st.just(knob.default) | numbers


def settings(row):
    """Every setting of a world, by Hypothesis."""
    return st.tuples(*map(values_of, row.knobs))


@pytest.mark.parametrize("row", [*WORLDS.values(), KITCHEN, KITCHEN_GARDEN], ids=lambda row: row.name)
@given(data=st.data())
def test_parse_and_print_are_inverse(row, data):
    values = data.draw(settings(row))
    assert row.read(row.write(values)[len(row.name) + 1 :]) == dict(
        zip([knob.keyword for knob in row.knobs], values, strict=True)
    )
    nearest = row.nearest(data.draw(st.text(max_size=30)))
    row.read(nearest[len(row.name) + 1 :])  # whatever is written, the suggestion is valid


@given(st.text(max_size=40) | st.from_regex(r"TextWorld(-[a-z]?[0-9]{0,3}){0,5}", fullmatch=True))
def test_an_id_is_valid_exactly_if_printing_gives_it_back(text):
    try:
        world, arguments = parse(text)
    except UnknownId as error:
        suggestion = re.search(r"Did you mean (\S+)\? ", str(error))[1]
        assert make_id(parse(suggestion)[0], **parse(suggestion)[1]) == suggestion != text
    else:
        assert make_id(world, **arguments) == text


def test_ids_by_hand(more_worlds):
    knobs = {"world_size": 2, "nb_objects": 3, "quest_length": 4}
    assert parse("TextWorld-w2-o3-q4") == ("TextWorld", {**knobs, "exact_quest_length": False})
    assert parse("TextWorld-w2-o3-q4-exact") == ("TextWorld", {**knobs, "exact_quest_length": True})
    assert make_id("TextWorld", **knobs) == "TextWorld-w2-o3-q4"
    assert make_id("Kitchen", dish="stew", turns=7) == "Kitchen-stew-t7"
    assert make_id("Kitchen", dish="stew", rooms=3, mood="rush", turns=7) == "Kitchen-stew-r3-rush-t7"
    assert parse("Kitchen-soup-rush-t5") == ("Kitchen", {"dish": "soup", "rooms": 1, "mood": "rush", "turns": 5})
    assert parse("Kitchen-garden") == ("Kitchen-garden", {"max_turns": 2})
    assert parse("Kitchen-garden-b3") == ("Kitchen-garden", {"max_turns": 3})
    assert KITCHEN.grammar == "Kitchen-<soup|stew>[-r<1..9>][-<calm|rush>]-t<5..50>"


@pytest.mark.parametrize(
    ("wrong", "problem", "nearest"),
    [
        ("TextWorld", "expected w<1..12> (rooms), got the end of the id", "TextWorld-w2-o3-q4"),
        ("TextWorld-w8-o6", "got the end of the id", "TextWorld-w8-o6-q4"),
        ("TextWorld-w99-o3-q4", "expected w<1..12> (rooms), got 'w99'", "TextWorld-w12-o3-q4"),
        ("TextWorld-w0-o3-q4", "expected w<1..12> (rooms), got 'w0'", "TextWorld-w1-o3-q4"),
        ("TextWorld-w02-o3-q4", "expected w<1..12> (rooms), got 'w02'", "TextWorld-w2-o3-q4"),
        ("TextWorld-o6-w4-q8", "expected w<1..12> (rooms), got 'o6'", "TextWorld-w4-o6-q8"),
        ("TextWorld-w2-o3-q4-v1", "expected the end of the id, got 'v1'", "TextWorld-w2-o3-q4"),
        ("TextWorld-w2-o3-q4-", "expected the end of the id, got ''", "TextWorld-w2-o3-q4"),
        ("textworld-w4-o6-q8", "expected the name of a world (TextWorld", "TextWorld-w4-o6-q8"),
        ("TextWold_w4_o6_q8", "expected the name of a world (TextWorld", "TextWorld-w4-o6-q8"),
        ("textarena_rl:TextWorld-w4-o6-q8", "expected the name of a world (TextWorld", "TextWorld-w4-o6-q8"),
        ("", "expected the name of a world (TextWorld", "TextWorld-w2-o3-q4"),
        ("Kitchen-soup-r1-t5", "expected the default of rooms to be left out, got 'r1'", "Kitchen-soup-t5"),
        ("Kitchen-sop-t5", "expected <soup|stew> (what is cooked), got 'sop'", "Kitchen-soup-t5"),
        ("kitchen-stew-r3-t500", "expected the name of a world", "Kitchen-stew-r3-t50"),
        ("Kitchen-garden-b9", "expected b<1..3> (turns), got 'b9'", "Kitchen-garden-b3"),
        ("Kitchen-gardn-b3", "expected <soup|stew> (what is cooked), got 'gardn'", "Kitchen-garden-b3"),
        ("ALFWorld-valid_unsen", "got 'valid_unsen'", "ALFWorld-valid_unseen"),
    ],
)
def test_a_wrong_id_is_told_what_is_wrong_and_the_nearest_right_one(more_worlds, wrong, problem, nearest):
    for function in (parse, textarena_rl.spec, textarena_rl.make, textarena_rl.describe):
        with pytest.raises(UnknownId) as caught:
            function(wrong)
        message = str(caught.value)
        assert message.startswith(f"id {wrong!r}: ")
        assert problem in message
        assert f"Did you mean {nearest}? The grammar is {WORLDS[parse(nearest)[0]].grammar}." in message


def test_settings_that_no_id_has_are_refused(more_worlds):
    with pytest.raises(UnknownId, match=r"expected one of TextWorld, .*Did you mean TextWorld\?"):
        make_id("Textworlds")
    with pytest.raises(InvalidConfig, match=r"expected the settings of TextWorld-.*, got rooms"):
        make_id("TextWorld", rooms=3)
    with pytest.raises(InvalidConfig, match=r"expected quest_length as in q<1\.\.20>, got None"):
        make_id("TextWorld", world_size=1, nb_objects=1)
    for value in (0, 13, True, 2.0, "2"):
        with pytest.raises(InvalidConfig, match=r"expected world_size as in w<1\.\.12>"):
            make_id("TextWorld", world_size=value, nb_objects=1, quest_length=1)
    with pytest.raises(InvalidConfig, match="expected dish as in <soup"):
        make_id("Kitchen", dish="salad", turns=7)


def test_a_flag_is_written_only_where_it_is_set(monkeypatch):
    row = World(
        name="Attic",
        entry_point="tests.worlds:CodeWordEnv",
        description="",
        knobs=(Knob("b", "boxes", 1, 9, "boxes"), Flag("dark", "no_light", "no light")),
        example=(2, False),
        canonical=((2, False),),
    )
    monkeypatch.setitem(WORLDS, row.name, row)
    assert row.grammar == "Attic-b<1..9>[-dark]"
    for env_id, dark in (("Attic-b2", False), ("Attic-b2-dark", True)):
        assert parse(env_id) == ("Attic", {"boxes": 2, "no_light": dark})
        assert make_id("Attic", boxes=2, no_light=dark) == env_id
    with pytest.raises(UnknownId, match=r"expected the end of the id, got 'drak'.*Did you mean Attic-b2-dark\?"):
        parse("Attic-b2-drak")
    with pytest.raises(InvalidConfig, match="expected no_light as in dark, got 'dark'"):
        make_id("Attic", boxes=2, no_light="dark")


def test_a_size_is_written_once_where_both_sides_are_equal(monkeypatch):
    row = World(
        name="Attic",
        entry_point="tests.worlds:CodeWordEnv",
        description="",
        knobs=(Size("s", "size", 4, 16, "rows and columns"), Knob("b", "boxes", 1, 9, "boxes, or any", default=0)),
        example=("6x6", 0),
        canonical=(("6x6", 0),),
    )
    monkeypatch.setitem(WORLDS, row.name, row)
    assert row.grammar == "Attic-s<4..16>[x<4..16>][-b<1..9>]"
    for env_id, size in (("Attic-s6", "6x6"), ("Attic-s6x8", "6x8"), ("Attic-s16x4", "16x4")):
        assert parse(env_id) == ("Attic", {"size": size, "boxes": 0})
        assert make_id("Attic", size=size) == env_id
    for wrong, nearest in (
        ("s6x6", "s6"),
        ("s06", "s6"),
        ("s3", "s4"),
        ("s6x99", "s6x16"),
        ("6X8", "s6x8"),
        ("s6-b0", "s6"),
        ("", "s6"),
    ):
        with pytest.raises(UnknownId, match=rf"Did you mean Attic-{nearest}\?"):
            parse(f"Attic-{wrong}")
    for size in (6, "6", "3x6", "6x17", "6x8x9", "06x8", None):
        with pytest.raises(InvalidConfig, match="expected size as in s<4"):
            make_id("Attic", size=size)


def test_a_row_may_bring_wrappers(monkeypatch):
    monkeypatch.setitem(
        WORLDS,
        "Attic",
        World(
            name="Attic",
            entry_point="tests.worlds:CodeWordEnv",
            description="",
            knobs=(),
            example=(),
            canonical=((),),
            wrappers=(
                ("textarena_rl.wrappers.rewards:InvalidActionPenalty", {"penalty": 0.5}),
                ("textarena_rl.wrappers.rewards:TurnPenalty", {"penalty": 0.25}),
            ),
        ),
    )
    spec = textarena_rl.spec("Attic", max_turns=3)
    for same in (spec, EnvSpec.from_json(spec.to_json()), pickle.loads(pickle.dumps(spec))):
        env = gym.make(same)
        env.reset(seed=0)
        assert env.step("hm")[1] == -0.75
        assert env.unwrapped.max_turns == 3
    assert textarena_rl.make("Attic").spec.id == "Attic"
    assert (
        "\nWrapper: InvalidActionPenalty(penalty=0.5)\nWrapper: TurnPenalty(penalty=0.25)\n"
        in textarena_rl.describe("Attic")
    )


def test_no_row_can_be_mistaken_for_a_version_or_for_another_row():
    for row in WORLDS.values():
        letters = [knob.letter for knob in row.knobs if isinstance(knob, Knob)]
        assert "v" not in letters
        assert len(set(letters)) == len(letters)
        assert row.example in row.canonical
        assert re.fullmatch(r"[A-Za-z_-]+\d?", row.name)
        assert not re.search(r"-v\d+$", row.name)


def test_a_few_hundred_canonical_ids_are_known_to_gymnasium():
    assert 100 <= len(textarena_rl.ids()) <= 1_000
    assert len(set(textarena_rl.ids())) == len(textarena_rl.ids())
    for env_id in textarena_rl.ids():
        assert parse(env_id)[0] in WORLDS
        assert registry[env_id] == textarena_rl.spec(env_id)
        assert gym.spec(env_id).max_episode_steps is None
    assert {"TextWorld-w2-o3-q4", "TextWorld-w4-o6-q8", "TextWorld-w8-o12-q12"} <= set(textarena_rl.ids())


EXAMPLES = [row.example_id for row in WORLDS.values() if not row.official]


@pytest.mark.parametrize("env_id", EXAMPLES)
def test_every_way_to_make_an_environment_makes_the_same_one(env_id):
    ways = [
        gym.make(env_id),
        textarena_rl.make(env_id),
        gym.make(textarena_rl.spec(env_id)),
        gym.make(f"textarena_rl:{env_id}"),
    ]
    starts = [env.reset(seed=5) for env in ways]
    assert all(start == starts[0] for start in starts)
    assert all(env.spec.id == env_id for env in ways)


@pytest.mark.parametrize("env_id", EXAMPLES)
def test_the_module_prefix_needs_no_import_of_ours(env_id):
    code = f"import gymnasium; print(gymnasium.make('textarena_rl:{env_id}').reset(seed=0)[1]['task'])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == textarena_rl.make(env_id).reset(seed=0)[1]["task"]


def test_an_id_in_the_grammar_that_is_not_registered_works_by_its_spec():
    env_id = "TextWorld-w3-o5-q4"
    assert env_id not in registry
    env = textarena_rl.make(env_id)
    assert env.unwrapped.max_turns == 12
    assert env_id not in registry
    spec = textarena_rl.spec(env_id, max_turns=5)
    for same in (EnvSpec.from_json(spec.to_json()), pickle.loads(pickle.dumps(spec))):
        assert gym.make(same).unwrapped.max_turns == 5


def test_keyword_arguments_reach_the_world():
    env = textarena_rl.make("TextWorld-w2-o3-q4", split="test", max_turns=7, expert_actions=True)
    _, info = env.reset(seed=0)
    assert info["max_turns"] == 7
    assert info["task"] in env.unwrapped.tasks("test")
    assert info["expert_actions"]
    with pytest.raises(TypeError, match="splitt"):
        textarena_rl.make("TextWorld-w2-o3-q4", splitt="test")


@pytest.mark.parametrize("env_id", EXAMPLES)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vector_environments_play_the_same_games_as_single_ones(env_id, mode):
    spec = textarena_rl.spec(env_id, expert_actions=True)
    vector = gym.make_vec(spec, num_envs=2, vectorization_mode=mode)
    singles = [textarena_rl.make(env_id, expert_actions=True) for _ in range(2)]
    try:
        observations, _ = vector.reset(seed=[3, 4])
        starts = [env.reset(seed=seed) for env, seed in zip(singles, (3, 4), strict=True)]
        assert observations == tuple(observation for observation, _ in starts)
        infos = [info for _, info in starts]
        ended = [False, False]
        while not any(ended):
            actions = tuple(info["expert_actions"][0] for info in infos)
            observations, rewards, terminations, truncations, batch = vector.step(actions)
            steps = [env.step(action) for env, action in zip(singles, actions, strict=True)]
            assert observations == tuple(step[0] for step in steps)
            assert list(rewards) == [step[1] for step in steps]
            assert list(terminations) == [step[2] for step in steps]
            assert list(truncations) == [step[3] for step in steps]
            infos = [step[4] for step in steps]
            assert list(batch["won"]) == [info["won"] for info in infos]
            ended = [step[2] or step[3] for step in steps]
    finally:
        vector.close()


@pytest.mark.parametrize("env_id", EXAMPLES)
def test_the_expert_proves_that_tasks_can_be_won(env_id):
    for split in ("train", "valid", "test"):
        env = textarena_rl.make(env_id, split=split, expert_actions=True)
        episodes = [textarena_rl.play_episode(env, ExpertPolicy(), seed=seed) for seed in range(5)]
        assert all(episode.won and episode.env_id == env_id for episode in episodes)


@pytest.mark.parametrize("env_id", EXAMPLES)
def test_the_text_does_not_depend_on_the_process(env_id):
    code = (
        "import textarena_rl; from textarena_rl.policies import RandomPolicy\n"
        f"env = textarena_rl.make({env_id!r}, admissible_actions=True, expert_actions=True)\n"
        "print([textarena_rl.play_episode(env, RandomPolicy(1), seed=seed).to_json() for seed in range(3)])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": salt}
        ).stdout
        for salt in ("0", "1")
    ]
    assert runs[0] == runs[1]
    assert "turns" in runs[0]


def test_a_row_is_all_that_a_new_world_needs(more_worlds):
    try:
        textarena_rl.register()
        assert gym.make("Kitchen-garden").unwrapped.max_turns == 2
        assert textarena_rl.make("Kitchen-garden-b3").unwrapped.max_turns == 3
        assert textarena_rl.ids()[-1] == "Kitchen-garden"
    finally:
        for row in (KITCHEN, KITCHEN_GARDEN):
            for values in row.canonical:
                registry.pop(row.write(values), None)


@pytest.mark.parametrize("env_id", EXAMPLES)
def test_the_manual_of_a_world_has_every_heading(env_id):
    manual = textarena_rl.describe(env_id)
    row = WORLDS[parse(env_id)[0]]
    assert manual.startswith(f"{env_id}\n{row.description}")
    assert row.grammar in manual
    headings = (
        "Action Space",
        "Observation Space",
        "Starting State",
        "Rewards",
        "Episode End",
        "Information",
        "Arguments",
        "Version History",
    )
    missing = [heading for heading in headings if not re.search(rf"^\s*(#+ )?{heading}:?\s*$", manual, re.MULTILINE)]
    assert missing == []


def test_make_can_be_a_factory():
    assert functools.partial(textarena_rl.make, EXAMPLES[0])(max_turns=3).unwrapped.max_turns == 3
