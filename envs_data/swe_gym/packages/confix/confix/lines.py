"""Text to logical lines: comments gone, continued lines joined."""


class ConfigError(Exception):
    """Something is wrong in line ``number``."""

    def __init__(self, message, number=None):
        super().__init__(message if number is None else f"line {number}: {message}")
        self.number = number


def strip_comment(line):
    """The line without its comment; a mark within quotes, or right after a letter, begins none."""
    quote = ""
    for index, char in enumerate(line):
        if quote:
            if char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "#;" and (index == 0 or line[index - 1].isspace()):
            return line[:index].rstrip()
    return line.rstrip()


def logical_lines(text):
    """``(number, line)`` of each logical line that is not empty; a backslash at the end joins the next one."""
    result = []
    pending = ""
    start = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = strip_comment(raw)
        if pending:
            line = pending + line.lstrip()
        else:
            start = number
        if line.endswith("\\"):
            pending = line[:-1].rstrip() + " "
            continue
        pending = ""
        if line.strip():
            result.append((start, line.strip()))
    if pending:
        raise ConfigError("nothing follows the backslash", start)
    return result


def unquote(text):
    """A value without its quotes, if it has a pair of them."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
