"""check_text_env: whether a world keeps the contract of :class:`~textarena_rl.core.TextEnv`, in named checks.

The suite runs over every registered world; run it on a world of your own the same way::

    check_text_env(MyWorld)
    check_text_env(functools.partial(textarena_rl.make, "TextWorld-w2-o3-q4"))
"""

from __future__ import annotations

import json
import pickle
import random
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

from textarena_rl.core import INFO_KEYS, TextEnv
from textarena_rl.errors import InvalidConfig, TextArenaError

__all__ = ["CHECKS", "MALFORMED_ACTIONS", "ConformanceError", "check_text_env"]

MALFORMED_ACTIONS = ("", "   ", "\x00", "\x00look\x00", "🙂" * 20, "\n\n\n", "\\ \" ' {} %s", "xyzzy " * 8_000)
"""No world understands these; each must cost a turn and nothing else."""

_TYPES: dict[str, type] = {
    "won": bool,
    "lost": bool,
    "score": float,
    "max_score": float,
    "turn": int,
    "max_turns": int,
    "invalid_action": bool,
    "task": str,
    "objective": str,
}
_OFFERS = ("admissible_actions", "expert_actions", "progress")
_MOST_TURNS = 200
"""Checks that play along stop here, so that worlds with long episodes are checked in reasonable time."""


class ConformanceError(TextArenaError, AssertionError):
    """A world breaks the contract; :attr:`violations` maps the name of each failed check to a sentence."""

    def __init__(self, world: str, violations: dict[str, str]) -> None:
        self.violations = violations
        lines = [f"{world}: expected a conforming world, got {len(violations)} violation(s). Mend these:"]
        super().__init__("\n".join(lines + [f"  {name}: {sentence}" for name, sentence in violations.items()]))


class _Violation(Exception):
    """A check found what it looks for."""


@dataclass(frozen=True, slots=True)
class _Probe:
    """What every check gets."""

    make_env: Callable[..., Any]
    seeds: tuple[int, ...]
    offers: tuple[str, ...]

    def make(self, **kwargs: Any) -> TextEnv:
        """A fresh environment without its wrappers."""
        return cast(TextEnv, self.make_env(**kwargs).unwrapped)

    def make_offering(self, **kwargs: Any) -> TextEnv:
        """A fresh environment that gives all the information it offers."""
        return self.make(**dict.fromkeys(self.offers, True), **kwargs)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise _Violation(sentence)


def _wander(env: TextEnv, seed: int) -> Iterator[tuple[str, str, float, bool, bool, dict[str, Any]]]:
    """Play from ``reset(seed=seed)`` to the end: expert, other admissible and malformed actions by turns, at random."""
    generator = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    yield "", observation, 0.0, False, False, info
    over = False
    while not over and info["turn"] < _MOST_TURNS:
        sources = (info.get("expert_actions", [])[:1], info.get("admissible_actions", []), MALFORMED_ACTIONS)
        actions = sources[int(generator.choice(3, p=(0.4, 0.4, 0.2)))] or MALFORMED_ACTIONS
        action = actions[int(generator.integers(len(actions)))]
        observation, reward, terminated, truncated, info = env.step(action)
        over = terminated or truncated
        yield action, observation, reward, terminated, truncated, info


def _steps(env: TextEnv, actions: Iterable[str]) -> list[tuple[Any, ...]]:
    """What the environment answers to the actions, up to the end of the episode."""
    answers: list[tuple[Any, ...]] = []
    for action in actions:
        answers.append(env.step(action))
        if answers[-1][2] or answers[-1][3]:
            break
    return answers


def _follow_expert(env: TextEnv, seed: int) -> Iterator[tuple[str, float, bool, bool, dict[str, Any]]]:
    """Play the expert's next action until the episode ends."""
    _, info = env.reset(seed=seed)
    over = False
    while not over:
        _require(bool(info["expert_actions"]), f"seed {seed}: the expert gives up at turn {info['turn']}")
        observation, reward, terminated, truncated, info = env.step(info["expert_actions"][0])
        over = terminated or truncated
        yield observation, reward, terminated, truncated, info


def _gymnasium(probe: _Probe) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an environment made without its id has no spec; that is no fault of its own
        check_env(probe.make(), skip_render_check=True, skip_close_check=False)


def _info(probe: _Probe) -> None:
    for env, asked in ((probe.make(), ()), (probe.make_offering(), probe.offers)):
        for turn, (_, observation, reward, *_, info) in enumerate(_wander(env, probe.seeds[0])):
            missing = sorted({*INFO_KEYS, *asked} - set(info))
            _require(not missing, f"info lacks {', '.join(missing)} at turn {turn}")
            unasked = sorted(set(_OFFERS) & set(info) - set(asked))
            _require(not unasked, f"info holds {', '.join(unasked)}, which nobody asked for")
            wrong = [f"{key} is {type(info[key]).__name__}" for key in _TYPES if type(info[key]) is not _TYPES[key]]
            _require(not wrong, f"info has wrong types: {', '.join(wrong)}")
            _require(type(reward) is float, f"the reward is {type(reward).__name__}, not float")
            _require(info["turn"] == turn, f"info['turn'] is {info['turn']} after {turn} turn(s)")
            _require(info["max_turns"] == env.max_turns, "info['max_turns'] is not the environment's max_turns")
            _require(bool(observation) and observation in env.observation_space, "an observation is empty or too long")
            _require(bool(info["objective"]), "the objective is empty")
            json.dumps(info)


def _determinism(probe: _Probe) -> None:
    for seed in probe.seeds:
        alone = list(_wander(probe.make_offering(), seed))
        other = _wander(probe.make_offering(), seed + 1)
        copies = zip(_wander(probe.make_offering(), seed), _wander(probe.make_offering(), seed), strict=True)
        for turn, (left, right) in enumerate(copies):
            next(other, None)
            _require(left == right, f"seed {seed}: two interleaved copies differ at turn {turn}")
            _require(left == alone[turn], f"seed {seed}: turn {turn} differs from that of a copy played alone")


def _seeding(probe: _Probe) -> None:
    left, right = probe.make(), probe.make()
    for env in (left, right):
        env.reset(seed=probe.seeds[0])
    for _ in range(3):
        _require(left.reset() == right.reset(), "after the same seed, later resets without a seed differ")
    _require(left.reset(seed=7) == probe.make().reset(seed=7), "reset(seed) depends on what was played before")


def _task(probe: _Probe) -> None:
    for seed in probe.seeds:
        env = probe.make_offering()
        first = env.reset(seed=seed)
        task = first[1]["task"]
        _require(task in env.tasks(), f"info['task'] {task!r} is not one of tasks()")
        again = probe.make_offering().reset(options={"task": task})
        _require(again == first, f"options={{'task': {task!r}}} does not recreate the episode of seed {seed}")
    for options in ({"task": "no such task"}, {"no such option": 1}):
        try:
            probe.make().reset(options=options)
        except InvalidConfig:
            continue
        raise _Violation(f"reset(options={options}) does not raise InvalidConfig")


def _malformed(probe: _Probe) -> None:
    env = probe.make_offering()
    _, start = env.reset(seed=probe.seeds[0])
    chains = [f"{action}\n{action}" for action in start.get("admissible_actions", [])[:2]]
    if env.many_actions_a_turn:
        for action in chains:
            refused = env.clone().step(action)[4]["invalid_action"]
            _require(not refused, f"the world says that it takes many actions a turn, but refuses {action!r}")
        chains = []
    for action in (*MALFORMED_ACTIONS, *chains):
        name = repr(action[:24])
        _, start = env.reset(seed=probe.seeds[0])
        try:
            observation, _, terminated, _, info = env.step(action)
        except Exception as error:  # whatever a world raises here breaks the contract
            raise _Violation(f"the malformed action {name} raises {type(error).__name__}: {error}") from error
        _require(info["invalid_action"] is True, f"the malformed action {name} is not flagged invalid_action")
        _require(info["turn"] == 1, f"the malformed action {name} does not cost a turn")
        _require(bool(observation.strip()), f"the malformed action {name} is refused without a word")
        changed = [key for key in ("score", "won", "lost", *probe.offers) if info[key] != start[key]]
        _require(not changed and not terminated, f"the malformed action {name} changes the world: {', '.join(changed)}")


def _turn_limit(probe: _Probe) -> None:
    env = probe.make(max_turns=3)
    env.reset(seed=probe.seeds[0])
    for turn in (1, 2, 3):
        _, _, terminated, truncated, _ = env.step("")
        _require(not terminated, "a refused action ends the world")
        _require(truncated == (turn == 3), f"with max_turns=3, truncated is {truncated} at turn {turn}")
    if "expert_actions" in probe.offers:
        _, info = probe.make_offering().reset(seed=probe.seeds[0])
        env = probe.make_offering(max_turns=len(info["expert_actions"]))
        *_, (_, _, terminated, truncated, _) = _follow_expert(env, probe.seeds[0])
        _require(terminated and not truncated, "a win in the last turn allowed must be terminated and not truncated")


def _verdict(probe: _Probe) -> None:
    for seed in probe.seeds:
        for _, _, _, terminated, truncated, info in _wander(probe.make_offering(), seed):
            _require(terminated == (info["won"] or info["lost"]), "terminated must mean won or lost, nothing else")
            _require(not (info["won"] and info["lost"]), "an episode is both won and lost")
            _require(not (terminated and truncated), "an episode is both terminated and truncated")


def _after_the_end(probe: _Probe) -> None:
    fresh, ended = probe.make(), probe.make(max_turns=1)
    ended.reset(seed=probe.seeds[0])
    ended.step("")
    for env, moment in ((fresh, "before the first reset"), (ended, "after the end of an episode")):
        try:
            env.step("")
        except ResetNeeded:
            continue
        raise _Violation(f"step {moment} does not raise gymnasium.error.ResetNeeded")


def _pickling(probe: _Probe) -> None:
    env = probe.make_offering()
    env.reset(seed=probe.seeds[0])
    env.step("")
    copy = pickle.loads(pickle.dumps(env))
    _require(copy.step("") == env.step(""), "an environment plays on differently after pickling")
    _require(copy.reset() == env.reset(), "an environment draws other tasks after pickling")
    if env.spec is not None:
        _require(pickle.loads(pickle.dumps(env.spec)) == env.spec, "the spec changes when pickled")
        _require(type(env.spec).from_json(env.spec.to_json()) == env.spec, "the spec changes on its way through JSON")


def _snapshots(probe: _Probe) -> None:
    for seed in probe.seeds:
        env = probe.make_offering()
        _, info = env.reset(seed=seed)
        state = pickle.loads(pickle.dumps(env.get_state()))
        clone = env.clone()
        actions = ["", *info.get("expert_actions", info.get("admissible_actions", ["", ""]))[:2]]
        played = _steps(env, actions)
        _require(_steps(clone, actions) == played, f"seed {seed}: a clone plays on differently")
        other = probe.make_offering()
        other.reset(seed=seed + 1)
        for restored, whose in ((env, "its own"), (other, "another's")):
            restored.set_state(state)
            _require(_steps(restored, actions) == played, f"seed {seed}: play differs after set_state of {whose} state")
        _require(env.reset() == clone.reset(), f"seed {seed}: a clone draws other tasks than its original")


def _splits(probe: _Probe) -> None:
    env = probe.make()
    owner: dict[str, str] = {}
    for split in env.splits:
        tasks = list(env.tasks(split))
        _require(bool(tasks), f"the split {split} is empty")
        _require(tasks == list(probe.make(split=split).tasks()), f"split={split!r} does not play tasks({split!r})")
        _require(len(set(tasks)) == len(tasks), f"the split {split} holds a task twice")
        shared = sorted(task for task in tasks if task in owner)
        _require(not shared, f"the splits {split} and {owner.get(shared[0]) if shared else ''} share {shared[:3]}")
        owner.update(dict.fromkeys(tasks, split))


def _expert(probe: _Probe) -> None:
    if "expert_actions" not in probe.offers:
        return
    for seed in probe.seeds:
        env = probe.make_offering()
        *_, (_, _, _, _, info) = _follow_expert(env, seed)
        _require(info["won"], f"seed {seed}: the expert does not win within {env.max_turns} turns")
        _, info = env.reset(seed=seed)
        for action in info["expert_actions"]:
            _require(not info["won"], f"seed {seed}: the expert's plan goes on after the win")
            *_, info = env.step(action)
            _require(not info["invalid_action"], f"seed {seed}: the expert's action {action!r} is refused")
        _require(info["won"], f"seed {seed}: the expert's first plan does not win")


def _progress(probe: _Probe) -> None:
    if "progress" not in probe.offers:
        return
    for seed in probe.seeds:
        for *_, info in _wander(probe.make_offering(), seed):
            share = info["progress"]
            _require(type(share) is float and 0 <= share <= 1, f"progress must be a float in [0, 1], not {share!r}")
            _require((share == 1) == info["won"], f"progress is {share} where won is {info['won']}; 1 must mean won")
        if "expert_actions" in probe.offers:
            *_, (*_, info) = _follow_expert(probe.make_offering(), seed)
            _require(
                not info["won"] or info["progress"] == 1, f"progress is {info['progress']} at the win; it must be 1"
            )


def _admissible(probe: _Probe) -> None:
    if "admissible_actions" not in probe.offers:
        return
    for seed in probe.seeds[:2]:
        env = probe.make_offering()
        for *_, terminated, truncated, info in _wander(env, seed):
            if terminated or truncated or info["turn"] > 8:
                break
            actions = info["admissible_actions"]
            _require(bool(actions), f"no action is admissible at turn {info['turn']}, and the episode goes on")
            _require(len(set(actions)) == len(actions), "an action is listed as admissible twice")
            for action in actions:
                *_, answer = env.clone().step(action)
                _require(not answer["invalid_action"], f"the admissible action {action!r} is flagged invalid_action")


def _reward(probe: _Probe) -> None:
    for seed in probe.seeds:
        score = None
        for action, _, reward, _, _, info in _wander(probe.make_offering(), seed):
            if score is not None:
                change = info["score"] - score
                _require(
                    reward == change, f"the reward of {action[:24]!r} is {reward}, but the score changed by {change}"
                )
            score = info["score"]
            _require(score <= info["max_score"], f"the score {score} is above max_score {info['max_score']}")


def _global_generators(probe: _Probe) -> None:
    # A state that nothing else can bring about, so that seeding with a constant shows; put back afterwards.
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        random.seed("a state that no world sets")
        np.random.seed([20, 251, 1, 132])  # noqa: NPY002
        before = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002
        for _ in _wander(probe.make_offering(), probe.seeds[0]):
            pass
        after = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
    _require(before[0] == after[0], "the world draws from, or seeds, Python's global generator")
    _require(before[1] == after[1], "the world draws from, or seeds, NumPy's global generator")


CHECKS: dict[str, Callable[[_Probe], None]] = {
    "gymnasium": _gymnasium,
    "info": _info,
    "determinism": _determinism,
    "seeding": _seeding,
    "task": _task,
    "malformed": _malformed,
    "turn_limit": _turn_limit,
    "verdict": _verdict,
    "after_the_end": _after_the_end,
    "pickling": _pickling,
    "snapshots": _snapshots,
    "splits": _splits,
    "expert": _expert,
    "progress": _progress,
    "admissible": _admissible,
    "reward": _reward,
    "global_generators": _global_generators,
}
"""Every check by name, in the order in which they run."""


def check_text_env(
    make_env: Callable[..., Any], *, seeds: Iterable[int] = (0, 1, 2), offers: Iterable[str] = _OFFERS
) -> None:
    """Run every check, then report all that failed at once.

    Args:
        make_env: Makes a fresh environment and takes the keyword arguments of :class:`~textarena_rl.core.TextEnv`:
            the class of a world, or a partial application of :func:`textarena_rl.make`.
        seeds: The seeds of the episodes that are played.
        offers: Which of ``admissible_actions``, ``expert_actions`` and ``progress`` the world has.

    Raises:
        ConformanceError: At least one check failed; the message holds a sentence for each.
    """
    probe = _Probe(make_env, tuple(seeds), tuple(offers))
    violations: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            check(probe)
        except _Violation as violation:
            violations[name] = str(violation)
        except Exception as error:  # a check runs a stranger's code: whatever it raises is the finding
            violations[name] = f"the world raises {type(error).__name__}: {error}"
    if violations:
        raise ConformanceError(getattr(make_env, "__name__", repr(make_env)), violations)
