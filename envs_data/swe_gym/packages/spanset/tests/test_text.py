import unittest

from spanset import SpanSet, parse, render
from spanset.text import ParseError


class TextTest(unittest.TestCase):
    def test_parse(self):
        self.assertEqual(list(parse("1-4, 9")), [1, 2, 3, 4, 9])

    def test_empty_text(self):
        self.assertEqual(parse("  "), SpanSet())

    def test_single_number(self):
        self.assertEqual(list(parse("7")), [7])

    def test_backwards(self):
        with self.assertRaises(ParseError) as caught:
            parse("1,9-3")
        self.assertEqual(str(caught.exception), "part 2: '9-3' runs backwards")

    def test_same_ends(self):
        self.assertEqual(list(parse("5-5")), [5])

    def test_garbage(self):
        for text in ("x", "1-", "1,,2", "1-b"):
            with self.subTest(text=text), self.assertRaises(ParseError):
                parse(text)

    def test_position(self):
        with self.assertRaises(ParseError) as caught:
            parse("1,x")
        self.assertEqual(caught.exception.position, 2)

    def test_render_runs(self):
        self.assertEqual(render(parse("1,2,3,7")), "1-3,7")

    def test_render_pairs(self):
        self.assertEqual(render(SpanSet.of(4, 5)), "4,5")

    def test_render_separator(self):
        self.assertEqual(render(SpanSet.of(1, 2, 9), "; "), "1; 2; 9")

    def test_round_trip(self):
        for text in ("", "3", "1-9", "1,2", "0-2,5,6,9-12"):
            with self.subTest(text=text):
                self.assertEqual(render(parse(text)), text)
