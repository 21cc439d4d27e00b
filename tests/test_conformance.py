"""The conformance suite passes for every registered world, and each of its checks can fail."""

import functools
import random

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded

import textarena_rl
from tests.worlds import COLOURS, CodeWordEnv
from textarena_rl.conformance import CHECKS, ConformanceError, check_text_env
from textarena_rl.core import Reply, Status, TextEnv
from textarena_rl.registry import WORLDS
from textarena_rl.spaces import FreeText

SETTINGS = [row.example_id for row in WORLDS.values() if not row.official] + [
    "TextWorld-w1-o1-q1",
    "TextWorld-w4-o6-q8",
]


@pytest.mark.parametrize("env_id", SETTINGS)
def test_registered_worlds_conform(env_id):
    check_text_env(functools.partial(textarena_rl.make, env_id))


def test_the_tests_own_world_conforms():
    check_text_env(CodeWordEnv, seeds=range(5))


class TakesManyActions(CodeWordEnv):
    """Hears every line of a turn, up to the end of the game."""

    many_actions_a_turn = True

    def _act(self, action):
        for line in action.split("\n"):
            reply = super()._act(line)
            status = self._status()
            if reply.invalid or status.won or status.lost:
                break
        return reply


def test_a_world_may_take_several_actions_a_turn():
    check_text_env(TakesManyActions, seeds=range(5))
    env = TakesManyActions()
    env.reset(options={"task": "red-blue"})
    assert env.step("red\nblue")[4]["won"]


def violations(world, **options):
    with pytest.raises(ConformanceError) as caught:
        check_text_env(world, **options)
    assert all(f"  {name}: {sentence}" in str(caught.value) for name, sentence in caught.value.violations.items())
    return caught.value.violations


# One world per way to break the contract: the check that must notice, and a part of its sentence.

BROKEN = []


def broken(check, sentence):
    def collect(world):
        BROKEN.append(pytest.param(world, check, sentence, id=f"{check}-{world.__name__}"))
        return world

    return collect


@broken("gymnasium", "action space does not inherit from")
class NoActionSpace(CodeWordEnv):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.action_space = None


@broken("info", "info lacks objective at turn 0")
class NoObjective(CodeWordEnv):
    def _info(self, *, invalid):
        return {key: value for key, value in super()._info(invalid=invalid).items() if key != "objective"}


@broken("info", "info lacks progress at turn 1")
class ForgetsProgress(CodeWordEnv):
    def _info(self, *, invalid):
        info = super()._info(invalid=invalid)
        return info if self._turn == 0 else {key: value for key, value in info.items() if key != "progress"}


@broken("info", "info holds expert_actions, which nobody asked for")
class GivesAway(CodeWordEnv):
    def _info(self, *, invalid):
        return {**super()._info(invalid=invalid), "expert_actions": self._expert_actions()}


@broken("info", "info has wrong types: score is int")
class WholeScore(CodeWordEnv):
    def _info(self, *, invalid):
        return {**super()._info(invalid=invalid), "score": 0}


@broken("info", "the reward is float64, not float")
class NumpyReward(CodeWordEnv):
    def step(self, action):
        observation, reward, *rest = super().step(action)
        return observation, np.float64(reward), *rest


@broken("info", "info['turn'] is 0 after 1 turn(s)")
class DoesNotCount(CodeWordEnv):
    def _info(self, *, invalid):
        return {**super()._info(invalid=invalid), "turn": 0}


@broken("info", "info['max_turns'] is not the environment's")
class OtherLimit(CodeWordEnv):
    def _info(self, *, invalid):
        return {**super()._info(invalid=invalid), "max_turns": 1000}


@broken("info", "an observation is empty or too long")
class TalksTooMuch(CodeWordEnv):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.observation_space = FreeText(38)


@broken("info", "the objective is empty")
class NoAim(CodeWordEnv):
    def _objective(self):
        return ""


@broken("info", "TypeError: Object of type set is not JSON serializable")
class NotJson(CodeWordEnv):
    def _info(self, *, invalid):
        return {**super()._info(invalid=invalid), "colours": set(COLOURS)}


@broken("determinism", "two interleaved copies differ")
class SharedCounter(CodeWordEnv):
    num_steps = 0

    def _act(self, action):
        type(self).num_steps += 1
        return Reply(f"{super()._act(action).observation} ({self.num_steps})", invalid=action not in COLOURS)


@broken("determinism", "differs from that of a copy played alone")
class SharedStage(CodeWordEnv):
    on_stage = None

    def _start(self, task):
        type(self).on_stage = id(self)
        return super()._start(task)

    def _objective(self):
        return "Open the door." if self.on_stage == id(self) else "Wait."


@broken("seeding", "later resets without a seed differ")
class ReseedsItself(CodeWordEnv):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=random.getrandbits(32) if seed is None else seed, options=options)


@broken("seeding", "depends on what was played before")
class Remembers(CodeWordEnv):
    num_resets = 0

    def _start(self, task):
        self.num_resets += 1
        return f"{super()._start(task)} Game {self.num_resets}."


@broken("task", "does not recreate the episode of seed 0")
class HiddenVariety(CodeWordEnv):
    def _start(self, task):
        return super()._start(task) + " " * int(self.np_random.integers(1, 1000))


@broken("task", "is not one of tasks()")
class ForeignTask(CodeWordEnv):
    def _info(self, *, invalid):
        return {**super()._info(invalid=invalid), "task": "a fine one"}


@broken("task", "reset(options={'task': 'no such task'}) does not raise InvalidConfig")
class TakesAnyTask(CodeWordEnv):
    def _start(self, task):
        return super()._start(task if task.count("-") == 1 else "red-blue")


@broken("task", "reset(options={'no such option': 1}) does not raise InvalidConfig")
class IgnoresOptions(CodeWordEnv):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=seed, options={k: v for k, v in (options or {}).items() if k == "task"})


@broken("malformed", "the malformed action '\\x00' raises ValueError: embedded null byte")
class AfraidOfNul(CodeWordEnv):
    def _act(self, action):
        if "\x00" in action:
            raise ValueError("embedded null byte")
        return super()._act(action)


@broken("malformed", "the malformed action '' is not flagged invalid_action")
class SilenceIsFine(CodeWordEnv):
    def _act(self, action):
        return super()._act(action) if action else Reply("Nothing happens.")


@broken("malformed", "the malformed action 'red\\nred' is not flagged invalid_action")
class PlaysTheFirstLine(CodeWordEnv):
    def _act(self, action):
        return super()._act(action.strip().split("\n")[0])


@broken("malformed", "says that it takes many actions a turn, but refuses 'red\\nred'")
class OverstatesItself(CodeWordEnv):
    many_actions_a_turn = True


@broken("malformed", "does not cost a turn")
class RefusesForFree(CodeWordEnv):
    def step(self, action):
        step = super().step(action)
        if step[4]["invalid_action"]:
            self._turn -= 1
            step[4]["turn"] -= 1
        return step


@broken("malformed", "is refused without a word")
class RefusesInSilence(CodeWordEnv):
    def _act(self, action):
        reply = super()._act(action)
        return Reply(" ", invalid=True) if reply.invalid else reply


@broken("malformed", "changes the world: lost")
class LosesPatience(CodeWordEnv):
    def _act(self, action):
        reply = super()._act(action)
        self.engine.locked |= reply.invalid
        return reply


@broken("turn_limit", "truncated is False at turn 3")
class NeverStops(CodeWordEnv):
    def step(self, action):
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, False, info


@broken("turn_limit", "a win in the last turn allowed must be terminated and not truncated")
class CutsTheWin(CodeWordEnv):
    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        cut = info["turn"] == self.max_turns
        return observation, reward, terminated and not cut, truncated or cut, info


@broken("verdict", "an episode is both terminated and truncated")
class MergesBoth(CodeWordEnv):
    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated or terminated, info


@broken("verdict", "terminated must mean won or lost")
class EndsForNothing(CodeWordEnv):
    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        self._over = terminated or truncated or info["score"] == 1
        return observation, reward, self._over and not truncated, truncated, info


@broken("verdict", "an episode is both won and lost")
class Pyrrhic(CodeWordEnv):
    def _status(self):
        status = super()._status()
        over = status.won or status.lost
        return Status(over, over, status.score, status.max_score)


@broken("after_the_end", "step before the first reset does not raise")
class StartsItself(CodeWordEnv):
    def step(self, action):
        if self.engine is None:
            self.reset()
        return super().step(action)


@broken("after_the_end", "step after the end of an episode does not raise")
class GoesOn(CodeWordEnv):
    def step(self, action):
        try:
            return super().step(action)
        except ResetNeeded:
            if self.engine is None:
                raise
            return self._observation, 0.0, True, False, self._info(invalid=True)


@broken("pickling", "an environment plays on differently after pickling")
class PicklesWithoutItsTurn(CodeWordEnv):
    def __getstate__(self):
        return {**self.__dict__, "_turn": 0}


@broken("pickling", "draws other tasks after pickling")
class PicklesWithoutItsGenerator(CodeWordEnv):
    def __getstate__(self):
        return {**self.__dict__, "_np_random": np.random.default_rng(1)}


@broken("pickling", "the world raises")
class CannotBePickled(CodeWordEnv):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.listener = lambda text: text


@broken("snapshots", "a clone plays on differently")
class ForgetfulClone(CodeWordEnv):
    def clone(self):
        copy = super().clone()
        copy._turn += 1
        return copy


@broken("snapshots", "play differs after set_state of its own state")
class SharedSnapshot(CodeWordEnv):
    def set_state(self, state):
        snapshot, self._task, _, self._over, self._observation, _ = state
        self._restore(snapshot)


@broken("snapshots", "a clone draws other tasks than its original")
class CloneWithItsOwnLuck(CodeWordEnv):
    def clone(self):
        copy = super().clone()
        copy.np_random = np.random.default_rng(1)
        return copy


@broken("splits", "the split test is empty")
class NoTests(CodeWordEnv):
    def tasks(self, split=None):
        return [] if split == "test" else super().tasks(split)


@broken("splits", "split='valid' does not play tasks('valid')")
class AlwaysTrains(CodeWordEnv):
    def tasks(self, split=None):
        return super().tasks(split or "train")


@broken("splits", "the split train holds a task twice")
class Doubled(CodeWordEnv):
    def tasks(self, split=None):
        return [*super().tasks(split), super().tasks(split)[0]]


@broken("splits", "the splits valid and train share ['red-white']")
class Leaks(CodeWordEnv):
    def tasks(self, split=None):
        return [*super().tasks(split), *(["red-white"] if (split or self.split) == "train" else [])]


@broken("expert", "the expert does not win within 4 turns")
class LazyExpert(CodeWordEnv):
    def _expert_actions(self):
        return ["hm"]


@broken("expert", "the expert gives up at turn 1")
class ShyExpert(CodeWordEnv):
    def _expert_actions(self):
        return super()._expert_actions() if self._turn == 0 else []


@broken("expert", "the expert's first plan does not win")
class ShortPlan(CodeWordEnv):
    def _expert_actions(self):
        return super()._expert_actions()[:1]


@broken("expert", "the expert's plan goes on after the win")
class LongPlan(CodeWordEnv):
    def _expert_actions(self):
        return [*super()._expert_actions(), "hm"]


@broken("expert", "the expert's action 'hm' is refused")
class Hesitates(CodeWordEnv):
    def _expert_actions(self):
        plan = super()._expert_actions()
        return [plan[0], "hm", *plan[1:]] if len(plan) == 2 else plan


@broken("progress", "progress must be a float in [0, 1], not 1.5")
class TooFar(CodeWordEnv):
    def _progress(self):
        return self.engine.heard + 1.5


@broken("progress", "progress is 0.9 at the win; it must be 1")
class NeverQuite(CodeWordEnv):
    def _progress(self):
        return super()._progress() * 0.9


@broken("progress", "1 must mean won")
class Premature(CodeWordEnv):
    def _progress(self):
        return 0.0 if self.engine.heard == 0 else 1.0


@broken("admissible", "is flagged invalid_action")
class ListsTooMuch(CodeWordEnv):
    def _admissible_actions(self):
        return [*COLOURS, "purple"]


@broken("admissible", "an action is listed as admissible twice")
class ListsTwice(CodeWordEnv):
    def _admissible_actions(self):
        return [*COLOURS, "red"]


@broken("admissible", "no action is admissible at turn 0")
class ListsNothing(CodeWordEnv):
    def _admissible_actions(self):
        return []


@broken("reward", "is 0.0, but the score changed by 1.0")
class KeepsTheReward(CodeWordEnv):
    def step(self, action):
        observation, _, *rest = super().step(action)
        return observation, 0.0, *rest


@broken("reward", "the score 1.0 is above max_score 0.5")
class LowMaximum(CodeWordEnv):
    def _status(self):
        status = super()._status()
        return Status(status.won, status.lost, status.score, 0.5)


@broken("global_generators", "Python's global generator")
class GlobalRandom(CodeWordEnv):
    def _start(self, task):
        random.seed(1)
        return super()._start(task)


@broken("global_generators", "NumPy's global generator")
class GlobalNumpy(CodeWordEnv):
    def _act(self, action):
        np.random.seed(1)  # noqa: NPY002
        return super()._act(action)


@pytest.mark.parametrize(("world", "check", "sentence"), BROKEN)
def test_each_check_notices_a_broken_world(world, check, sentence):
    found = violations(world, seeds=range(8))
    assert sentence in found.get(check, "nothing found"), found


def test_every_check_is_shown_to_fail():
    assert {param.values[1] for param in BROKEN} == set(CHECKS)


class Sloppy(NeverQuite, ListsTwice, Doubled):
    pass


class Plain(CodeWordEnv):
    _admissible_actions = TextEnv._admissible_actions
    _expert_actions = TextEnv._expert_actions
    _progress = TextEnv._progress


def test_all_violations_are_reported_at_once():
    assert set(violations(Sloppy)) == {"progress", "admissible", "splits"}
    with pytest.raises(ConformanceError, match=r"Sloppy: expected a conforming world, got 3 violation\(s\)"):
        check_text_env(Sloppy)


def test_a_world_may_offer_less():
    check_text_env(Plain, offers=())
    assert "this world has no expert" in violations(Plain, offers=["expert_actions"])["expert"]


def test_a_world_that_breaks_down_is_a_finding_and_not_a_crash():
    class Explodes(CodeWordEnv):
        def _start(self, task):
            raise OSError("the disk is gone")

    assert "the world raises OSError: the disk is gone" in violations(Explodes)["info"]


def test_a_made_environment_is_checked_with_its_spec():
    spec = gym.envs.registration.EnvSpec("CodeWord", entry_point=CodeWordEnv)
    assert "pickling" in violations(functools.partial(gym.make, spec))  # an entry point that is no string has no JSON
    check_text_env(functools.partial(gym.make, gym.envs.registration.EnvSpec("CodeWord", "tests.worlds:CodeWordEnv")))
