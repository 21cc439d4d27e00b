"""When something recurs."""

UNITS = ("day", "week", "month", "year")


class Rule:
    """Every ``step`` units from ``start`` on.

    ``weekdays`` (0 to 6) is for weeks, ``nth`` for months: the n-th of a weekday, -1 for the last one. A rule ends with
    ``until``, after ``count`` dates, or never. Dates in ``skip`` are left out; they count all the same.
    """

    def __init__(self, start, unit="day", step=1, weekdays=(), nth=None, until=None, count=None, skip=()):
        if unit not in UNITS:
            raise ValueError(f"unknown unit {unit!r}")
        if step < 1:
            raise ValueError("the step must be positive")
        if weekdays and unit not in ("week", "month"):
            raise ValueError(f"weekdays make no sense by {unit}")
        if nth is not None and (unit != "month" or len(weekdays) != 1):
            raise ValueError("nth needs a month and one weekday")
        if nth is not None and (nth == 0 or not -5 <= nth <= 5):
            raise ValueError(f"there is no {nth}. weekday")
        if until is not None and count is not None:
            raise ValueError("until and count exclude each other")
        self.start = start
        self.unit = unit
        self.step = step
        self.weekdays = tuple(sorted(set(weekdays)))
        self.nth = nth
        self.until = until
        self.count = count
        self.skip = frozenset(skip)

    @property
    def endless(self):
        """Whether the rule goes on for ever."""
        return self.until is None and self.count is None

    def without(self, day):
        """The same rule with one more day left out."""
        return self.copy(skip=self.skip | {day})

    def ending(self, day):
        """The same rule, ended on a day at the latest."""
        until = day if self.until is None or day < self.until else self.until
        return self.copy(until=until, count=None)

    def copy(self, **changes):
        """The rule with some of its parts changed."""
        values = {
            name: getattr(self, name) for name in ("start", "unit", "step", "weekdays", "nth", "until", "count", "skip")
        }
        values.update(changes)
        return Rule(**values)

    def key(self):
        return (
            self.start,
            self.unit,
            self.step,
            self.weekdays,
            self.nth,
            self.until,
            self.count,
            self.skip,
        )

    def __eq__(self, other):
        return isinstance(other, Rule) and self.key() == other.key()

    def __hash__(self):
        return hash(self.key())
