"""The shortest way to win from any state: :func:`shortest_plan`."""

from __future__ import annotations

from collections.abc import Iterator

from textarena_rl.envs.textworld.cooking_expert import shortest_meal
from textarena_rl.envs.textworld.engine import Engine
from textarena_rl.envs.textworld.parser import Action
from textarena_rl.envs.textworld.world import INVENTORY, Condition, State, World

__all__ = ["optimal_turns", "shortest_plan"]

_Node = tuple[str, tuple[str, ...], tuple[str | None, ...], tuple[bool, ...]]
"""A state cut down to what matters: room, status of what opens, holder of the portable things, quests completed."""


def shortest_plan(engine: Engine) -> list[str] | None:
    """The commands of a shortest win from the engine's state, or None where the game can no longer be won.

    Breadth-first search over the rooms, the doors and those things that some quest, or the way to it, depends on.
    Nothing is lost by leaving out the others: a player carries any number of things, so that moving, opening or locking
    a thing that no quest asks for is only ever needed to get at one that it does ask for, and those are kept.

    Where the end of the generator's walkthrough is one of the shortest wins it is preferred: that is the way which the
    game's objective tells.
    """
    if engine.over:
        return [] if engine.state.won else None
    if engine.world.recipe is None:
        actions = _Search(engine.world, engine.state).run()
    else:
        actions = shortest_meal(engine.world, engine.state)
    if actions is None:
        return None
    walkthrough = list(engine.world.game.walkthrough[-len(actions) :]) if actions else []
    if len(walkthrough) == len(actions) and _wins(engine.copy(), walkthrough):
        return walkthrough
    return [_command(engine.world, action) for action in actions]


def optimal_turns(world: World) -> int:
    """The length of a shortest win from the start of a game; 0 where there is none. Computed once."""
    if world.optimal_turns is None:
        world.optimal_turns = len(shortest_plan(Engine(world)) or ())
    return world.optimal_turns


def _wins(engine: Engine, commands: list[str]) -> bool:
    for command in commands:
        if engine.over or command not in engine.actions():
            return False
        engine.step(command)
    return engine.state.won


def _command(world: World, action: Action) -> str:
    verb, noun, second = action
    first = world.name.get(noun, noun)
    if verb == "prepare":
        return "prepare meal"
    if not second:
        return f"{verb} {first}".rstrip()
    word = {"take from": "from", "insert": "into", "put": "on"}.get(verb, "with")
    return f"{verb.split()[0]} {first} {word} {world.name[second]}"


class _Search:
    def __init__(self, world: World, state: State) -> None:
        self.world = world
        self.state = state
        conditions: list[Condition] = []
        for quest, completed in zip(world.scoring, state.completed, strict=True):
            if not completed:
                conditions += [*quest.win, *quest.fail]
        tests = [test for condition in conditions for test in condition]
        self.goals = {(thing, place) for kind, thing, place in tests if kind == "held"}
        self.shut = {thing for kind, thing, status in tests if kind == "status" and status != "open"}
        self.things, self.openings = self._relevant({thing for kind, thing, _ in tests if kind != "room"})
        self.place = {thing: number for number, thing in enumerate((*self.things,))}
        self.slot = {thing: number for number, thing in enumerate((*self.openings,))}

    def _relevant(self, wanted: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The portable things, and the things that open, on which winning may depend: with their keys and holders."""
        doors = {door for exits in self.world.exits.values() for _, door in exits.values() if door is not None}
        waiting = [*wanted, *doors, *(place for _, place in self.goals)]
        found: set[str] = set()
        while waiting:
            thing = waiting.pop()
            if thing in found or thing not in self.world.type:
                continue
            found.add(thing)
            if thing in self.world.key:
                waiting.append(self.world.key[thing])
            holder = self.state.holder.get(thing)
            if holder is not None:
                waiting.append(holder)
        order = [thing for thing in self.world.type if thing in found]
        things = tuple(thing for thing in order if self.world.type[thing] not in "rdcs")
        return things, tuple(thing for thing in order if thing in self.state.status)

    def run(self) -> list[Action] | None:
        start: _Node = (
            self.state.room,
            tuple(self.state.status[thing] for thing in self.openings),
            tuple(self.state.holder[thing] for thing in self.things),
            self.state.completed,
        )
        parents: dict[_Node, tuple[_Node, Action] | None] = {start: None}
        frontier = [start]
        while frontier:
            reached = []
            for node in frontier:
                for action, moved in self._moves(node):
                    scored = self._score(moved)
                    if scored is None or scored in parents:
                        continue
                    parents[scored] = (node, action)
                    if self._won(scored):
                        return self._path(parents, scored)
                    reached.append(scored)
            frontier = reached
        return None

    def _path(self, parents: dict[_Node, tuple[_Node, Action] | None], node: _Node) -> list[Action]:
        actions = []
        step = parents[node]
        while step is not None:
            before, action = step
            actions.append(action)
            step = parents[before]
        return actions[::-1]

    def _moves(self, node: _Node) -> Iterator[tuple[Action, _Node]]:
        room, status, holders, completed = node
        for direction, (target, door) in self.world.exits[room].items():
            if door is None or status[self.slot[door]] == "open":
                yield ("go", direction, ""), (target, status, holders, completed)
        for number, thing in enumerate(self.openings):
            if self.state.holder.get(thing) == room or thing in self.world.doors[room]:
                for action, turned in self._turns(thing, status[number], holders):
                    yield action, (room, (*status[:number], turned, *status[number + 1 :]), holders, completed)
        for number, thing in enumerate(self.things):
            for action, moved in self._shifts(thing, room, status, holders[number]):
                yield action, (room, status, (*holders[:number], moved, *holders[number + 1 :]), completed)

    def _turns(self, thing: str, status: str, holders: tuple[str | None, ...]) -> Iterator[tuple[Action, str]]:
        key = self.world.key.get(thing, "")
        turnable = bool(key) and holders[self.place[key]] == INVENTORY
        if status == "closed":
            yield ("open", thing, ""), "open"
        elif status == "locked" and turnable:
            yield ("unlock", thing, key), "closed"
        if thing in self.shut:
            if status == "open":
                yield ("close", thing, ""), "closed"
            elif status == "closed" and turnable:
                yield ("lock", thing, key), "locked"

    def _shifts(
        self, thing: str, room: str, status: tuple[str, ...], holder: str | None
    ) -> Iterator[tuple[Action, str | None]]:
        if holder == INVENTORY:
            for goal, target in self.goals:
                if goal != thing or target == INVENTORY:
                    continue
                if target == "":
                    yield ("eat", thing, ""), None
                elif target == room:
                    yield ("drop", thing, ""), room
                elif self._open_here(target, room, status):
                    yield ("put" if self.world.type[target] == "s" else "insert", thing, target), target
        elif holder == room:
            yield ("take", thing, ""), INVENTORY
        elif holder is not None and self._open_here(holder, room, status):
            yield ("take from", thing, holder), INVENTORY

    def _open_here(self, holder: str, room: str, status: tuple[str, ...]) -> bool:
        if self.state.holder.get(holder) != room:
            return False
        return holder not in self.slot or status[self.slot[holder]] == "open"

    def _score(self, node: _Node) -> _Node | None:
        """The node with its quests tested, or None where the game is lost."""
        room, status, holders, completed = node
        now = list(completed)
        for number, quest in enumerate(self.world.scoring):
            if not completed[number]:
                if any(self._holds(condition, node) for condition in quest.fail):
                    return None
                now[number] = any(self._holds(condition, node) for condition in quest.win)
        return room, status, holders, tuple(now)

    def _won(self, node: _Node) -> bool:
        required = [finished for finished, quest in zip(node[3], self.world.scoring, strict=True) if quest.required]
        return bool(required) and all(required)

    def _holds(self, condition: Condition, node: _Node) -> bool:
        room, status, holders, _ = node
        for kind, subject, value in condition:
            if kind == "room":
                if room != subject:
                    return False
            elif kind == "status":
                if status[self.slot[subject]] != value:
                    return False
            elif subject in self.place:
                if holders[self.place[subject]] != (value or None):
                    return False
            elif self.state.holder[subject] != value:
                return False
        return True
