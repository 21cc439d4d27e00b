"""Bookings and the time between them, in minutes."""

from spanset.sets import SpanSet
from spanset.span import Span


def free_time(bookings, opens, closes, pause=0):
    """When nothing is booked; each booking keeps ``pause`` minutes free after it."""
    taken = SpanSet(Span(booking.start, booking.stop + pause) for booking in bookings)
    return taken.complement(Span(opens, closes))


def find_slot(bookings, minutes, opens, closes, grid=1, pause=0):
    """The first span of ``minutes`` that is free and starts on a multiple of ``grid``; None if there is none."""
    for span in free_time(bookings, opens, closes, pause).spans:
        start = -(-span.start // grid) * grid
        if start + minutes <= span.stop:
            return Span(start, start + minutes)
    return None


def busy_share(bookings, opens, closes):
    """How much of the day is booked, from 0 to 1; overlapping bookings count once."""
    if closes <= opens:
        return 0.0
    day = SpanSet([Span(opens, closes)])
    return len(SpanSet(bookings) & day) / len(day)


def conflicts(bookings):
    """Pairs of indices of bookings that overlap."""
    found = []
    for first in range(len(bookings)):
        for second in range(first + 1, len(bookings)):
            if bookings[first].overlaps(bookings[second]):
                found.append((first, second))
    return found


def longest_free(bookings, opens, closes):
    """The longest free stretch, the earliest of equals; None where the day is full."""
    best = None
    for span in free_time(bookings, opens, closes).spans:
        if best is None or len(span) > len(best):
            best = span
    return best
