"""Sets of half-open integer spans."""

from spanset.calendar import busy_share, find_slot, free_time
from spanset.sets import SpanSet
from spanset.span import Span
from spanset.text import parse, render

__all__ = ["Span", "SpanSet", "busy_share", "find_slot", "free_time", "parse", "render"]
