"""Small believable bugs: where a source file allows which, as edits of the text itself.

The syntax tree says where; the edit is made on the span of the source, so comments and layout stay and the patch that
mends it is small. Kinds that a tree alone cannot judge (a mutant may behave like the original) are judged by the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textarena_rl.envs.swe_gym.syntax import parse

__all__ = ["KINDS", "Mutation", "mutate", "mutations"]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One edit of a source file."""

    kind: str
    """What kind of bug it is; a key of :data:`KINDS`."""
    start: int
    """First byte that is replaced."""
    stop: int
    """First byte that is not replaced any more."""
    old: str
    """What stood there."""
    new: str
    """What stands there instead."""
    function: str
    """The function or method around it, as ``Class.method``."""


class _Source:
    """A file, its tree, and the way from nodes to bytes."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.tree = parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.AST) -> int:
        return self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined,no-any-return]

    def stop(self, node: ast.AST) -> int:
        return self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined,no-any-return]

    def line_start(self, node: ast.AST) -> int:
        return self._starts[node.lineno - 1]  # type: ignore[attr-defined,no-any-return]

    def line_stop(self, node: ast.AST) -> int:
        return self._starts[node.end_lineno]  # type: ignore[attr-defined,no-any-return]

    def of(self, node: ast.AST) -> str:
        return self.text[self.start(node) : self.stop(node)].decode()

    def indent(self, node: ast.AST) -> str:
        return " " * node.col_offset  # type: ignore[attr-defined,no-any-return]


_Edit = tuple[int, int, str]
_Finder = Callable[[_Source, ast.AST], Iterator[_Edit]]


def _between(source: _Source, left: ast.AST, right: ast.AST, swaps: dict[str, str]) -> Iterator[_Edit]:
    """Replace the operator that stands between two nodes."""
    start, stop = source.stop(left), source.start(right)
    gap = source.text[start:stop].decode()
    for old in sorted(swaps, key=len, reverse=True):
        match = re.search(rf"(?<![\w<>=!]){re.escape(old)}(?![\w<>=])", gap)
        if match:
            yield start + match.start(), start + match.end(), swaps[old]
            return


_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_COMPARE = {
    "==": "!=",
    "!=": "==",
    "not in": "in",
    "in": "not in",
    "is not": "is",
    "is": "is not",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}
_OPERATORS = {"+": "-", "-": "+", "*": "+", "//": "*", "/": "*", "%": "//", "|": "&", "&": "|"}
_METHODS = {
    "strip": "rstrip",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "partition": "rpartition",
    "rpartition": "partition",
    "startswith": "endswith",
    "endswith": "startswith",
    "lower": "upper",
    "upper": "lower",
    "ljust": "rjust",
    "rjust": "ljust",
    "isdigit": "isalnum",
    "popleft": "pop",
    "extend": "append",
    "keys": "values",
}
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil"}
_WRAPPERS = {"sorted", "abs", "deepcopy", "list", "set", "reversed", "int", "str", "dict"}
_ERRORS = {"ValueError": "TypeError", "KeyError": "IndexError", "TypeError": "ValueError", "IndexError": "KeyError"}


def _boundary(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Compare):
        lefts = [node.left, *node.comparators]
        for left, right in zip(lefts, node.comparators, strict=False):
            yield from _between(source, left, right, _BOUNDARY)


def _compare(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _between(source, node.left, node.comparators[0], _COMPARE)


def _logic(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.BoolOp):
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from _between(source, left, right, {"and": "or", "or": "and"})


def _negated(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        text = source.of(node.test)
        if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
            yield source.start(node.test), source.stop(node.test), source.of(node.test.operand)
        elif isinstance(node.test, ast.Name | ast.Call | ast.Attribute):
            yield source.start(node.test), source.stop(node.test), f"not {text}"
        elif not isinstance(node.test, ast.Constant):
            yield source.start(node.test), source.stop(node.test), f"not ({text})"


def _else(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.If) and node.orelse:
        yield source.line_stop(node.body[-1]), source.line_stop(node.orelse[-1]), ""


def _branches(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.If) and node.orelse and not isinstance(node.orelse[0], ast.If):
        first, last = node.body[0], node.orelse[-1]
        body = source.text[source.line_start(first) : source.line_stop(node.body[-1])].decode()
        middle = source.text[source.line_stop(node.body[-1]) : source.line_start(node.orelse[0])].decode()
        orelse = source.text[source.line_start(node.orelse[0]) : source.line_stop(last)].decode()
        yield source.line_start(first), source.line_stop(last), orelse + middle + body


def _guard(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    ends = (ast.Raise, ast.Return, ast.Continue, ast.Break)
    if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and isinstance(node.body[0], ends):
        yield source.line_start(node), source.line_stop(node), ""


def _assignment(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute)):
        yield source.start(node), source.stop(node), "pass"


def _operator(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Pow | ast.Mod):
        yield from _between(source, node.left, node.right, _OPERATORS)
    elif isinstance(node, ast.AugAssign):
        swaps = {f"{old}=": f"{new}=" for old, new in _OPERATORS.items()}
        yield from _between(source, node.target, node.value, swaps)


def _off_by_one(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) < 1000:
        yield source.start(node), source.stop(node), str(node.value + 1)
        if node.value > 1:
            yield source.start(node), source.stop(node), str(node.value - 1)


def _truth(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield source.start(node), source.stop(node), str(not node.value)


def _arguments(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        first, second = node.args[:2]
        if not isinstance(first, ast.Starred | ast.GeneratorExp) and not isinstance(second, ast.Starred):
            gap = source.text[source.stop(first) : source.start(second)].decode()
            swapped = source.of(second) + gap + source.of(first)
            yield source.start(first), source.stop(second), swapped


def _loop(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Break):
        yield source.start(node), source.stop(node), "continue"
    elif isinstance(node, ast.Continue):
        yield source.start(node), source.stop(node), "break"


def _slice(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Slice):
        if node.upper is not None:
            yield source.start(node.upper), source.stop(node.upper), f"{source.of(node.upper)} + 1"
        if node.lower is not None:
            start, stop = source.start(node.lower), source.stop(node.lower)
            yield start, stop, "0" if isinstance(node.lower, ast.Constant) else f"{source.of(node.lower)} + 1"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        last = node.args[min(len(node.args), 2) - 1]
        yield source.start(last), source.stop(last), f"{source.of(last)} - 1"


def _default(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        for value in node.args.defaults:
            if isinstance(value, ast.Constant):
                kind = type(value.value)
                other = {int: f"{value.value} + 1", bool: "None", str: '""'}.get(kind)  # type: ignore[str-bytes-safe]
                if other is not None and value.value != "":
                    yield source.start(value), source.stop(value), other


def _method(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        stop = source.stop(node.func)
        yield stop - len(node.func.attr), stop, _METHODS[node.func.attr]


def _function(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        yield source.start(node.func), source.stop(node.func), _FUNCTIONS[node.func.id]


def _fallback(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
        if len(node.args) == 2:
            yield source.stop(node.args[0]), source.stop(node.args[1]), ""
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "default":
                yield source.start(keyword.value), source.stop(keyword.value), f"({source.of(keyword.value)},)"


def _error(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
        other = _ERRORS.get(node.exc.func.id, "RuntimeError")
        yield source.start(node.exc.func), source.stop(node.exc.func), other
    elif isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
        other = _ERRORS.get(node.type.id, "ZeroDivisionError")
        yield source.start(node.type), source.stop(node.type), other


def _result(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        if isinstance(node.value, ast.Call | ast.BoolOp | ast.Compare):
            yield source.start(node), source.start(node.value), ""
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            first, second = node.value.elts
            yield source.start(first), source.stop(second), f"{source.of(second)}, {source.of(first)}"


def _wrapper(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _WRAPPERS:
        if node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
            yield source.start(node), source.stop(node), source.of(node.args[0])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield source.start(node), source.stop(node), source.of(node.operand)


def _unfinished(source: _Source, node: ast.AST) -> Iterator[_Edit]:
    if isinstance(node, ast.FunctionDef):
        body = node.body[1:] if isinstance(node.body[0], ast.Expr) and ast.get_docstring(node) else node.body
        if len(body) >= 2 and body[-1].end_lineno - body[0].lineno >= 3:  # type: ignore[operator]
            indent = source.indent(body[0])
            yield source.line_start(body[0]), source.line_stop(body[-1]), f"{indent}raise NotImplementedError\n"


KINDS: dict[str, tuple[str, _Finder]] = {
    "boundary": ("< for <=, > for >=", _boundary),
    "comparison": ("== for !=, in for not in, < for >", _compare),
    "logic": ("and for or", _logic),
    "condition": ("a condition turned round", _negated),
    "missing-else": ("an else branch that is gone", _else),
    "branches": ("the branches of an if swapped", _branches),
    "missing-guard": ("a check that returns or raises early is gone", _guard),
    "missing-assignment": ("a variable or attribute that is not updated", _assignment),
    "operator": ("+ for -, * for //", _operator),
    "off-by-one": ("a number one too high or too low", _off_by_one),
    "truth-value": ("True for False", _truth),
    "argument-order": ("the first two arguments of a call swapped", _arguments),
    "loop-control": ("break for continue", _loop),
    "slice": ("a slice or range that ends or begins one off", _slice),
    "default": ("another default value of a parameter", _default),
    "text-method": ("strip for rstrip, partition for rpartition, startswith for endswith", _method),
    "extreme": ("min for max, any for all", _function),
    "fallback": ("the fallback of a look-up is gone or wrong", _fallback),
    "error-type": ("another exception is raised or caught", _error),
    "result": ("a result that is not returned, or a pair in the wrong order", _result),
    "conversion": ("sorted, abs, a copy or a minus sign is gone", _wrapper),
    "unfinished": ("the body of a function is gone", _unfinished),
}
"""The kinds of bugs: what each is, and what finds the places for it."""


def _functions(source: _Source) -> list[tuple[int, int, str]]:
    """The span and qualified name of every function."""
    found: list[tuple[int, int, str]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                if not isinstance(child, ast.ClassDef):
                    found.append((source.start(child), source.stop(child), name))
                visit(child, name + ".")
            else:
                visit(child, prefix)

    visit(source.tree, "")
    return found


def mutations(text: bytes) -> list[Mutation]:
    """Every bug that a source file allows, in a fixed order; each compiles, and each is inside a function."""
    source = _Source(text)
    functions = _functions(source)
    found: dict[tuple[int, int, str], Mutation] = {}
    for node in ast.walk(source.tree):
        for kind, (_, finder) in KINDS.items():
            for start, stop, new in finder(source, node):
                around = [item for item in functions if item[0] <= start and stop <= item[1] + 1]
                old = text[start:stop].decode()
                if not around or old == new or (start, stop, new) in found:
                    continue
                function = max(around)[2]
                mutation = Mutation(kind, start, stop, old, new, function)
                if _compiles(mutate(text, mutation)):
                    found[start, stop, new] = mutation
    return sorted(found.values(), key=lambda item: (item.start, item.stop, item.kind, item.new))


def mutate(text: bytes, mutation: Mutation) -> bytes:
    """The file with the bug."""
    return text[: mutation.start] + mutation.new.encode() + text[mutation.stop :]


def _compiles(text: bytes) -> bool:
    try:
        parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
