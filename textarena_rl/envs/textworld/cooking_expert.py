"""The shortest way to the meal from any state of a cooking game: :func:`shortest_meal`.

Where the player carries any number of things, whatever must be done and can be done here may be done at once: taking an
ingredient, cooking or cutting it, opening what it is in. None of these makes another impossible, and every way to win
holds each of them once. What is left to choose is the way through the house, which breadth-first search shortens.

Where the player carries a few things only, a take may have to wait and a thing may have to be put down. There A*
searches over takes and drops as well; what is left to do without that limit is its lower bound.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from textarena_rl.envs.textworld.world import INVENTORY, State, World

__all__ = ["shortest_meal"]

Action = tuple[str, str, str]
Work = tuple[tuple[str, str, str], ...]
"""For each thing that is needed: its holder, how it must still be cooked, how it must still be cut."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A state cut down to what matters."""

    room: str
    opened: frozenset[str]
    """What was closed at the start of the search and is open by now."""
    work: Work
    junk: int = 0
    """Things carried that nobody needs."""


def shortest_meal(world: World, state: State) -> list[Action] | None:
    """The actions of a shortest win, or None where there is none."""
    return _Kitchen(world, state).run()


class _Kitchen:
    def __init__(self, world: World, state: State) -> None:
        self.world, self.state = world, state
        recipe = world.recipe
        assert recipe is not None
        self.recipe = recipe
        self.ready = state.holder[recipe.meal] is not None
        foods = [recipe.meal] if self.ready else [item.food for item in recipe.ingredients]
        cuts = [item for item in recipe.ingredients if not self.ready and item.cut != state.cut_of(item.food)]
        # Of several things that cut, the one at hand, else any: cooking games have one.
        knives = sorted(recipe.sharp, key=lambda thing: (state.holder[thing] != INVENTORY, thing))
        self.knife = knives[0] if knives else ""
        self.possible = bool(self.knife) or not cuts
        self.things = [*foods, *([self.knife] if cuts and self.knife else [])]
        self.closed = frozenset(thing for thing, status in state.status.items() if status == "closed")
        self.locked = frozenset(thing for thing, status in state.status.items() if status == "locked")
        self.sources: dict[tuple[str, str], str] = {}
        for source, kind in recipe.heat.items():
            room = state.holder[source]
            if room is not None:
                self.sources[room, kind] = source
        self._bounds: dict[_Node, int | None] = {}

    def run(self) -> list[Action] | None:
        if not self.possible:
            return None
        work = []
        for thing in self.things:
            item = next((item for item in self.recipe.ingredients if item.food == thing and not self.ready), None)
            cooking = item.cooking if item and item.cooking != self.state.cooking_of(thing) else ""
            cut = item.cut if item and item.cut != self.state.cut_of(thing) else ""
            holder = self.state.holder[thing]
            if holder is None or (item is not None and "burned" in self.state.traits[thing]):
                return None
            work.append((holder, cooking, cut))
        carried = self.state.contents[INVENTORY]
        junk = sum(thing not in self.things for thing in carried)
        start = _Node(self.state.room, frozenset(), tuple(work), junk)
        return self.search_freely(start)[1] if self.world.capacity is None else self.search_with_hands_full(start)

    # ------------------------------------------------------------------ what can be done here

    def place(self, holder: str) -> str:
        """The room in which a holder of things stands; empty for what is carried."""
        if holder == INVENTORY:
            return ""
        return holder if holder in self.world.exits else self.state.holder[holder] or ""

    def shut(self, thing: str, node: _Node) -> bool:
        return thing in self.closed and thing not in node.opened

    def finished(self, node: _Node) -> bool:
        """Whether only the meal itself is missing, and the player is where it is made."""
        foods = node.work[:-1] if self.things[-1] == self.knife else node.work
        held = all(holder == INVENTORY and not cooking and not cut for holder, cooking, cut in foods)
        return held and (self.ready or node.room == self.recipe.kitchen)

    def last(self) -> list[Action]:
        meal: Action = ("eat", self.recipe.meal, "")
        return [meal] if self.ready else [("prepare", "", ""), meal]

    def needs_knife(self, work: Work) -> bool:
        return any(cut for _, _, cut in work)

    def settle(self, node: _Node, take: bool) -> tuple[_Node, list[Action]]:
        """Do all that has to be done once and can be done here; takes only if ``take``."""
        done_here: list[Action] = []
        while True:
            step = self.next_step(node, take)
            if step is None:
                return node, done_here
            action, node = step
            done_here.append(action)

    def next_step(self, node: _Node, take: bool) -> tuple[Action, _Node] | None:
        work = node.work
        knife_held = self.things[-1] == self.knife and work[-1][0] == INVENTORY
        if not take and self.surplus(node):
            junk = [thing for thing in self.state.contents[INVENTORY] if thing not in self.things]
            return ("drop", junk[node.junk - 1], ""), _Node(node.room, node.opened, work, node.junk - 1)
        for number, (holder, cooking, cut) in enumerate(work):
            thing = self.things[number]
            wanted = thing != self.knife or self.needs_knife(work)
            if holder != INVENTORY:
                if not wanted or self.place(holder) != node.room:
                    continue
                if self.shut(holder, node):
                    opened = node.opened | {holder}
                    return ("open", holder, ""), _Node(node.room, opened, work, node.junk)
                if take:
                    return self.take(number, node)
            elif cooking and (node.room, cooking) in self.sources:
                changed = self.changed(node, number, (holder, "", cut))
                return ("cook", thing, self.sources[node.room, cooking]), changed
            elif cut and knife_held:
                verb = {"sliced": "slice", "diced": "dice", "chopped": "chop"}[cut]
                return (verb, thing, self.knife), self.changed(node, number, (holder, cooking, ""))
        return None

    def changed(self, node: _Node, number: int, item: tuple[str, str, str]) -> _Node:
        return _Node(node.room, node.opened, (*node.work[:number], item, *node.work[number + 1 :]), node.junk)

    def take(self, number: int, node: _Node) -> tuple[Action, _Node]:
        holder, cooking, cut = node.work[number]
        verb = ("take", self.things[number], "") if holder == node.room else ("take from", self.things[number], holder)
        return verb, self.changed(node, number, (INVENTORY, cooking, cut))

    def surplus(self, node: _Node) -> int:
        """How many useless things must be dropped, sooner or later."""
        if self.world.capacity is None:
            return 0
        hands = max(len(self.things) - (self.things[-1] == self.knife), 2 if self.needs_knife(node.work) else 1)
        return max(0, node.junk + hands - self.world.capacity)

    def moves(self, node: _Node) -> Iterator[tuple[Action, _Node]]:
        """The ways out of the room, and the doors to open."""
        for direction, (target, door) in self.world.exits[node.room].items():
            if door is None or not (self.shut(door, node) or door in self.locked):
                yield ("go", direction, ""), _Node(target, node.opened, node.work, node.junk)
            elif door not in self.locked:
                yield ("open", door, ""), _Node(node.room, node.opened | {door}, node.work, node.junk)

    # ------------------------------------------------------------------ the two searches

    def search_freely(self, start: _Node) -> tuple[int | None, list[Action] | None]:
        """The shortest way for a player who carries any number of things: its length and its actions."""
        node, actions = self.settle(start, take=True)
        parents: dict[_Node, tuple[_Node, list[Action]] | None] = {node: None}
        frontier, first = [node], actions
        while frontier:
            reached = []
            for node in frontier:
                if self.finished(node):
                    steps: list[Action] = []
                    origin = parents[node]
                    while origin is not None:
                        steps = origin[1] + steps
                        origin = parents[origin[0]]
                    plan = [*first, *steps, *self.last()]
                    return len(plan), plan
                for action, moved in self.moves(node):
                    settled, actions = self.settle(moved, take=True)
                    if settled not in parents:
                        parents[settled] = (node, [action, *actions])
                        reached.append(settled)
            frontier = reached
        return None, None

    def bound(self, node: _Node) -> int | None:
        """Fewer actions than this never suffice; None: there is no way at all."""
        key = _Node(node.room, node.opened, node.work)
        if key not in self._bounds:
            self._bounds[key] = self.search_freely(key)[0]
        length = self._bounds[key]
        return None if length is None else length + self.surplus(node)

    def search_with_hands_full(self, start: _Node) -> list[Action] | None:
        """The shortest way for a player who carries a few things only."""
        start, first = self.settle(start, take=False)
        lower = self.bound(start)
        if lower is None:
            return None
        parents: dict[_Node, tuple[_Node, list[Action]] | None] = {start: None}
        spent = {start: 0}
        order = itertools.count()
        waiting = [(lower, next(order), start)]
        closed: set[_Node] = set()
        while waiting:
            _, _, node = heapq.heappop(waiting)
            if node in closed:
                continue
            closed.add(node)
            if self.finished(node):
                steps: list[Action] = []
                origin = parents[node]
                while origin is not None:
                    steps = origin[1] + steps
                    origin = parents[origin[0]]
                return [*first, *steps, *self.last()]
            for action, moved in itertools.chain(self.shifts(node), self.moves(node)):
                settled, actions = self.settle(moved, take=False)
                cost = spent[node] + 1 + len(actions)
                if settled in closed or cost >= spent.get(settled, cost + 1):
                    continue
                lower = self.bound(settled)
                if lower is not None:
                    spent[settled] = cost
                    parents[settled] = (node, [action, *actions])
                    heapq.heappush(waiting, (cost + lower, -next(order), settled))
        return None

    def shifts(self, node: _Node) -> Iterator[tuple[Action, _Node]]:
        """What can be taken, and what can be put down to make room."""
        assert self.world.capacity is not None
        carried = node.junk + sum(holder == INVENTORY for holder, _, _ in node.work)
        for number, (holder, cooking, cut) in enumerate(node.work):
            if holder == INVENTORY:
                action: Action = ("drop", self.things[number], "")
                yield action, self.changed(node, number, (node.room, cooking, cut))
            elif self.place(holder) == node.room and not self.shut(holder, node) and carried < self.world.capacity:
                yield self.take(number, node)
