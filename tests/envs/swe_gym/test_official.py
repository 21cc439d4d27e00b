"""Official rows: read, filtered, named; and a whole task in SWE-Gym's form, played in real containers."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

import textarena_rl
from tests.envs.swe_gym.conftest import LIMITS, require_engine
from tests.envs.swe_gym.engines import IMAGE
from tests.shared import shared_data
from textarena_rl.__main__ import main
from textarena_rl.conformance import check_text_env
from textarena_rl.envs.swe_gym.filters import Filters, chosen
from textarena_rl.envs.swe_gym.image_verdict import counted_patch, judge_patch
from textarena_rl.envs.swe_gym.images import image_of
from textarena_rl.envs.swe_gym.official_env import SWEGymOfficialEnv
from textarena_rl.envs.swe_gym.rows import read_rows, task_of
from textarena_rl.envs.swe_gym.sandbox.containers import DockerBackend
from textarena_rl.errors import EpisodeFailed, InvalidConfig, MissingData, MissingDependency

FILES = ("swegym_rows.jsonl", "swebench_lite_rows.jsonl", "swebench_verified_rows.jsonl")

ROW: dict[str, Any] = {
    "instance_id": "Acme__Tool-7",
    "repo": "Acme/Tool",
    "base_commit": "0" * 40,
    "patch": "diff --git a/tool.py b/tool.py\n--- a/tool.py\n+++ b/tool.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n",
    "test_patch": "diff --git a/tests/test_tool.py b/tests/test_tool.py\n--- a/tests/test_tool.py\n",
    "problem_statement": "x is wrong",
    "FAIL_TO_PASS": ["tests/test_tool.py::test_x"],
    "PASS_TO_PASS": ["tests/test_tool.py::test_y"],
}


# ---------------------------------------------------------------------- the official samples


@pytest.mark.parametrize("name", FILES)
def test_every_official_row_loads(name: str) -> None:
    path = shared_data("swe") / name
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    env = SWEGymOfficialEnv(dataset=str(path), split="all")
    assert list(env.tasks()) == [row["instance_id"] for row in rows]
    assert sorted([*env.tasks("train"), *env.tasks("test")]) == sorted(env.tasks())
    for row in rows:
        task = env.row(row["instance_id"])
        f2p, p2p = (
            row[key] if isinstance(row[key], list) else json.loads(row[key]) for key in ("FAIL_TO_PASS", "PASS_TO_PASS")
        )
        assert (list(task.fail_to_pass), list(task.pass_to_pass)) == (f2p, p2p)
        # The size of a patch, counted another way: by git itself.
        run = subprocess.run(
            ["git", "apply", "--numstat"], input=row["patch"], capture_output=True, text=True, check=True
        )
        counts = [line.split("\t") for line in run.stdout.splitlines()]
        assert task.size.files == len(counts)
        assert task.size.lines == sum(int(added) + int(removed) for added, removed, _ in counts)
        assert task.size.hunks == sum(line.startswith("@@ -") for line in row["patch"].splitlines())


def test_the_images_of_the_official_rows() -> None:
    folder = shared_data("swe")
    names = {}
    for name in FILES:
        for row in read_rows(str(folder / name)):
            names[row["instance_id"]] = image_of(row)
    assert names["getmoto__moto-7365"] == "docker.io/xingyaoww/sweb.eval.x86_64.getmoto_s_moto-7365:latest"
    assert names["django__django-11283"] == "docker.io/swebench/sweb.eval.x86_64.django_1776_django-11283:latest"
    assert names["psf__requests-1142"] == "docker.io/swebench/sweb.eval.x86_64.psf_1776_requests-1142:latest"
    assert len([name for name in names.values() if "/xingyaoww/" in name]) == 3
    assert len([name for name in names.values() if "/swebench/" in name]) == 25


def test_the_test_commands_of_the_official_rows() -> None:
    folder = shared_data("swe")
    tasks = {t.task_id: t for name in FILES for t in (task_of(r, name) for r in read_rows(str(folder / name)))}
    assert (
        tasks["getmoto__moto-7365"].test_command
        == "pytest -n0 -rA tests/test_dynamodb/test_dynamodb_update_expressions.py"
    )
    assert tasks["psf__requests-1142"].test_command == "pytest -rA test_requests.py"
    django = tasks["django__django-11283"]
    assert django.test_command.startswith("./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1 ")
    assert django.test_command.endswith(" auth_tests.test_migrations")
    assert (django.parser, tasks["sympy__sympy-11897"].parser) == ("django", "sympy")


def test_filters_on_the_official_rows() -> None:
    folder = shared_data("swe")
    rows = [task_of(row, name) for name in FILES for row in read_rows(str(folder / name))]
    short = chosen(rows, Filters(max_patch_lines=5, max_files=1, max_hunks=1))
    assert 0 < len(short) < len(rows)
    assert all(task.size.lines <= 5 and task.size.files == task.size.hunks == 1 for task in short)
    assert {task.repo for task in chosen(rows, Filters(repos=["moto", "sympy/sympy"]))} == {
        "getmoto/moto",
        "sympy/sympy",
    }
    assert all(task.num_tests <= 20 for task in chosen(rows, Filters(max_tests=20)))
    thirds = [chosen(rows, Filters(tier=f"patch-{third}")) for third in ("easy", "medium", "hard")]
    assert sorted(task.task_id for third in thirds for task in third) == sorted(task.task_id for task in rows)
    assert max(task.size.lines for task in thirds[0]) <= min(task.size.lines for task in thirds[2])
    left = chosen(rows, Filters(exclude_ids=["getmoto__moto-7365"]))
    assert len(left) == len(rows) - 1


def test_parquet_reads_like_jsonl(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: parquet is NOT tested")
    from pyarrow import parquet

    rows = read_rows(str(shared_data("swe") / "swegym_rows.jsonl"))
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "rows.parquet")
    again = read_rows(str(tmp_path / "rows.parquet"))
    assert [task_of(row, "x") for row in again] == [task_of(row, "x") for row in rows]


def test_import_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "data"))
    with pytest.raises(MissingData, match="textarena-rl import-data swegym PATH"):
        textarena_rl.make("SWEGym-official")
    source = tmp_path / "rows.jsonl"
    source.write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, "instance_id": "Acme__Tool-8"}) + "\n")
    assert main(["import-data", "swegym", str(source)]) == 0
    assert "2 tasks of 1 repositories" in capsys.readouterr().out
    env = textarena_rl.make("SWEGym-official")
    assert sorted([*env.unwrapped.tasks("train"), *env.unwrapped.tasks("test")]) == ["Acme__Tool-7", "Acme__Tool-8"]


# ---------------------------------------------------------------------- rows of every shape


@pytest.mark.parametrize(
    ("changes", "images", "name"),
    [
        ({}, "auto", "docker.io/xingyaoww/sweb.eval.x86_64.acme_s_tool-7:latest"),
        ({}, "swebench", "docker.io/swebench/sweb.eval.x86_64.acme_1776_tool-7:latest"),
        ({"environment_setup_commit": "1"}, "auto", "docker.io/swebench/sweb.eval.x86_64.acme_1776_tool-7:latest"),
        ({"image": "ghcr.io/me/box:3"}, "auto", "ghcr.io/me/box:3"),
        ({"image_name": "me/box"}, "auto", "docker.io/me/box:latest"),
        ({"docker_image": "localhost:5000/box@sha256:0"}, "auto", "localhost:5000/box@sha256:0"),
        ({"image": "ignored"}, "mirror.example/{id}", "mirror.example/acme__tool-7:latest"),
    ],
)
def test_image_names(changes: dict[str, Any], images: str, name: str) -> None:
    assert image_of({**ROW, **changes}, images) == name


def test_another_registry() -> None:
    assert image_of(ROW, registry="mirror.example").startswith("mirror.example/xingyaoww/")
    with pytest.raises(InvalidConfig, match=r"template with \{id\}"):
        image_of(ROW, "none")


@pytest.mark.parametrize("value", [["a::b", "a::c"], '["a::b", "a::c"]', ("a::b", "a::c")])
def test_lists_and_their_json(value: Any) -> None:
    assert task_of({**ROW, "FAIL_TO_PASS": value}, "row 1").fail_to_pass == ("a::b", "a::c")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"patch": None}, r"row 1 \(Acme__Tool-7\): expected the field patch, got none"),
        ({"FAIL_TO_PASS": None}, "expected the field FAIL_TO_PASS, got none"),
        ({"FAIL_TO_PASS": "[1"}, "FAIL_TO_PASS as a list or its JSON"),
        ({"PASS_TO_PASS": [1]}, "PASS_TO_PASS as a list of names"),
        ({"base_commit": 5}, "expected base_commit as text, got int"),
        ({"log_parser": "nose"}, "expected a log parser out of"),
        ({"repo": "swesmith/x"}, "expected a row whose patch mends"),
    ],
)
def test_one_clear_error_for_each_missing_thing(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidConfig, match=sentence):
        task_of({**ROW, **changes}, "row 1")


def test_where_rows_come_from(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="expected a file of rows at"):
        read_rows(str(tmp_path / "none.jsonl"))
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps(ROW) + "\nnot json\n")
    with pytest.raises(MissingData, match=r"bad.jsonl, line 2: expected one row as JSON"):
        read_rows(str(bad))
    listed = tmp_path / "rows.json"
    listed.write_text(json.dumps([ROW]))
    assert read_rows(str(listed)) == [ROW]
    try:
        import datasets  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependency, match="pip install datasets"):
            read_rows("SWE-Gym/SWE-Gym")


def test_recipes_of_rows() -> None:
    assert task_of({**ROW, "test_cmd": "make check"}, "x").test_command == "make check tests/test_tool.py"
    mypy = {
        **ROW,
        "repo": "python/mypy",
        "test_patch": "diff --git a/test-data/a.test b/test-data/a.test\n@@ -1 +1 @@\n+[case One]\n+[case Two-x]\n",
    }
    assert task_of(mypy, "x").test_command.startswith("pytest -n0 -rA -k 'One or Two-x'")
    with pytest.raises(InvalidConfig, match="none of 1"):
        chosen([task_of(ROW, "x")], Filters(max_patch_lines=1))
    with pytest.raises(InvalidConfig, match="tier to be one of patch-easy"):
        chosen([task_of(ROW, "x")], Filters(tier="simple"))


def test_what_counts_of_a_patch() -> None:
    task = task_of(ROW, "x")
    parts = {
        name: f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-a\n+b\n"
        for name in ("tool.py", "tests/test_tool.py", "tests/test_other.py", "conftest.py", "setup.cfg", "docs/a.md")
    }
    binary = "diff --git a/x.png b/x.png\nnew file mode 100644\nBinary files /dev/null and b/x.png differ\n"
    assert counted_patch("".join(parts.values()) + binary, task) == parts["tool.py"] + parts["docs/a.md"]
    assert judge_patch(task, "", object(), timeout=1).reason == "empty patch"  # type: ignore[arg-type]
    assert judge_patch(task, parts["conftest.py"], object(), timeout=1).reason == "empty patch"  # type: ignore[arg-type]
    assert judge_patch(task, None, object(), timeout=1).reason == "patch too large"  # type: ignore[arg-type]
    assert judge_patch(task, "x" * 2_000_000, object(), timeout=1).reason == "patch too large"  # type: ignore[arg-type]


# ---------------------------------------------------------------------- a whole task in real containers

TOOL = "def double(x):\n    return x + x + 1\n\n\ndef half(x):\n    return x // 2\n"
TESTS = (
    "import unittest\nfrom tool import double, half\n\n\nclass ToolTest(unittest.TestCase):\n"
    "    def test_half(self):\n        self.assertEqual(half(8), 4)\n"
)
NEW_TEST = "\n    def test_double(self):\n        self.assertEqual(double(4), 8)\n"
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]


def run_git(folder: Path, *arguments: str) -> str:
    dates = {"GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}
    environment = {**os.environ, **dates}  # the same commits in every process, as the image is made only once
    command = [*GIT, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A repository whose history goes on after the base commit, and its row."""
    folder = tmp_path_factory.mktemp("tool")
    run_git(folder, "init", "-q", "-b", "main")
    (folder / "tool.py").write_text(TOOL)
    (folder / "tests").mkdir()
    (folder / "tests" / "__init__.py").write_text("")
    (folder / "tests" / "test_tool.py").write_text(TESTS)
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-q", "-m", "base")
    base = run_git(folder, "rev-parse", "HEAD").strip()
    (folder / "tool.py").write_text(TOOL.replace("x + x + 1", "x + x"))
    patch = run_git(folder, "diff")
    run_git(folder, "commit", "-q", "-a", "-m", "THE-FIX")
    (folder / "tests" / "test_tool.py").write_text(TESTS + NEW_TEST)
    test_patch = run_git(folder, "diff")
    run_git(folder, "commit", "-q", "-a", "-m", "THE-TEST")
    run_git(folder, "checkout", "-q", base)
    row = {
        "instance_id": "me__tool-1",
        "repo": "me/tool",
        "base_commit": base,
        "patch": patch,
        "test_patch": test_patch,
        "problem_statement": "double(4) is 9\n\nIt should be 8.",
        "FAIL_TO_PASS": ["tests.test_tool.ToolTest.test_double"],
        "PASS_TO_PASS": json.dumps(["tests.test_tool.ToolTest.test_half"]),
        "image": f"localhost/textarena-tool-{base[:12]}:latest",
        "test_cmd": "python3 -m unittest -v",
        "log_parser": "unittest",
        "version": "1",
        "unknown": {"extra": "field"},
    }
    return folder, row


@pytest.fixture(params=["docker", "podman"])
def official(
    request: pytest.FixtureRequest,
    history: tuple[Path, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> dict[str, Any]:
    """Arguments of the environment for the row, its image built in a real engine."""
    require_engine(request.param, monkeypatch)
    folder, row = history
    backend = DockerBackend(LIMITS, pull="never")
    name = row["image"].rpartition(":")[0]
    client = backend.client()
    if not client.images.list(name=row["image"]):
        container = client.containers.create(IMAGE, command=["true"])
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.add(folder, "testbed")
        container.put_archive("/", buffer.getvalue())
        container.commit(repository=name, tag="latest")
        container.remove(force=True)
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return {
        "dataset": str(path),
        "split": "all",
        "sandbox": backend,
        "agent_tests": "python3 -m unittest",
        "test_seconds": 60.0,
    }


def bash(command: str) -> str:
    return f"```bash\n{command}\n```"


SUBMIT = '{"tool": "submit"}'


def test_an_official_task_from_the_issue_to_the_verdict(official: dict[str, Any]) -> None:
    env = SWEGymOfficialEnv(**official, expert_actions=True, progress=True)
    try:
        first, info = env.reset(seed=0)
        assert "<issue>\ndouble(4) is 9\n\nIt should be 8.\n</issue>" in first
        assert "tool.py\n" in first[first.index("<files>") :]
        assert "test_double" not in first
        assert (info["f2p_total"], info["p2p_total"], info["gold_lines"]) == (1, 1, 2)
        assert "tool.py:2: return x + x + 1" in env.step('{"tool": "search", "text": "x + x"}')[0].replace("    ", " ")
        assert "Ran 1 test" in env.step('{"tool": "run_tests"}')[0]
        edit, submit = env._expert_actions()
        assert env.step(edit)[4]["progress"] == 0.5
        _, reward, terminated, _, info = env.step(submit)
        assert info["verdict"] == ""
        assert (reward, terminated, info["won"], info["f2p_passed"], info["p2p_broken"]) == (1.0, True, True, 1, 0)
        assert env.verify_gold("me__tool-1").resolved
    finally:
        env.close()


def test_an_official_task_that_is_not_solved(official: dict[str, Any]) -> None:
    env = SWEGymOfficialEnv(**official)
    try:
        env.reset(seed=0)
        env.step('{"tool": "create", "path": "NOTES.md", "content": "x"}')
        *_, info = env.step(SUBMIT)
        assert (info["lost"], info["f2p_passed"], info["p2p_broken"]) == (True, 0, 0)
        # Tests rewritten, configuration added, the right names printed: nothing of it helps.
        env.reset(seed=0)
        env.step(bash("echo > tests/test_tool.py; printf 'import os; os._exit(0)' > sitecustomize.py"))
        env.step(
            bash("printf 'print(\"test_double (tests.test_tool.ToolTest.test_double) ... ok\", flush=True)' >> tool.py")
        )
        *_, info = env.step(SUBMIT)
        assert (info["lost"], info["resolved"]) == (True, False)
    finally:
        env.close()


def test_the_future_is_not_in_the_history(official: dict[str, Any]) -> None:
    env = SWEGymOfficialEnv(**official)
    try:
        env.reset(seed=0)
        look = "git log --all --oneline; git reflog; git fsck --lost-found 2>&1; git branch -a; ls .git/refs/*"
        seen = env.step(bash(look))[0]
        assert "base" in seen
        assert "THE-FIX" not in seen
        objects = (
            "git cat-file --batch-all-objects --batch-check | while read id kind size; do git cat-file -p $id; done"
        )
        seen = env.step(bash(objects + " | grep -c -e test_double -e THE-"))[0]
        assert "<output>\n0\n</output>" in seen
    finally:
        env.close()


def test_copies_of_an_official_attempt(official: dict[str, Any]) -> None:
    env = SWEGymOfficialEnv(**official)
    env.reset(seed=0)
    env.step(bash("echo changed > tool.py; mkdir new; echo 1 > new/f; cd new; X=5"))
    twin = env.clone()
    try:
        env.step(bash("echo again > ../tool.py"))
        assert (
            "<output>\nchanged\n1\n5\n/testbed/new\n</output>" in twin.step(bash("cat ../tool.py f; echo $X; pwd"))[0]
        )
    finally:
        env.close()
        twin.close()


def test_a_missing_image_is_no_wrong_answer(official: dict[str, Any], tmp_path: Path) -> None:
    row = json.loads(Path(official["dataset"]).read_text())
    path = tmp_path / "missing.jsonl"
    path.write_text(json.dumps({**row, "image": "localhost/no-such-image:latest"}))
    env = SWEGymOfficialEnv(**{**official, "dataset": str(path)})
    with pytest.raises(MissingData, match="localhost/no-such-image:latest"):
        env.reset(seed=0)
    env = SWEGymOfficialEnv(**{**official, "dataset": str(path), "sandbox": DockerBackend(LIMITS)})
    with pytest.raises(MissingData, match="localhost/no-such-image:latest"):
        env.reset(seed=0)


def test_no_engine_is_no_wrong_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("docker", reason="docker-py is not installed: containers are NOT tested")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW))
    env = SWEGymOfficialEnv(dataset=str(path), split="all")
    with pytest.raises(MissingDependency, match=r"expected a container engine at unix:///.*nothing.sock, got none"):
        env.reset(seed=0)


def test_a_container_that_vanishes_in_mid_episode(official: dict[str, Any]) -> None:
    env = SWEGymOfficialEnv(**official)
    try:
        env.reset(seed=0)
        env.step(bash("true"))
        sandbox = env._playing().workspace._sandbox
        official["sandbox"].client().containers.get(sandbox.container_id).remove(force=True)
        with pytest.raises(EpisodeFailed, match="this is no wrong answer"):
            env.step(bash("ls"))
    finally:
        env.close()


def test_official_rows_conform(official: dict[str, Any], tmp_path: Path) -> None:
    """A few checks of the conformance suite; the whole of it takes minutes in containers."""
    from textarena_rl.conformance import CHECKS

    row = json.loads(Path(official["dataset"]).read_text())
    path = tmp_path / "two.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, "instance_id": "me__tool-2"}) + "\n")
    kept = {"turn_limit", "after_the_end", "splits", "task"}
    removed = {name: CHECKS.pop(name) for name in list(CHECKS) if name not in kept}
    try:
        arguments = {**official, "dataset": str(path), "split": "train"}
        check_text_env(
            lambda **more: SWEGymOfficialEnv(**{**arguments, **more}), seeds=(0,), offers=("expert_actions", "progress")
        )
    finally:
        CHECKS.update(removed)
