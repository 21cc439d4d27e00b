"""Every movement, and the shelves that result from them."""

from stockroom.batches import Shelf, StockError


class Movement:
    """One line of the book: ``kind`` is in, out or scrap."""

    def __init__(self, kind, article, quantity, amount, day):
        self.kind = kind
        self.article = article
        self.quantity = quantity
        self.amount = amount
        self.day = day

    def __repr__(self):
        return f"Movement({self.kind}, {self.article}, {self.quantity}, {self.amount}, day {self.day})"


class Ledger:
    """A book of movements that are never changed, only added."""

    def __init__(self):
        self.shelves = {}
        self.movements = []
        self.day = 0

    def shelf(self, article):
        """The shelf of an article, which must be known."""
        if article not in self.shelves:
            raise StockError(f"unknown article {article!r}")
        return self.shelves[article]

    def add_article(self, article, minimum=0):
        """Make a shelf; twice the same article is an error."""
        if article in self.shelves:
            raise StockError(f"{article} is known already")
        self.shelves[article] = Shelf(article, minimum)
        return self.shelves[article]

    def advance(self, days=1):
        """Let days go by."""
        if days < 0:
            raise StockError("time does not run backwards")
        self.day += days

    def buy(self, article, quantity, unit_cost):
        """Receive a batch today."""
        self.shelf(article).receive(quantity, unit_cost, self.day)
        self._note("in", article, quantity, quantity * unit_cost)

    def sell(self, article, quantity, unit_price):
        """Issue pieces and return the profit."""
        cost = self.shelf(article).issue(quantity)
        income = quantity * unit_price
        self._note("out", article, quantity, income)
        return income - cost

    def scrap(self, article, older_than_days):
        """Throw away what is older than so many days."""
        thrown = self.shelf(article).discard_older(self.day - older_than_days)
        if thrown:
            self._note("scrap", article, thrown, 0)
        return thrown

    def _note(self, kind, article, quantity, amount):
        self.movements.append(Movement(kind, article, quantity, amount, self.day))

    def turnover(self, first_day=None, last_day=None):
        """Income from sales between two days, both included."""
        total = 0
        for movement in self.movements:
            if movement.kind != "out":
                continue
            if first_day is not None and movement.day < first_day:
                continue
            if last_day is not None and movement.day > last_day:
                continue
            total += movement.amount
        return total

    def quantity_at(self, article, day):
        """How many pieces there were in the evening of a day."""
        total = 0
        for movement in self.movements:
            if movement.article == article and movement.day <= day:
                total += movement.quantity if movement.kind == "in" else -movement.quantity
        return total

    def value(self):
        """What everything in stock had cost."""
        return sum(shelf.value for shelf in self.shelves.values())
