"""The original ALFWorld beside ours: the same game, the same commands, what both say.

The original is the package ``alfworld`` with ``textworld[pddl]`` (extra ``alfworld-oracle``); nothing here is imported
unless a test compares with it.
"""

from __future__ import annotations

import importlib.resources
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from textarena_rl.envs.alfworld.engine import Engine
from textarena_rl.envs.alfworld.games import Game, symbol

JUNK = (
    "",
    "   ",
    "xyzzy",
    "look around",
    "Look",
    "go to",
    "take",
    "go to nowhere 1",
    "inventory 1",
    "\x00",
    "🙂",
    "help me",
)


@dataclass(frozen=True)
class Seen:
    """What the original shows after a command."""

    observation: str
    admissible: list[str]
    won: bool
    reward: int


class Original:
    """One game in the original engine, with the names that players see."""

    def __init__(self, data: dict[str, Any]) -> None:
        from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
        from textworld.core import EnvInfos
        from textworld.envs.pddl import PddlEnv

        self.env = AlfredDemangler(PddlEnv(EnvInfos(won=True, admissible_commands=True)))
        self.env.load(data)

    def reset(self) -> Seen:
        state = self.env.reset()
        return Seen(state.feedback, list(state["admissible_commands"]), bool(state["won"]), 0)

    def step(self, command: str) -> Seen:
        state, reward, _ = self.env.step(command)
        return Seen(state.feedback, list(state["admissible_commands"]), bool(state["won"]), int(reward))


def in_old_words(data: dict[str, Any]) -> dict[str, Any]:
    """The same game with the domain and the grammar of alfworld 0.3.3, which differ in one action and four lines."""
    grammar = data["grammar"].replace("You arrive at {r.name}. ", "You arrive at {lend.name}. ")
    grammar = grammar.replace("You move the {o.name} to the {r.name}.", "You put the {o.name} in/on the {r.name}.")
    grammar = grammar.replace('"move {o} to {r}"', '"put {o} in/on {r}"')
    grammar = grammar[: grammar.index("action help {")]
    domain = data["pddl_domain"][: data["pddl_domain"].index("(:action help")] + "\n)"
    return {**data, "grammar": grammar, "pddl_domain": domain}


_GOALS = {
    "pick": "(inReceptacle ?o ?r)",
    "clean": "(cleanable ?o) (isClean ?o) (inReceptacle ?o ?r)",
    "heat": "(heatable ?o) (isHot ?o) (inReceptacle ?o ?r)",
    "cool": "(coolable ?o) (isCool ?o) (inReceptacle ?o ?r)",
}


def _goal(game: Game) -> str:
    thing, target = f"{game.goal.thing_kind}Type", f"{game.goal.target_kind}Type"
    if game.goal.task_type == "look":
        return (
            f"(and (exists (?t - object ?r - receptacle ?a - agent ?l - location) (and (objectType ?t {target}) "
            "(toggleable ?t) (isToggled ?t) (receptacleAtLocation ?r ?l) (atLocation ?a ?l) (inReceptacle ?t ?r))) "
            f"(exists (?o - object ?a - agent) (and (objectType ?o {thing}) (holds ?a ?o))))"
        )
    if game.goal.task_type == "two":
        one, two = (
            f"(objectType {name} {thing}) (receptacleType ?r {target}) (inReceptacle {name} ?r)"
            for name in ("?o1", "?o2")
        )
        other = f"(exists (?o2 - object) (and (not (= ?o1 ?o2)) {two}))"
        return f"(and (exists (?r - receptacle) (exists (?o1 - object) (and {one} {other}))))"
    conditions = f"(objectType ?o {thing}) (receptacleType ?r {target}) {_GOALS[game.goal.task_type]}"
    return f"(and (exists (?r - receptacle) (exists (?o - object) (and {conditions}))))"


def pddl_problem(game: Game) -> str:
    """The PDDL problem of a game, as the original writes it."""
    start = symbol(game.start)
    locations = {start} | {symbol(r.location) for r in game.receptacles if r.location}
    locations |= {symbol(place) for thing in game.things for place in thing.locations}
    things = {kind for _, kinds in game.accepts for kind in kinds} | {thing.kind for thing in game.things}
    things |= {game.goal.thing_kind} | ({game.goal.target_kind} if game.goal.task_type == "look" else set())
    kinds = (
        {kind for kind, _ in game.accepts}
        | {r.kind for r in game.receptacles}
        | {"Microwave", "Fridge", "SinkBasin", "Sink"}
    )
    if game.goal.task_type != "look":
        kinds.add(game.goal.target_kind)
    things |= {"Knife", "ButterKnife"}
    objects = ["agent1 - agent", *(f"{name} - location" for name in sorted(locations))]
    objects += [f"{kind}Type - otype" for kind in sorted(things)] + [f"{kind}Type - rtype" for kind in sorted(kinds)]
    objects += [f"{symbol(r.id)} - receptacle" for r in game.receptacles] + [
        f"{symbol(t.id)} - object" for t in game.things
    ]
    init = [f"(atLocation agent1 {start})"]
    for r in game.receptacles:
        init.append(f"(receptacleType {symbol(r.id)} {r.kind}Type)")
        if r.location:
            init.append(f"(receptacleAtLocation {symbol(r.id)} {symbol(r.location)})")
        init += [f"(openable {symbol(r.id)})"] * r.openable + [f"(opened {symbol(r.id)})"] * r.opened
    for t in game.things:
        name = symbol(t.id)
        init.append(f"(objectType {name} {t.kind}Type)")
        init += [f"({mark} {name})" for mark in t.properties]
        init += [f"(inReceptacle {name} {symbol(place)})" for place in t.receptacles]
        init += [f"(objectAtLocation {name} {symbol(place)})" for place in t.locations]
        init += [f"(inReceptacleObject {name} {symbol(outer)})" for outer in t.inside]
    init += [f"(canContain {kind}Type {thing}Type)" for kind, kinds_in in game.accepts for thing in kinds_in]
    body = "\n  ".join(objects), "\n  ".join(init), _goal(game)
    return "(define (problem p)\n (:domain alfred)\n (:objects\n  {}\n )\n (:init\n  {}\n )\n (:goal {})\n)\n".format(
        *body
    )


def official_form(game: Game) -> dict[str, Any]:
    """A game in the form of a ``game.tw-pddl`` file, with the domain and the grammar of the installed ``alfworld``."""
    files = importlib.resources.files("alfworld") / "data"
    grammar = (files / "alfred.twl2").read_text("utf-8")
    return {
        "pddl_domain": (files / "alfred.pddl").read_text("utf-8"),
        "grammar": grammar.replace("Your task is to: UNKNOWN GOAL.", game.task),
        "pddl_problem": pddl_problem(game),
        "solvable": True,
        "walkthrough": list(game.walkthrough),
    }


def chosen_command(rng: random.Random, admissible: list[str]) -> str:
    """A command of a random walk that prefers what changes the state, with some junk in it."""
    if rng.random() < 0.08:
        command = rng.choice(admissible)
        return rng.choice((*JUNK, command.upper(), f"{command} now", f" {command}\t", command.replace(" ", "  ", 1)))
    kinds: dict[str, list[str]] = {}
    for command in admissible:
        kinds.setdefault(command.partition(" ")[0], []).append(command)
    if rng.random() < 0.3:  # to where things can be treated, cut or lit
        near = [c for c in kinds["go"] if re.search("microwave|fridge|sinkbasin|countertop|table|desk|dresser", c)]
        kinds["go"] = near or kinds["go"]
    weights = {
        "go": 4.0,
        "look": 2.0,
        "inventory": 1.0,
        "help": 0.2,
        "examine": 2.0,
        "close": 2.0,
        "move": 3.0,
        "put": 3.0,
    }
    verbs = sorted(kinds)
    return rng.choice(kinds[rng.choices(verbs, [weights.get(verb, 6.0) for verb in verbs])[0]])


@dataclass
class Comparison:
    """How both engines fared on one game."""

    steps: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def check(self, command: str, ours: Seen, theirs: Seen) -> None:
        self.steps += 1
        verb = command.strip().partition(" ")[0]
        self.verbs[verb] += 1
        # The grammar of the package begins its help with an empty line, the official games do not.
        seen = theirs.observation.removeprefix("\n") if verb == "help" else theirs.observation
        for what, left, right in (
            ("observation", ours.observation, seen),
            ("admissible", ours.admissible, theirs.admissible),
            ("won", ours.won, theirs.won),
            ("reward", ours.reward, theirs.reward),
        ):
            if left != right:
                self.mismatches.append(f"{what} after {command!r}: ours {left!r}, the original's {right!r}")


def our_step(engine: Engine, command: str) -> Seen:
    observation, _ = engine.step(command)
    return Seen(observation, engine.admissible, engine.won, int(engine.won))


def compare(
    engine: Engine, original: Original, walks: Iterable[Iterable[str] | tuple[random.Random, int]]
) -> Comparison:
    """Play walks in both engines, each from the start: lists of commands, or generators with a number of steps."""
    comparison = Comparison()
    for walk in walks:
        comparison.check("", Seen(engine.reset(), engine.admissible, engine.won, 0), original.reset())
        for command in _commands(engine, walk):
            comparison.check(command, our_step(engine, command), original.step(command))
    return comparison


def _commands(engine: Engine, walk: Iterable[str] | tuple[random.Random, int]) -> Iterator[str]:
    if isinstance(walk, tuple) and isinstance(walk[0], random.Random):
        for _ in range(walk[1]):
            yield chosen_command(walk[0], engine.admissible)
    else:
        yield from walk


def old_command(command: str) -> str:
    """A command of text version 0.4 in the words of 0.3."""
    match = re.fullmatch(r"move (.+) to (.+)", command)
    return f"put {match[1]} in/on {match[2]}" if match else command
