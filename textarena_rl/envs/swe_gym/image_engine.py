"""One attempt at one official task."""

from __future__ import annotations

from textarena_rl.envs.swe_gym.actions import write_call
from textarena_rl.envs.swe_gym.engine import Attempt, Verdicts
from textarena_rl.envs.swe_gym.grading import Grade
from textarena_rl.envs.swe_gym.image_verdict import judge_patch
from textarena_rl.envs.swe_gym.image_workspace import ImageWorkspace
from textarena_rl.envs.swe_gym.rows import OfficialTask
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend
from textarena_rl.envs.swe_gym.tools import Settings
from textarena_rl.errors import InvalidConfig

__all__ = ["ImageEngine"]

_END = "END-OF-PATCH"


class ImageEngine(Attempt):
    """An attempt in a container.

    Args:
        task: What is to be done.
        backend: Makes containers.
        settings: What the agent may do.
        verdicts: How its work is judged.
        scrub_git: Take commits that came later out of the history.
        agent_tests: What ``run_tests`` runs: the tests that are in the image.
    """

    task: OfficialTask

    def __init__(
        self,
        task: OfficialTask,
        backend: Backend,
        settings: Settings,
        verdicts: Verdicts,
        *,
        scrub_git: bool,
        agent_tests: str,
    ) -> None:
        workspace = ImageWorkspace(backend, task, scrub_git=scrub_git, patch_bytes=verdicts.limits.most_bytes)
        super().__init__(task, workspace, settings, verdicts, agent_tests)
        self._backend = backend
        self._images = workspace

    def _verdict(self) -> Grade:
        most = self._verdicts.limits.most_bytes
        timeout = self._settings.test_seconds
        return judge_patch(self.task, self._images.patch(), self._backend, timeout=timeout, patch_bytes=most)

    def _mended(self) -> bool:
        """Whether the gold patch is in."""
        patch = self._images.patch()
        return bool(patch) and patch is not None and _changes(self.task.patch) <= _changes(patch)

    def plan(self) -> list[str]:
        """Apply the gold patch to what there is, and hand in."""
        if self.submitted:
            return []
        if self._mended():
            return [write_call("submit")]
        if "bash" not in self._settings.tools:
            raise InvalidConfig("SWEGym-official: expected bash among the tools for an expert, got none.")
        patch = self.task.patch if self.task.patch.endswith("\n") else self.task.patch + "\n"
        undo = "git add -A && git reset -q --hard refs/textarena/start" if self._images.patch() else "true"
        return [
            write_call("bash", command=f"cd /testbed && {undo} && git apply <<'{_END}'\n{patch}{_END}"),
            write_call("submit"),
        ]

    def progress(self) -> float:
        """0 before the gold patch is in, one half after, 1 at the win."""
        return float(self.won) if self.submitted else 0.5 * self._mended()

    def listing(self) -> list[str]:
        """What lies in the repository, two levels deep."""
        return self.workspace.names("")

    def readable(self) -> list[str]:
        """None that would be known without looking."""
        return []


def _changes(patch: str) -> set[str]:
    """The lines that a patch adds and removes."""
    return {line for line in patch.split("\n") if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- ")}
