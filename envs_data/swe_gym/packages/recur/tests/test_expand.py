import unittest

from recur import Day, Rule, count_between, next_after, occurrences
from recur.expand import first_dates, nth_weekday

START = Day(2024, 1, 1)


def texts(rule, most=1000):
    return [str(day)[5:] for day in occurrences(rule, most)]


class ExpandTest(unittest.TestCase):
    def test_days(self):
        self.assertEqual(texts(Rule(START, step=10, count=4)), ["01-01", "01-11", "01-21", "01-31"])

    def test_until_is_included(self):
        self.assertEqual(texts(Rule(START, until=Day(2024, 1, 3))), ["01-01", "01-02", "01-03"])

    def test_weeks(self):
        rule = Rule(Day(2024, 1, 3), "week", step=2, weekdays=[0, 2], count=4)
        self.assertEqual(texts(rule), ["01-03", "01-15", "01-17", "01-29"])

    def test_week_without_weekdays(self):
        self.assertEqual(texts(Rule(Day(2024, 1, 4), "week", count=2)), ["01-04", "01-11"])

    def test_months_without_the_day(self):
        self.assertEqual(texts(Rule(Day(2024, 1, 31), "month", count=3)), ["01-31", "03-31", "05-31"])

    def test_leap_day(self):
        days = occurrences(Rule(Day(2024, 2, 29), "year", count=2))
        self.assertEqual([day.year for day in days], [2024, 2028])

    def test_every_third_month(self):
        self.assertEqual(texts(Rule(START, "month", step=3, count=3)), ["01-01", "04-01", "07-01"])

    def test_nth(self):
        self.assertEqual(texts(Rule(START, "month", weekdays=[1], nth=2, count=3)), ["01-09", "02-13", "03-12"])
        self.assertEqual(texts(Rule(START, "month", weekdays=[4], nth=-1, count=3)), ["01-26", "02-23", "03-29"])

    def test_nth_before_the_start(self):
        self.assertEqual(texts(Rule(Day(2024, 1, 10), "month", weekdays=[1], nth=2, count=1)), ["02-13"])

    def test_nth_weekday(self):
        self.assertEqual(nth_weekday(2024, 1, 0, 1), Day(2024, 1, 1))
        self.assertEqual(nth_weekday(2024, 1, 0, 5), Day(2024, 1, 29))
        self.assertIsNone(nth_weekday(2024, 1, 3, 5))
        self.assertEqual(nth_weekday(2024, 1, 2, -2), Day(2024, 1, 24))

    def test_skipped_dates_count(self):
        self.assertEqual(texts(Rule(START, count=3, skip=[Day(2024, 1, 2)])), ["01-01", "01-03"])

    def test_most(self):
        self.assertEqual(len(occurrences(Rule(START), most=5)), 5)

    def test_next(self):
        rule = Rule(START, step=2, count=3, skip=[Day(2024, 1, 3)])
        self.assertEqual(next_after(rule, Day(2023, 5, 1)), START)
        self.assertEqual(next_after(rule, START), Day(2024, 1, 5))
        self.assertIsNone(next_after(rule, Day(2024, 1, 5)))
        self.assertIsNone(next_after(Rule(START, until=START), START))

    def test_count_between(self):
        self.assertEqual(count_between(Rule(START), Day(2024, 1, 5), Day(2024, 1, 7)), 3)
        self.assertEqual(count_between(Rule(START, count=2), Day(2024, 1, 2), Day(2024, 1, 7)), 1)

    def test_first_dates(self):
        self.assertEqual(len(first_dates(Rule(START, skip=[START]), 3)), 3)
