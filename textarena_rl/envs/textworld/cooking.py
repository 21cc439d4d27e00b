"""What the actions of cooking games do: cutting, cooking, drinking, eating and preparing the meal."""

from __future__ import annotations

from textarena_rl.envs.textworld.recipe import Recipe
from textarena_rl.envs.textworld.world import INVENTORY, PLAYER, State, World

__all__ = ["change_slots", "consume", "cook", "cut", "drink", "prepare", "refuse_food"]

Result = tuple[str, bool]
_CUTS = {"slice": "sliced", "dice": "diced", "chop": "chopped"}


def change_slots(world: World, state: State, taken: int) -> None:
    """Count a thing that was taken (1) or given up (-1), as the game's logic does: it stops where no slot is left."""
    free, used = state.slots
    if world.capacity is not None and (free if taken > 0 else used) > 0:
        state.slots = (free - taken, used + taken)


def refuse_food(state: State, thing: str, name: str) -> str:
    """Why a thing cannot be eaten; empty if it can."""
    traits = state.traits[thing]
    if "needs_cooking" in traits and "edible" not in traits:
        return f"You should cook {name} first."
    return "" if "edible" in traits else "That's plainly inedible."


def _alter(world: World, state: State, food: str, lost: set[str], gained: set[str]) -> None:
    state.traits[food] = (state.traits[food] - lost) | gained
    state.articled = {**state.articled, food: world.shown(state, food)}


def cut(world: World, state: State, food: str, tool: str, verb: str) -> Result:
    """Slice, dice or chop a food with something sharp."""
    recipe, name = _recipe(world), world.definite[food]
    if world.type[food] != "f":
        return "Can only cut cuttable food.", False
    if (now := state.cut_of(food)) != "uncut":
        return f"{name[:1].upper()}{name[1:]} is already {now}.", False
    if tool not in recipe.sharp:
        return "Cutting something requires a knife.", False
    for thing in (food, tool):
        if state.holder.get(thing) != INVENTORY:
            return f"You need to take the {world.name[thing]} first.", False
    _alter(world, state, food, {"uncut"}, {_CUTS[verb]})
    return f"You {verb} {name}.", True


def cook(world: World, state: State, food: str, source: str, missing: str) -> Result:
    """Cook a food; ``missing`` says that it is not carried, if so."""
    recipe, name, traits = _recipe(world), world.definite[food], state.traits.get(food, frozenset())
    if missing:
        return missing, False
    if world.type[food] != "f":
        return "Can only cook food.", False
    if source not in recipe.heat:
        return "Cooking requires a source of heat.", False
    if "cooked" in traits:
        _alter(world, state, food, {"edible"}, {"burned", "inedible"})
        return f"You burned {name}!", True
    lost, gained = {"raw", "fried", "roasted", "grilled"}, {"cooked", recipe.heat[source]}
    if "needs_cooking" in traits:
        lost, gained = lost | {"needs_cooking", "inedible"}, gained | {"edible"}
    _alter(world, state, food, lost, gained)
    return f"You {recipe.heat[source]} {name}.", True


def drink(world: World, state: State, thing: str, missing: str) -> Result:
    """Drink what can be drunk; ``missing`` says that it is not carried, if so."""
    if missing:
        return missing, False
    if thing == PLAYER or "drinkable" not in state.traits.get(thing, ()):
        return f"You cannot drink {world.definite[thing]}.", False
    consume(world, state, thing)
    return f"You drink {world.definite[thing]}. Not bad.", True


def consume(world: World, state: State, thing: str) -> None:
    """Take a food that was eaten or drunk out of the game."""
    state.move(thing, None)
    state.traits[thing] |= {"consumed"}
    change_slots(world, state, -1)


def prepare(world: World, state: State) -> Result:
    """Make the meal out of its ingredients."""
    recipe = _recipe(world)
    if state.room != recipe.kitchen:
        return f"Can only prepare meal in the -= {world.name[recipe.kitchen].title()} =-.", False
    for item in recipe.ingredients:
        if state.holder[item.food] != INVENTORY:
            return "You still miss something.", False
        if state.cooking_of(item.food) != item.cooking:
            return "Something still needs to be cooked.", False
        if state.cut_of(item.food) != item.cut:
            return "Something still needs to be cut.", False
    for item in recipe.ingredients:
        state.move(item.food, None)
    state.move(recipe.meal, INVENTORY)
    state.traits[recipe.meal] |= {"edible", "raw"}
    if world.capacity is not None:
        _count_meal(state, recipe)
    return "Adding the meal to your inventory.", True


_SLOTS_OF_RULE = {1: 0, 2: 2, 3: 3, 4: 3, 5: 5}
"""How many used slots the logic's rule for a meal of so many ingredients asks for."""


def _count_meal(state: State, recipe: Recipe) -> None:
    """Let the game's logic note the meal: with too few used slots it takes another rule and forgets ingredients.

    That happens after a thing that had no slot was put down: games start with more carried than there are slots.
    """
    free, used = state.slots
    rule = max(size for size, slots in _SLOTS_OF_RULE.items() if size <= len(recipe.ingredients) and slots <= used)
    state.ghosts = recipe.order[rule:]
    if rule == 4:  # names one slot twice, and frees one that it does not name
        state.slots = (free + (2 if free else 3), used - 2)
    elif rule > 1:
        state.slots = (free + rule - 1, used - rule + 1)


def _recipe(world: World) -> Recipe:
    assert world.recipe is not None  # the parser and the engine come here in cooking games only
    return world.recipe
