import unittest

from stockroom import Ledger, Order, OrderLine, StockError
from stockroom.orders import quantity_discount


def stocked():
    ledger = Ledger()
    for article in ("bolt", "nut"):
        ledger.add_article(article)
        ledger.buy(article, 20, 10)
    return ledger


class OrderTest(unittest.TestCase):
    def test_discount_steps(self):
        self.assertEqual([quantity_discount(n) for n in (1, 9, 10, 49, 50, 99, 100)], [0, 0, 5, 5, 10, 10, 15])

    def test_line(self):
        line = OrderLine("bolt", 10, 99)
        self.assertEqual((line.gross(), line.discount(), line.net()), (990, 50, 940))

    def test_line_of_nothing(self):
        with self.assertRaises(StockError):
            OrderLine("bolt", 0, 99)

    def test_same_article_is_one_line(self):
        order = Order("Ada")
        order.add("bolt", 4, 100)
        order.add("bolt", 6, 100)
        order.add("bolt", 1, 90)
        self.assertEqual([line.quantity for line in order.lines], [10, 1])
        self.assertEqual(order.subtotal(), 950 + 90)

    def test_total_with_shipping(self):
        order = Order("Ada")
        order.add("bolt", 1, 1000)
        self.assertEqual(order.total(), 1490)

    def test_free_shipping(self):
        order = Order("Ada")
        order.add("bolt", 1, 5000)
        self.assertEqual(order.total(), 5000)
        self.assertEqual(order.total(tax_percent=10), 5500)

    def test_voucher(self):
        order = Order("Ada", voucher=300)
        order.add("bolt", 1, 1000)
        self.assertEqual(order.total(shipping=0), 700)

    def test_voucher_gives_nothing_back(self):
        order = Order("Ada", voucher=3000)
        order.add("bolt", 1, 1000)
        self.assertEqual(order.total(), 490)

    def test_missing(self):
        order = Order("Ada")
        order.add("bolt", 25, 30)
        order.add("nut", 20, 30)
        order.add("screw", 2, 30)
        self.assertEqual(order.missing(stocked()), {"bolt": 5, "screw": 2})

    def test_ship(self):
        ledger = stocked()
        order = Order("Ada")
        order.add("bolt", 10, 30)
        order.add("nut", 2, 30)
        self.assertEqual(order.ship(ledger), 10 * 20 - 15 + 2 * 20)
        self.assertEqual(order.state, "shipped")
        self.assertEqual(ledger.shelf("nut").quantity, 18)

    def test_ship_all_or_nothing(self):
        ledger = stocked()
        order = Order("Ada")
        order.add("nut", 2, 30)
        order.add("bolt", 21, 30)
        with self.assertRaises(StockError) as caught:
            order.ship(ledger)
        self.assertEqual(str(caught.exception), "cannot ship: 1 bolt")
        self.assertEqual(ledger.shelf("nut").quantity, 20)

    def test_states(self):
        order = Order("Ada")
        order.add("nut", 2, 30)
        order.ship(stocked())
        self.assertFalse(order.cancel())
        with self.assertRaises(StockError):
            order.add("nut", 1, 30)
        with self.assertRaises(StockError):
            order.ship(stocked())

    def test_cancel(self):
        order = Order("Ada")
        self.assertTrue(order.cancel())
        self.assertEqual(order.state, "cancelled")
