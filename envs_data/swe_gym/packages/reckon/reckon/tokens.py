"""Text to tokens."""

OPERATORS = ("**", "<=", ">=", "==", "!=", "+", "-", "*", "/", "%", "(", ")", ",", "<", ">", "=")


class ReckonError(Exception):
    """The text has no value; ``position`` is where the trouble begins."""

    def __init__(self, message, position=None):
        super().__init__(message if position is None else f"{message} at {position}")
        self.position = position


class Token:
    """A piece of the text: ``kind`` is number, name, op or end."""

    def __init__(self, kind, text, position):
        self.kind = kind
        self.text = text
        self.position = position

    def __repr__(self):
        return f"Token({self.kind}, {self.text!r})"


def scan_number(text, start):
    """Where the number that begins at ``start`` ends."""
    end = start
    dots = 0
    while end < len(text) and (text[end].isdigit() or text[end] in "._"):
        if text[end] == ".":
            dots += 1
        end += 1
    if dots > 1:
        raise ReckonError(f"malformed number {text[start:end]!r}", start)
    return end


def scan_name(text, start):
    """Where the name that begins at ``start`` ends."""
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return end


def tokenize(text):
    """All tokens of a text, and one of kind ``end``."""
    tokens = []
    position = 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
        elif char == "#":
            break
        elif char.isdigit() or (char == "." and text[position + 1 : position + 2].isdigit()):
            end = scan_number(text, position)
            tokens.append(Token("number", text[position:end].replace("_", ""), position))
            position = end
        elif char.isalpha() or char == "_":
            end = scan_name(text, position)
            tokens.append(Token("name", text[position:end], position))
            position = end
        else:
            for operator in OPERATORS:
                if text.startswith(operator, position):
                    tokens.append(Token("op", operator, position))
                    position += len(operator)
                    break
            else:
                raise ReckonError(f"unexpected {char!r}", position)
    tokens.append(Token("end", "", len(text)))
    return tokens
