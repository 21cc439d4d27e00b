"""The verdict on a patch for an official task: in a fresh container, with the tests of the data set."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from textarena_rl.envs.swe_gym.grading import Grade, grade
from textarena_rl.envs.swe_gym.image_workspace import APPLY
from textarena_rl.envs.swe_gym.packages import CONFIGURATION, is_test_path
from textarena_rl.envs.swe_gym.parsers import parse_log
from textarena_rl.envs.swe_gym.patches import patched_paths
from textarena_rl.envs.swe_gym.rows import OfficialTask
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Backend, InfrastructureError, Result, Sandbox
from textarena_rl.errors import MissingData

__all__ = ["counted_patch", "judge_patch", "split_patch"]

_ACTIVATE = (
    "[ -f /opt/miniconda3/bin/activate ] && . /opt/miniconda3/bin/activate && conda activate testbed; cd {workspace}\n"
)
_PATCH_FILE, _TEST_FILE = ".textarena.patch", ".textarena.tests"
_LOG_BYTES = 32 * 2**20
_INFRASTRUCTURE = ("No space left on device", "Cannot allocate memory", "Temporary failure in name resolution")


def split_patch(patch: str) -> dict[str, str]:
    """The parts of a patch by the file that they change."""
    parts = re.split(r"(?m)^(?=diff --git )", patch)
    return {paths[0]: part for part in parts if (paths := patched_paths(part))}


def counted_patch(patch: str, task: OfficialTask) -> str:
    """What counts of an agent's patch: no tests, none of their configuration, nothing binary.

    Files that the gold patch changes count, whatever they are called.
    """
    gold = set(patched_paths(task.patch))
    tests = set(patched_paths(task.test_patch))
    kept = []
    for path, part in split_patch(patch).items():
        forbidden = path in tests or is_test_path(path) or path.rpartition("/")[2] in CONFIGURATION
        binary = "\nGIT binary patch\n" in part or re.search(r"^Binary files ", part, re.MULTILINE)
        if (path in gold or not forbidden) and not binary:
            kept.append(part)
    return "".join(kept)


def judge_patch(
    task: OfficialTask, patch: str | None, backend: Backend, *, timeout: float, patch_bytes: int = 2**20
) -> Grade:
    """The grade of a patch.

    Args:
        task: What was to be done.
        patch: What the agent changed; None where that could not be told or was too large.
        backend: Makes the fresh container.
        timeout: Seconds for the tests.
        patch_bytes: What is larger is not even tried.

    Raises:
        MissingData: The image is not there: no verdict, and no wrong answer.
    """
    turned, kept = len(task.fail_to_pass), len(task.pass_to_pass)

    def nothing(reason: str = "", infra_error: str = "") -> Grade:
        return Grade(0, turned, 0, kept, reason=reason, infra_error=infra_error)

    if patch is None or len(patch) > patch_bytes:
        return nothing("patch too large")
    counted = counted_patch(patch, task)
    if not counted.strip():
        return nothing("empty patch")
    try:
        sandbox = backend.start(task.image)
    except MissingData:
        raise
    except (InfrastructureError, OSError) as error:
        return nothing(infra_error=str(error))
    try:
        if not _applied(sandbox, counted, _PATCH_FILE):
            return nothing("patch does not apply")
        result = _tested(sandbox, task, timeout)
    except (InfrastructureError, OSError) as error:
        return nothing(infra_error=str(error))
    finally:
        sandbox.close()
    return _graded(task, result, nothing)


def _applied(sandbox: Sandbox, patch: str, name: str) -> bool:
    sandbox.write(name, patch.encode("utf-8", "surrogateescape"))
    place = f"{WORKSPACE}/{name}"
    applied = sandbox.execute(APPLY.format(workspace=WORKSPACE, patch=place), 300.0).exit_code == 0
    sandbox.execute(f"rm -f {place}", 60.0)
    return applied


def _tested(sandbox: Sandbox, task: OfficialTask, timeout: float) -> Result:
    """Undo what is left of edits to tests, bring in the data set's, and run them."""
    if task.eval_script:
        sandbox.write(_TEST_FILE, task.eval_script.replace("\r\n", "\n").encode())
        return sandbox.execute(f"bash {WORKSPACE}/{_TEST_FILE} 2>&1", timeout, output_bytes=_LOG_BYTES)
    base = shlex.quote(task.base_commit)
    lines = [f"cd {WORKSPACE}"]
    for path in map(shlex.quote, patched_paths(task.test_patch)):
        lines.append(f"git checkout -q {base} -- {path} 2>/dev/null || rm -f {path}")
    sandbox.execute("\n".join(lines), 300.0)
    if task.test_patch.strip() and not _applied(sandbox, task.test_patch, _TEST_FILE):
        raise InfrastructureError(f"{task.task_id}: the test patch of the data set does not apply. Exclude the row.")
    command = _ACTIVATE.format(workspace=WORKSPACE) + task.test_command + " 2>&1"
    return sandbox.execute(command, timeout, output_bytes=_LOG_BYTES)


def _graded(task: OfficialTask, result: Result, nothing: Callable[..., Grade]) -> Grade:
    """The grade of a run of the tests."""
    if result.timed_out:
        return nothing("timed out")
    if result.killed:
        return nothing(f"killed for {result.killed}")
    log, exit_code = result.output, result.exit_code
    if task.eval_script:
        marked = re.search(r">>>>> Start Test Output\n(.*?)(?:>>>>> End Test Output|\Z)", log, re.DOTALL)
        log, exit_code = (marked[1] if marked else log), None
    report = parse_log(log, task.parser)
    broken = [sentence for sentence in _INFRASTRUCTURE if sentence in log]
    if not report and broken:
        return nothing("", f"{task.task_id}: the tests could not run: {broken[0]}")
    return grade(report, task.fail_to_pass, task.pass_to_pass, exit_code=exit_code, fail_only=task.fail_only)
