"""The working tree of an official task: a git repository inside an image."""

from __future__ import annotations

import base64
import shlex

from textarena_rl.envs.swe_gym.rows import OfficialTask
from textarena_rl.envs.swe_gym.sandbox.protocol import WORKSPACE, Backend, InfrastructureError, Sandbox
from textarena_rl.envs.swe_gym.workspace import Workspace

__all__ = ["APPLY", "ImageWorkspace", "SCRUB"]

SCRUB = """
git config --global --add safe.directory {workspace}
cd {workspace} || exit 1
git checkout -q --detach 2>/dev/null
git remote | while read -r name; do git remote remove "$name"; done
git for-each-ref --format='%(refname)' | while read -r name; do git update-ref -d "$name"; done
rm -rf .git/logs .git/ORIG_HEAD .git/FETCH_HEAD .git/MERGE_HEAD .git/refs/stash .git/worktrees
git reflog expire --expire=now --all
git -c gc.pruneExpire=now gc -q --prune=now
"""
"""Leaves of the history what led to this commit, and nothing that came after it."""

_BEGIN = """
git config --global --add safe.directory {workspace}
cd {workspace} || exit 1
git add -A && tree=$(git write-tree) && git reset -q
start=$(git -c user.name=start -c user.email=start@localhost commit-tree "$tree" -m start) || exit 1
git update-ref refs/textarena/start "$start"
"""
APPLY = """
cd {workspace} || exit 1
git config --global --add safe.directory {workspace}
git apply --whitespace=nowarn {patch} && exit 0
git checkout -q . ; git apply --whitespace=nowarn --3way {patch} && exit 0
git checkout -q . ; patch --batch --fuzz=5 -p1 -i {patch}
"""
"""Applies a patch, and makes do with a place nearby where the exact one has moved."""

_DIFF = (
    "set -o pipefail; cd {workspace} && git add -A && git -c core.quotepath=off diff --cached --no-color --no-ext-diff "
    "--no-textconv refs/textarena/start | base64 -w0"
)
_SECONDS = 300.0


class ImageWorkspace(Workspace):
    """A repository in a container, which is started when it is first needed.

    A copy is a fresh container with the patch so far; what git ignores, and what lies outside, stays with the original.

    Args:
        backend: Makes containers.
        task: What is to be done, and in which image.
        scrub_git: Take commits that came later out of the history.
        patch_bytes: A patch that is larger counts as none.
    """

    def __init__(
        self, backend: Backend, task: OfficialTask, *, scrub_git: bool = True, patch_bytes: int = 2**20
    ) -> None:
        super().__init__(backend, {})
        self._task = task
        self._scrub_git = scrub_git
        self._patch_bytes = patch_bytes
        self._patch = ""

    def _bring_home(self) -> None:
        if self._sandbox is not None:
            self._patch = self.patch() or ""
            self._note_shell(self._sandbox)

    def _moved_in(self) -> Sandbox:
        if self._sandbox is None:
            sandbox = self._backend.start(self._task.image)
            steps = ([SCRUB] if self._scrub_git else []) + [_BEGIN]
            for step in steps:
                result = sandbox.execute(step.format(workspace=WORKSPACE), _SECONDS)
            if result.exit_code != 0:
                sandbox.close()
                said = " ".join(result.output.split())[-200:]
                raise InfrastructureError(
                    f"{self._task.image}: expected a git repository at {WORKSPACE}, got: {said}. Check the image."
                )
            if self._patch:
                self._apply(sandbox, self._patch)
            self._restore_shell(sandbox)
            self._sandbox = sandbox
        return self._sandbox

    def _apply(self, sandbox: Sandbox, patch: str) -> None:
        sandbox.write(".textarena.patch", patch.encode("utf-8", "surrogateescape"))
        place = f"{WORKSPACE}/.textarena.patch"
        result = sandbox.execute(APPLY.format(workspace=WORKSPACE, patch=place), _SECONDS)
        sandbox.execute(f"rm -f {place}", _SECONDS)
        if result.exit_code != 0:
            raise InfrastructureError(
                f"{self._task.task_id}: a copied state could not be restored: {result.output[-200:]}"
            )

    def patch(self) -> str | None:
        """The changes so far as git writes them; None where they cannot be told or are too large."""
        if self._sandbox is None:
            return self._patch
        result = self._sandbox.execute(_DIFF.format(workspace=WORKSPACE), _SECONDS, output_bytes=2 * self._patch_bytes)
        if result.exit_code != 0 or result.dropped_bytes or len(result.output) * 3 // 4 > self._patch_bytes:
            return None
        try:
            return base64.b64decode(result.output, validate=True).decode("utf-8", "surrogateescape")
        except ValueError:  # git said something else besides
            return None

    def tree(self) -> dict[str, bytes]:
        """An image is too large to be read whole."""
        raise NotImplementedError

    def read(self, path: str) -> bytes | None:
        """A file, or None where there is none."""
        self._moved_in()
        return super().read(path)

    def write(self, path: str, data: bytes) -> None:
        """Write a file."""
        self._moved_in()
        super().write(path, data)

    def names(self, path: str) -> list[str]:
        """What lies in a folder, two levels deep."""
        place = shlex.quote(f"./{path}")
        command = (
            f"cd {WORKSPACE} && find {place} -maxdepth 2 -not -path '*/.*' -not -name __pycache__ | sort | head -400"
        )
        lines = self._moved_in().execute(command, 60.0).output.split("\n")
        return [line.removeprefix("./") for line in lines if line.strip("./") and not line.startswith("find: ")]

    def find(self, text: str, path: str) -> list[str]:
        """Places that hold a text, as ``file:line: text``."""
        place = shlex.quote(f"./{path}")
        command = f"cd {WORKSPACE} && grep -rnIF --exclude-dir=.git -e {shlex.quote(text)} {place} | head -200"
        lines = self._moved_in().execute(command, 60.0).output.split("\n")
        return [line.removeprefix("./")[:300] for line in lines if line]
