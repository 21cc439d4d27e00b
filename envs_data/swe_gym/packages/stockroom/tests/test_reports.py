import unittest

from stockroom import Ledger, reorder_list, stock_table
from stockroom.reports import best_sellers, idle_articles


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()
        for article, minimum, quantity in (("bolt", 5, 10), ("nut", 30, 10), ("saw", 12, 2), ("axe", 12, 2)):
            self.ledger.add_article(article, minimum)
            self.ledger.buy(article, quantity, 100)

    def test_reorder(self):
        self.assertEqual(reorder_list(self.ledger), [("nut", 20), ("axe", 10), ("saw", 10)])

    def test_table(self):
        lines = stock_table(self.ledger).splitlines()
        self.assertEqual(lines[0], "! axe      2         2.00")
        self.assertEqual(lines[1], "  bolt    10        10.00")
        self.assertEqual(lines[-1], "  total 24.00")

    def test_table_of_nothing(self):
        self.assertEqual(stock_table(Ledger()), "  total 0.00")

    def test_best_sellers(self):
        self.ledger.sell("nut", 2, 100)
        self.ledger.sell("bolt", 1, 900)
        self.ledger.sell("nut", 1, 100)
        self.ledger.sell("saw", 1, 300)
        self.assertEqual(best_sellers(self.ledger, 2), [("bolt", 900), ("nut", 300)])

    def test_idle(self):
        self.ledger.sell("nut", 2, 100)
        self.ledger.advance(3)
        self.ledger.sell("saw", 2, 100)
        self.assertEqual(idle_articles(self.ledger, 3), ["axe", "bolt", "nut"])
        self.assertEqual(idle_articles(self.ledger, 4), ["axe", "bolt"])
