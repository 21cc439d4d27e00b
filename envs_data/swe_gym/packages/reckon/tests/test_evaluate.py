import unittest

from reckon import ReckonError, Scope, calculate


class EvaluateTest(unittest.TestCase):
    def test_arithmetic(self):
        for text, value in {"1+2*3": 7, "(1+2)*3": 9, "7/2": 3.5, "2**3**2": 512, "-2**2": -4, "10-3-2": 5}.items():
            with self.subTest(text=text):
                self.assertEqual(calculate(text), value)

    def test_remainder_has_the_sign_of_the_divisor(self):
        self.assertEqual(calculate("-7 % 3"), 2)
        self.assertEqual(calculate("7 % (-3)"), -2)

    def test_comparisons(self):
        self.assertEqual(
            [calculate(text) for text in ("1<2", "2<=2", "3>4", "3>=3", "1==1", "1!=1")], [1, 1, 0, 1, 1, 0]
        )

    def test_close_numbers_are_equal(self):
        self.assertEqual(calculate("0.1+0.2 == 0.3"), 1)

    def test_functions(self):
        self.assertEqual(calculate("max(1, 5, 3)"), 5)
        self.assertEqual(calculate("min(4, 2)"), 2)
        self.assertEqual(calculate("min(4)"), 4)
        self.assertEqual(calculate("round(2.567, 1)"), 2.6)
        self.assertEqual(calculate("floor(-1.5)"), -2)

    def test_mean(self):
        self.assertEqual(calculate("mean(1, 2, 6)"), 3)
        with self.assertRaises(ReckonError):
            calculate("mean()")

    def test_clamp(self):
        self.assertEqual([calculate(f"clamp({n}, 0, 10)") for n in (-5, 5, 15)], [0, 5, 10])
        with self.assertRaises(ReckonError):
            calculate("clamp(1, 5, 2)")

    def test_choice(self):
        self.assertEqual(calculate("if(2 > 1, 10, 20)"), 10)
        self.assertEqual(calculate("if(2 < 1, 10, 20)"), 20)

    def test_wrong_number_of_arguments(self):
        for text in ("abs()", "abs(1, 2)", "clamp(1, 2)", "round(1, 2, 3)"):
            with self.subTest(text=text), self.assertRaises(ReckonError):
                calculate(text)

    def test_division_by_zero(self):
        for text in ("1/0", "1%0", "0**(-1)"):
            with self.subTest(text=text), self.assertRaises(ReckonError):
                calculate(text)

    def test_roots(self):
        self.assertEqual(calculate("sqrt(16)"), 4)
        self.assertEqual(calculate("16**0.5"), 4)
        for text in ("sqrt(-1)", "(-8)**0.5"):
            with self.subTest(text=text), self.assertRaises(ReckonError):
                calculate(text)

    def test_variables(self):
        self.assertEqual(calculate("x = 4\nx * 2"), 8)
        self.assertEqual(calculate("x + 1", Scope(x=2)), 3)

    def test_ans(self):
        self.assertEqual(calculate("2 + 3\n\n# comment\nans * 2"), 10)

    def test_constants_stay(self):
        self.assertAlmostEqual(calculate("2*pi"), 6.283185307)
        with self.assertRaises(ReckonError):
            calculate("pi = 3")

    def test_variables_come_before_constants(self):
        self.assertEqual(calculate("e", Scope(e=5)), 5)

    def test_unknown(self):
        for text in ("foo", "foo(1)"):
            with self.subTest(text=text), self.assertRaises(ReckonError):
                calculate(text)

    def test_nothing(self):
        with self.assertRaises(ReckonError):
            calculate("\n# only words\n")
