"""Journeys by trips that run at fixed times, in minutes of the day."""

from wayfind.search import NoWay


class Trip:
    """A ride from one stop to another."""

    def __init__(self, line, start, end, departs, arrives):
        if arrives <= departs:
            raise ValueError(f"{line} arrives before it departs")
        self.line = line
        self.start = start
        self.end = end
        self.departs = departs
        self.arrives = arrives

    def __repr__(self):
        return f"Trip({self.line}: {self.start} {clock(self.departs)} - {self.end} {clock(self.arrives)})"


def clock(minutes):
    """``8:05`` for 485."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def minutes(text):
    """The inverse of ``clock``."""
    hours, colon, rest = text.partition(":")
    if not colon or not hours.isdigit() or len(rest) != 2 or not rest.isdigit() or int(rest) > 59:
        raise ValueError(f"not a time: {text!r}")
    return int(hours) * 60 + int(rest)


def plan(trips, start, end, departs, change=3):
    """The trips of the journey that arrives first; changing to another line takes ``change`` minutes."""
    arrival = {start: (departs, None)}
    for trip in sorted(trips, key=lambda item: (item.departs, item.arrives)):
        if trip.start not in arrival:
            continue
        ready, last = arrival[trip.start]
        if last is not None and last.line != trip.line:
            ready += change
        if trip.departs < ready:
            continue
        if trip.end not in arrival or trip.arrives < arrival[trip.end][0]:
            arrival[trip.end] = (trip.arrives, trip)
    if end not in arrival:
        raise NoWay(f"{start} to {end} after {clock(departs)}")
    journey = []
    stop = end
    while stop != start:
        trip = arrival[stop][1]
        journey.append(trip)
        stop = trip.start
    journey.reverse()
    return journey


def changes(journey):
    """How often one changes lines."""
    return sum(before.line != after.line for before, after in zip(journey, journey[1:], strict=False))


def duration(journey):
    """Minutes from the first departure to the last arrival."""
    if not journey:
        return 0
    return journey[-1].arrives - journey[0].departs


def describe(journey):
    """The journey in words, rides on the same line as one."""
    lines = []
    for trip in journey:
        if lines and lines[-1][0] == trip.line:
            lines[-1] = (trip.line, lines[-1][1], trip)
        else:
            lines.append((trip.line, trip, trip))
    return [
        f"{line}: {first.start} {clock(first.departs)} to {last.end} {clock(last.arrives)}"
        for line, first, last in lines
    ]
