"""One span: a start that belongs to it and a stop that does not."""


class Span:
    """The whole numbers from ``start`` up to, not including, ``stop``."""

    __slots__ = ("start", "stop")

    def __init__(self, start, stop):
        if stop < start:
            raise ValueError(f"span ends at {stop}, before it starts at {start}")
        self.start = start
        self.stop = stop

    def __len__(self):
        return self.stop - self.start

    def __bool__(self):
        return self.stop > self.start

    def __contains__(self, number):
        return self.start <= number < self.stop

    def __eq__(self, other):
        if not isinstance(other, Span):
            return NotImplemented
        return self.start == other.start and self.stop == other.stop

    def __hash__(self):
        return hash((self.start, self.stop))

    def __repr__(self):
        return f"Span({self.start}, {self.stop})"

    def overlaps(self, other):
        """Whether the two have a number in common."""
        return self.start < other.stop and other.start < self.stop

    def touches(self, other):
        """Whether the two overlap or stand side by side."""
        return self.start <= other.stop and other.start <= self.stop

    def intersect(self, other):
        """What both have, or None."""
        start = max(self.start, other.start)
        stop = min(self.stop, other.stop)
        if start >= stop:
            return None
        return Span(start, stop)

    def join(self, other):
        """One span over both, which must touch."""
        if not self.touches(other):
            raise ValueError(f"{self} and {other} do not touch")
        return Span(min(self.start, other.start), max(self.stop, other.stop))

    def minus(self, other):
        """What is left when ``other`` is cut out: none, one or two spans."""
        pieces = []
        if self.start < other.start:
            pieces.append(Span(self.start, min(self.stop, other.start)))
        if other.stop < self.stop:
            pieces.append(Span(max(self.start, other.stop), self.stop))
        return [piece for piece in pieces if piece]

    def shift(self, distance):
        """The span moved to the right."""
        return Span(self.start + distance, self.stop + distance)

    def split(self, size):
        """Pieces of at most ``size`` numbers, from left to right."""
        if size < 1:
            raise ValueError(f"cannot split into pieces of {size}")
        pieces = []
        start = self.start
        while start < self.stop:
            stop = min(start + size, self.stop)
            pieces.append(Span(start, stop))
            start = stop
        return pieces
