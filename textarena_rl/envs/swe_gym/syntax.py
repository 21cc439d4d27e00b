"""Python's own parser, one thread at a time."""

from __future__ import annotations

import ast
import threading

__all__ = ["parse"]

_ONE_AT_A_TIME = threading.Lock()


def parse(source: bytes) -> ast.Module:
    """The syntax tree of a file.

    Threads that parse at once can break each other in Python up to 3.12 (CPython issue 106905: "AST constructor
    recursion depth mismatch").

    Raises:
        SyntaxError: It is not Python.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source)
