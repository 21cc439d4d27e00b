"""What a cooking game is about: :class:`Recipe`, read from the facts of a game."""

from __future__ import annotations

from dataclasses import dataclass

from textarena_rl.envs.textworld.games import Game

__all__ = ["COOKING", "CUTTING", "Ingredient", "Recipe", "read_recipe"]

COOKING = ("fried", "roasted", "grilled")
CUTTING = ("sliced", "diced", "chopped")
_HEAT = {"stove": "fried", "oven": "roasted", "toaster": "grilled"}
_ABOUT = ("ingredient_", "slot_")

Facts = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A food and how the recipe wants it."""

    food: str
    cooking: str
    cut: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a cooking game is about."""

    kitchen: str
    """The only room in which a meal can be prepared."""
    meal: str
    ingredients: tuple[Ingredient, ...]
    order: tuple[str, ...]
    """The ingredients as the game's logic counts them; without the first it does not think of preparing the meal."""
    heat: dict[str, str]
    """What each source of heat does to food."""
    sharp: frozenset[str]
    """What cuts."""


def read_recipe(game: Game, facts: Facts) -> tuple[Recipe | None, tuple[int, int], Facts]:
    """The recipe of a game, if it is a cooking game.

    Returns:
        The recipe; the free and the used slots of what the player carries, none where there is no limit; the facts that
        are about neither.
    """
    kitchens = [fact[1] for fact in facts if fact[0] == "cooking_location"]
    if not kitchens:
        return None, (0, 0), facts
    about = [fact for fact in facts if fact[1].startswith(_ABOUT)]
    base = {fact[2]: fact[1] for fact in facts if fact[0] == "base"}
    order = sorted((fact[0], fact[1]) for fact in facts if fact[0].startswith("ingredient_"))
    wanted = {name: {fact[0] for fact in about if fact[1] == name} for name in base}
    ingredients = tuple(
        Ingredient(
            base[name],
            next((value for value in COOKING if value in wanted[name]), "raw"),
            next((value for value in CUTTING if value in wanted[name]), "uncut"),
        )
        for name in (entity.id for entity in game.entities if entity.id in base)
    )
    rest = [
        fact
        for fact in facts
        if fact not in about and fact[0] not in ("base", "out", "cooking_location") and (fact[0], fact[1]) not in order
    ]
    recipe = Recipe(
        kitchens[0],
        next(fact[1] for fact in facts if fact[0] == "out"),
        ingredients,
        tuple(food for _, food in order),
        {entity.id: _HEAT[entity.type] for entity in game.entities if entity.type in _HEAT},
        frozenset(fact[1] for fact in facts if fact[0] == "sharp"),
    )
    kinds = [fact[0] for fact in about if fact[1].startswith("slot_")]
    return recipe, (kinds.count("free"), kinds.count("used")), rest
