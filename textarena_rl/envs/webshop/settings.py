"""How a generated shop is made: the knobs, their ranges and the presets."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from textarena_rl.errors import InvalidConfig

__all__ = ["AS_PRESET", "INSTRUCTIONS", "PRESETS", "RANGES", "Settings", "settings_of"]

AS_PRESET = -1
"""Stands in an id and among arguments for: as the preset says."""
INSTRUCTIONS = ("template", "varied")
RANGES = {
    "num_products": (20, 1_000_000),
    "num_attributes": (1, 6),
    "num_options": (0, 3),
    "price_limit": (0, 2),
    "family_size": (1, 20),
    "family_overlap": (0, 100),
    "visibility": (0, 100),
    "synonym_rate": (0, 100),
    "results_per_page": (1, 50),
    "num_pages": (1, 50),
    "catalogue_seed": (0, 999_999_999),
}
"""Knob to its least and greatest value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The knobs of a generated shop."""

    num_products: int = 1_000
    """Products for sale."""
    num_attributes: int = 3
    """Attributes that an instruction asks for."""
    num_options: int = 1
    """Options that an instruction asks for."""
    price_limit: int = 1
    """0: none; 1: one of the next four steps of ten dollars above the price, as in the original; 2: the very next."""
    family_size: int = 4
    """Products that are variations of one another, at most a tenth of all."""
    family_overlap: int = 70
    """With which probability, in percent, a variation keeps an attribute of its family."""
    visibility: int = 70
    """With which probability, in percent, a product's page says an attribute word for word."""
    synonym_rate: int = 10
    """With which probability, in percent, an instruction says something in other words than the shop."""
    results_per_page: int = 10
    """Products on a page of results."""
    num_pages: int = 5
    """Pages of results that a search fills at most."""
    catalogue_seed: int = 0
    """Another number, another shop."""
    instructions: str = "template"
    """``template``: the original's pattern; ``varied``: sentences as people write them."""

    @property
    def members(self) -> int:
        """Products a family."""
        return min(self.family_size, max(1, self.num_products // 10))

    @property
    def catalogue(self) -> Settings:
        """The same with the usual pages, which change nothing in what is for sale."""
        return replace(self, results_per_page=10, num_pages=5)


PRESETS = {
    "tiny": Settings(
        num_products=100, num_attributes=1, num_options=1, family_size=1, visibility=100, synonym_rate=0, price_limit=0
    ),
    "easy": Settings(num_attributes=4, num_options=2, family_size=2, family_overlap=60, visibility=80, synonym_rate=0),
    "default": Settings(),
    "hard": Settings(
        num_products=5_000, num_attributes=4, num_options=2, price_limit=2, family_size=10, family_overlap=85,
        visibility=40, synonym_rate=40, instructions="varied",
    ),
    "huge": Settings(
        num_products=100_000, num_attributes=4, num_options=2, family_size=10, family_overlap=80, visibility=60,
        synonym_rate=20, instructions="varied",
    ),
}  # fmt: skip
"""Name to settings: ``easy`` is as hard for simple policies as the official 1,000 products."""


def settings_of(preset: str, **knobs: int | str | None) -> Settings:
    """A preset with some of its knobs set otherwise.

    Raises:
        InvalidConfig: There is no such preset, or a knob is out of range.
    """
    if preset not in PRESETS:
        raise InvalidConfig(f"WebShop: expected preset to be one of {', '.join(PRESETS)}, got {preset!r}.")
    known = {field.name for field in fields(Settings)}
    assert set(knobs) <= known
    chosen = {name: value for name, value in knobs.items() if value not in (None, AS_PRESET, "preset")}
    for name, value in chosen.items():
        if name == "instructions":
            if value not in INSTRUCTIONS:
                raise InvalidConfig(
                    f"WebShop: expected instructions to be one of {', '.join(INSTRUCTIONS)}, got {value!r}."
                )
            continue
        low, high = RANGES[name]
        if type(value) is not int or not low <= value <= high:
            raise InvalidConfig(
                f"WebShop: expected {name} to be a whole number from {low} to {high}, got {value!r}. Change it."
            )
    return replace(PRESETS[preset], **chosen)  # type: ignore[arg-type]
