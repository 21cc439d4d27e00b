"""Instructions of generated goals: the original's pattern, or sentences as people write them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from textarena_rl.envs.webshop.goals import NO_LIMIT, price_text
from textarena_rl.envs.webshop.ontology import Kind
from textarena_rl.envs.webshop.phrases import Attribute

__all__ = ["template", "varied"]


def _halves(wanted: Sequence[Attribute], synonym_rate: int, draw: random.Random) -> tuple[list[Attribute], list[str]]:
    """The attributes that are said in the shop's words, and those that are not, in others."""
    own, other = [], []
    for attribute in wanted:
        if draw.random() * 100 < synonym_rate:
            other.append(draw.choice(attribute.others))
        else:
            own.append(attribute)
    return own, other


def _name(kind: Kind, synonym_rate: int, draw: random.Random) -> str:
    return draw.choice(kind.other_names) if draw.random() * 100 < synonym_rate else kind.name


def _phrases(wanted: Sequence[Attribute], place: str) -> list[str]:
    return [attribute.phrase for attribute in wanted if attribute.place == place]


def template(
    kind: Kind,
    wanted: Sequence[Attribute],
    options: Mapping[str, str],
    price_upper: float,
    synonym_rate: int,
    draw: random.Random,
) -> str:
    """The original's pattern, as in ``Find me double sided throw pillows for living room with color: blue``."""
    own, other = _halves(wanted, synonym_rate, draw)
    said = " ".join(filter(None, ("Find me", ", ".join(_phrases(own, "is")), _name(kind, synonym_rate, draw))))
    for place in ("with", "for"):
        phrases = _phrases(own, place)
        said += f" {place} {', '.join(phrases)}" if phrases else ""
    if other:
        said += f" (also: {', and '.join(other)})"
    if options:
        said += " with " + ", and ".join(f"{name}: {value}" for name, value in options.items())
    return said + price_text(price_upper)


_OPENINGS = (
    "i need some", "i'm looking for", "can you find me", "please show me", "i would like to buy", "looking for",
    "where can i get", "i want", "help me find", "my sister asked for",
)  # fmt: skip
_LIMITS = (
    "for less than {limit:.0f} dollars", "under {limit:.2f} dollars", "and my budget is {limit:.0f} dollars",
    "and the price must be lower than {limit:.2f} dollars", "that cost no more than {limit:.0f} dollars",
)  # fmt: skip
_EXTRAS = ("what also matters: {other}", "important to me: {other}", "also: {other}")


def _wish_for(name: str, value: str, draw: random.Random) -> str:
    if name in ("color", "finish", "shade", "pattern name"):
        return f"in {value}"
    if name == "size":
        return draw.choice((f"in size {value}", f"size {value}"))
    if name == "pack":
        return f"as a {value}"
    return draw.choice((f"in the {value} version", f"{name.removesuffix(' name')} {value}", f"({value})"))


def varied(
    kind: Kind,
    wanted: Sequence[Attribute],
    options: Mapping[str, str],
    price_upper: float,
    synonym_rate: int,
    draw: random.Random,
) -> str:
    """A sentence or two in lower case, in one of many orders."""
    own, other = _halves(wanted, synonym_rate, draw)
    parts = []
    before, adjectives = "", _phrases(own, "is")
    if adjectives and draw.random() < 0.5:
        before = adjectives.pop(0) + " "
    if adjectives:
        parts.append(draw.choice(("that are ", "which are ")) + " and ".join(adjectives))
    for place in ("with", "for"):
        phrases = _phrases(own, place)
        if phrases:
            parts.append(f"{place} {' and '.join(phrases)}")
    parts += [_wish_for(name, value, draw) for name, value in options.items()]
    draw.shuffle(parts)
    said = f"{draw.choice(_OPENINGS)} {before}{_name(kind, synonym_rate, draw)} {', '.join(parts)}".rstrip()
    if price_upper != NO_LIMIT:
        said += " " + draw.choice(_LIMITS).format(limit=price_upper)
    for phrase in other:
        said += ". " + draw.choice(_EXTRAS).format(other=phrase)
    return said
