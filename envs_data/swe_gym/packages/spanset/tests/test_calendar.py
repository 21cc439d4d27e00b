import unittest

from spanset import Span, busy_share, find_slot, free_time
from spanset.calendar import conflicts, longest_free

DAY = [Span(540, 600), Span(660, 720)]


class CalendarTest(unittest.TestCase):
    def test_free_time(self):
        self.assertEqual(free_time(DAY, 480, 780).spans, [Span(480, 540), Span(600, 660), Span(720, 780)])

    def test_free_time_with_pause(self):
        self.assertEqual(free_time(DAY, 540, 780, pause=10).spans, [Span(610, 660), Span(730, 780)])

    def test_slot(self):
        self.assertEqual(find_slot(DAY, 60, 540, 780), Span(600, 660))

    def test_slot_too_long(self):
        self.assertIsNone(find_slot(DAY, 61, 540, 780))

    def test_slot_on_grid(self):
        self.assertEqual(find_slot([Span(0, 7)], 5, 0, 60, grid=15), Span(15, 20))
        self.assertEqual(find_slot([], 5, 30, 60, grid=15), Span(30, 35))

    def test_busy_share(self):
        self.assertEqual(busy_share(DAY, 480, 720), 0.5)

    def test_overlaps_count_once(self):
        self.assertEqual(busy_share([Span(0, 50), Span(0, 50)], 0, 100), 0.5)

    def test_no_day(self):
        self.assertEqual(busy_share(DAY, 600, 600), 0.0)

    def test_conflicts(self):
        self.assertEqual(conflicts([Span(0, 5), Span(5, 8), Span(4, 6)]), [(0, 2), (1, 2)])

    def test_longest_free(self):
        self.assertEqual(longest_free(DAY, 480, 900), Span(720, 900))
        self.assertEqual(longest_free(DAY, 480, 780), Span(480, 540))

    def test_full_day(self):
        self.assertIsNone(longest_free([Span(0, 100)], 0, 100))
