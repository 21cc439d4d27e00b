import unittest

from gridtext import Table, parse_csv_line, parse_table
from gridtext.reader import is_ruler, quote_field


class ReaderTest(unittest.TestCase):
    def test_fields(self):
        self.assertEqual(parse_csv_line("a,b,,c"), ["a", "b", "", "c"])

    def test_quotes(self):
        self.assertEqual(parse_csv_line('"a,b",c'), ["a,b", "c"])
        self.assertEqual(parse_csv_line('"say ""hi""",x'), ['say "hi"', "x"])

    def test_other_separator(self):
        self.assertEqual(parse_csv_line("a;b,c", ";"), ["a", "b,c"])

    def test_open_quote(self):
        with self.assertRaises(ValueError):
            parse_csv_line('"a')

    def test_empty_line(self):
        self.assertEqual(parse_csv_line(""), [""])

    def test_quote_field(self):
        self.assertEqual([quote_field(text) for text in ("a", "a,b", " a", 'a"b')], ["a", '"a,b"', '" a"', '"a""b"'])

    def test_round_trip(self):
        fields = ["plain", "a,b", 'q"q', " x "]
        self.assertEqual(parse_csv_line(",".join(quote_field(field) for field in fields)), fields)

    def test_ruler(self):
        self.assertTrue(is_ruler("| --- | :-: |"))
        self.assertFalse(is_ruler("| a |"))
        self.assertFalse(is_ruler("  "))

    def test_table(self):
        self.assertEqual(
            parse_table("| a | b |\n|---|---|\n| 1 | 2 |\n\n| 3 |\n"), (["a", "b"], [["1", "2"], ["3", ""]])
        )

    def test_table_without_outer_pipes(self):
        self.assertEqual(parse_table("a | b\n1 | 2"), (["a", "b"], [["1", "2"]]))

    def test_too_many_cells(self):
        with self.assertRaises(ValueError) as caught:
            parse_table("a\n1\n2 | 3")
        self.assertEqual(str(caught.exception), "row 2 has 2 cells, not 1")

    def test_no_table(self):
        with self.assertRaises(ValueError):
            parse_table("\n---\n")

    def test_what_was_rendered_can_be_read(self):
        table = Table(["x", "y"], "pipes")
        table.add("p", 1)
        self.assertEqual(parse_table(table.render()), (["x", "y"], [["p", "1"]]))
