"""What the game's logic allows in a state: :class:`Commands`."""

from __future__ import annotations

from collections.abc import Sequence

from textarena_rl.envs.textworld.recipe import Recipe
from textarena_rl.envs.textworld.world import INVENTORY, State, World

__all__ = ["Commands"]

Action = tuple[str, str, str]
Listed = tuple[str, Action]
"""A command and what it asks for."""

_LOOK: Listed = ("look", ("look", "", ""))
_INVENTORY: Listed = ("inventory", ("inventory", "", ""))
_PREPARE: Listed = ("prepare meal", ("prepare", "", ""))
_SPENDING = frozenset({"drop", "put", "insert", "eat", "drink it"})
_WORDS = {"put": "on", "insert": "into", "take from": "from", "lock": "with", "unlock": "with"}
_WORDS |= dict.fromkeys(("slice", "dice", "chop", "cook"), "with")


class Commands:
    """The admissible commands of one world, each put into words once.

    Args:
        world: The fixed part of the game.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        names = [(thing, name) for thing, name in world.name.items() if thing in world.text]
        self._one: dict[str, dict[str, Listed]] = {
            verb: {thing: (f"{verb} {name}", (verb, thing, "")) for thing, name in names}
            for verb in ("examine", "take", "drop", "eat", "open", "close")
        }
        self._go = {
            room: [(door, (f"go {way}", ("go", way, ""))) for way, (_, door) in exits.items()]
            for room, exits in world.exits.items()
        }
        self._two: dict[str, dict[tuple[str, str], Listed]] = {verb: {} for verb in _WORDS}

    def find(self, state: State) -> dict[str, Action]:
        """Every command that the rules allow now, and what each of them asks for."""
        world, one, status = self.world, self._one, state.status
        type, examine = world.type, one["examine"]
        room = state.room
        carried: Sequence[str] = state.contents[INVENTORY]
        if state.ghosts:
            carried = [*carried, *state.ghosts]
        found = [_LOOK, _INVENTORY]
        found += [listed for door, listed in self._go[room] if door is None or status[door] == "open"]
        for door in world.doors[room]:
            self._add_opening(found, state, door)
        for thing in state.contents[room]:
            kind = type[thing]
            if kind == "c":
                self._add_opening(found, state, thing)
                if status[thing] == "open":
                    self._add_holder(found, state.contents[thing], thing, "insert", carried)
            elif kind == "s":
                found.append(examine[thing])
                self._add_holder(found, state.contents[thing], thing, "put", carried)
            else:
                found.append(examine[thing])
                found.append(one["take"][thing])
        for thing in carried:
            found.append(examine[thing])
            found.append(one["drop"][thing])
            if type[thing] == "f" and (not state.traits or "edible" in state.traits[thing]):
                found.append(one["eat"][thing])
        if world.recipe is not None:
            found = self._in_the_kitchen(found, state, world.recipe, carried)
        return dict(found)

    def _add_opening(self, found: list[Listed], state: State, thing: str) -> None:
        status, key = state.status[thing], self.world.key.get(thing)
        found.append(self._one["examine"][thing])
        if status != "locked":
            found.append(self._one["close" if status == "open" else "open"][thing])
        if status != "open" and key is not None and state.holder[key] == INVENTORY:
            found.append(self._pair("lock" if status == "closed" else "unlock", thing, key))

    def _add_holder(
        self, found: list[Listed], inside: list[str], holder: str, verb: str, carried: Sequence[str]
    ) -> None:
        examine = self._one["examine"]
        for thing in inside:
            found.append(self._pair("take from", thing, holder))
            found.append(examine[thing])
        for thing in carried:
            found.append(self._pair(verb, thing, holder))

    def _pair(self, verb: str, thing: str, other: str) -> Listed:
        table = self._two[verb]
        listed = table.get((thing, other))
        if listed is None:
            name = self.world.name
            command = f"{verb.split()[0]} {name[thing]} {_WORDS[verb]} {name[other]}"
            listed = table[thing, other] = (command, (verb, thing, other))
        return listed

    def _in_the_kitchen(
        self, found: list[Listed], state: State, recipe: Recipe, carried: Sequence[str]
    ) -> list[Listed]:
        """What cooking games add to the standard rules, and what they leave out."""
        world = self.world
        sources = [thing for thing in state.contents[state.room] if thing in recipe.heat]
        tools = [thing for thing in carried if thing in recipe.sharp]
        for food in carried:
            traits = state.traits[food]
            if "drinkable" in traits:
                found.append((f"drink {world.name[food]}", ("drink it", food, "")))
            if world.type[food] != "f":
                continue
            if "uncut" in traits:
                found += [self._pair(verb, food, tool) for tool in tools for verb in ("slice", "dice", "chop")]
            if "raw" in traits or {"needs_cooking", "inedible"} <= traits or {"cooked", "edible"} <= traits:
                found += [self._pair("cook", food, source) for source in sources]
        if state.room == recipe.kitchen and recipe.order[0] in carried:
            found.append(_PREPARE)
        # The logic of cooking games knows no look at what is carried, at doors, or at what has no state of its own.
        left_out = {("examine", thing) for thing in (*carried, *world.doors[state.room])}
        left_out |= {(verb, thing) for thing in world.silent for verb in ("open", "close")}
        spent: frozenset[str] = frozenset()
        if world.capacity is not None:
            free, used = state.slots
            spent = frozenset(() if free else ("take", "take from")) | (frozenset() if used else _SPENDING)
        return [item for item in found if item[1][:2] not in left_out and item[1][0] not in spent]
