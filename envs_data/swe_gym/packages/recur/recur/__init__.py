"""Dates that come again."""

from recur.agenda import Agenda
from recur.days import Day
from recur.expand import count_between, next_after, occurrences
from recur.rules import Rule
from recur.text import parse_rule, rule_text

__all__ = ["Agenda", "Day", "Rule", "count_between", "next_after", "occurrences", "parse_rule", "rule_text"]
