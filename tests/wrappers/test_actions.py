import pytest

from tests.worlds import CodeWordEnv
from textarena_rl import InvalidConfig
from textarena_rl.wrappers import ParseAction, find_action


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        ("<action>open door</action>", "open door"),
        ("<think>a lamp</think><action> open door\n</action>", "open door"),
        ("<think>I could <action>wait</action></think> So:\n<action>go</action> Fine.", "go"),
        ("a thought without its opening tag</think><action>go</action>", "go"),
        ("<action>a <b> c</action>", "a <b> c"),
        ("<action>two\nlines</action>", "two\nlines"),
        ("go", None),
        ("", None),
        ("<action>go", None),
        ("go</action>", None),
        ("<action></action>", None),
        ("<action>  </action>", None),
        ("<action>go</action><action>wait</action>", None),
        ("<action>go<action>wait</action>", None),
        ("<think>on and on <action>go</action>", None),
        ("<ACTION>go</ACTION>", None),
    ],
)
def test_tags(reply, action):
    assert find_action(reply, "tags") == action


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        (r"So it is \boxed{open door}.", "open door"),
        (r"<think>\boxed{no}</think>\boxed{ yes }", "yes"),
        (r"\boxed{}", None),
        (r"\boxed{go", None),
        (r"\boxed{go} or \boxed{wait}", None),
        ("boxed{go}", None),
    ],
)
def test_boxed(reply, action):
    assert find_action(reply, "boxed") == action


@pytest.mark.parametrize(
    ("reply", "action"),
    [(" go north \n", "go north"), ("<think>hm</think>\ngo", "go"), ("<think>hm", None), (" \n", None)],
)
def test_plain(reply, action):
    assert find_action(reply, "plain") == action


@pytest.mark.parametrize("piece", ["<action>", "</action>", "<think>", "</think>", "\\boxed{"])
def test_a_degenerate_reply_is_malformed_and_does_not_hang_the_search(piece):
    # a backtracking search would need minutes for these
    for reply_format in ("tags", "boxed"):
        assert find_action(piece * 50_000, reply_format) is None


def test_a_well_formed_reply_is_played():
    env = ParseAction(CodeWordEnv())
    env.reset(options={"task": "red-blue"})
    _, reward, *_, info = env.step("<think>It says red.</think><action>Red</action>")
    assert (reward, info["invalid_action"], info["parsed_action"]) == (1.0, False, "Red")


def test_a_malformed_reply_costs_a_turn_and_is_invalid_even_if_the_world_would_understand_it():
    env = ParseAction(CodeWordEnv(max_turns=2))
    env.reset(options={"task": "red-blue"})
    observation, reward, terminated, truncated, info = env.step("red")
    assert observation == "The door does not know that word."
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert (info["invalid_action"], info["parsed_action"], info["turn"]) == (True, "", 1)
    assert env.step("red")[3] is True


def test_a_refused_action_stays_invalid():
    env = ParseAction(CodeWordEnv())
    env.reset(options={"task": "red-blue"})
    assert env.step("<action>purple</action>")[4]["invalid_action"] is True


def test_an_unknown_format_is_refused():
    with pytest.raises(InvalidConfig, match="expected reply_format to be one of tags, boxed, plain, got 'xml'"):
        ParseAction(CodeWordEnv(), "xml")
