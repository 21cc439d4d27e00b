"""Orders of several lines, with discounts."""

from stockroom.batches import StockError
from stockroom.money import round_share, with_tax

QUANTITY_DISCOUNTS = ((100, 15), (50, 10), (10, 5))


def quantity_discount(quantity):
    """The discount in percent for so many pieces of one article."""
    for least, percent in QUANTITY_DISCOUNTS:
        if quantity >= least:
            return percent
    return 0


class OrderLine:
    """An article, how many, and what one costs."""

    def __init__(self, article, quantity, unit_price):
        if quantity < 1:
            raise StockError("order at least one piece")
        self.article = article
        self.quantity = quantity
        self.unit_price = unit_price

    def gross(self):
        return self.quantity * self.unit_price

    def discount(self):
        """What the customer saves by buying many."""
        return round_share(self.gross(), quantity_discount(self.quantity), 100)

    def net(self):
        return self.gross() - self.discount()


class Order:
    """Lines, a voucher, and a state that moves from open to shipped or cancelled."""

    def __init__(self, customer, voucher=0):
        self.customer = customer
        self.voucher = voucher
        self.lines = []
        self.state = "open"

    def add(self, article, quantity, unit_price):
        """Add a line, or more pieces to a line of the same article and price."""
        if self.state != "open":
            raise StockError(f"the order is {self.state}")
        for line in self.lines:
            if line.article == article and line.unit_price == unit_price:
                line.quantity += quantity
                return line
        line = OrderLine(article, quantity, unit_price)
        self.lines.append(line)
        return line

    def subtotal(self):
        return sum(line.net() for line in self.lines)

    def total(self, tax_percent=0, free_shipping_from=5000, shipping=490):
        """What is to be paid: lines, less the voucher, plus shipping, plus tax on all of it."""
        amount = max(self.subtotal() - self.voucher, 0)
        if amount < free_shipping_from:
            amount += shipping
        return with_tax(amount, tax_percent)[0]

    def missing(self, ledger):
        """What cannot be delivered from stock, as article and number."""
        lacking = {}
        for line in self.lines:
            there = ledger.shelves[line.article].quantity if line.article in ledger.shelves else 0
            if there < line.quantity:
                lacking[line.article] = line.quantity - there
        return lacking

    def ship(self, ledger):
        """Sell every line, or none of them; the profit before tax, shipping and voucher."""
        if self.state != "open":
            raise StockError(f"the order is {self.state}")
        lacking = self.missing(ledger)
        if lacking:
            raise StockError("cannot ship: " + ", ".join(f"{n} {a}" for a, n in sorted(lacking.items())))
        profit = 0
        for line in self.lines:
            profit += ledger.sell(line.article, line.quantity, line.unit_price) - line.discount()
        self.state = "shipped"
        return profit

    def cancel(self):
        """Give up an open order; False if it is too late."""
        if self.state == "shipped":
            return False
        self.state = "cancelled"
        return True
