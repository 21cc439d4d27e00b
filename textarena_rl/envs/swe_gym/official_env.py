"""Official rows as an environment: SWE-Gym, SWE-bench and their kin."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Sequence

from textarena_rl.envs.swe_gym.actions import TOOLS, check_tools
from textarena_rl.envs.swe_gym.attempt_env import AttemptEnv
from textarena_rl.envs.swe_gym.backends import choose_backend
from textarena_rl.envs.swe_gym.engine import Attempt, Verdicts
from textarena_rl.envs.swe_gym.filters import Filters, chosen
from textarena_rl.envs.swe_gym.grading import Grade
from textarena_rl.envs.swe_gym.image_engine import ImageEngine
from textarena_rl.envs.swe_gym.image_verdict import judge_patch
from textarena_rl.envs.swe_gym.rows import OfficialTask, imported_rows, read_rows, task_of
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Limits
from textarena_rl.envs.swe_gym.tools import Settings
from textarena_rl.errors import InvalidConfig, MissingData

__all__ = ["SWEGymOfficialEnv"]


class SWEGymOfficialEnv(AttemptEnv):
    """A real repository in a container, an issue that somebody really wrote, and the tests that came with its fix.

    Needs rows (``dataset=``, or ``textarena-rl import-data swegym PATH`` once), an engine that speaks Docker's API
    (``DOCKER_HOST``; Docker or Podman) and the images of the rows, which are some gigabytes each.

    Action Space:
        As in ``SWEGym``: one fenced ``bash`` block, or one JSON object that names a tool.

    Observation Space:
        As in ``SWEGym``.

    Starting State:
        The image of the row, without network, remotes and the commits that came later. ``options={"task": ID}`` takes
        the row of that ``instance_id``.

    Rewards:
        As in ``SWEGym``: ``resolved`` (the default), ``ratio``, ``f2p``, ``dense``.

    Episode End:
        As in ``SWEGym``. A missing image, a failed pull or a broken engine is never a wrong answer: ``reset`` raises
        MissingData or MissingDependency, a step raises EpisodeFailed.

    Information:
        As in ``SWEGym``. ``expert_actions`` applies the gold patch and hands in; ``progress`` is 0, then 0.5.

    Arguments:
        dataset: A ``.jsonl``, ``.json`` or ``.parquet`` file, or a name on the Hub (needs ``datasets``).
        hub_split: Which split of a data set on the Hub.
        split: ``train`` or ``test``, parted by id (one in five is for testing), or ``all``.
        max_patch_lines, max_files, max_hunks, max_tests, repos, tier, exclude_ids: See
            :class:`~textarena_rl.envs.swe_gym.filters.Filters`.
        images: How images are named: ``auto``, ``swegym``, ``swebench``, or a template with ``{id}``.
        registry: Where images come from.
        pull: ``missing`` or ``never``.
        scrub_git: Take commits that came later out of the history that the agent sees.
        agent_tests: What ``run_tests`` runs.
        sandbox: ``docker``, or a backend that you made.
        max_turns, limits, tools, command_seconds, test_seconds, observation_chars, reward, grade_when_truncated,
            on_infra_error, admissible_actions, expert_actions, progress: As in ``SWEGym``.

    Version History:
        1: the first.

    Raises:
        MissingData: There are no rows.
        InvalidConfig: A row lacks a field, or no row passes the filters.
    """

    splits = ("train", "test")

    def __init__(
        self,
        *,
        dataset: str | None = None,
        hub_split: str = "train",
        split: str = "train",
        max_patch_lines: int | None = None,
        max_files: int | None = None,
        max_hunks: int | None = None,
        max_tests: int | None = None,
        repos: Collection[str] | None = None,
        tier: str | None = None,
        exclude_ids: Collection[str] = (),
        images: str = "auto",
        registry: str = "docker.io",
        pull: str = "missing",
        scrub_git: bool = True,
        agent_tests: str = "python -m pytest -q",
        sandbox: str | Backend = "docker",
        max_turns: int = 50,
        limits: Limits | None = None,
        tools: Sequence[str] = tuple(TOOLS),
        command_seconds: float = 60.0,
        test_seconds: float = 1800.0,
        observation_chars: int = 10_000,
        reward: str = "resolved",
        grade_when_truncated: bool = True,
        on_infra_error: str = "raise",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        filters = Filters(max_patch_lines, max_files, max_hunks, max_tests, repos, tier, tuple(exclude_ids))
        source = dataset or _imported()
        found = [
            task_of(row, f"{source}, row {number}", images=images, registry=registry)
            for number, row in enumerate(read_rows(source, hub_split), 1)
        ]
        self._rows = {task.task_id: task for task in chosen(found, filters)}
        self._scrub_git = scrub_git
        self._agent_tests = agent_tests
        backend = self._made(sandbox, limits or Limits(memory_bytes=4 * 2**30, cpus=2.0, processes=512), pull)
        super().__init__(
            settings=Settings(check_tools(tuple(tools)), command_seconds, test_seconds, observation_chars),
            verdicts=Verdicts(reward=reward),
            backend=backend,
            grade_when_truncated=grade_when_truncated,
            on_infra_error=on_infra_error,
            max_turns=max_turns,
            split="train" if split == "all" else split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )
        self.split = split

    @staticmethod
    def _made(sandbox: str | Backend, limits: Limits, pull: str) -> Backend:
        if sandbox == "docker":
            from textarena_rl.envs.swe_gym.sandbox.containers import DockerBackend

            return DockerBackend(limits, pull=pull)
        if isinstance(sandbox, str):
            raise InvalidConfig(
                f"SWEGym-official: expected sandbox='docker', got {sandbox!r}. Official rows live in images."
            )
        return choose_backend(sandbox)

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The ids of the rows that pass the filters."""
        chosen_split = self.split if split is None else split
        if chosen_split not in (*self.splits, "all"):
            raise InvalidConfig(
                f"SWEGym-official: expected split to be one of {', '.join(self.splits)}, all, got {chosen_split!r}."
            )
        return _split(tuple(self._rows), chosen_split)

    def row(self, task: str) -> OfficialTask:
        """The row of an id.

        Raises:
            InvalidConfig: There is none.
        """
        if task not in self._rows:
            raise InvalidConfig(f"SWEGym-official: expected the id of a row, got {task!r}. Take one of tasks().")
        return self._rows[task]

    def verify_gold(self, task: str) -> Grade:
        """The grade of a row's own gold patch: rows that are not resolved by it belong into ``exclude_ids``."""
        row = self.row(task)
        return judge_patch(row, row.patch, self._backend, timeout=self._settings.test_seconds)

    def _attempt(self, task: str) -> Attempt:
        return ImageEngine(
            self.row(task),
            self._backend,
            self._settings,
            self._verdicts,
            scrub_git=self._scrub_git,
            agent_tests=self._agent_tests,
        )


@functools.lru_cache(maxsize=256)
def _split(ids: tuple[str, ...], split: str) -> tuple[str, ...]:
    """All ids, or the fifth of them that is for testing, or the others; by hash, so that rows keep their side."""
    if split == "all":
        return ids
    ranked = sorted(ids, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    held = {name for name in ids if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 5 == 0}
    if len(ids) > 1 and (not held or len(held) == len(ids)):  # so few rows that one side would be empty
        held = {ranked[0]}
    return tuple(name for name in ids if (name in held) == (split == "test"))


def _imported() -> str:
    """The file that ``import-data`` stored."""
    if not imported_rows().is_file():
        raise MissingData(
            "SWEGym-official: expected rows of SWE-Gym or SWE-bench, got none. Give dataset=PATH (a .jsonl or "
            ".parquet file of huggingface.co/datasets/SWE-Gym/SWE-Gym), or import one once: "
            "textarena-rl import-data swegym PATH."
        )
    return str(imported_rows())
