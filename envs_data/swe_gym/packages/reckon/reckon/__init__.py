"""A small calculator language."""

from reckon.evaluate import Scope, calculate
from reckon.parser import parse
from reckon.render import render
from reckon.tokens import ReckonError, tokenize
from reckon.units import convert

__all__ = ["ReckonError", "Scope", "calculate", "convert", "parse", "render", "tokenize"]
