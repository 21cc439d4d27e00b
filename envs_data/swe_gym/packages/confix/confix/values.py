"""Text to types."""

from confix.lines import ConfigError, unquote

TRUE = {"yes", "true", "on", "1"}
FALSE = {"no", "false", "off", "0"}
SIZES = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
TIMES = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def to_bool(text):
    """True or False, as people write them."""
    word = text.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ConfigError(f"expected yes or no, got {text!r}")


def to_list(text, separator=","):
    """Items without blanks and quotes; empty ones are left out."""
    items = [unquote(item.strip()) for item in text.split(separator)]
    return [item for item in items if item]


def split_number(text):
    """The number at the beginning and the rest."""
    stripped = text.strip()
    end = 0
    while end < len(stripped) and (stripped[end].isdigit() or stripped[end] in "._"):
        end += 1
    return stripped[:end], stripped[end:].strip()


def to_size(text):
    """Bytes of ``512``, ``4k``, ``1.5 MB``."""
    number, unit = split_number(text)
    unit = unit.lower()
    if len(unit) == 2 and unit.endswith("b"):
        unit = unit[0]
    if not number or unit not in SIZES:
        raise ConfigError(f"not a size: {text!r}")
    return int(float(number) * SIZES[unit])


def to_seconds(text):
    """Seconds of ``90``, ``250ms``, ``1h30m``."""
    rest = text.strip()
    if not rest:
        raise ConfigError("empty duration")
    total = 0
    while rest:
        number, rest = split_number(rest)
        if not number:
            raise ConfigError(f"not a duration: {text!r}")
        unit = ""
        while rest and rest[0].isalpha():
            unit += rest[0]
            rest = rest[1:]
        if not unit and not rest and total == 0:
            unit = "s"
        if unit not in TIMES:
            raise ConfigError(f"unknown unit {unit!r} in {text!r}")
        total += float(number) * TIMES[unit]
    return total


def to_range(text):
    """``(first, last)`` of ``3-7`` or ``5``."""
    first, dash, last = text.strip().partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise ConfigError(f"not a range: {text!r}")
    low = int(first)
    high = int(last) if dash else low
    if high < low:
        raise ConfigError(f"the range {text!r} is empty")
    return low, high


def guess(text):
    """A whole number, a number, a truth value, or the text itself."""
    stripped = text.strip()
    for kind in (int, float):
        try:
            return kind(stripped)
        except ValueError:
            continue
    if stripped.lower() in ("true", "yes", "on"):
        return True
    if stripped.lower() in ("false", "no", "off"):
        return False
    return stripped
