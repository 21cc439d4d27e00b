"""A set of numbers as sorted spans."""

from bisect import bisect_right

from spanset.span import Span


def normalize(spans):
    """Sorted, without empty ones, with those that touch joined."""
    result = []
    for span in sorted(spans, key=lambda item: (item.start, item.stop)):
        if not span:
            continue
        if result and result[-1].touches(span):
            result[-1] = result[-1].join(span)
        else:
            result.append(span)
    return result


class SpanSet:
    """A set of whole numbers, cheap where they come in long runs."""

    def __init__(self, spans=()):
        self.spans = normalize(spans)

    @classmethod
    def of(cls, *numbers):
        """The set of single numbers."""
        return cls(Span(number, number + 1) for number in numbers)

    def __iter__(self):
        for span in self.spans:
            yield from range(span.start, span.stop)

    def __len__(self):
        return sum(len(span) for span in self.spans)

    def __bool__(self):
        return bool(self.spans)

    def __contains__(self, number):
        index = bisect_right([span.start for span in self.spans], number) - 1
        return index >= 0 and number in self.spans[index]

    def __eq__(self, other):
        return isinstance(other, SpanSet) and self.spans == other.spans

    def __hash__(self):
        return hash(tuple(self.spans))

    def __repr__(self):
        return f"SpanSet({self.spans})"

    def __or__(self, other):
        return SpanSet(self.spans + other.spans)

    def __and__(self, other):
        found = []
        left = right = 0
        while left < len(self.spans) and right < len(other.spans):
            common = self.spans[left].intersect(other.spans[right])
            if common is not None:
                found.append(common)
            if self.spans[left].stop < other.spans[right].stop:
                left += 1
            else:
                right += 1
        return SpanSet(found)

    def __sub__(self, other):
        rest = list(self.spans)
        for cut in other.spans:
            rest = [piece for span in rest for piece in span.minus(cut)]
        return SpanSet(rest)

    def __xor__(self, other):
        return (self - other) | (other - self)

    def bounds(self):
        """The smallest span that covers everything, or None for the empty set."""
        if not self.spans:
            return None
        return Span(self.spans[0].start, self.spans[-1].stop)

    def gaps(self):
        """What lies between the spans."""
        return SpanSet(
            Span(before.stop, after.start) for before, after in zip(self.spans, self.spans[1:], strict=False)
        )

    def complement(self, within):
        """What ``within`` has and this set has not."""
        return SpanSet([within]) - self

    def add(self, number):
        """Put a number in; False if it was there."""
        if number in self:
            return False
        self.spans = normalize([*self.spans, Span(number, number + 1)])
        return True

    def discard(self, number):
        """Take a number out; False if it was not there."""
        if number not in self:
            return False
        self.spans = (self - SpanSet.of(number)).spans
        return True

    def nearest(self, number):
        """The member closest to ``number``, the smaller one of two; None for the empty set."""
        best = None
        for span in self.spans:
            candidate = min(max(number, span.start), span.stop - 1)
            if best is None or abs(candidate - number) < abs(best - number):
                best = candidate
        return best

    def isdisjoint(self, other):
        """Whether nothing is in both."""
        return not (self & other)

    def issubset(self, other):
        """Whether everything is in the other, too."""
        return not (self - other)
