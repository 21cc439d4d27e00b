"""What every SWE environment does the same way: turns, verdicts, failures of the machinery, what is told."""

from __future__ import annotations

from typing import Any

from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.envs.swe_gym.actions import how_to_act
from textarena_rl.envs.swe_gym.engine import Attempt, Verdicts, info_of
from textarena_rl.envs.swe_gym.expert import EXPERTS
from textarena_rl.envs.swe_gym.grading import REWARDS
from textarena_rl.envs.swe_gym.sandbox.protocol import Backend, InfrastructureError
from textarena_rl.envs.swe_gym.tools import Settings
from textarena_rl.errors import InvalidConfig

__all__ = ["AttemptEnv"]

_MOST_LISTED = 60


class AttemptEnv(TextEnv):
    """An environment whose engine is an :class:`~textarena_rl.envs.swe_gym.engine.Attempt`.

    Subclasses say which tasks there are and make the attempt at one.

    Raises:
        InvalidConfig: An argument is out of range.
    """

    engine: Attempt | None

    def __init__(
        self,
        *,
        settings: Settings,
        verdicts: Verdicts,
        backend: Backend,
        grade_when_truncated: bool,
        on_infra_error: str,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        choices = (("reward", verdicts.reward, REWARDS), ("on_infra_error", on_infra_error, ("raise", "truncate")))
        for name, value, words in (*choices, ("expert", verdicts.expert, EXPERTS)):
            if value not in words:
                raise InvalidConfig(f"SWEGym: expected {name} to be one of {', '.join(words)}, got {value!r}.")
        self._settings = settings
        self._verdicts = verdicts
        self._backend = backend
        self._grade_when_truncated = grade_when_truncated
        self._on_infra_error = on_infra_error
        self._infra_error = ""

    def _attempt(self, task: str) -> Attempt:
        """An attempt at a task; raises InvalidConfig where there is no such task."""
        raise NotImplementedError

    def _start(self, task: str) -> str:
        attempt = self._attempt(task)
        self._backend.check()
        self.close()
        self._infra_error = ""
        self.engine = attempt
        return self._introduction(attempt)

    def _introduction(self, engine: Attempt) -> str:
        files = engine.listing()
        shown = "\n".join(files[:_MOST_LISTED])
        more = f"\n... and {len(files) - _MOST_LISTED} more" if len(files) > _MOST_LISTED else ""
        return (
            f"You are in /testbed, a copy of the repository {engine.task.repo}. Mend what this issue describes:\n\n"
            f"<issue>\n{engine.task.issue}\n</issue>\n\n<files>\n{shown}{more}\n</files>\n\n"
            f"Tests run with: {engine.test_command}. Changes of test files do not count. When you hand in, your work "
            f"is tested with tests that you may not have seen.\n\n{how_to_act(self._settings.tools)}\n\n"
            f"[{self.max_turns} turns]"
        )

    def _act(self, action: str) -> Reply:
        engine = self._playing()
        left = self.max_turns - self._turn - 1
        try:
            reply = engine.act(action)
            if engine.infra_error:
                raise InfrastructureError(engine.infra_error)
            if left == 0 and not engine.submitted and self._grade_when_truncated:
                engine.judge_at_the_end()
        except InfrastructureError as error:
            self._infra_error = str(error)
            if self._on_infra_error == "raise":
                self._over = True
                raise
            return Reply(f"The episode ends here: {error}")
        ending = "" if engine.submitted else f"\n[{left} turn{'' if left == 1 else 's'} left]"
        return Reply(reply.observation + ending, reply.invalid)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Spend one turn on ``action``."""
        observation, reward, terminated, truncated, info = super().step(action)
        if self._infra_error:
            self._over, terminated, truncated = True, False, True
        return observation, reward, terminated, truncated, info

    def _info(self, *, invalid: bool) -> dict[str, Any]:
        engine = self._playing()
        info = super()._info(invalid=invalid)
        info.update(info_of(engine.grade, engine.task), repeats=engine.repeats)
        if self._infra_error:
            info["infra_error"] = self._infra_error
        return info

    def _status(self) -> Status:
        engine = self._playing()
        return Status(engine.won, engine.lost, engine.score, 1.0)

    def _objective(self) -> str:
        return self._playing().task.issue

    def _admissible_actions(self) -> list[str]:
        engine = self._playing()
        return [] if engine.submitted else engine.admissible()

    def _expert_actions(self) -> list[str]:
        return self._playing().plan()

    def _progress(self) -> float:
        return self._playing().progress()

    def _playing(self) -> Attempt:
        assert self.engine is not None  # TextEnv.step refuses to run before reset
        return self.engine

    def _snapshot(self) -> Any:
        return super()._snapshot(), self._infra_error

    def _restore(self, snapshot: Any) -> None:
        self.close()
        engine, self._infra_error = snapshot
        super()._restore(engine)

    def close(self) -> None:
        """End the sandbox and delete every trace of it."""
        if self.engine is not None:
            self.engine.close()
