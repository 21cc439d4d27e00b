"""Money as whole cents."""


def parse_money(text):
    """Cents of ``12.50``, ``1,200`` or ``-3``."""
    cleaned = text.strip().replace(",", "")
    negative = cleaned.startswith("-")
    if negative:
        cleaned = cleaned[1:]
    whole, point, cents = cleaned.partition(".")
    if not whole.isdigit() or (point and not cents.isdigit()) or len(cents) > 2:
        raise ValueError(f"not an amount of money: {text!r}")
    value = int(whole) * 100 + int(cents.ljust(2, "0"))
    return -value if negative else value


def format_money(cents):
    """The inverse, always with two digits and with commas between thousands."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def round_share(cents, numerator, denominator):
    """``cents * numerator / denominator``, halves rounded away from zero."""
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    product = cents * numerator
    quotient, rest = divmod(abs(product), denominator)
    if rest * 2 >= denominator:
        quotient += 1
    return quotient if product >= 0 else -quotient


def split_evenly(cents, parts):
    """The amount in ``parts`` shares that differ by a cent at most, larger ones first."""
    if parts < 1:
        raise ValueError("cannot split into no parts")
    share, rest = divmod(cents, parts)
    return [share + 1] * rest + [share] * (parts - rest)


def with_tax(cents, percent):
    """An amount and its tax, and the tax alone."""
    tax = round_share(cents, percent, 100)
    return cents + tax, tax
