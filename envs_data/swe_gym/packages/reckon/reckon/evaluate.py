"""The value of a tree."""

import math

from reckon.parser import parse
from reckon.tokens import ReckonError

CONSTANTS = {"pi": math.pi, "e": math.e, "true": 1.0, "false": 0.0}


def clamp(value, low, high):
    """The value, or the bound that it is beyond."""
    if low > high:
        raise ReckonError(f"clamp: {low:g} is above {high:g}")
    return max(low, min(value, high))


def mean(*values):
    """The arithmetic mean."""
    if not values:
        raise ReckonError("mean of nothing")
    return sum(values) / len(values)


def choose(condition, yes, no):
    """One of two values."""
    return yes if condition else no


FUNCTIONS = {
    "abs": (1, 1, abs),
    "sqrt": (1, 1, math.sqrt),
    "floor": (1, 1, math.floor),
    "round": (1, 2, lambda value, digits=0: round(value, int(digits))),
    "min": (1, None, min),
    "max": (1, None, lambda *values: max(values)),
    "mean": (0, None, mean),
    "clamp": (3, 3, clamp),
    "if": (3, 3, choose),
}


class Scope:
    """Variables, and what was computed last as ``ans``."""

    def __init__(self, **variables):
        self.variables = {name: float(value) for name, value in variables.items()}

    def get(self, name):
        """A variable or a constant; variables come first."""
        if name in self.variables:
            return self.variables[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        raise ReckonError(f"unknown name {name!r}")

    def set(self, name, value):
        """Give a variable its value; constants stay as they are."""
        if name in CONSTANTS:
            raise ReckonError(f"{name} is a constant")
        self.variables[name] = value
        return value


def divide(left, right):
    """Division that explains itself."""
    if right == 0:
        raise ReckonError("division by zero")
    return left / right


def remainder(left, right):
    """The remainder, with the sign of the divisor."""
    if right == 0:
        raise ReckonError("remainder by zero")
    return left - right * math.floor(left / right)


def power(left, right):
    """left ** right, where that is a real number."""
    if left < 0 and right != int(right):
        raise ReckonError("root of a negative number")
    if left == 0 and right < 0:
        raise ReckonError("division by zero")
    return left**right


BINARY = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": divide,
    "%": remainder,
    "**": power,
    "==": lambda left, right: float(math.isclose(left, right)),
    "!=": lambda left, right: float(not math.isclose(left, right)),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
}


def call(name, values):
    """The value of a function, after its arguments are counted."""
    if name not in FUNCTIONS:
        raise ReckonError(f"unknown function {name!r}")
    least, most, function = FUNCTIONS[name]
    if len(values) < least or (most is not None and len(values) > most):
        raise ReckonError(f"{name} does not take {len(values)} arguments")
    if name == "min":
        return min(values)
    if name == "sqrt" and values[0] < 0:
        raise ReckonError("root of a negative number")
    return float(function(*values))


def value_of(tree, scope):
    """The value of a tree."""
    kind = tree[0]
    if kind == "number":
        return tree[1]
    if kind == "name":
        return scope.get(tree[1])
    if kind == "unary":
        return -value_of(tree[2], scope)
    if kind == "assign":
        return scope.set(tree[1], value_of(tree[2], scope))
    if kind == "call":
        return call(tree[1], [value_of(argument, scope) for argument in tree[2]])
    left = value_of(tree[2], scope)
    right = value_of(tree[3], scope)
    return BINARY[tree[1]](left, right)


def calculate(text, scope=None):
    """The value of the last non-empty line; each line's value is ``ans`` in the next."""
    scope = Scope() if scope is None else scope
    value = None
    for line in text.splitlines():
        if not line.partition("#")[0].strip():
            continue
        value = value_of(parse(line), scope)
        scope.variables["ans"] = value
    if value is None:
        raise ReckonError("nothing to calculate")
    return value
