"""The dates of a rule."""

from itertools import islice

from recur.days import Day, month_length


def nth_weekday(year, month, weekday, nth):
    """The n-th of a weekday in a month, from the end if ``nth`` is negative; None where there is none."""
    length = month_length(year, month)
    if nth > 0:
        first = Day(year, month, 1)
        day = 1 + (weekday - first.weekday) % 7 + 7 * (nth - 1)
    else:
        last = Day(year, month, length)
        day = length - (last.weekday - weekday) % 7 + 7 * (nth + 1)
    return Day(year, month, day) if 1 <= day <= length else None


def weekly(rule):
    """Dates of a rule by weeks; weeks begin on Monday."""
    wanted = rule.weekdays or (rule.start.weekday,)
    monday = rule.start.plus(-rule.start.weekday)
    while True:
        for weekday in wanted:
            day = monday.plus(weekday)
            if rule.start <= day:
                yield day
        monday = monday.plus(7 * rule.step)


def monthly(rule, months):
    """Dates of a rule by months; a month without the day is left out."""
    index = rule.start.year * 12 + rule.start.month - 1
    while True:
        year, month = index // 12, index % 12 + 1
        day = None
        if rule.nth is not None:
            day = nth_weekday(year, month, rule.weekdays[0], rule.nth)
        elif rule.start.day <= month_length(year, month):
            day = Day(year, month, rule.start.day)
        if day is not None and rule.start <= day:
            yield day
        index += months


def daily(rule):
    """Dates of a rule by days."""
    day = rule.start
    while True:
        yield day
        day = day.plus(rule.step)


def candidates(rule):
    """All dates, without regard to an end."""
    if rule.unit == "day":
        return daily(rule)
    if rule.unit == "week":
        return weekly(rule)
    return monthly(rule, rule.step if rule.unit == "month" else 12 * rule.step)


def occurrences(rule, most=1000):
    """The dates of a rule in order, ``most`` at the most."""
    found = []
    for number, day in enumerate(candidates(rule), 1):
        if rule.until is not None and rule.until < day:
            break
        if rule.count is not None and number > rule.count:
            break
        if day not in rule.skip:
            found.append(day)
        if len(found) >= most or day.year > 9000:
            break
    return found


def next_after(rule, day):
    """The first date after a day, or None."""
    for number, found in enumerate(candidates(rule), 1):
        if rule.until is not None and rule.until < found:
            return None
        if rule.count is not None and number > rule.count:
            return None
        if day < found and found not in rule.skip:
            return found
    return None


def count_between(rule, first, last):
    """How many dates lie between two days, both included."""
    ending = rule.ending(last) if rule.count is None else rule
    return sum(first <= day and day <= last for day in occurrences(ending, most=100_000))


def first_dates(rule, number):
    """The first dates, skipped ones included."""
    return list(islice(candidates(rule), number))
