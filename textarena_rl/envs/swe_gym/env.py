"""SWE-Gym as an environment: bugs in files that are at hand."""

from __future__ import annotations

from collections.abc import Sequence

from textarena_rl.envs.swe_gym.actions import TOOLS, check_tools
from textarena_rl.envs.swe_gym.attempt_env import AttemptEnv
from textarena_rl.envs.swe_gym.backends import choose_backend
from textarena_rl.envs.swe_gym.builtin import BuiltinLibrary, Knobs
from textarena_rl.envs.swe_gym.engine import Attempt, Engine, Verdicts
from textarena_rl.envs.swe_gym.repository import RepositoryLibrary, Source
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, Limits
from textarena_rl.envs.swe_gym.suite import UNITTEST
from textarena_rl.envs.swe_gym.tasks import Library
from textarena_rl.envs.swe_gym.tools import Settings
from textarena_rl.errors import InvalidConfig

__all__ = ["SWEGymEnv"]


class SWEGymEnv(AttemptEnv):
    """A repository with bugs in it, an issue that tells of them, and the tools to find and mend them.

    Tasks are bugs that were proved: small edits of a working package that at least one of its tests notices and at
    least one does not, the same way every time. The agent sees the broken package and the issue; when it hands in, its
    code is tested in a fresh sandbox, with the tests as they were.

    Action Space:
        Free text that holds one action: one fenced ``bash`` block, or one JSON object such as
        ``{"tool": "view", "path": "shop/cart.py"}`` (bare, in a fenced ``json`` block, or in ``<tool_call>``). Tools:
        ``bash`` (``command``), ``view`` (``path``, ``start``, ``end``), ``str_replace`` (``path``, ``old``, ``new``),
        ``create`` (``path``, ``content``), ``insert`` (``path``, ``line``, ``text``), ``search`` (``text``,
        ``path``), ``run_tests`` (``tests``), ``submit``. Anything else is answered with the reason, costs the turn and
        counts as invalid.

    Observation Space:
        Text. At the start the issue, the files and the form of an action; then what the tool answers: for commands
        ``<returncode>`` and ``<output>``, of which a long one keeps its beginning and its end; last, how many turns
        are left.

    Starting State:
        A task of the split; ``options={"task": "relver-7c1f00aa"}`` asks for one. Splits are disjoint by package:
        confix is for validation, recur and spanset for testing, the other six for training.

    Rewards:
        The change of the score. ``reward="resolved"``: 1 for handing in work with which every fail-to-pass test passes
        and no pass-to-pass test breaks, else 0. ``"ratio"``: at the end, the share of these tests that pass (the
        paper's; an untouched repository would score most of it). ``"f2p"``: at the end, the share of fail-to-pass
        tests that pass less the share of pass-to-pass tests that broke. ``"dense"``: the same after every edit, so that
        the rewards of an episode add up to it (costs a run of the tests a turn).

    Episode End:
        Terminated by ``submit``: won if resolved, else lost. Truncated after ``max_turns`` turns; the work is judged
        then, too, unless ``grade_when_truncated=False``, and if it is resolved the episode is won. Where the sandbox
        breaks, :class:`~textarena_rl.errors.EpisodeFailed` is raised: no verdict is ever made of a failure of the
        machinery. ``on_infra_error="truncate"`` ends the episode instead, with ``info["infra_error"]``.

    Information:
        What every world tells, and ``graded``, ``resolved``, ``f2p_passed``, ``f2p_total``, ``p2p_broken``,
        ``p2p_total``, ``patch_empty``, ``timed_out``, ``verdict``, ``infra_error``, ``repeats`` (how often the last
        action was given in a row), ``repo`` and the size of the gold patch (``gold_lines``, ``gold_files``,
        ``gold_hunks``). On request ``admissible_actions`` (some that are certainly accepted: looking, testing, handing
        in), ``expert_actions`` (edits that lead to the gold patch from here, and ``submit``) and ``progress`` (the
        share of the expert's actions that lies behind).

    Arguments:
        num_bugs: Bugs, 1 to 4.
        num_files: Files that they are in, at most as many.
        suite_size: Tests in the suite at the most; 0: all.
        patch_lines: Lines of the gold patch at the most; 0: any.
        detail: How much the issue tells: ``none``, ``symptom``, ``tests``, ``traceback``, ``file`` or ``function``.
        tests: Whether the agent sees the failing tests: ``hidden``, ``visible``, or ``absent`` (no tests at all).
        split: ``train``, ``valid`` or ``test``.
        max_turns: Turns until truncation.
        repository: A folder with a repository of your own to make the bugs in, instead of the packages that come along.
        test_command: How it is tested, in its root.
        parser: The format of the log: ``unittest``, ``pytest``, ``pytest_options``, ``pytest_v2``, ``django``, ...
        num_tasks: How many tasks to make in it.
        visible: Folders that its tests need and bwrap shall show, read-only: an environment with pytest, say.
        sandbox: ``bwrap`` (the default), ``docker``, ``local``, or a backend that you made.
        image: What containers are made of (docker).
        allow_unsandboxed: Must be True for ``local``.
        limits: Memory, processes and so on: :class:`~textarena_rl.envs.swe_gym.sandbox.protocol.Limits`.
        tools: The tools that the agent has.
        command_seconds, test_seconds: Time for a command and for a run of the tests.
        observation_chars: Characters of one answer that are shown at the most.
        reward: ``resolved``, ``ratio``, ``f2p`` or ``dense``.
        grade_when_truncated: Judge the work when the turns are used up.
        on_infra_error: ``raise`` or ``truncate``.
        expert: ``direct``, or ``gradual``: looks at each file, mends one place, runs the tests, goes on.
        admissible_actions, expert_actions, progress: What to add to ``info``.

    Version History:
        1: the first.

    Example turn (task recur-4746422b):
        <issue>
        Regression in recur: wrong result for 'endless'

        Steps to reproduce:

            self.assertTrue(Rule(START).endless)

        What happens instead:

            AssertionError: False is not true
        </issue>

        > {"tool": "search", "text": "endless"}

        recur/agenda.py:22: for day in occurrences(rule.ending(last) if rule.endless else rule):
        recur/rules.py:36: def endless(self):
        [49 turns left]

    Raises:
        InvalidConfig: An argument is out of range, or no task fits; in ``reset``, the task does not exist.
        MissingDependency: In ``reset``, the sandbox cannot be made; the message says what to install.
        MissingData: The repository is not there.
    """

    def __init__(
        self,
        *,
        num_bugs: int = 1,
        num_files: int = 1,
        suite_size: int = 0,
        patch_lines: int = 0,
        detail: str = "symptom",
        tests: str = "hidden",
        split: str = "train",
        max_turns: int = 50,
        repository: str | None = None,
        test_command: str = UNITTEST,
        parser: str = "unittest",
        num_tasks: int = 40,
        visible: Sequence[str] = (),
        sandbox: str | Backend | None = None,
        image: str | None = None,
        allow_unsandboxed: bool = False,
        limits: Limits | None = None,
        tools: Sequence[str] = tuple(TOOLS),
        command_seconds: float = 60.0,
        test_seconds: float = 120.0,
        observation_chars: int = 10_000,
        reward: str = "resolved",
        grade_when_truncated: bool = True,
        on_infra_error: str = "raise",
        expert: str = "direct",
        admissible_actions: bool = False,
        expert_actions: bool = False,
        progress: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.knobs = Knobs(num_bugs, num_files, suite_size, patch_lines, detail, tests)
        backend = choose_backend(
            sandbox, limits=limits, image=image, allow_unsandboxed=allow_unsandboxed, visible=tuple(visible)
        )
        super().__init__(
            settings=Settings(check_tools(tuple(tools)), command_seconds, test_seconds, observation_chars),
            verdicts=Verdicts(reward=reward, expert=expert),
            backend=backend,
            grade_when_truncated=grade_when_truncated,
            on_infra_error=on_infra_error,
            max_turns=max_turns,
            split=split,
            admissible_actions=admissible_actions,
            expert_actions=expert_actions,
            progress=progress,
            render_mode=render_mode,
        )
        self._library: Library
        if repository is None:
            self._library = BuiltinLibrary(self.knobs)
        else:
            source = Source(repository, test_command, parser, num_tasks, test_seconds)
            self._library = RepositoryLibrary(source, self.knobs, backend)

    def tasks(self, split: str | None = None) -> Sequence[str]:
        """The proved bugs of a split that fit the knobs."""
        chosen = self.split if split is None else split
        if chosen not in self.splits:
            raise InvalidConfig(f"SWEGym: expected split to be one of {', '.join(self.splits)}, got {chosen!r}.")
        return self._library.ids(chosen)

    def _attempt(self, task: str) -> Attempt:
        return Engine(self._library.task(task), self._backend, self._settings, self._verdicts)
