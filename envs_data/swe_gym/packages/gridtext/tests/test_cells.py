import unittest

from gridtext import align, truncate, wrap
from gridtext.cells import align_decimals


class CellTest(unittest.TestCase):
    def test_align(self):
        self.assertEqual(align("ab", 4), "ab  ")
        self.assertEqual(align("ab", 4, "right"), "  ab")
        self.assertEqual(align("ab", 5, "center"), " ab  ")

    def test_too_long_stays(self):
        self.assertEqual(align("abc", 2, "right"), "abc")

    def test_unknown_alignment(self):
        with self.assertRaises(ValueError):
            align("a", 3, "middle")

    def test_truncate(self):
        self.assertEqual(truncate("abcdef", 5), "ab...")
        self.assertEqual(truncate("abcde", 5), "abcde")
        self.assertEqual(truncate("abcdef", 3), "abc")
        self.assertEqual(truncate("ab cdef", 6), "ab...")

    def test_wrap_words(self):
        self.assertEqual(wrap("the quick brown fox", 9), ["the quick", "brown fox"])

    def test_wrap_long_word(self):
        self.assertEqual(wrap("a abcdefg", 3), ["a", "abc", "def", "g"])

    def test_wrap_keeps_paragraphs(self):
        self.assertEqual(wrap("a\n\nb", 5), ["a", "", "b"])

    def test_wrap_to_nothing(self):
        with self.assertRaises(ValueError):
            wrap("a", 0)

    def test_decimals(self):
        self.assertEqual(align_decimals([1, 22.5, 3.25]), [" 1   ", "22.5 ", " 3.25"])
        self.assertEqual(align_decimals([]), [])
