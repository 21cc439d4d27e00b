"""Versions, conditions on them, and choices that fit."""

from relver.bump import bump, next_for
from relver.changelog import Changelog
from relver.ranges import Condition, best_match, parse_range
from relver.resolve import Conflict, resolve
from relver.version import Version

__all__ = ["Changelog", "Condition", "Conflict", "Version", "best_match", "bump", "next_for", "parse_range", "resolve"]
