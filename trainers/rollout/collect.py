"""Plays many episodes at once: one engine call for all that are ready, one thread for each world.

Each round sends every waiting prompt in one call. A world that is slow misses a round instead of holding it up; a world
that breaks or hangs costs its own episode only. What an episode does depends on its task, its seed and the policy,
never on its neighbours.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from time import monotonic

import gymnasium as gym
import numpy as np

from textarena_rl.episode import Episode, EpisodeError, Turn
from textarena_rl.errors import EpisodeFailed, InvalidConfig, TextArenaError
from trainers.rollout.chat import Chat
from trainers.rollout.worlds import Shown, World
from trainers.types import Completion, Engine, Request, Sampling, TokenTurn, Trajectory

__all__ = ["EpisodeSpec", "collect", "demonstration"]

_SESSIONS = itertools.count()


@dataclass(frozen=True, slots=True)
class EpisodeSpec:
    """One episode to be played."""

    task: str
    """What ``reset`` gets as ``options["task"]``."""
    group: int
    """Episodes of one group share their task."""
    seed: int
    """Fixes the world's and the sampler's random numbers; not negative."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InvalidConfig(f"EpisodeSpec: expected a seed of at least 0, got {self.seed}. Derive another one.")


def collect(
    make_env: Callable[[], gym.Env[str, str]],
    engine: Engine,
    chat: Chat,
    specs: Sequence[EpisodeSpec],
    sampling: Sampling,
    *,
    max_context: int,
    concurrency: int,
    step_timeout_seconds: float,
    retries: int,
    on_episode: Callable[[Trajectory], None] | None = None,
    patience_seconds: float = 0.5,
) -> list[Trajectory]:
    """The trajectories of ``specs``, in their order; those that failed carry ``episode.error``.

    Args:
        make_env: Makes a world; called once per place, and once more for each world that failed.
        engine: Samples the replies.
        chat: Makes the prompts and reads the replies; its stop tokens are added to those of ``sampling``.
        specs: What is to be played.
        sampling: How replies are drawn.
        max_context: An episode whose next prompt and reply may be longer is truncated; ``info["context_limit"]`` of
            its last turn says so.
        concurrency: So many episodes are played at once.
        step_timeout_seconds: A world that takes longer for one ``reset`` or ``step`` has failed.
        retries: So often a failed episode is played again, from the start, with the same seed in a new world.
        on_episode: Called with every trajectory as soon as it is over.
        patience_seconds: So long a round waits for worlds that are still busy. Infinity makes each round's batch, and
            with it the last digits of a model's log-probs, independent of how fast the worlds are.

    Raises:
        InvalidConfig: A limit is out of range.
        EpisodeFailed: The engine broke down, or broke its contract.
    """
    _check(sampling, max_context=max_context, concurrency=concurrency, timeout=step_timeout_seconds, retries=retries)
    stop_ids = tuple(dict.fromkeys((*sampling.stop_ids, *chat.stop_ids)))
    rounds = _Rounds(
        make_env=make_env,
        engine=engine,
        chat=chat,
        sampling=replace(sampling, stop_ids=stop_ids),
        max_context=max_context,
        concurrency=concurrency,
        timeout=step_timeout_seconds,
        retries=retries,
        patience=patience_seconds,
        on_episode=on_episode,
        waiting=deque((index, spec, 0) for index, spec in enumerate(specs)),
    )
    try:
        rounds.play()
    finally:
        rounds.close()
    return [rounds.results[index] for index in range(len(specs))]


def demonstration(episode: Episode, chat: Chat) -> Trajectory:
    """A recorded episode as a trajectory: its actions as if they had been sampled, with log-probs of zero."""
    turns: list[TokenTurn] = []
    following = [turn.observation for turn in episode.turns[1:]] + [episode.final_observation]
    prompt_ids = chat.start(episode.objective, episode.turns[0].observation) if episode.turns else ()
    for turn, observation in zip(episode.turns, following, strict=False):
        action_ids = chat.encode_action(turn.action)
        turns.append(TokenTurn(prompt_ids, action_ids, (0.0,) * len(action_ids)))
        prompt_ids = chat.extend(prompt_ids, action_ids, observation)
    cut_short = bool(turns) and episode.truncated and not episode.terminated
    return Trajectory(episode, tuple(turns), final_prompt_ids=prompt_ids if cut_short else None)


def _check(sampling: Sampling, *, max_context: int, concurrency: int, timeout: float, retries: int) -> None:
    for name, value, least in (
        ("concurrency", concurrency, 1),
        ("retries", retries, 0),
        ("sampling.max_new_tokens", sampling.max_new_tokens, 1),
    ):
        if value < least:
            raise InvalidConfig(f"collect: expected {name} of at least {least}, got {value}. Raise it.")
    if not timeout > 0:
        raise InvalidConfig(f"collect: expected a positive step_timeout_seconds, got {timeout}. Give seconds.")
    if max_context <= sampling.max_new_tokens:
        raise InvalidConfig(
            f"collect: expected max_context above max_new_tokens ({sampling.max_new_tokens}), got {max_context}. "
            "A prompt needs room too: raise max_context."
        )


@dataclass(slots=True, eq=False)
class _Live:
    """An episode in play."""

    index: int
    spec: EpisodeSpec
    attempt: int
    world: World
    session: int
    deadline: float = math.inf
    shown: Shown | None = None
    objective: str = ""
    prompt_ids: tuple[int, ...] = ()
    completion: Completion | None = None
    reply: str = ""
    turns: list[Turn] = field(default_factory=list)
    token_turns: list[TokenTurn] = field(default_factory=list)
    version: int = 0


@dataclass(slots=True, eq=False)
class _Rounds:
    """The episodes of one call of :func:`collect`: waiting for a place, for their world, or for a reply."""

    make_env: Callable[[], gym.Env[str, str]]
    engine: Engine
    chat: Chat
    sampling: Sampling
    max_context: int
    concurrency: int
    timeout: float
    retries: int
    patience: float
    on_episode: Callable[[Trajectory], None] | None
    waiting: deque[tuple[int, EpisodeSpec, int]]
    ready: list[_Live] = field(default_factory=list)
    busy: dict[World, _Live] = field(default_factory=dict)
    """In the order in which they were sent off, so the first is the first to be late."""
    idle: list[World] = field(default_factory=list)
    worlds: list[World] = field(default_factory=list)
    given_up: set[World] = field(default_factory=set)
    answers: SimpleQueue[tuple[World, Shown | EpisodeError]] = field(default_factory=SimpleQueue)
    results: dict[int, Trajectory] = field(default_factory=dict)

    def play(self) -> None:
        """Play until every episode has a result."""
        while self.waiting or self.busy or self.ready:
            self._listen()
            if self.ready:
                self._answer()

    def close(self) -> None:
        """Close every world and wait for the threads of those that do not hang."""
        hanging = self.given_up | set(self.busy)
        for world in self.worlds:
            world.retire()
        until = monotonic() + self.timeout
        for world in self.worlds:
            if world not in hanging:
                world.thread.join(min(max(until - monotonic(), 0.0), threading.TIMEOUT_MAX))
        self.engine.close([live.session for live in (*self.ready, *self.busy.values())])

    # ------------------------------------------------------------------ a round

    def _seat(self) -> None:
        """Give waiting episodes the free places."""
        while self.waiting and len(self.ready) + len(self.busy) < self.concurrency:
            if not self.idle:
                world = World(self.make_env(), self.answers)
                self.worlds.append(world)
                self.idle.append(world)
            index, spec, attempt = self.waiting.popleft()
            live = _Live(index, spec, attempt, self.idle.pop(), next(_SESSIONS))
            self._send(live)
            live.world.reset(spec.task, spec.seed)

    def _send(self, live: _Live) -> None:
        live.deadline = monotonic() + self.timeout
        self.busy[live.world] = live

    def _listen(self) -> None:
        """Hear every world that answers in time; go on without the others as soon as there is something to do."""
        until = monotonic() + self.patience
        self._seat()
        while self.busy:
            deadline = next(iter(self.busy.values())).deadline
            wait = min(deadline, until if self.ready else math.inf) - monotonic()
            try:
                world, answer = self.answers.get(timeout=min(max(wait, 0.0), threading.TIMEOUT_MAX))
            except Empty:
                self._give_up()
                if self.ready and monotonic() >= until:
                    return
            else:
                live = self.busy.pop(world, None)
                if live is not None:  # else: a world that was given up has come back
                    self._hear(live, answer)
            self._seat()

    def _give_up(self) -> None:
        """Fail the episodes whose worlds are late."""
        now = monotonic()
        for world, live in [item for item in self.busy.items() if item[1].deadline <= now]:
            del self.busy[world]
            self.given_up.add(world)
            where = "step" if live.completion else "reset"
            self._fail(live, EpisodeError("timeout", f"{where} took longer than {self.timeout:g} seconds"))

    def _answer(self) -> None:
        """One engine call for all that are ready; each finished reply goes to its world, the others go on next time."""
        batch = sorted(self.ready, key=lambda live: live.index)
        requests = [Request(live.session, live.prompt_ids, _seed(live.spec.seed, len(live.turns))) for live in batch]
        completions = self._generate(requests)
        self.ready = [live for live, completion in zip(batch, completions, strict=True) if completion is None]
        for live, completion in zip(batch, completions, strict=True):
            if completion is None:
                continue
            live.completion = completion
            live.reply = self.chat.decode(completion.token_ids)
            self._send(live)
            live.world.step(self.chat.parse(live.reply))

    def _generate(self, requests: list[Request]) -> Sequence[Completion | None]:
        try:
            completions = self.engine.generate(requests, self.sampling)
        except TextArenaError:
            raise
        except Exception as error:
            raise EpisodeFailed(
                f"collect: expected {len(requests)} replies, got {type(error).__name__} from the engine ({error}). "
                "Nothing of this collection is kept; the cause stands above."
            ) from error
        finished = [completion for completion in completions if completion is not None]
        sound = all(c.token_ids and len(c.token_ids) == len(c.logprobs) for c in finished)
        if len(completions) != len(requests) or not finished or not sound:
            raise EpisodeFailed(
                f"collect: expected {len(requests)} replies of one token or more, each token with its log-prob, got "
                f"{[(len(c.token_ids), len(c.logprobs)) for c in finished]} from {type(self.engine).__name__}. "
                "Fix the engine."
            )
        return completions

    # ------------------------------------------------------------------ an episode

    def _hear(self, live: _Live, answer: Shown | EpisodeError) -> None:
        """Take a world's answer: the first prompt, the next one, or the end."""
        if isinstance(answer, EpisodeError):
            self._fail(live, answer)
        elif live.completion is None:
            self._begin(live, answer)
        else:
            self._go_on(live, live.completion, answer)

    def _begin(self, live: _Live, shown: Shown) -> None:
        live.shown = shown
        live.version = self.engine.version
        live.objective = shown.objective
        live.prompt_ids = self.chat.start(live.objective, shown.observation)
        if self._fits(live):
            self.ready.append(live)
        else:
            room = self.max_context - self.sampling.max_new_tokens
            message = f"the first prompt has {len(live.prompt_ids)} tokens, room is for {room}: raise max_context"
            self._finish(live, error=EpisodeError("reset", message))
            self.idle.append(live.world)

    def _go_on(self, live: _Live, completion: Completion, shown: Shown) -> None:
        assert live.shown is not None
        info = dict(shown.diagnostics)
        if completion.finish_reason == "length":
            info["length_limit"] = True
        live.token_turns.append(TokenTurn(live.prompt_ids, completion.token_ids, completion.logprobs))
        live.prompt_ids = self.chat.extend(live.prompt_ids, completion.token_ids, shown.observation)
        over = shown.terminated or shown.truncated
        overflows = not over and not self._fits(live)
        if overflows:
            info["context_limit"] = True
        live.turns.append(Turn(live.shown.observation, live.reply, shown.reward, info))
        live.shown = shown
        if over or overflows:
            self._finish(live, terminated=shown.terminated, truncated=shown.truncated or overflows)
            self.idle.append(live.world)
        else:
            self.ready.append(live)

    def _fits(self, live: _Live) -> bool:
        return len(live.prompt_ids) + self.sampling.max_new_tokens <= self.max_context

    def _fail(self, live: _Live, error: EpisodeError) -> None:
        """Discard the world; play the episode again if that is allowed, else keep it as failed."""
        live.world.retire()
        if live.attempt < self.retries:
            self.engine.close([live.session])
            self.waiting.appendleft((live.index, live.spec, live.attempt + 1))
        else:
            self._finish(live, error=error)

    def _finish(
        self, live: _Live, *, terminated: bool = False, truncated: bool = False, error: EpisodeError | None = None
    ) -> None:
        self.engine.close([live.session])
        last = live.shown
        episode = Episode(
            env_id=live.world.env_id,
            task=live.spec.task,
            objective=live.objective,
            turns=tuple(live.turns),
            final_observation=last.observation if last else "",
            terminated=terminated,
            truncated=truncated,
            won=last is not None and last.won and error is None,
            score=last.score if last else 0.0,
            max_score=last.max_score if last else 1.0,
            error=error,
        )
        trajectory = Trajectory(
            episode,
            tuple(live.token_turns),
            # The engine's limit is also the model's: beyond it no value can be read.
            final_prompt_ids=live.prompt_ids[: self.max_context] if truncated else None,
            group=live.spec.group,
            policy_version=live.version,
        )
        self.results[live.index] = trajectory
        if self.on_episode is not None:
            self.on_episode(trajectory)


def _seed(seed: int, turn: int) -> int:
    """The seed of one reply: below 2^63, as some engines ask for."""
    return int(np.random.SeedSequence([seed, turn]).generate_state(1, np.uint64)[0] >> np.uint64(1))
