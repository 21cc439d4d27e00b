"""One attempt at one task: its tree, what was done so far, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from textarena_rl.core import Reply
from textarena_rl.envs.swe_gym import expert
from textarena_rl.envs.swe_gym.actions import Refusal, parse_action, write_call
from textarena_rl.envs.swe_gym.grading import Grade, reward_of
from textarena_rl.envs.swe_gym.packages import is_test_path
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, TooLarge
from textarena_rl.envs.swe_gym.tasks import FilesTask, Task
from textarena_rl.envs.swe_gym.tools import Settings, carry_out
from textarena_rl.envs.swe_gym.verdict import PatchLimits, judge_tree
from textarena_rl.envs.swe_gym.workspace import Workspace, inner_path

__all__ = ["Attempt", "Engine", "Verdicts", "info_of", "verdict_text"]

_EDITING = ("bash", "str_replace", "create", "insert")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How work is judged."""

    reward: str = "resolved"
    """What the score is; one of :data:`~textarena_rl.envs.swe_gym.grading.REWARDS`."""
    limits: PatchLimits = field(default_factory=PatchLimits)
    expert: str = "direct"


class Attempt:
    """An attempt that is being made, of whatever kind of task. Copies are independent.

    Args:
        task: What is to be done.
        workspace: Where.
        settings: What the agent may do.
        verdicts: How its work is judged.
        test_command: What ``run_tests`` runs.
    """

    def __init__(
        self, task: Task, workspace: Workspace, settings: Settings, verdicts: Verdicts, test_command: str
    ) -> None:
        self.task = task
        self.workspace = workspace
        self._settings = settings
        self._verdicts = verdicts
        self.test_command = test_command
        self.grade: Grade | None = None
        """The last verdict; the final one where ``submitted``."""
        self.submitted = False
        self.score = 0.0
        self._viewed: frozenset[str] = frozenset()
        self._untested = False
        self._repeats = ("", 0)

    def act(self, action: str) -> Reply:
        """Carry out one reply of the agent.

        Raises:
            InfrastructureError: The sandbox broke.
        """
        call = parse_action(action, self._settings.tools)
        self._repeats = (action, self._repeats[1] + 1 if action == self._repeats[0] else 1)
        if isinstance(call, Refusal):
            return Reply(f"This is no action: {call.sentence}\n{_REMINDER}", invalid=True)
        if call.tool == "submit":
            self.judge()
            self.submitted = True
            assert self.grade is not None
            return Reply(verdict_text(self.grade))
        reply = carry_out(call, self.workspace, self._settings, self.test_command)
        if not reply.invalid:
            self._note(call.tool, str(call.arguments.get("path", "")))
        return reply

    def _note(self, tool: str, path: str) -> None:
        if tool == "view":
            self._viewed |= {inner_path(path)}
        if tool == "run_tests":
            self._untested = False
        elif tool in _EDITING:
            self._untested = True
            if self._verdicts.reward == "dense":
                self.judge()

    def judge(self) -> None:
        """Grade the work as it is."""
        self.grade = self._verdict()
        if not self.grade.infra_error:
            self.score = reward_of(self.grade, self._verdicts.reward)

    def _verdict(self) -> Grade:
        raise NotImplementedError

    def plan(self) -> list[str]:
        """The expert's actions from here; none after the end."""
        raise NotImplementedError

    def progress(self) -> float:
        """The share of the expert's way that lies behind: 1 only at the win."""
        raise NotImplementedError

    def listing(self) -> list[str]:
        """What the agent starts with."""
        raise NotImplementedError

    def readable(self) -> list[str]:
        """Files that can certainly be viewed."""
        raise NotImplementedError

    def judge_at_the_end(self) -> None:
        """Grade work that was not handed in; work that is resolved counts as handed in."""
        self.judge()
        self.submitted = self.grade is not None and self.grade.resolved

    @property
    def won(self) -> bool:
        """Handed in, and everything that must pass does."""
        return self.submitted and self.grade is not None and self.grade.resolved

    @property
    def lost(self) -> bool:
        """Handed in, judged, and not resolved."""
        return self.submitted and not self.won and not self.infra_error

    @property
    def infra_error(self) -> str:
        """Why no verdict could be reached, or ""."""
        return self.grade.infra_error if self.grade is not None else ""

    @property
    def repeats(self) -> int:
        """How often the last action was given in a row."""
        return self._repeats[1]

    def admissible(self) -> list[str]:
        """Actions that are certainly accepted: looking, testing, handing in (what else there is has no end)."""
        tools = self._settings.tools
        found = []
        if "view" in tools:
            paths = ["/testbed", *self.readable()]
            found += [write_call("view", path=path) for path in paths]
        if "bash" in tools:
            found.append(write_call("bash", command="ls"))
        if "run_tests" in tools:
            found.append(write_call("run_tests"))
        return [*found, write_call("submit")]

    def close(self) -> None:
        """Let go of the sandbox."""
        self.workspace.close()


class Engine(Attempt):
    """An attempt at a task whose files are at hand.

    Args:
        task: What is to be done.
        backend: Makes sandboxes.
        settings: What the agent may do.
        verdicts: How its work is judged.
    """

    task: FilesTask

    def __init__(self, task: FilesTask, backend: Backend, settings: Settings, verdicts: Verdicts) -> None:
        super().__init__(task, Workspace(backend, task.visible), settings, verdicts, task.test_command)
        self._backend = backend
        self._first_plan = 0

    def _verdict(self) -> Grade:
        try:
            tree = self.workspace.tree()
        except TooLarge:
            return Grade(0, len(self.task.fail_to_pass), 0, len(self.task.pass_to_pass), "patch too large")
        timeout = self._settings.test_seconds
        return judge_tree(self.task, tree, self._backend, timeout=timeout, limits=self._verdicts.limits)

    def plan(self) -> list[str]:
        """The expert's actions from here; none after the end."""
        if self.submitted:
            return []
        return expert.plan(
            self.task,
            self.workspace.tree(),
            self._settings.tools,
            expert=self._verdicts.expert,
            viewed=self._viewed,
            untested=self._untested,
        )

    def progress(self) -> float:
        """The share of the expert's way that lies behind: 1 only at the win."""
        if self.submitted:
            return float(self.won)
        if not self._first_plan:
            start = expert.plan(
                self.task,
                self.task.visible,
                self._settings.tools,
                expert=self._verdicts.expert,
                viewed=frozenset(),
                untested=False,
            )
            self._first_plan = len(start)
        return max(0.0, 1.0 - len(self.plan()) / self._first_plan)

    def listing(self) -> list[str]:
        """The files that the agent starts with, tests last."""
        return sorted(self.task.visible, key=lambda path: (is_test_path(path), path))

    def readable(self) -> list[str]:
        """The text files of the tree."""
        paths = [path for path in self.workspace.tree() if path.endswith((".py", ".md"))][:40]
        return [path for path in paths if _is_text(self.workspace.read(path))]


_REMINDER = "Reply with one fenced ```bash block, or with one JSON object that names a tool. A turn was spent."


def _is_text(data: bytes | None) -> bool:
    try:
        return data is not None and (data.decode() or True) is not None
    except UnicodeDecodeError:
        return False


def verdict_text(grade: Grade) -> str:
    """The verdict in a sentence."""
    if grade.infra_error:
        return f"Your work could not be judged: {grade.infra_error}"
    if grade.resolved:
        return f"Resolved: all tests that failed pass now ({grade.f2p_total}), and none of the others broke."
    if grade.reason:
        return f"Not resolved: {grade.reason}."
    return (
        f"Not resolved: of the tests that failed, {grade.f2p_passed} of {grade.f2p_total} pass now; "
        f"of the others, {grade.p2p_broken} of {grade.p2p_total} broke."
    )


def info_of(grade: Grade | None, task: Any) -> dict[str, Any]:
    """The verdict's parts, always there and always of the same types; all 0 before there is one."""
    size = task.size
    return {
        "graded": grade is not None,
        "resolved": grade is not None and grade.resolved,
        "f2p_passed": grade.f2p_passed if grade else 0,
        "f2p_total": len(task.fail_to_pass),
        "p2p_broken": grade.p2p_broken if grade else 0,
        "p2p_total": len(task.pass_to_pass),
        "patch_empty": grade is not None and grade.reason == "empty patch",
        "timed_out": grade is not None and grade.reason == "timed out",
        "verdict": grade.reason if grade else "",
        "infra_error": grade.infra_error if grade else "",
        "repo": task.repo,
        "gold_lines": size.lines,
        "gold_files": size.files,
        "gold_hunks": size.hunks,
    }
