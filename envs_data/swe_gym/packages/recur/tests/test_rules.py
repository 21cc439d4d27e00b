import unittest

from recur import Day, Rule

START = Day(2024, 1, 1)


class RuleTest(unittest.TestCase):
    def test_refused(self):
        for values in (
            {"unit": "hour"},
            {"step": 0},
            {"weekdays": [0]},
            {"nth": 1, "unit": "month"},
            {"nth": 1, "unit": "week", "weekdays": [0]},
            {"nth": 0, "unit": "month", "weekdays": [0]},
            {"nth": 6, "unit": "month", "weekdays": [0]},
            {"until": START, "count": 1},
        ):
            with self.subTest(values=values), self.assertRaises(ValueError):
                Rule(START, **values)

    def test_weekdays_are_sorted(self):
        self.assertEqual(Rule(START, "week", weekdays=[4, 0, 4]).weekdays, (0, 4))

    def test_endless(self):
        self.assertTrue(Rule(START).endless)
        self.assertFalse(Rule(START, count=3).endless)
        self.assertFalse(Rule(START, until=START).endless)

    def test_without(self):
        rule = Rule(START).without(START)
        self.assertEqual(rule.skip, {START})
        self.assertEqual(rule.without(Day(2024, 1, 2)).skip, {START, Day(2024, 1, 2)})

    def test_ending(self):
        rule = Rule(START, until=Day(2024, 2, 1))
        self.assertEqual(rule.ending(Day(2024, 1, 5)).until, Day(2024, 1, 5))
        self.assertEqual(rule.ending(Day(2024, 3, 5)).until, Day(2024, 2, 1))
        self.assertIsNone(Rule(START, count=3).ending(START).count)

    def test_equality(self):
        self.assertEqual(Rule(START, step=2), Rule(START, step=2))
        self.assertNotEqual(Rule(START, step=2), Rule(START, step=3))
        self.assertEqual(len({Rule(START), Rule(START)}), 1)
