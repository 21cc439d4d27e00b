"""Shelves of batches: what came first goes first."""

from collections import deque


class StockError(Exception):
    """There is not enough, or the request makes no sense."""


class Batch:
    """Some pieces that were bought together."""

    def __init__(self, quantity, unit_cost, day=0):
        if quantity <= 0:
            raise StockError("a batch needs at least one piece")
        if unit_cost < 0:
            raise StockError("a cost cannot be negative")
        self.quantity = quantity
        self.unit_cost = unit_cost
        self.day = day

    @property
    def value(self):
        return self.quantity * self.unit_cost


class Shelf:
    """All batches of one article, oldest first."""

    def __init__(self, article, minimum=0):
        self.article = article
        self.minimum = minimum
        self.batches = deque()

    @property
    def quantity(self):
        return sum(batch.quantity for batch in self.batches)

    @property
    def value(self):
        return sum(batch.value for batch in self.batches)

    def receive(self, quantity, unit_cost, day=0):
        """Put a batch on the shelf, in order of its day."""
        batch = Batch(quantity, unit_cost, day)
        index = len(self.batches)
        while index > 0 and self.batches[index - 1].day > day:
            index -= 1
        self.batches.insert(index, batch)
        return batch

    def issue(self, quantity):
        """Take pieces off the shelf, oldest first, and return what they had cost."""
        if quantity <= 0:
            raise StockError("nothing to issue")
        if quantity > self.quantity:
            raise StockError(f"only {self.quantity} of {self.article} left")
        cost = 0
        while quantity > 0:
            batch = self.batches[0]
            taken = min(quantity, batch.quantity)
            cost += taken * batch.unit_cost
            batch.quantity -= taken
            quantity -= taken
            if batch.quantity == 0:
                self.batches.popleft()
        return cost

    def discard_older(self, day):
        """Throw away batches from before ``day`` and return how many pieces that were."""
        thrown = 0
        while self.batches and self.batches[0].day < day:
            thrown += self.batches.popleft().quantity
        return thrown

    def missing(self):
        """How many pieces are needed to reach the minimum."""
        return max(self.minimum - self.quantity, 0)

    def average_cost(self):
        """The mean cost of a piece in cents, rounded down; None for an empty shelf."""
        if not self.batches:
            return None
        return self.value // self.quantity
