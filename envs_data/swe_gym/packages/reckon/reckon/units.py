"""Amounts in one unit, told in another."""

from reckon.tokens import ReckonError

UNITS = {
    "mm": ("length", 0.001),
    "cm": ("length", 0.01),
    "m": ("length", 1.0),
    "km": ("length", 1000.0),
    "g": ("mass", 0.001),
    "kg": ("mass", 1.0),
    "t": ("mass", 1000.0),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "h": ("time", 3600.0),
}


def lookup(unit):
    """What a unit measures, and how much of the base unit it is."""
    try:
        return UNITS[unit]
    except KeyError:
        raise ReckonError(f"unknown unit {unit!r}") from None


def convert(amount, unit, target):
    """The amount in another unit of the same kind."""
    kind, factor = lookup(unit)
    target_kind, target_factor = lookup(target)
    if kind != target_kind:
        raise ReckonError(f"{unit} is a {kind}, {target} a {target_kind}")
    return amount * factor / target_factor


def best_unit(amount, unit):
    """The largest unit in which the amount is at least 1, else the smallest one."""
    kind, factor = lookup(unit)
    base = abs(amount * factor)
    family = sorted((value, name) for name, (other, value) in UNITS.items() if other == kind)
    best = family[0][1]
    for value, name in family:
        if base >= value:
            best = name
    return best
