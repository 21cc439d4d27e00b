"""What names a family of games: the three numbers of ``tw-make custom``, or one of TextWorld's challenges.

A family and a seed name one game. ``str()`` of a family names its pack and its folder in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from textarena_rl.errors import InvalidConfig

__all__ = ["GOALS", "REWARDS", "SPLITS", "Coin", "Cooking", "Family", "Knobs", "Simple", "Treasure", "split_of"]

SPLITS = {"train": range(50_001, 55_001), "valid": range(40_001, 40_101), "test": range(1, 101)}
"""The seeds of each split, as in the multi-turn papers' code; disjoint."""

REWARDS = ("sparse", "balanced", "dense")
GOALS = ("detailed", "brief", "none")
_TREASURE_LENGTHS = (
    *(1, 1, 2, 2, 3, 3, 4, 4, 5, 5),
    *(2, 3, 4, 5, 6, 6, 7, 8, 9, 10),
    *(3, 5, 7, 9, 11, 12, 14, 16, 18, 20),
)
"""Commands in the quest of each level of the treasure hunt."""


def split_of(seed: int) -> str | None:
    """The split that a seed belongs to, or None."""
    return next((name for name, span in SPLITS.items() if seed in span), None)


class Family(Protocol):
    """Games that differ in their seed only."""

    @property
    def generator(self) -> str:
        """``custom``, or the name of a challenge of the ``textworld`` package."""

    @property
    def max_turns(self) -> int:
        """Turns until truncation where the user sets none."""

    def settings(self, seed: int) -> dict[str, Any]:
        """What the challenge is asked for."""

    def __str__(self) -> str:
        """A name that no other family has, fit for a file."""

    def __hash__(self) -> int:
        """Families are values: equal ones have the same games."""


def _check(where: str, name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise InvalidConfig(
            f"{where}: expected {name} as a whole number from {least} to {most}, got {value!r}. Choose another."
        )


def _check_word(where: str, name: str, value: object, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InvalidConfig(f"{where}: expected {name} to be one of {', '.join(words)}, got {value!r}. Choose one.")


def _check_flag(where: str, name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidConfig(f"{where}: expected {name} to be True or False, got {value!r}. Choose one.")


@dataclass(frozen=True, slots=True)
class Knobs:
    """The three numbers of ``tw-make custom``.

    Raises:
        InvalidConfig: A number is outside its range; beyond it generation takes minutes.
    """

    world_size: int = 2
    """Rooms, 1 to 12."""
    nb_objects: int = 3
    """The least number of objects, 1 to 50; a quest may bring more."""
    quest_length: int = 4
    """Commands in the generated quest, 1 to 20; some seeds come out shorter unless the length is exact."""
    exact: bool = False
    """Whether games are drawn until the shortest win takes exactly ``quest_length`` commands."""

    def __post_init__(self) -> None:
        _check("TextWorld", "world_size", self.world_size, 1, 12)
        _check("TextWorld", "nb_objects", self.nb_objects, 1, 50)
        _check("TextWorld", "quest_length", self.quest_length, 1, 20)
        _check_flag("TextWorld", "exact_quest_length", self.exact)

    @property
    def generator(self) -> str:
        """Of the package's own command for any house."""
        return "custom"

    @property
    def max_turns(self) -> int:
        """Three times the quest's length."""
        return 3 * self.quest_length

    def settings(self, seed: int) -> dict[str, Any]:
        """Nothing beyond the three numbers."""
        return {}

    def __str__(self) -> str:
        return f"w{self.world_size}-o{self.nb_objects}-q{self.quest_length}{'-exact' if self.exact else ''}"


@dataclass(frozen=True, slots=True)
class Simple:
    """``tw-simple``: one house, a key to find, a food to put on the stove; eating that food loses."""

    rewards: str = "dense"
    """``sparse``: for the end; ``balanced``: also for stages; ``dense``: for every stage."""
    goal: str = "detailed"
    """``detailed``: the objective tells every step; ``brief``: what to cook; ``none``: it is found in the game."""
    unseen: bool = False
    """Whether the food is one of three that no other game of this challenge asks for."""

    def __post_init__(self) -> None:
        _check_word("TextWorld-simple", "rewards", self.rewards, REWARDS)
        _check_word("TextWorld-simple", "goal", self.goal, GOALS)
        _check_flag("TextWorld-simple", "unseen_foods", self.unseen)

    @property
    def generator(self) -> str:
        """The challenge's name in the package."""
        return "tw-simple"

    @property
    def max_turns(self) -> int:
        """Three times the longest of its shortest wins (12 commands)."""
        return 36

    def settings(self, seed: int) -> dict[str, Any]:
        """The options of ``tw-make tw-simple``."""
        return {"rewards": self.rewards, "goal": self.goal, "test": self.unseen}

    def __str__(self) -> str:
        goal = "" if self.goal == "detailed" else f"-{self.goal}"
        return f"simple-{self.rewards}{goal}{'-unseen' if self.unseen else ''}"


@dataclass(frozen=True, slots=True)
class Coin:
    """``tw-coin_collector``: rooms in a chain, with dead ends from level 101 on, and a coin in the last."""

    level: int = 1
    """1 to 300: one to a hundred rooms on the way, then the same with one and with two dead ends for each."""

    def __post_init__(self) -> None:
        _check("TextWorld-coin", "level", self.level, 1, 300)

    @property
    def generator(self) -> str:
        """The challenge's name in the package."""
        return "tw-coin_collector"

    @property
    def quest_length(self) -> int:
        """Rooms on the way, which is also the number of commands."""
        return (self.level - 1) % 100 + 1

    @property
    def max_turns(self) -> int:
        """Three times the quest's length."""
        return 3 * self.quest_length

    def settings(self, seed: int) -> dict[str, Any]:
        """The options of ``tw-make tw-coin_collector``."""
        return {"level": self.level}

    def __str__(self) -> str:
        return f"coin-l{self.level}"


@dataclass(frozen=True, slots=True)
class Treasure:
    """``tw-treasure_hunter``: a maze with two portable things; take the one that is named, not the other."""

    level: int = 1
    """1 to 10: five rooms; to 20: ten, with doors and chests; to 30: twenty, with locks."""

    def __post_init__(self) -> None:
        _check("TextWorld-treasure", "level", self.level, 1, 30)

    @property
    def generator(self) -> str:
        """The challenge's name in the package."""
        return "tw-treasure_hunter"

    @property
    def max_turns(self) -> int:
        """Three times the quest's length."""
        return 3 * _TREASURE_LENGTHS[self.level - 1]

    def settings(self, seed: int) -> dict[str, Any]:
        """The options of ``tw-make tw-treasure_hunter``."""
        return {"level": self.level}

    def __str__(self) -> str:
        return f"treasure-l{self.level}"


@dataclass(frozen=True, slots=True)
class Cooking:
    """``tw-cooking``: read the cookbook, fetch and prepare what it asks for, eat the meal."""

    recipe: int = 1
    """Ingredients in the recipe, 1 to 5."""
    take: int = 0
    """Ingredients that have to be found, at most ``recipe``; the player starts with the others."""
    cook: bool = False
    """Whether ingredients have to be cooked."""
    cut: bool = False
    """Whether ingredients have to be cut."""
    open: bool = False
    """Whether doors and containers start closed."""
    drop: bool = False
    """Whether the player carries a few things only."""
    go: int = 1
    """Rooms: 1, 6, 9 or 12."""

    def __post_init__(self) -> None:
        where = "TextWorld-cooking"
        _check(where, "recipe", self.recipe, 1, 5)
        _check(where, "take", self.take, 0, 5)
        if self.take > self.recipe:
            raise InvalidConfig(
                f"{where}: expected take to be at most recipe ({self.recipe}), got {self.take}. Lower it."
            )
        for name in ("cook", "cut", "open", "drop"):
            _check_flag(where, name, getattr(self, name))
        if type(self.go) is not int or self.go not in (1, 6, 9, 12):
            raise InvalidConfig(f"{where}: expected go to be 1, 6, 9 or 12 rooms, got {self.go!r}. Choose one.")

    @property
    def generator(self) -> str:
        """The challenge's name in the package."""
        return "tw-cooking"

    @property
    def max_turns(self) -> int:
        """As in the First TextWorld Problems competition."""
        return 100

    def settings(self, seed: int) -> dict[str, Any]:
        """The options of ``tw-make tw-cooking``: the foods and preparations are those of the seed's split."""
        skills = {name: getattr(self, name) for name in ("recipe", "take", "cook", "cut", "open", "drop", "go")}
        return {**skills, "recipe_seed": 0, "split": split_of(seed)}

    def __str__(self) -> str:
        take = f"-take{self.take}" if self.take else ""
        flags = "".join(f"-{name}" for name in ("cook", "cut", "open", "drop") if getattr(self, name))
        return f"cooking-recipe{self.recipe}{take}{flags}{f'-go{self.go}' if self.go > 1 else ''}"
