"""Sums and groups."""


def as_number(text):
    """The number in a cell, or None."""
    try:
        value = float(str(text).replace(",", ""))
    except ValueError:
        return None
    return int(value) if value == int(value) else value


def with_totals(rows, label="total"):
    """The rows and one more: sums of the columns that hold numbers only, and the label in the first."""
    if not rows:
        return []
    totals = []
    for index in range(len(rows[0])):
        numbers = [as_number(row[index]) for row in rows]
        if index > 0 and all(number is not None for number in numbers):
            totals.append(sum(numbers))
        else:
            totals.append("")
    totals[0] = label
    return [*rows, totals]


def group_rows(rows, key, value):
    """Sums of one column by another, in order of first appearance."""
    sums = {}
    for row in rows:
        number = as_number(row[value])
        if number is None:
            continue
        sums[row[key]] = sums.get(row[key], 0) + number
    return list(sums.items())


def pivot(rows, down, across, value):
    """A table of sums: headings, and a row for each value of ``down``; 0 where nothing is."""
    names = []
    table = {}
    for row in rows:
        if row[across] not in names:
            names.append(row[across])
        cells = table.setdefault(row[down], {})
        cells[row[across]] = cells.get(row[across], 0) + (as_number(row[value]) or 0)
    lines = [[label, *(cells.get(name, 0) for name in names)] for label, cells in table.items()]
    return ["", *names], lines


def percent(part, whole, digits=1):
    """A share as text; a dash where there is no whole."""
    if not whole:
        return "-"
    return f"{100 * part / whole:.{digits}f}%"
