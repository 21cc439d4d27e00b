"""Tokens to a tree of tuples.

``("number", 2.0)``, ``("name", "x")``, ``("unary", "-", tree)``, ``("binary", "+", left, right)``,
``("call", "max", [trees])`` and ``("assign", "x", tree)``.
"""

from reckon.tokens import ReckonError, tokenize

PRECEDENCE = {
    "==": 1,
    "!=": 1,
    "<": 2,
    "<=": 2,
    ">": 2,
    ">=": 2,
    "+": 3,
    "-": 3,
    "*": 4,
    "/": 4,
    "%": 4,
    "**": 6,
}
UNARY = 5
RIGHT = {"**"}


class Parser:
    """Precedence climbing over a list of tokens."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.index = 0

    @property
    def token(self):
        return self.tokens[self.index]

    def accept(self, text):
        """Go past an operator if it is next."""
        if self.token.kind == "op" and self.token.text == text:
            self.index += 1
            return True
        return False

    def expect(self, text):
        """Go past an operator that must be next."""
        if not self.accept(text):
            found = self.token.text or "the end"
            raise ReckonError(f"expected {text!r}, found {found!r}", self.token.position)

    def statement(self):
        """An assignment or an expression, up to the end."""
        tree = self.expression(0)
        if tree[0] == "name" and self.accept("="):
            tree = ("assign", tree[1], self.expression(0))
        if self.token.kind != "end":
            raise ReckonError(f"unexpected {self.token.text!r}", self.token.position)
        return tree

    def expression(self, lowest):
        """Operators of at least the precedence ``lowest``."""
        left = self.prefix()
        while self.token.kind == "op" and PRECEDENCE.get(self.token.text, -1) >= max(lowest, 1):
            operator = self.token.text
            self.index += 1
            power = PRECEDENCE[operator]
            right = self.expression(power if operator in RIGHT else power + 1)
            left = ("binary", operator, left, right)
        return left

    def prefix(self):
        """A sign and what it stands before, or an atom."""
        for sign in ("-", "+"):
            if self.accept(sign):
                inner = self.expression(UNARY)
                return ("unary", "-", inner) if sign == "-" else inner
        return self.atom()

    def atom(self):
        """A number, a name, a call, or something in parentheses."""
        token = self.token
        if self.accept("("):
            tree = self.expression(0)
            self.expect(")")
            return tree
        if token.kind == "number":
            self.index += 1
            return ("number", float(token.text))
        if token.kind == "name":
            self.index += 1
            if self.accept("("):
                return ("call", token.text, self.arguments())
            return ("name", token.text)
        raise ReckonError(f"expected a value, found {token.text or 'the end'!r}", token.position)

    def arguments(self):
        """What stands between the parentheses of a call; the first is gone already."""
        found = []
        if self.accept(")"):
            return found
        while True:
            found.append(self.expression(0))
            if self.accept(")"):
                return found
            self.expect(",")


def parse(text):
    """The tree of a text."""
    return Parser(tokenize(text)).statement()
