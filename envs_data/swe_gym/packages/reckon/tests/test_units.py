import unittest

from reckon import ReckonError, convert
from reckon.units import best_unit


class UnitTest(unittest.TestCase):
    def test_convert(self):
        self.assertEqual(convert(2, "km", "m"), 2000)
        self.assertEqual(convert(90, "min", "h"), 1.5)
        self.assertAlmostEqual(convert(250, "g", "kg"), 0.25)

    def test_kinds_do_not_mix(self):
        with self.assertRaises(ReckonError) as caught:
            convert(1, "m", "s")
        self.assertEqual(str(caught.exception), "m is a length, s a time")

    def test_unknown_unit(self):
        with self.assertRaises(ReckonError):
            convert(1, "m", "ell")

    def test_best_unit(self):
        self.assertEqual(best_unit(1500, "m"), "km")
        self.assertEqual(best_unit(0.5, "m"), "cm")
        self.assertEqual(best_unit(-90, "s"), "min")
        self.assertEqual(best_unit(1000, "m"), "km")

    def test_best_unit_of_almost_nothing(self):
        self.assertEqual(best_unit(0.0001, "mm"), "mm")
