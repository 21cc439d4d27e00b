"""Rules in words: ``every 2 weeks on mon, wed from 2024-01-01 until 2024-03-01``."""

from recur.days import WEEKDAYS, Day
from recur.rules import UNITS, Rule

ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}


def parse_weekdays(words):
    """Numbers of weekdays; ``weekdays`` means Monday to Friday."""
    found = []
    for word in words:
        name = word.strip(",").lower()
        if name == "weekdays":
            found.extend(range(5))
        elif name[:3] in WEEKDAYS and len(name) >= 3:
            found.append(WEEKDAYS.index(name[:3]))
        else:
            raise ValueError(f"not a weekday: {word!r}")
    return found


def take(words, *marks):
    """Words up to the next one of the marks; they are removed."""
    taken = []
    while words and words[0] not in marks:
        taken.append(words.pop(0))
    return taken


def parse_rule(text):
    """The rule that a text describes."""
    words = text.split()
    if not words or words.pop(0) != "every":
        raise ValueError("a rule begins with 'every'")
    head = take(words, "on", "from", "until", "for")
    step = int(head.pop(0)) if head and head[0].isdigit() else 1
    unit = head[0].rstrip("s") if len(head) == 1 else ""
    if unit not in UNITS:
        raise ValueError(f"no unit in {text!r}")
    values = {"unit": unit, "step": step}
    start = None
    while words:
        mark = words.pop(0)
        body = take(words, "on", "from", "until", "for")
        if not body:
            raise ValueError(f"nothing follows {mark!r}")
        if mark == "on":
            if body[0] in ORDINALS:
                values["nth"] = ORDINALS[body.pop(0)]
            values["weekdays"] = parse_weekdays(body)
        elif mark == "from":
            start = Day.parse(body[0])
        elif mark == "until":
            values["until"] = Day.parse(body[0])
        else:
            values["count"] = int(body[0])
    if start is None:
        raise ValueError(f"no start in {text!r}")
    return Rule(start, **values)


def rule_text(rule):
    """The inverse of ``parse_rule``; skipped days are not told."""
    unit = rule.unit if rule.step == 1 else f"{rule.step} {rule.unit}s"
    parts = [f"every {unit}"]
    if rule.weekdays:
        names = "weekdays" if rule.weekdays == (0, 1, 2, 3, 4) else ", ".join(WEEKDAYS[n] for n in rule.weekdays)
        if rule.nth is not None:
            ordinal = next((word for word, number in ORDINALS.items() if number == rule.nth), None)
            if ordinal is None:
                raise ValueError(f"no word for {rule.nth}")
            names = f"{ordinal} {names}"
        parts.append(f"on {names}")
    parts.append(f"from {rule.start}")
    if rule.until is not None:
        parts.append(f"until {rule.until}")
    if rule.count is not None:
        parts.append(f"for {rule.count}")
    return " ".join(parts)
