"""What happens inside one cell."""


def align(text, width, how="left"):
    """The text with blanks up to ``width``; a text that is too long stays as it is."""
    missing = width - len(text)
    if missing <= 0:
        return text
    if how == "left":
        return text + " " * missing
    if how == "right":
        return " " * missing + text
    if how == "center":
        left = missing // 2
        return " " * left + text + " " * (missing - left)
    raise ValueError(f"cannot align {how!r}")


def truncate(text, width, mark="..."):
    """The text cut to ``width``, ending in ``mark`` where something was cut and the mark fits."""
    if len(text) <= width:
        return text
    if width <= len(mark):
        return text[:width]
    return text[: width - len(mark)].rstrip() + mark


def split_word(word, width):
    """A long word in pieces."""
    return [word[start : start + width] for start in range(0, len(word), width)]


def wrap(text, width):
    """Lines of at most ``width`` characters, broken between words where possible."""
    if width < 1:
        raise ValueError("the width must be positive")
    lines = []
    for paragraph in text.split("\n"):
        current = ""
        for word in paragraph.split():
            pieces = split_word(word, width) if len(word) > width else [word]
            for piece in pieces:
                if not current:
                    current = piece
                elif len(current) + 1 + len(piece) <= width:
                    current += " " + piece
                else:
                    lines.append(current)
                    current = piece
        lines.append(current)
    return lines


def align_decimals(numbers):
    """Numbers as text, with their points under each other."""
    texts = [str(number) for number in numbers]
    parts = [text.partition(".") for text in texts]
    left = max((len(whole) for whole, _, _ in parts), default=0)
    right = max((len(point) + len(rest) for _, point, rest in parts), default=0)
    return [whole.rjust(left) + (point + rest).ljust(right) for whole, point, rest in parts]
