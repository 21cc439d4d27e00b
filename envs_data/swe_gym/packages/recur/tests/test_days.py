import unittest

from recur import Day
from recur.days import is_leap, month_length


class DayTest(unittest.TestCase):
    def test_leap_years(self):
        self.assertEqual([is_leap(year) for year in (1900, 2000, 2023, 2024)], [False, True, False, True])

    def test_month_lengths(self):
        self.assertEqual([month_length(2023, month) for month in (1, 2, 4, 12)], [31, 28, 30, 31])
        self.assertEqual(month_length(2024, 2), 29)
        for month in (0, 13):
            with self.assertRaises(ValueError):
                month_length(2024, month)

    def test_parse(self):
        self.assertEqual(str(Day.parse("2024-02-29")), "2024-02-29")
        for text in ("2024-2", "2023-02-29", "x-1-1", "2024-04-31", "2024-01-00"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                Day.parse(text)

    def test_no_year_zero(self):
        with self.assertRaises(ValueError):
            Day(0, 1, 1)

    def test_numbers(self):
        self.assertEqual(Day(1, 1, 1).number, 1)
        self.assertEqual(Day(1970, 1, 1).number, 719163)
        self.assertEqual(Day(2000, 3, 1) - Day(2000, 2, 28), 2)

    def test_numbers_round_trip(self):
        for text in ("0001-01-01", "0004-12-31", "1999-12-31", "2000-01-01", "2024-12-31", "2025-01-01"):
            with self.subTest(text=text):
                self.assertEqual(str(Day.from_number(Day.parse(text).number)), text)

    def test_weekday(self):
        self.assertEqual(Day(2024, 1, 1).weekday, 0)
        self.assertEqual(Day(2024, 2, 29).weekday, 3)
        self.assertEqual(Day(2023, 12, 31).weekday, 6)

    def test_day_of_year(self):
        self.assertEqual(Day(2024, 12, 31).day_of_year, 366)
        self.assertEqual(Day(2023, 3, 1).day_of_year, 60)

    def test_left_in_month(self):
        self.assertEqual(Day(2024, 2, 27).days_left_in_month, 2)

    def test_plus(self):
        self.assertEqual(Day(2023, 12, 31).plus(1), Day(2024, 1, 1))
        self.assertEqual(Day(2024, 3, 1).plus(-1), Day(2024, 2, 29))

    def test_plus_months(self):
        self.assertEqual(Day(2024, 1, 31).plus_months(1), Day(2024, 2, 29))
        self.assertEqual(Day(2024, 1, 15).plus_months(-1), Day(2023, 12, 15))
        self.assertEqual(Day(2024, 5, 31).plus_months(12), Day(2025, 5, 31))

    def test_order(self):
        self.assertLess(Day(2023, 12, 31), Day(2024, 1, 1))
        self.assertLessEqual(Day(2024, 1, 1), Day(2024, 1, 1))
        self.assertFalse(Day(2024, 2, 1) < Day(2024, 1, 9))
