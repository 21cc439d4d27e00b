import unittest

from spanset import Span, SpanSet


class SpanSetTest(unittest.TestCase):
    def test_touching_spans_are_joined(self):
        self.assertEqual(SpanSet([Span(3, 5), Span(0, 3)]).spans, [Span(0, 5)])

    def test_contained_spans_vanish(self):
        self.assertEqual(SpanSet([Span(0, 9), Span(2, 4)]).spans, [Span(0, 9)])

    def test_empty_spans_vanish(self):
        self.assertEqual(SpanSet([Span(2, 2)]).spans, [])

    def test_iteration(self):
        self.assertEqual(list(SpanSet([Span(0, 2), Span(5, 7)])), [0, 1, 5, 6])

    def test_length(self):
        self.assertEqual(len(SpanSet([Span(0, 2), Span(5, 7)])), 4)

    def test_membership(self):
        members = SpanSet([Span(0, 2), Span(5, 7)])
        self.assertEqual([number for number in range(-1, 9) if number in members], [0, 1, 5, 6])

    def test_union(self):
        self.assertEqual(SpanSet.of(1, 2) | SpanSet.of(3), SpanSet([Span(1, 4)]))

    def test_intersection(self):
        left = SpanSet([Span(0, 5), Span(8, 12)])
        right = SpanSet([Span(3, 9), Span(11, 20)])
        self.assertEqual((left & right).spans, [Span(3, 5), Span(8, 9), Span(11, 12)])

    def test_difference(self):
        self.assertEqual((SpanSet([Span(0, 9)]) - SpanSet.of(0, 4)).spans, [Span(1, 4), Span(5, 9)])

    def test_symmetric_difference(self):
        self.assertEqual(SpanSet.of(1, 2) ^ SpanSet.of(2, 3), SpanSet.of(1, 3))

    def test_bounds(self):
        self.assertEqual(SpanSet.of(3, 9).bounds(), Span(3, 10))
        self.assertIsNone(SpanSet().bounds())

    def test_gaps(self):
        self.assertEqual(SpanSet.of(1, 4).gaps(), SpanSet([Span(2, 4)]))

    def test_complement(self):
        self.assertEqual(SpanSet.of(1).complement(Span(0, 3)), SpanSet.of(0, 2))

    def test_add(self):
        members = SpanSet.of(1)
        self.assertTrue(members.add(2))
        self.assertFalse(members.add(2))
        self.assertEqual(members.spans, [Span(1, 3)])

    def test_discard(self):
        members = SpanSet([Span(0, 3)])
        self.assertTrue(members.discard(1))
        self.assertFalse(members.discard(1))
        self.assertEqual(list(members), [0, 2])

    def test_nearest(self):
        members = SpanSet([Span(0, 3), Span(8, 9)])
        self.assertEqual([members.nearest(number) for number in (-4, 1, 4, 5, 7, 20)], [0, 1, 2, 2, 8, 8])

    def test_nearest_of_nothing(self):
        self.assertIsNone(SpanSet().nearest(3))

    def test_subset_and_disjoint(self):
        self.assertTrue(SpanSet.of(1, 2).issubset(SpanSet.of(1, 2, 3)))
        self.assertFalse(SpanSet.of(1, 4).issubset(SpanSet.of(1, 2, 3)))
        self.assertTrue(SpanSet.of(1).isdisjoint(SpanSet.of(2)))
        self.assertFalse(SpanSet.of(1).isdisjoint(SpanSet.of(1)))

    def test_truth(self):
        self.assertFalse(SpanSet())
        self.assertTrue(SpanSet.of(0))
