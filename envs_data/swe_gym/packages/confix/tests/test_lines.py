import unittest

from confix import ConfigError
from confix.lines import logical_lines, strip_comment, unquote


class LineTest(unittest.TestCase):
    def test_comments(self):
        self.assertEqual(strip_comment("a = 1  # one"), "a = 1")
        self.assertEqual(strip_comment("; all of it"), "")
        self.assertEqual(strip_comment("url = x#y;z"), "url = x#y;z")

    def test_comment_marks_in_quotes(self):
        self.assertEqual(strip_comment("a = ' # '  # x"), "a = ' # '")
        self.assertEqual(strip_comment('a = "it\'s # " ; x'), 'a = "it\'s # "')

    def test_numbers(self):
        self.assertEqual(logical_lines("a=1\n\n# x\nb=2"), [(1, "a=1"), (4, "b=2")])

    def test_continuation(self):
        self.assertEqual(logical_lines("a = 1, \\\n   2, \\\n   3\nb=2"), [(1, "a = 1, 2, 3"), (4, "b=2")])

    def test_open_continuation(self):
        with self.assertRaises(ConfigError) as caught:
            logical_lines("b=1\na=1 \\")
        self.assertEqual(caught.exception.number, 2)

    def test_unquote(self):
        self.assertEqual([unquote(text) for text in ('"a"', "'a'", '"a', '"', "a")], ["a", "a", '"a', '"', "a"])
