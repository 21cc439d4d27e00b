import unittest

from gridtext import group_rows, with_totals
from gridtext.summary import as_number, percent, pivot

ROWS = [["pear", "north", "3"], ["fig", "north", "1,000"], ["pear", "south", "0.5"]]


class SummaryTest(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual([as_number(text) for text in ("3", "1,000", "2.5", "x", "")], [3, 1000, 2.5, None, None])
        self.assertIsInstance(as_number("4.0"), int)

    def test_totals(self):
        self.assertEqual(with_totals(ROWS)[-1], ["total", "", 1003.5])

    def test_totals_of_nothing(self):
        self.assertEqual(with_totals([]), [])

    def test_first_column_is_never_summed(self):
        self.assertEqual(with_totals([["1", "2"]], "sum")[-1], ["sum", 2])

    def test_groups(self):
        self.assertEqual(group_rows(ROWS, 0, 2), [("pear", 3.5), ("fig", 1000)])

    def test_groups_skip_words(self):
        self.assertEqual(group_rows([["a", "x"], ["a", "2"]], 0, 1), [("a", 2)])

    def test_pivot(self):
        self.assertEqual(pivot(ROWS, 0, 1, 2), (["", "north", "south"], [["pear", 3, 0.5], ["fig", 1000, 0]]))

    def test_percent(self):
        self.assertEqual(percent(1, 3), "33.3%")
        self.assertEqual(percent(1, 2, 0), "50%")
        self.assertEqual(percent(1, 0), "-")
