"""Colour words: every option value that holds one counts as that colour.

The list is data of WebShop (Princeton NLP, MIT License): rewards are equal only with the very same words in this order.
"""

from __future__ import annotations

import functools

__all__ = ["COLOURS", "plain", "plain_pair"]

_WORDS = (
    "alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel"
    " camo caramel champagne charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry"
    " cream crystal dark denim eggplant elephant espresso fuchsia gold granite grape graphite grass gray green grey"
    " heather indigo ivory ivy khaki lavender lemon leopard light lilac lime magenta maroon mauve merlot midnight"
    " mint mocha multicolor mushroom mustard natural navy nude olive orange peach pewter pink plum purple rainbow"
    " red rose royal rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan taupe teal"
    " tiger turquoise violet walnut wheat white wine yellow"
)
COLOURS = tuple(_WORDS.split())


@functools.lru_cache(maxsize=65_536)
def plain(value: str) -> str:
    """The first colour word inside a value, or the value itself.

    >>> plain("2005brown"), plain("standard"), plain("xl")
    ('brown', 'tan', 'xl')
    """
    return next((colour for colour in COLOURS if colour in value), value)


def plain_pair(name: str, value: str) -> str:
    """What a goal's named option is compared as: a colour only where name or value is exactly one, else both as text.

    >>> plain_pair("color", "red"), plain_pair("color", "2005brown")
    ('red', "('color', '2005brown')")
    """
    return next((colour for colour in COLOURS if colour in (name, value)), str((name, value)))
