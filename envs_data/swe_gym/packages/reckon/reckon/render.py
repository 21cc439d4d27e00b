"""A tree as text, with no more parentheses than it needs."""

from reckon.parser import PRECEDENCE, RIGHT, UNARY


def number_text(value):
    """Whole numbers without a point, others with up to six digits."""
    if value == int(value):
        return str(int(value))
    return f"{value:.6f}".rstrip("0")


def strength(tree):
    """How tightly the outermost operator of a tree binds."""
    if tree[0] == "binary":
        return PRECEDENCE[tree[1]]
    if tree[0] == "unary":
        return UNARY
    if tree[0] == "assign":
        return 0
    return 9


def wrapped(tree, lowest):
    """The text of a tree, in parentheses where it binds less than ``lowest``."""
    text = render(tree)
    if strength(tree) < lowest:
        return f"({text})"
    return text


def render(tree):
    """The text of a tree."""
    kind = tree[0]
    if kind == "number":
        return number_text(tree[1])
    if kind == "name":
        return tree[1]
    if kind == "unary":
        return "-" + wrapped(tree[2], UNARY)
    if kind == "assign":
        return f"{tree[1]} = {render(tree[2])}"
    if kind == "call":
        return f"{tree[1]}({', '.join(render(argument) for argument in tree[2])})"
    own = PRECEDENCE[tree[1]]
    left = wrapped(tree[2], own + 1 if tree[1] in RIGHT else own)
    right = wrapped(tree[3], own if tree[1] in RIGHT else own + 1)
    return f"{left} {tree[1]} {right}"
