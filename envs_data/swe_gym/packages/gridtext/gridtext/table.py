"""Rows put together."""

from gridtext.cells import align, wrap
from gridtext.columns import Column, fit_widths, guess_alignment

STYLES = {
    "plain": ("", "  ", "", ""),
    "pipes": ("| ", " | ", " |", "-"),
    "rule": ("", "  ", "", "="),
}


class Table:
    """Columns and rows; a cell is anything, None is an empty one."""

    def __init__(self, columns, style="plain"):
        if style not in STYLES:
            raise ValueError(f"unknown style {style!r}")
        self.columns = [column if isinstance(column, Column) else Column(column, how=None) for column in columns]
        self.style = style
        self.rows = []

    def add(self, *cells):
        """Add a row; missing cells at the end are empty."""
        if len(cells) > len(self.columns):
            raise ValueError(f"{len(cells)} cells for {len(self.columns)} columns")
        texts = ["" if cell is None else str(cell) for cell in cells]
        texts += [""] * (len(self.columns) - len(texts))
        self.rows.append(texts)

    def column_texts(self, index):
        """All cells of a column."""
        return [row[index] for row in self.rows]

    def alignment(self, index):
        """A column's alignment, guessed where none was given."""
        how = self.columns[index].how
        return guess_alignment(self.column_texts(index)) if how is None else how

    def widths(self, total=None):
        """The width of each column, so that lines are at most ``total`` long."""
        natural = [column.natural_width(self.column_texts(i)) for i, column in enumerate(self.columns)]
        if total is None:
            return natural
        before, between, after, _ = STYLES[self.style]
        room = total - len(before) - len(after) - len(between) * (len(natural) - 1)
        return fit_widths(natural, [column.least for column in self.columns], room)

    def line(self, texts, widths):
        """One line of text."""
        before, between, after, _ = STYLES[self.style]
        cells = [align(text, widths[i], self.alignment(i)) for i, text in enumerate(texts)]
        return (before + between.join(cells) + after).rstrip()

    def block(self, texts, widths):
        """A row as lines; cells that are too long are wrapped."""
        wrapped = [wrap(text, width) for text, width in zip(texts, widths, strict=True)]
        height = max(len(lines) for lines in wrapped)
        for lines in wrapped:
            lines.extend([""] * (height - len(lines)))
        return [self.line(list(parts), widths) for parts in zip(*wrapped, strict=True)]

    def ruler(self, widths):
        """The line under the headings; empty where the style has none."""
        before, between, after, mark = STYLES[self.style]
        if not mark:
            return ""
        if not before:
            return mark * (sum(widths) + len(between) * (len(widths) - 1))
        cells = []
        for index, width in enumerate(widths):
            how = self.alignment(index)
            cells.append(mark * (width - 1) + ":" if how == "right" and width > 1 else mark * width)
        return before + between.join(cells) + after

    def render(self, total=None):
        """The table as text."""
        widths = self.widths(total)
        lines = self.block([column.heading for column in self.columns], widths)
        ruler = self.ruler(widths)
        if ruler:
            lines.append(ruler)
        for row in self.rows:
            lines.extend(self.block(row, widths))
        return "\n".join(lines)
