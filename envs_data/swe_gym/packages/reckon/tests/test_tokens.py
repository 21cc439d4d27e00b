import unittest

from reckon import ReckonError, tokenize


def texts(text):
    return [token.text for token in tokenize(text)]


class TokenTest(unittest.TestCase):
    def test_operators_are_greedy(self):
        self.assertEqual(texts("2**3<=4"), ["2", "**", "3", "<=", "4", ""])

    def test_blanks_do_not_matter(self):
        self.assertEqual(texts(" 1 +\t2 "), ["1", "+", "2", ""])

    def test_comment(self):
        self.assertEqual(texts("1 # + 2"), ["1", ""])

    def test_underscores_in_numbers(self):
        self.assertEqual(texts("1_000.5"), ["1000.5", ""])

    def test_leading_point(self):
        self.assertEqual(texts(".5"), [".5", ""])

    def test_two_points(self):
        with self.assertRaises(ReckonError) as caught:
            tokenize("1 + 1.2.3")
        self.assertEqual(caught.exception.position, 4)

    def test_names(self):
        self.assertEqual(texts("x_1 _y2"), ["x_1", "_y2", ""])

    def test_kinds(self):
        self.assertEqual([token.kind for token in tokenize("a 1 +")], ["name", "number", "op", "end"])

    def test_unknown_character(self):
        with self.assertRaises(ReckonError) as caught:
            tokenize("1 $ 2")
        self.assertEqual(str(caught.exception), "unexpected '$' at 2")
