import unittest

from stockroom import format_money, parse_money, split_evenly
from stockroom.money import round_share, with_tax


class MoneyTest(unittest.TestCase):
    def test_parse(self):
        for text, cents in {"12.50": 1250, "1,200": 120000, "-3": -300, " 0.5 ": 50}.items():
            with self.subTest(text=text):
                self.assertEqual(parse_money(text), cents)

    def test_parse_refuses(self):
        for text in ("", "x", "1.234", "1.2.3", "--1", ".5"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_money(text)

    def test_format(self):
        self.assertEqual(format_money(123456), "1,234.56")
        self.assertEqual(format_money(-5), "-0.05")
        self.assertEqual(format_money(0), "0.00")

    def test_halves_go_away_from_zero(self):
        self.assertEqual(round_share(5, 1, 2), 3)
        self.assertEqual(round_share(-5, 1, 2), -3)
        self.assertEqual(round_share(4, 1, 3), 1)

    def test_share_of_nothing(self):
        with self.assertRaises(ValueError):
            round_share(5, 1, 0)

    def test_split(self):
        self.assertEqual(split_evenly(100, 3), [34, 33, 33])
        self.assertEqual(split_evenly(9, 3), [3, 3, 3])
        self.assertEqual(split_evenly(5, 1), [5])
        self.assertEqual(sum(split_evenly(101, 7)), 101)

    def test_split_refuses(self):
        with self.assertRaises(ValueError):
            split_evenly(5, 0)

    def test_tax(self):
        self.assertEqual(with_tax(1000, 19), (1190, 190))
        self.assertEqual(with_tax(1050, 5), (1103, 53))
