import unittest

from confix import Config, changed_lines, read, write
from confix.writer import quoted


class WriterTest(unittest.TestCase):
    def test_sections(self):
        text = "b = 1\n\n[x]\na = 2\n\n[y : x]\n"
        self.assertEqual(write(read(text)), text)

    def test_empty(self):
        self.assertEqual(write(Config()), "")

    def test_empty_sections_vanish(self):
        self.assertEqual(write(read("[x]\n[y]\na=1")), "[y]\na = 1\n")

    def test_keys_are_sorted(self):
        self.assertEqual(write(read("b=1\na=2")), "a = 2\nb = 1\n")

    def test_quotes(self):
        self.assertEqual(
            [quoted(v) for v in ("a", " a", "a # b", '"x"', "", 5)], ["a", '" a"', '"a # b"', "'\"x\"'", "", "5"]
        )

    def test_round_trip(self):
        config = Config()
        for key, value in {"a": " x ", "b": "1 # 2", "c": "it's", "d": "back\\"}.items():
            config.set("s", key, value)
        self.assertEqual(read(write(config)).sections["s"], config.sections["s"])

    def test_changes(self):
        old = read("a=1\nb=2\n[s]\nc=3")
        new = read("a=1\nb=5\n[t]\nd=4")
        self.assertEqual(changed_lines(old, new), ["~ default.b: 2 -> 5", "- s.c", "+ t.d = 4"])

    def test_no_changes(self):
        self.assertEqual(changed_lines(read("a=1"), read("a=1")), [])
