import unittest

from reckon import ReckonError, parse, render


class ParserTest(unittest.TestCase):
    def test_precedence(self):
        self.assertEqual(
            parse("1+2*3"),
            ("binary", "+", ("number", 1.0), ("binary", "*", ("number", 2.0), ("number", 3.0))),
        )

    def test_left_associative(self):
        self.assertEqual(render(parse("1-(2-3)")), "1 - (2 - 3)")
        self.assertEqual(render(parse("(1-2)-3")), "1 - 2 - 3")

    def test_power_is_right_associative(self):
        self.assertEqual(render(parse("2**(3**2)")), "2 ** 3 ** 2")
        self.assertEqual(render(parse("(2**3)**2")), "(2 ** 3) ** 2")

    def test_unary_binds_less_than_power(self):
        self.assertEqual(parse("-x**2")[0], "unary")
        self.assertEqual(render(parse("-x**2")), "-x ** 2")

    def test_unary_plus_vanishes(self):
        self.assertEqual(parse("+x"), ("name", "x"))

    def test_call(self):
        self.assertEqual(parse("max(1, x)"), ("call", "max", [("number", 1.0), ("name", "x")]))

    def test_call_without_arguments(self):
        self.assertEqual(parse("mean()"), ("call", "mean", []))

    def test_assignment(self):
        self.assertEqual(parse("x = 2"), ("assign", "x", ("number", 2.0)))

    def test_comparison_binds_less(self):
        self.assertEqual(parse("1+1 == 2")[1], "==")
        self.assertEqual(parse("1 < 2 == 2 < 3")[1], "==")

    def test_missing_parenthesis(self):
        with self.assertRaises(ReckonError) as caught:
            parse("(1+2")
        self.assertEqual(str(caught.exception), "expected ')', found 'the end' at 4")

    def test_missing_operand(self):
        with self.assertRaises(ReckonError):
            parse("1 +")

    def test_left_over(self):
        with self.assertRaises(ReckonError) as caught:
            parse("1 2")
        self.assertEqual(str(caught.exception), "unexpected '2' at 2")

    def test_missing_comma(self):
        with self.assertRaises(ReckonError):
            parse("max(1 2)")


class RenderTest(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual(render(parse("2.50")), "2.5")
        self.assertEqual(render(parse("3.0")), "3")

    def test_parentheses_only_where_needed(self):
        for text in ("(1 + 2) * 3", "1 + 2 * 3", "-(1 + 2)", "a - (b + c)", "a / (b * c)", "a * b / c"):
            with self.subTest(text=text):
                self.assertEqual(render(parse(text)), text)

    def test_calls_and_assignments(self):
        self.assertEqual(render(parse("y=min( 1,2 )")), "y = min(1, 2)")
