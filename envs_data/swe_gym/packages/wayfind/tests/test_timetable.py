import unittest

from wayfind import NoWay, Trip, plan
from wayfind.timetable import changes, clock, describe, duration, minutes

TRIPS = [
    Trip("S1", "Harbour", "Market", 480, 490),
    Trip("S1", "Market", "Castle", 491, 500),
    Trip("B7", "Market", "Castle", 492, 496),
    Trip("B7", "Market", "Castle", 493, 498),
    Trip("B9", "Harbour", "Castle", 485, 505),
]


class TimetableTest(unittest.TestCase):
    def test_clock(self):
        self.assertEqual(clock(485), "8:05")
        self.assertEqual(minutes("8:05"), 485)
        self.assertEqual(minutes("0:59"), 59)

    def test_malformed_times(self):
        for text in ("8", "8:5", "8:60", "x:00", "8:xx"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                minutes(text)

    def test_backwards_trip(self):
        with self.assertRaises(ValueError):
            Trip("X", "a", "b", 10, 10)

    def test_changing_takes_time(self):
        journey = plan(TRIPS, "Harbour", "Castle", 480)
        self.assertEqual([trip.line for trip in journey], ["S1", "B7"])
        self.assertEqual(journey[-1].arrives, 498)

    def test_quick_change(self):
        self.assertEqual(plan(TRIPS, "Harbour", "Castle", 480, change=2)[-1].arrives, 496)

    def test_same_line_needs_no_change(self):
        self.assertEqual(plan(TRIPS, "Harbour", "Castle", 480, change=9)[-1].arrives, 500)

    def test_missed(self):
        self.assertEqual([trip.line for trip in plan(TRIPS, "Harbour", "Castle", 481)], ["B9"])

    def test_no_way(self):
        with self.assertRaises(NoWay) as caught:
            plan(TRIPS, "Castle", "Harbour", 480)
        self.assertEqual(str(caught.exception), "Castle to Harbour after 8:00")

    def test_already_there(self):
        self.assertEqual(plan(TRIPS, "Castle", "Castle", 480), [])

    def test_changes_and_duration(self):
        journey = plan(TRIPS, "Harbour", "Castle", 480)
        self.assertEqual((changes(journey), duration(journey)), (1, 18))
        self.assertEqual(duration([]), 0)

    def test_describe(self):
        journey = plan(TRIPS, "Harbour", "Castle", 480, change=9)
        self.assertEqual(describe(journey), ["S1: Harbour 8:00 to Castle 8:20"])
        self.assertEqual(len(describe(plan(TRIPS, "Harbour", "Castle", 480))), 2)
