import unittest

from gridtext import Column, Table


def fruit(style="plain"):
    table = Table(["fruit", "price"], style)
    table.add("apple", 3)
    table.add("fig", 12.5)
    return table


class TableTest(unittest.TestCase):
    def test_plain(self):
        self.assertEqual(fruit().render(), "fruit  price\napple      3\nfig     12.5")

    def test_pipes(self):
        self.assertEqual(
            fruit("pipes").render(),
            "| fruit | price |\n| ----- | ----: |\n| apple |     3 |\n| fig   |  12.5 |",
        )

    def test_rule(self):
        self.assertEqual(fruit("rule").render().splitlines()[1], "============")

    def test_unknown_style(self):
        with self.assertRaises(ValueError):
            Table(["a"], "fancy")

    def test_missing_cells(self):
        table = Table(["a", "b"])
        table.add(None)
        self.assertEqual(table.rows, [["", ""]])

    def test_too_many_cells(self):
        with self.assertRaises(ValueError):
            Table(["a"]).add(1, 2)

    def test_wrapped(self):
        table = Table([Column("name"), Column("note")])
        table.add("x", "one two three")
        self.assertEqual(table.render(total=13), "name  note\nx     one two\n      three")

    def test_given_alignment_wins(self):
        table = Table([Column("n", how="left")])
        table.add(5)
        table.add(100)
        self.assertEqual(table.alignment(0), "left")

    def test_widths_with_pipes(self):
        table = fruit("pipes")
        self.assertEqual(table.widths(total=15), [4, 4])
        self.assertEqual(max(len(line) for line in table.render(total=15).splitlines()), 15)

    def test_no_rows(self):
        self.assertEqual(Table(["a", "b"]).render(), "a  b")
