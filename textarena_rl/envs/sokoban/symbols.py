"""How a board is shown, and the legend that explains it."""

from __future__ import annotations

from dataclasses import dataclass

from textarena_rl.errors import InvalidConfig

__all__ = ["SYMBOLS", "Symbols", "symbols_named"]

_NAMES = {
    "#": "wall",
    " ": "floor",
    ".": "goal",
    "*": "box on goal",
    "$": "box",
    "@": "player",
    "+": "player on goal",
}
"""Every symbol of XSB, in which the rules keep a board, and what it stands for."""


@dataclass(frozen=True, slots=True)
class Symbols:
    """A way to show a board: a symbol for each thing, and what stands between two of them in a row."""

    cells: str
    """Wall, floor, goal, box on goal, box, player, player on goal."""
    separator: str = ""

    def show(self, board: str) -> str:
        """A board in XSB, in these symbols."""
        shown = board.translate(dict(zip(map(ord, _NAMES), self.cells, strict=True)))
        return "\n".join(map(self.separator.join, shown.split("\n"))) if self.separator else shown

    @property
    def legend(self) -> str:
        """One line that names every symbol."""
        pairs = zip(self.cells, _NAMES.values(), strict=True)
        return ", ".join(f"{'(blank)' if symbol == ' ' else symbol} {name}" for symbol, name in pairs)


class _Words(Symbols):
    """Every cell in words."""

    def show(self, board: str) -> str:
        return "\n".join(", ".join(map(_NAMES.__getitem__, row)) for row in board.split("\n"))

    @property
    def legend(self) -> str:
        return f"each line is a row of the board, each cell one of: {', '.join(_NAMES.values())}"


class _Coordinates(Symbols):
    """What is where, as lists of cells; cells that no list holds are walls."""

    def show(self, board: str) -> str:
        cells: dict[str, list[str]] = {symbol: [] for symbol in _NAMES}
        for row, symbols in enumerate(board.split("\n"), 1):
            for column, symbol in enumerate(symbols, 1):
                cells[symbol].append(f"({row}, {column})")
        del cells["#"]
        lines = (f"{name}: {' '.join(cells[symbol])}" for symbol, name in _NAMES.items() if cells.get(symbol))
        return "\n".join(lines)

    @property
    def legend(self) -> str:
        return "(row, column) counted from 1 at the top left; what is not listed is a wall"


SYMBOLS: dict[str, Symbols] = {
    "ragen": Symbols("#_O√XPS"),
    "spaced": Symbols("#_O√XPS", " "),
    "tabbed": Symbols("#_O√XPS", "\t"),
    "xsb": Symbols("# .*$@+"),
    "words": _Words(""),
    "coordinates": _Coordinates(""),
}
"""The ways to show a board. ``ragen`` (also with blanks or tabs between) is what papers on language models use, ``xsb``
what Sokoban players use. A player on a goal is told apart in all of them."""


def symbols_named(name: str) -> Symbols:
    """The way to show a board that has this name.

    Raises:
        InvalidConfig: There is none.
    """
    if name not in SYMBOLS:
        raise InvalidConfig(f"Sokoban: expected symbols to be one of {', '.join(SYMBOLS)}, got {name!r}.")
    return SYMBOLS[name]
