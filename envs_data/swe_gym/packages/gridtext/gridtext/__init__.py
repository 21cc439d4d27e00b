"""Tables as plain text."""

from gridtext.cells import align, truncate, wrap
from gridtext.columns import Column, fit_widths
from gridtext.reader import parse_csv_line, parse_table
from gridtext.summary import group_rows, with_totals
from gridtext.table import Table

__all__ = [
    "Column",
    "Table",
    "align",
    "fit_widths",
    "group_rows",
    "parse_csv_line",
    "parse_table",
    "truncate",
    "with_totals",
    "wrap",
]
