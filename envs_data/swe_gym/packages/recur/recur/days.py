"""Days of the calendar, counted from 1 January of the year 1."""

LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_leap(year):
    """Whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year, month):
    """How many days a month has."""
    if not 1 <= month <= 12:
        raise ValueError(f"no month {month}")
    return 29 if month == 2 and is_leap(year) else LENGTHS[month - 1]


def days_before_year(year):
    """How many days all earlier years have."""
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400


class Day:
    """A date; days are ordered and can be subtracted."""

    __slots__ = ("day", "month", "year")

    def __init__(self, year, month, day):
        if year < 1:
            raise ValueError(f"no year {year}")
        if not 1 <= day <= month_length(year, month):
            raise ValueError(f"no day {day} in {year}-{month:02d}")
        self.year = year
        self.month = month
        self.day = day

    @classmethod
    def parse(cls, text):
        """Read ``2024-02-29``."""
        pieces = text.split("-")
        if len(pieces) != 3 or not all(piece.isdigit() for piece in pieces):
            raise ValueError(f"not a date: {text!r}")
        return cls(*(int(piece) for piece in pieces))

    @classmethod
    def from_number(cls, number):
        """The inverse of ``number``."""
        year = max(number * 400 // 146097, 1)
        while days_before_year(year + 1) < number:
            year += 1
        while days_before_year(year) >= number:
            year -= 1
        rest = number - days_before_year(year)
        month = 1
        while rest > month_length(year, month):
            rest -= month_length(year, month)
            month += 1
        return cls(year, month, rest)

    @property
    def number(self):
        """1 for the first day of the year 1."""
        before = sum(month_length(self.year, month) for month in range(1, self.month))
        return days_before_year(self.year) + before + self.day

    @property
    def weekday(self):
        """0 for Monday to 6 for Sunday."""
        return (self.number + 6) % 7

    @property
    def day_of_year(self):
        return self.number - days_before_year(self.year)

    @property
    def days_left_in_month(self):
        return month_length(self.year, self.month) - self.day

    def plus(self, days):
        """So many days later."""
        return Day.from_number(self.number + days)

    def plus_months(self, months):
        """So many months later; a day that the month lacks becomes its last."""
        index = self.year * 12 + self.month - 1 + months
        year, month = index // 12, index % 12 + 1
        return Day(year, month, min(self.day, month_length(year, month)))

    def key(self):
        return (self.year, self.month, self.day)

    def __sub__(self, other):
        return self.number - other.number

    def __eq__(self, other):
        return isinstance(other, Day) and self.key() == other.key()

    def __lt__(self, other):
        return self.key() < other.key()

    def __le__(self, other):
        return self.key() <= other.key()

    def __hash__(self):
        return hash(self.key())

    def __str__(self):
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    def __repr__(self):
        return f"Day({self})"
