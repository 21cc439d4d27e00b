import unittest

from stockroom import Ledger, StockError


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()
        self.ledger.add_article("bolt", minimum=5)
        self.ledger.buy("bolt", 10, 20)
        self.ledger.advance(2)

    def test_buying(self):
        self.assertEqual(self.ledger.shelf("bolt").quantity, 10)
        self.assertEqual(self.ledger.value(), 200)

    def test_profit(self):
        self.assertEqual(self.ledger.sell("bolt", 4, 50), 4 * 50 - 4 * 20)

    def test_unknown_article(self):
        with self.assertRaises(StockError):
            self.ledger.buy("nut", 1, 1)

    def test_article_twice(self):
        with self.assertRaises(StockError):
            self.ledger.add_article("bolt")

    def test_time_runs_forwards(self):
        with self.assertRaises(StockError):
            self.ledger.advance(-1)
        self.ledger.advance()
        self.assertEqual(self.ledger.day, 3)

    def test_turnover(self):
        self.ledger.sell("bolt", 1, 50)
        self.ledger.advance()
        self.ledger.sell("bolt", 2, 50)
        self.assertEqual(self.ledger.turnover(), 150)
        self.assertEqual(self.ledger.turnover(first_day=3), 100)
        self.assertEqual(self.ledger.turnover(last_day=2), 50)
        self.assertEqual(self.ledger.turnover(3, 3), 100)

    def test_quantity_in_the_past(self):
        self.ledger.sell("bolt", 3, 50)
        self.assertEqual([self.ledger.quantity_at("bolt", day) for day in (-1, 0, 1, 2)], [0, 10, 10, 7])

    def test_scrap(self):
        self.assertEqual(self.ledger.scrap("bolt", 2), 0)
        self.assertEqual(self.ledger.scrap("bolt", 1), 10)
        self.assertEqual([movement.kind for movement in self.ledger.movements], ["in", "scrap"])

    def test_failed_sale_is_not_noted(self):
        with self.assertRaises(StockError):
            self.ledger.sell("bolt", 11, 50)
        self.assertEqual(len(self.ledger.movements), 1)
