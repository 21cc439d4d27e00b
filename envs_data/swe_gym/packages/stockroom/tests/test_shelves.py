import unittest

from stockroom import Shelf, StockError


class ShelfTest(unittest.TestCase):
    def setUp(self):
        self.shelf = Shelf("nail", minimum=20)
        self.shelf.receive(10, 5, day=1)
        self.shelf.receive(5, 8, day=3)

    def test_quantity_and_value(self):
        self.assertEqual((self.shelf.quantity, self.shelf.value), (15, 90))

    def test_oldest_leave_first(self):
        self.assertEqual(self.shelf.issue(12), 10 * 5 + 2 * 8)
        self.assertEqual(self.shelf.quantity, 3)

    def test_issue_everything(self):
        self.assertEqual(self.shelf.issue(15), 90)
        self.assertEqual(len(self.shelf.batches), 0)

    def test_issue_too_many(self):
        with self.assertRaises(StockError) as caught:
            self.shelf.issue(16)
        self.assertEqual(str(caught.exception), "only 15 of nail left")
        self.assertEqual(self.shelf.quantity, 15)

    def test_issue_nothing(self):
        with self.assertRaises(StockError):
            self.shelf.issue(0)

    def test_late_delivery_is_sorted_in(self):
        self.shelf.receive(1, 6, day=2)
        self.assertEqual([batch.day for batch in self.shelf.batches], [1, 2, 3])

    def test_same_day_goes_last(self):
        self.shelf.receive(1, 99, day=1)
        self.assertEqual([batch.unit_cost for batch in self.shelf.batches], [5, 99, 8])

    def test_discard(self):
        self.assertEqual(self.shelf.discard_older(3), 10)
        self.assertEqual(self.shelf.quantity, 5)

    def test_missing(self):
        self.assertEqual(self.shelf.missing(), 5)
        self.shelf.receive(50, 1, day=4)
        self.assertEqual(self.shelf.missing(), 0)

    def test_average_cost(self):
        self.assertEqual(self.shelf.average_cost(), 6)
        self.assertIsNone(Shelf("empty").average_cost())

    def test_senseless_batches(self):
        with self.assertRaises(StockError):
            self.shelf.receive(0, 5)
        with self.assertRaises(StockError):
            self.shelf.receive(5, -1)

    def test_free_batch(self):
        self.assertEqual(self.shelf.receive(1, 0, day=9).value, 0)
