import unittest

from confix import ConfigError, to_bool, to_list, to_seconds, to_size
from confix.values import guess, to_range


class ValueTest(unittest.TestCase):
    def test_bool(self):
        self.assertEqual([to_bool(word) for word in ("yes", " ON ", "0", "False")], [True, True, False, False])
        with self.assertRaises(ConfigError):
            to_bool("maybe")

    def test_list(self):
        self.assertEqual(to_list("a, 'b ',, c"), ["a", "b ", "c"])
        self.assertEqual(to_list("a:b", ":"), ["a", "b"])
        self.assertEqual(to_list(""), [])

    def test_size(self):
        for text, size in {"512": 512, "4k": 4096, "1.5 MB": 1572864, "2G": 2147483648, "7b": 7}.items():
            with self.subTest(text=text):
                self.assertEqual(to_size(text), size)

    def test_bad_size(self):
        for text in ("", "k", "5x", "5 kilo"):
            with self.subTest(text=text), self.assertRaises(ConfigError):
                to_size(text)

    def test_seconds(self):
        for text, seconds in {"90": 90, "250ms": 0.25, "1h30m": 5400, "1d 2s": 86402, "1.5m": 90}.items():
            with self.subTest(text=text):
                self.assertEqual(to_seconds(text), seconds)

    def test_bad_seconds(self):
        for text in ("", "h", "5y", "1h5", "5 5"):
            with self.subTest(text=text), self.assertRaises(ConfigError):
                to_seconds(text)

    def test_range(self):
        self.assertEqual(to_range("3-7"), (3, 7))
        self.assertEqual(to_range(" 5 "), (5, 5))
        self.assertEqual(to_range("4-4"), (4, 4))
        for text in ("7-3", "x", "1-", "-1"):
            with self.subTest(text=text), self.assertRaises(ConfigError):
                to_range(text)

    def test_guess(self):
        self.assertEqual([guess(text) for text in ("3", "2.5", "on", "No", " x ")], [3, 2.5, True, False, "x"])
        self.assertIsInstance(guess("3"), int)
