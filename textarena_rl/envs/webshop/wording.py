"""What is written about generated products: titles, features, descriptions."""

from __future__ import annotations

import random
from collections.abc import Sequence

from textarena_rl.envs.webshop.ontology import Kind
from textarena_rl.envs.webshop.phrases import Attribute, nouns_in, without_marks

__all__ = ["Place", "brand_name", "description", "features", "place_of", "title"]

Place = str
"""Where a page says an attribute: ``title``, ``feature``, ``apart`` (its words apart), ``other`` (in other words) or
``nowhere``."""

_ONSETS, _VOWELS, _CODAS = (
    sounds.split()
    for sounds in (
        "b br c d dr f fl g h j k kr l m n p pl qu r s st t tr v w z",
        "a e i o u ai eo ia",
        "l n r x s m nd rt th",
    )
)
_TAILS = (
    "~Gift ~Idea", "New ~Edition", "by the ~Dozen", "Trusted ~Quality", "for ~Adults", "~Value ~Bundle",
    "Classic ~Look", "~Starter ~Choice",
)  # fmt: skip

_SAYS = {
    "is": (
        "{Phrase}: this {head} was made that way from the start.",
        "Buyers tell us again and again that it is {phrase}.",
        "It is {phrase}, and it stays so.",
        "{Phrase} by design, so you can stop worrying.",
    ),
    "with": (
        "Comes with {phrase}, which you will notice at once.",
        "{Phrase}: the part that makes this {head} special.",
        "We did not save on {phrase}.",
        "Made with {phrase} by people who care.",
    ),
    "for": (
        "Made for {phrase} and tried out there.",
        "{Phrase}: this is where the {head} shines.",
        "A good choice for {phrase}, whatever the season.",
    ),
}
_APART = ("Details: {last} ({first}).", "{Last}: {first}.", "At a glance: {last}, {first}.")
_OTHERWISE = ("{Other}: what more could you ask for.", "In short: {other}.", "What buyers praise: {other}.")
_FILLERS = (
    "We put {material} into every single piece.",
    "Packed in a plain carton that goes into the recycling bin.",
    "Write to us within thirty days and we send another or your money back.",
    "Our small team answers every message on the same day.",
    "Each {head} is looked at twice before it leaves the workshop.",
    "Please allow for small differences between screen and reality.",
    "Loved by beginners and experts alike.",
    "One of those things you did not know you were missing.",
    "Measured by hand, so expect tiny deviations.",
    "Designed over two years and improved with every batch.",
    "A thoughtful present that fits under any ribbon.",
    "Keep away from open fire and read the leaflet first.",
    "Ships from the nearest of our three warehouses.",
)
_ABOUT = (
    "This {head} from {brand} is our answer to many letters.",
    "{brand} has been known for {name} since the early days.",
    "Meet the {head} that our neighbors keep asking about.",
    "If you have tried other {name}, you will see the difference.",
)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def brand_name(draw: random.Random) -> str:
    """An invented name of two or three syllables."""
    name = "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(draw.choice((1, 2))))
    return (name + draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS)).capitalize()


def place_of(visibility: int, draw: random.Random) -> Place:
    """Where a product's page says one of its attributes."""
    if draw.random() * 100 < visibility:
        return "title" if draw.random() < 0.35 else "feature"
    return draw.choices(("apart", "other", "nowhere"), (45, 35, 20))[0]


def title(
    kind: Kind, brand: str, told: Sequence[Attribute], tags: Sequence[str], draw: random.Random
) -> tuple[str, tuple[str, ...]]:
    """A title and its nouns.

    Args:
        kind: What it is.
        brand: Who makes it.
        told: The attributes that the title says.
        tags: Option values that it mentions.
        draw: Where choices come from.
    """
    head = kind.heads[0] if draw.random() < 0.6 else draw.choice(kind.heads)
    before = [attribute for attribute in told if attribute.place == "is"]
    behind = [attribute for attribute in told if attribute.place != "is"]
    parts = [brand, *(attribute.phrase.title() for attribute in before), without_marks(head).title()]
    nouns = [brand.lower(), *(noun for attribute in before for noun in attribute.nouns), *nouns_in(head)]
    for attribute in behind:
        parts.append(f"{attribute.place} {attribute.phrase.title()}")
        nouns += attribute.nouns
    written = " ".join(parts)
    if draw.random() < 0.5:
        tail = draw.choice(_TAILS)
        written += f", {without_marks(tail)}"
        nouns += nouns_in(tail)
    if tags:
        written += f" ({', '.join(tags)})"
    if draw.random() < 0.3:
        written += f" {draw.choice('ABDEGHKMPRSTX')}{draw.randrange(10, 1000)}"
    return written, tuple(nouns)


def _sentence(pattern: str, attribute: Attribute, head: str) -> str:
    first, _, last = attribute.phrase.rpartition(" ")
    return pattern.format(
        phrase=attribute.phrase, Phrase=_capital(attribute.phrase), head=head, first=first or last, last=last,
        Last=_capital(last),
    )  # fmt: skip


def features(kind: Kind, told: Sequence[tuple[Attribute, Place]], draw: random.Random) -> tuple[str, ...]:
    """The features of a product: a sentence for each attribute that belongs there, and some that say little."""
    head = without_marks(kind.heads[0])
    written = []
    for attribute, place in told:
        if place == "feature":
            written.append(_sentence(draw.choice(_SAYS[attribute.place]), attribute, head))
        elif place == "apart":
            written.append(_sentence(draw.choice(_APART), attribute, head))
        elif place == "other":
            other = draw.choice(attribute.others)
            written.append(draw.choice(_OTHERWISE).format(other=other, Other=_capital(other)))
    fillers = draw.sample(_FILLERS, draw.randrange(2, 5))
    written += [filler.format(material=kind.material, head=head) for filler in fillers]
    draw.shuffle(written)
    return tuple(written)


def description(kind: Kind, brand: str, told: Sequence[tuple[Attribute, Place]], draw: random.Random) -> str:
    """A few sentences about a product, or nothing: some sellers write none."""
    if draw.random() < 0.3:
        return ""
    head = without_marks(kind.heads[0])
    sentences = [draw.choice(_ABOUT).format(head=head, brand=brand, name=kind.name)]
    for attribute, place in told:
        if place in ("title", "feature") and draw.random() < 0.5:
            sentences.append(_sentence(draw.choice(_SAYS[attribute.place]), attribute, head))
    fillers = draw.sample(_FILLERS, draw.randrange(1, 5))
    sentences += [filler.format(material=kind.material, head=head) for filler in fillers]
    return " ".join(sentences)
