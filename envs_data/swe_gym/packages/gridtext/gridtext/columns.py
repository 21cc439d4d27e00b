"""Columns and how wide they are."""


class Column:
    """A heading, an alignment, and bounds on the width."""

    def __init__(self, heading, how="left", least=1, most=None):
        if most is not None and most < least:
            raise ValueError(f"{heading}: most is below least")
        self.heading = heading
        self.how = how
        self.least = least
        self.most = most

    def natural_width(self, texts):
        """The width that shows everything, within the bounds."""
        longest = max((len(line) for text in texts for line in text.split("\n")), default=0)
        width = max(longest, len(self.heading), self.least)
        if self.most is not None:
            width = min(width, self.most)
        return width


def fit_widths(widths, least, total):
    """Widths that add up to ``total`` at most: the widest columns give way first, none below its least.

    Raises ValueError where even the least widths are too much.
    """
    if sum(least) > total:
        raise ValueError(f"{total} is too narrow for {len(widths)} columns")
    widths = list(widths)
    while sum(widths) > total:
        candidates = [index for index in range(len(widths)) if widths[index] > least[index]]
        widest = max(candidates, key=lambda index: (widths[index], -index))
        widths[widest] -= 1
    return widths


def guess_alignment(texts):
    """Right for columns of numbers, else left; empty cells do not count."""
    filled = [text.strip() for text in texts if text.strip()]
    if not filled:
        return "left"
    for text in filled:
        number = text.replace(",", "").lstrip("+-").rstrip("%")
        whole, _, fraction = number.partition(".")
        if not (whole + fraction).isdigit():
            return "left"
    return "right"
