"""Sets as text: ``1-4,9`` holds 1, 2, 3, 4 and 9 (both ends included, as people write them)."""

from spanset.sets import SpanSet
from spanset.span import Span


class ParseError(ValueError):
    """The text is not a set; ``position`` counts the parts from 1."""

    def __init__(self, message, position):
        super().__init__(f"part {position}: {message}")
        self.position = position


def parse_part(part, position):
    """The span of ``7`` or ``3-8``."""
    first, dash, last = part.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise ParseError(f"expected a number or two, got {part!r}", position)
    start = int(first)
    stop = int(last) if dash else start
    if stop < start:
        raise ParseError(f"{part!r} runs backwards", position)
    return Span(start, stop + 1)


def parse(text):
    """The set that a text describes; blanks do not matter, and an empty text is the empty set."""
    stripped = text.replace(" ", "")
    if not stripped:
        return SpanSet()
    return SpanSet(parse_part(part, position) for position, part in enumerate(stripped.split(","), 1))


def render(spanset, separator=","):
    """The inverse of ``parse``; two neighbours are written as ``4,5`` and not as a run."""
    parts = []
    for span in spanset.spans:
        if len(span) == 1:
            parts.append(str(span.start))
        elif len(span) == 2:
            parts.append(f"{span.start}{separator}{span.stop - 1}")
        else:
            parts.append(f"{span.start}-{span.stop - 1}")
    return separator.join(parts)
