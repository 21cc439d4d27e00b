import unittest

from gridtext import Column, fit_widths
from gridtext.columns import guess_alignment


class ColumnTest(unittest.TestCase):
    def test_natural_width(self):
        self.assertEqual(Column("ab").natural_width(["a", "abcd"]), 4)
        self.assertEqual(Column("abcdef").natural_width(["a"]), 6)
        self.assertEqual(Column("a", least=5).natural_width([]), 5)
        self.assertEqual(Column("a", most=3).natural_width(["abcdef"]), 3)

    def test_longest_line_counts(self):
        self.assertEqual(Column("a").natural_width(["abc\nabcde\na"]), 5)

    def test_bounds(self):
        with self.assertRaises(ValueError):
            Column("a", least=5, most=4)

    def test_fit_nothing_to_do(self):
        self.assertEqual(fit_widths([3, 4], [1, 1], 7), [3, 4])

    def test_fit_takes_from_the_widest(self):
        self.assertEqual(fit_widths([3, 10], [1, 1], 8), [3, 5])
        self.assertEqual(fit_widths([6, 6], [1, 1], 9), [4, 5])

    def test_fit_respects_the_least(self):
        self.assertEqual(fit_widths([3, 10], [1, 9], 10), [1, 9])

    def test_too_narrow(self):
        with self.assertRaises(ValueError):
            fit_widths([3, 3], [2, 2], 3)

    def test_guess(self):
        self.assertEqual(guess_alignment(["1", "-2.5", "", "1,000", "5%"]), "right")
        self.assertEqual(guess_alignment(["1", "x"]), "left")
        self.assertEqual(guess_alignment(["", " "]), "left")
        self.assertEqual(guess_alignment(["1.2.3"]), "left")
