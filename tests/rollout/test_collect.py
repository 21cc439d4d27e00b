from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

from tests.tiny import tiny
from tests.worlds import COLOURS, CodeWordEnv
from textarena_rl.episode import Episode, EpisodeError
from textarena_rl.errors import EpisodeFailed, InvalidConfig
from trainers.rollout.chat import Chat, ChatFormat, show_tokens
from trainers.rollout.collect import EpisodeSpec, collect, demonstration
from trainers.rollout.embedded import EmbeddedEngine
from trainers.rollout.scripted import ScriptedEngine
from trainers.types import Completion, Request, Sampling, Trajectory

MODEL, TOKENIZER = tiny()
CHAT = Chat(TOKENIZER, ChatFormat(system=None, first="{objective}\n{observation}", then="{observation}"))
TASKS = tuple(CodeWordEnv().tasks())


def expert(prompt: str) -> str:
    return str(re.findall(r"lamp is (\w+)", prompt)[-1])


class Dice:
    """An engine whose replies depend on the request's seed alone."""

    version = 3

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion]:
        completions = []
        for request in requests:
            rng = np.random.default_rng(request.seed)
            ids = CHAT.encode_reply(str(rng.choice([*COLOURS, "", "sesame"])))
            completions.append(Completion(ids, tuple(rng.random(len(ids)).tolist()), "stop"))
        return completions

    def close(self, sessions: Iterable[int]) -> None: ...

    def load_weights(self, weights: Iterable[tuple[str, torch.Tensor]]) -> None: ...


def play(
    make_env: Callable[[], gym.Env[str, str]] = CodeWordEnv,
    policy: Callable[[str], str] | Any = expert,
    specs: Sequence[EpisodeSpec] | int = 4,
    **changes: Any,
) -> list[Trajectory]:
    engine = ScriptedEngine(CHAT, policy) if callable(policy) else policy
    if isinstance(specs, int):
        specs = [EpisodeSpec(TASKS[i % len(TASKS)], i, i) for i in range(specs)]
    sampling = changes.pop("sampling", Sampling(max_new_tokens=16))
    limits = {"max_context": 4096, "concurrency": 4, "step_timeout_seconds": 60.0, "retries": 0} | changes
    before = threading.active_count()
    try:
        return collect(make_env, engine, CHAT, specs, sampling, **limits)
    finally:
        assert threading.active_count() == before + sum(t.name == "world-Hanging" for t in threading.enumerate())
        if isinstance(engine, ScriptedEngine):
            assert engine.sessions == set()


# ------------------------------------------------------------------ what was played


def test_an_episode_holds_the_worlds_texts_and_rewards() -> None:
    (trajectory,) = play(specs=[EpisodeSpec("red-blue", group=5, seed=1)])
    episode = trajectory.episode
    assert (episode.env_id, episode.task) == ("CodeWordEnv", "red-blue")
    assert episode.objective == "Open the door: say the colour of each lamp."
    assert [(turn.observation, turn.action, turn.reward) for turn in episode.turns] == [
        ("The first lamp is red. The door waits.", "red", 1.0),
        ("A click. The second lamp is blue. The door waits.", "blue", 1.0),
    ]
    assert episode.final_observation == "The door opens."
    assert (episode.won, episode.score, episode.max_score) == (True, 2.0, 2.0)
    assert (episode.terminated, episode.truncated, episode.error) == (True, False, None)
    assert episode.turns[1].info == {"won": True, "lost": False, "score": 2.0, "turn": 2, "invalid_action": False}
    assert (trajectory.group, trajectory.policy_version, trajectory.final_prompt_ids) == (5, 0, None)
    assert Episode.from_json(episode.to_json()) == episode


def test_each_prompt_is_the_last_one_its_reply_and_something_more() -> None:
    for trajectory in play(policy=Dice(), specs=20):
        assert len(trajectory.turns) == len(trajectory.episode.turns)
        prompts = [turn.prompt_ids for turn in trajectory.turns[1:]]
        if trajectory.final_prompt_ids is not None:
            prompts.append(trajectory.final_prompt_ids)
        for turn, prompt in zip(trajectory.turns, prompts, strict=False):
            assert prompt[: len(turn.prompt_ids) + len(turn.action_ids)] == turn.prompt_ids + turn.action_ids


def test_what_is_trained_is_exactly_the_replies_with_their_end_tokens() -> None:
    (trajectory,) = play(specs=[EpisodeSpec("red-blue", 0, 0)])
    assert show_tokens(trajectory, TOKENIZER) == [
        (
            "<|im_start|>user\nOpen the door: say the colour of each lamp.\nThe first lamp is red. The door waits."
            "<|im_end|>\n<|im_start|>assistant\n",
            False,
        ),
        ("red<|im_end|>", True),
        (
            "\n<|im_start|>user\nA click. The second lamp is blue. The door waits.<|im_end|>\n<|im_start|>assistant\n",
            False,
        ),
        ("blue<|im_end|>", True),
    ]
    assert trajectory.num_action_tokens == len(CHAT.encode_reply("red")) + len(CHAT.encode_reply("blue"))


def test_log_probs_are_those_of_the_model_on_the_concatenated_tokens() -> None:
    engine = EmbeddedEngine(MODEL, pad_id=TOKENIZER.pad_token_id, max_context=600)
    trajectories = play(policy=engine, specs=6, concurrency=3, max_context=600, sampling=Sampling(max_new_tokens=6))
    assert sum(len(trajectory.turns) for trajectory in trajectories) == 24  # noise never opens a door: 6 times 4 turns
    for trajectory in trajectories:
        for turn in trajectory.turns:
            ids = torch.tensor([turn.prompt_ids + turn.action_ids])
            with torch.no_grad():
                logprobs = torch.log_softmax(MODEL(ids).logits[0, :-1].double(), -1)
            chosen = logprobs.gather(-1, ids[0, 1:, None])[len(turn.prompt_ids) - 1 :, 0]
            torch.testing.assert_close(torch.tensor(turn.action_logprobs).double(), chosen, atol=2e-5, rtol=0)


def test_a_truncated_episode_keeps_the_prompt_where_its_value_is_read() -> None:
    (trajectory,) = play(policy=lambda prompt: "sesame", specs=1)
    episode = trajectory.episode
    assert (len(episode.turns), episode.truncated, episode.terminated, episode.won) == (4, True, False, False)
    assert episode.num_invalid_actions == 4
    last = trajectory.turns[-1]
    refusal = "The door does not know that word."
    assert trajectory.final_prompt_ids == CHAT.extend(last.prompt_ids, last.action_ids, refusal)


def test_an_empty_reply_costs_a_turn() -> None:
    (trajectory,) = play(policy=lambda prompt: "", specs=1)
    assert [turn.action for turn in trajectory.episode.turns] == [""] * 4
    assert trajectory.episode.num_invalid_actions == 4
    assert all(turn.action_ids == (CHAT.end_id,) for turn in trajectory.turns)


def test_a_reply_that_hits_the_length_limit_is_played_and_flagged() -> None:
    def policy(prompt: str) -> str:
        return expert(prompt) if "second" in prompt else "red " + "?" * 40

    limit = len(CHAT.encode_reply("red"))
    (trajectory,) = play(policy=policy, specs=[EpisodeSpec("red-red", 0, 0)], sampling=Sampling(max_new_tokens=limit))
    first, second = trajectory.episode.turns
    assert (first.action, first.info["length_limit"], first.reward) == ("red ", True, 1.0)
    assert "length_limit" not in second.info
    cut, whole = trajectory.turns
    assert len(cut.action_ids) == limit
    assert whole.prompt_ids[len(cut.prompt_ids) + limit] == CHAT.end_id


def test_a_group_starts_from_the_very_same_prompt_and_goes_different_ways() -> None:
    specs = [EpisodeSpec("gold-gold", group=9, seed=seed) for seed in range(12)]
    trajectories = play(policy=Dice(), specs=specs)
    assert len({trajectory.turns[0].prompt_ids for trajectory in trajectories}) == 1
    assert len({trajectory.turns for trajectory in trajectories}) > 6
    assert {(trajectory.group, trajectory.policy_version) for trajectory in trajectories} == {(9, 3)}


def test_every_reply_has_a_seed_of_its_own_which_a_second_run_repeats() -> None:
    seeds: list[int] = []

    class Recording(Dice):
        def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion]:
            seeds.extend(request.seed for request in requests)
            return super().generate(requests, sampling)

    specs = [EpisodeSpec("gold-gold", 0, seed) for seed in range(40)]
    trajectories = play(policy=Recording(), specs=specs)
    first_run = seeds.copy()
    assert len(set(first_run)) == len(first_run) == sum(len(trajectory.turns) for trajectory in trajectories)
    assert all(0 <= seed < 2**63 for seed in first_run)  # what the engines' random generators take
    seeds.clear()
    play(policy=Recording(), specs=specs, concurrency=40)
    assert sorted(seeds) == sorted(first_run)


def test_a_reply_without_its_tags_costs_a_turn_in_think_style() -> None:
    chat = Chat(TOKENIZER, ChatFormat(style="think"))

    def policy(prompt: str) -> str:
        said = expert(prompt)
        return f"<think>hm</think><action>{said}</action>" if "does not know" in prompt else said

    engine = ScriptedEngine(chat, policy)
    (trajectory,) = collect(
        CodeWordEnv,
        engine,
        chat,
        [EpisodeSpec("red-blue", 0, 0)],
        Sampling(max_new_tokens=64),
        max_context=4096,
        concurrency=1,
        step_timeout_seconds=60,
        retries=0,
    )
    assert [turn.action for turn in trajectory.episode.turns] == [
        "red",
        "<think>hm</think><action>red</action>",
        "<think>hm</think><action>blue</action>",
    ]
    assert [turn.info["invalid_action"] for turn in trajectory.episode.turns] == [True, False, False]
    assert trajectory.episode.won


def test_what_a_turn_keeps_of_info_can_be_written_as_json() -> None:
    class Verbose(CodeWordEnv):
        def step(self, action: str) -> Any:
            *rest, info = super().step(action)
            return *rest, info | {"distance": np.float32(0.5), "near": np.bool_(True), "map": np.eye(2), "note": "hm"}

    (trajectory,) = play(Verbose, specs=1)
    info = trajectory.episode.turns[0].info
    assert (info["distance"], info["near"], info["note"], "map" in info) == (0.5, True, "hm", False)
    assert Episode.from_json(trajectory.episode.to_json()) == trajectory.episode


def test_demonstration_is_what_collecting_the_same_replies_gives() -> None:
    for trajectory in (*play(), *play(policy=lambda prompt: "sesame")):
        same = demonstration(trajectory.episode, CHAT)
        assert (same.turns, same.final_prompt_ids) == (trajectory.turns, trajectory.final_prompt_ids)
    assert demonstration(Episode("", "", "", ()), CHAT).turns == ()


# ------------------------------------------------------------------ neither order nor timing matters


class Jittery(CodeWordEnv):
    """Takes its time, never the same."""

    def step(self, action: str) -> Any:
        time.sleep(random.Random().uniform(0, 0.004))
        return super().step(action)


def test_trajectories_do_not_depend_on_concurrency_or_timing() -> None:
    alone = play(policy=Dice(), specs=24, concurrency=1)
    assert [trajectory.episode.task for trajectory in alone] == list(TASKS)
    assert play(policy=Dice(), specs=24, concurrency=3) == alone
    assert play(policy=Dice(), specs=24, concurrency=16) == alone
    hasty = play(Jittery, policy=Dice(), specs=24, concurrency=16, patience_seconds=0.0)
    assert [t.turns for t in hasty] == [t.turns for t in alone]


def test_a_slow_world_holds_nobody_up_and_keeps_its_place_in_the_results() -> None:
    others_are_over = threading.Event()

    class WaitsForTheOthers(CodeWordEnv):
        def reset(self, **arguments: Any) -> Any:
            if arguments["options"]["task"] == TASKS[0]:
                others_are_over.wait(30)
            return super().reset(**arguments)

    finished = []

    def on_episode(trajectory: Trajectory) -> None:
        finished.append(trajectory.episode.task)
        if len(finished) == 9:
            others_are_over.set()

    trajectories = play(WaitsForTheOthers, specs=10, on_episode=on_episode, concurrency=2, patience_seconds=0.01)
    assert finished[-1] == TASKS[0]
    assert [trajectory.episode.task for trajectory in trajectories] == list(TASKS[:10])
    assert all(trajectory.episode.won for trajectory in trajectories)


def test_one_call_serves_all_that_are_ready() -> None:
    calls: list[list[int]] = []

    class Counting(ScriptedEngine):
        def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion]:
            calls.append([request.session for request in requests])
            assert sampling.stop_ids == CHAT.stop_ids
            return super().generate(requests, sampling)

    play(policy=Counting(CHAT, expert), specs=8, patience_seconds=float("inf"))
    assert [len(sessions) for sessions in calls] == [4, 4, 4, 4]  # two batches of 4 episodes, 2 turns each
    assert len({session for sessions in calls for session in sessions}) == 8


def test_worlds_are_reused_and_closed() -> None:
    made: list[CodeWordEnv] = []
    closed = []

    class Counted(CodeWordEnv):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

        def close(self) -> None:
            closed.append(self)

    play(Counted, specs=10, concurrency=3)
    assert len(made) == 3
    assert set(map(id, closed)) == set(map(id, made))


def test_nothing_to_play_is_nothing_played() -> None:
    assert play(specs=0) == []


# ------------------------------------------------------------------ failures


class Breaking(CodeWordEnv):
    """Goes wrong in one task, in the way and at the moment asked for."""

    def __init__(self, moment: str, act: Callable[[], Any]) -> None:
        super().__init__()
        self.moment, self.act = moment, act

    def reset(self, **arguments: Any) -> Any:
        result = super().reset(**arguments)
        return (self.task == TASKS[1] and self.moment == "reset" and self.act()) or result

    def step(self, action: str) -> Any:
        result = super().step(action)
        return (self.task == TASKS[1] and self.moment == "step" and self._turn == 2 and self.act()) or result


def raise_error() -> None:
    raise RuntimeError("the lamp broke")


def leave() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("moment", "act", "error", "turns"),
    [
        ("reset", raise_error, EpisodeError("reset", "RuntimeError: the lamp broke"), 0),
        ("step", raise_error, EpisodeError("step", "RuntimeError: the lamp broke"), 1),
        ("step", leave, EpisodeError("step", "SystemExit: 3"), 1),
        ("step", lambda: ("x", 0.0, False, False, {}), EpisodeError("step", "KeyError: 'objective'"), 1),
        ("step", lambda: ("x", float("nan"), False, False, {}), "a finite reward, got str and reward nan", 1),
        ("reset", lambda: (None, {}), "expected a text .* got NoneType", 0),
    ],
)
def test_a_world_that_breaks_costs_its_own_episode_only(
    moment: str, act: Callable[[], Any], error: EpisodeError | str, turns: int
) -> None:
    trajectories = play(lambda: Breaking(moment, act), specs=6, concurrency=2, retries=1)
    failed = trajectories[1].episode
    if isinstance(error, str):
        assert failed.error is not None
        assert re.search(error, failed.error.message)
    else:
        assert failed.error == error
    assert (len(failed.turns), len(trajectories[1].turns), failed.won) == (turns, turns, False)
    assert (failed.terminated, failed.truncated, failed.task) == (False, False, TASKS[1])
    assert [t.episode.won for t in trajectories] == [True, False, True, True, True, True]


class Hanging(CodeWordEnv):
    """Never comes back from the second step of one task, until it is let go."""

    release = threading.Event()
    closed = threading.Event()

    def step(self, action: str) -> Any:
        if self.task == TASKS[1] and self._turn == 1:
            self.release.wait()
        return super().step(action)

    def close(self) -> None:
        if self.release.is_set():
            self.closed.set()


def test_a_world_that_hangs_is_given_up_and_closes_when_it_comes_back() -> None:
    trajectories = play(Hanging, specs=6, concurrency=2, step_timeout_seconds=1.0, patience_seconds=0.05)
    assert trajectories[1].episode.error == EpisodeError("timeout", "step took longer than 1 seconds")
    assert len(trajectories[1].turns) == 1
    assert [t.episode.won for t in trajectories] == [True, False, True, True, True, True]
    hanging = [thread for thread in threading.enumerate() if thread.name == "world-Hanging"]
    assert len(hanging) == 1
    Hanging.release.set()
    assert Hanging.closed.wait(30)
    hanging[0].join(30)
    assert not hanging[0].is_alive()


def test_a_failed_episode_is_played_again_in_a_new_world_as_if_nothing_had_happened() -> None:
    made: list[Any] = []
    failures: list[Any] = []
    seen: list[Trajectory] = []

    class BreaksOnce(CodeWordEnv):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

        def step(self, action: str) -> Any:
            if self.task == TASKS[1] and self._turn == 1 and not failures:
                failures.append(self)
                raise RuntimeError("once")
            return super().step(action)

        def close(self) -> None:
            if self in failures:
                failures.append("closed")
            raise OSError("closing fails too")

    policy = ScriptedEngine(CHAT, lambda prompt: expert(prompt) if "second" in prompt else "sesame")
    clean = play(policy=policy, specs=6, concurrency=2)
    again = play(BreaksOnce, policy=policy, specs=6, concurrency=2, retries=1, on_episode=seen.append)
    assert [t.turns for t in again] == [t.turns for t in clean]
    assert len(made) == 3
    assert failures[1:] == ["closed"]
    assert sorted(map(id, seen)) == sorted(map(id, again))


def test_context_overflow_truncates_the_episode_and_says_so() -> None:
    spec = [EpisodeSpec("red-blue", 0, 0)]
    (whole,) = play(specs=spec)
    needed = len(whole.turns[1].prompt_ids) + 16
    assert play(specs=spec, max_context=needed) == [whole]
    (cut,) = play(specs=spec, max_context=needed - 1)
    assert (cut.episode.truncated, cut.episode.terminated, cut.episode.error) == (True, False, None)
    assert cut.turns == whole.turns[:1]
    assert cut.episode.turns[0].info["context_limit"] is True
    assert cut.episode.final_observation == whole.episode.turns[1].observation
    assert cut.final_prompt_ids == whole.turns[1].prompt_ids


def test_the_final_prompt_never_exceeds_the_context() -> None:
    class Talkative(CodeWordEnv):
        def step(self, action: str) -> Any:
            observation, *rest = super().step(action)
            return observation + " blah" * 200, *rest

    (trajectory,) = play(Talkative, specs=1, max_context=300)
    assert trajectory.final_prompt_ids is not None
    assert len(trajectory.final_prompt_ids) == 300


def test_a_first_prompt_that_does_not_fit_is_a_failed_episode_with_what_to_do() -> None:
    made = []

    def make_env() -> CodeWordEnv:
        made.append(1)
        return CodeWordEnv()

    trajectories = play(make_env, specs=3, concurrency=1, max_context=40, retries=2)
    for trajectory in trajectories:
        assert trajectory.episode.error is not None
        assert re.fullmatch(
            r"the first prompt has \d+ tokens, room is for 24: raise max_context", trajectory.episode.error.message
        )
        assert (trajectory.turns, trajectory.final_prompt_ids) == ((), None)
    assert len(made) == 1


def test_an_engine_that_breaks_fails_the_run() -> None:
    def policy(prompt: str) -> str:
        raise ZeroDivisionError("no weights")

    with pytest.raises(EpisodeFailed, match=r"collect: expected 4 replies, got ZeroDivisionError .*no weights"):
        play(policy=policy)


def test_an_engines_own_clear_error_is_passed_on() -> None:
    engine = EmbeddedEngine(MODEL, pad_id=0, max_context=32)
    with pytest.raises(InvalidConfig, match=r"EmbeddedEngine\.generate: expected prompts of 1 to 16 tokens"):
        play(policy=engine)


@pytest.mark.parametrize("completion", [Completion((), (), "stop"), Completion((5, 6), (0.0,), "stop")])
def test_an_engine_that_breaks_its_contract_fails_the_run(completion: Completion) -> None:
    class Wrong(ScriptedEngine):
        def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Completion]:
            return [completion] * len(requests)

    with pytest.raises(EpisodeFailed, match=r"each token with its log-prob, got .* from Wrong"):
        play(policy=Wrong(CHAT, expert))


def test_a_world_that_cannot_be_made_fails_the_run() -> None:
    def make_env() -> CodeWordEnv:
        return CodeWordEnv(split="nowhere")

    with pytest.raises(InvalidConfig, match="expected split to be one of"):
        play(make_env)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"concurrency": 0}, "expected concurrency of at least 1, got 0"),
        ({"retries": -1}, "expected retries of at least 0, got -1"),
        ({"step_timeout_seconds": 0.0}, "expected a positive step_timeout_seconds"),
        ({"sampling": Sampling(max_new_tokens=0)}, r"expected sampling\.max_new_tokens of at least 1"),
        ({"max_context": 16}, r"expected max_context above max_new_tokens \(16\), got 16"),
    ],
)
def test_limits_out_of_range_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidConfig, match=sentence):
        play(**change)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="expected a seed of at least 0, got -1"):
        EpisodeSpec("red-red", 0, -1)
