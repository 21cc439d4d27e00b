import unittest

from spanset import Span


class SpanTest(unittest.TestCase):
    def test_length(self):
        self.assertEqual(len(Span(3, 8)), 5)

    def test_backwards_is_refused(self):
        with self.assertRaises(ValueError):
            Span(5, 4)

    def test_empty_is_false(self):
        self.assertFalse(Span(4, 4))
        self.assertTrue(Span(4, 5))

    def test_contains_start_not_stop(self):
        span = Span(2, 5)
        self.assertIn(2, span)
        self.assertIn(4, span)
        self.assertNotIn(5, span)
        self.assertNotIn(1, span)

    def test_equality(self):
        self.assertEqual(Span(1, 2), Span(1, 2))
        self.assertNotEqual(Span(1, 2), Span(1, 3))
        self.assertNotEqual(Span(1, 2), (1, 2))

    def test_overlap_needs_a_common_number(self):
        self.assertTrue(Span(0, 5).overlaps(Span(4, 6)))
        self.assertFalse(Span(0, 5).overlaps(Span(5, 6)))

    def test_touching(self):
        self.assertTrue(Span(0, 5).touches(Span(5, 6)))
        self.assertFalse(Span(0, 5).touches(Span(6, 7)))

    def test_intersection(self):
        self.assertEqual(Span(0, 5).intersect(Span(3, 9)), Span(3, 5))
        self.assertIsNone(Span(0, 5).intersect(Span(5, 9)))

    def test_join(self):
        self.assertEqual(Span(0, 5).join(Span(5, 9)), Span(0, 9))
        self.assertEqual(Span(0, 9).join(Span(2, 3)), Span(0, 9))

    def test_join_apart_is_refused(self):
        with self.assertRaises(ValueError):
            Span(0, 1).join(Span(3, 4))

    def test_minus_middle(self):
        self.assertEqual(Span(0, 9).minus(Span(3, 5)), [Span(0, 3), Span(5, 9)])

    def test_minus_everything(self):
        self.assertEqual(Span(3, 5).minus(Span(0, 9)), [])

    def test_minus_left_end(self):
        self.assertEqual(Span(3, 8).minus(Span(0, 5)), [Span(5, 8)])

    def test_minus_nothing(self):
        self.assertEqual(Span(3, 8).minus(Span(10, 12)), [Span(3, 8)])

    def test_shift(self):
        self.assertEqual(Span(1, 4).shift(10), Span(11, 14))

    def test_split(self):
        self.assertEqual(Span(0, 7).split(3), [Span(0, 3), Span(3, 6), Span(6, 7)])

    def test_split_into_ones(self):
        self.assertEqual(Span(0, 2).split(1), [Span(0, 1), Span(1, 2)])

    def test_split_by_zero(self):
        with self.assertRaises(ValueError):
            Span(0, 7).split(0)
