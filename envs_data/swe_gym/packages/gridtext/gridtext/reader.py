"""Text to rows."""


def parse_csv_line(line, separator=","):
    """The fields of a line; quotes hold separators, and two quotes within quotes are one."""
    fields = []
    current = ""
    quoted = False
    position = 0
    while position < len(line):
        char = line[position]
        if quoted:
            if char == '"' and line[position + 1 : position + 2] == '"':
                current += '"'
                position += 1
            elif char == '"':
                quoted = False
            else:
                current += char
        elif char == '"':
            quoted = True
        elif char == separator:
            fields.append(current)
            current = ""
        else:
            current += char
        position += 1
    if quoted:
        raise ValueError("a quote is not closed")
    fields.append(current)
    return fields


def quote_field(text, separator=","):
    """A field as it must be written."""
    if separator in text or '"' in text or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def is_ruler(line):
    """Whether a line of a table only separates."""
    return bool(line.strip()) and not line.strip(" |-:=+")


def parse_table(text):
    """Headings and rows of a table with pipes."""
    rows = []
    for line in text.splitlines():
        if not line.strip() or is_ruler(line):
            continue
        body = line.strip()
        if body.startswith("|"):
            body = body[1:]
        if body.endswith("|"):
            body = body[:-1]
        rows.append([cell.strip() for cell in body.split("|")])
    if not rows:
        raise ValueError("no table")
    headings = rows[0]
    for number, row in enumerate(rows[1:], 1):
        if len(row) > len(headings):
            raise ValueError(f"row {number} has {len(row)} cells, not {len(headings)}")
        row.extend([""] * (len(headings) - len(row)))
    return headings, rows[1:]
