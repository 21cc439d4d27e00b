import unittest

from recur import Day, Rule, parse_rule, rule_text

START = Day(2024, 1, 1)


class TextTest(unittest.TestCase):
    def test_parse(self):
        rule = parse_rule("every 2 weeks on mon, Wednesday from 2024-01-01 until 2024-03-01")
        self.assertEqual(rule, Rule(START, "week", 2, weekdays=[0, 2], until=Day(2024, 3, 1)))

    def test_count(self):
        self.assertEqual(parse_rule("every day from 2024-01-01 for 5").count, 5)

    def test_nth(self):
        rule = parse_rule("every month on last fri from 2024-01-01")
        self.assertEqual((rule.nth, rule.weekdays), (-1, (4,)))

    def test_working_days(self):
        self.assertEqual(parse_rule("every week on weekdays from 2024-01-01").weekdays, (0, 1, 2, 3, 4))

    def test_order_of_parts(self):
        self.assertEqual(parse_rule("every year from 2024-01-01 for 2"), parse_rule("every year for 2 from 2024-01-01"))

    def test_malformed(self):
        for text in (
            "",
            "each day from 2024-01-01",
            "every hour from 2024-01-01",
            "every day",
            "every week on from 2024-01-01",
            "every week on xyz from 2024-01-01",
            "every 2 3 days from 2024-01-01",
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_rule(text)

    def test_round_trip(self):
        for text in (
            "every day from 2024-01-01",
            "every 3 months from 2024-01-31 for 4",
            "every week on weekdays from 2024-01-01 until 2024-02-01",
            "every 2 weeks on mon, sun from 2024-01-01",
            "every month on second tue from 2024-01-01",
        ):
            with self.subTest(text=text):
                self.assertEqual(rule_text(parse_rule(text)), text)

    def test_no_word(self):
        with self.assertRaises(ValueError):
            rule_text(Rule(START, "month", weekdays=[0], nth=-2))
