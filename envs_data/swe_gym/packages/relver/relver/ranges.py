"""Conditions on versions: ``>=1.2,<2``, ``~1.4``, ``^0.3.1``, ``1.*``, several of them joined by ``||``."""

from relver.version import Version

OPERATORS = ("==", "!=", ">=", "<=", ">", "<")


class Condition:
    """One comparison."""

    def __init__(self, operator, version):
        self.operator = operator
        self.version = version

    def allows(self, version):
        """Whether a version meets the comparison."""
        if self.operator == "==":
            return version == self.version
        if self.operator == "!=":
            return version != self.version
        if self.operator == ">=":
            return version >= self.version
        if self.operator == "<=":
            return version <= self.version
        if self.operator == ">":
            return version > self.version
        return version < self.version

    def __repr__(self):
        return f"{self.operator}{self.version}"


def caret(version):
    """Everything that should be compatible: the first number that is not 0 stays."""
    if version.major > 0:
        upper = Version(version.major + 1)
    elif version.minor > 0:
        upper = Version(0, version.minor + 1)
    else:
        upper = Version(0, 0, version.patch + 1)
    return [Condition(">=", version), Condition("<", upper)]


def tilde(version, count):
    """The last number given may grow: ``~1.2.3`` stays below 1.3, ``~1`` below 2."""
    upper = Version(version.major + 1) if count < 2 else Version(version.major, version.minor + 1)
    return [Condition(">=", version), Condition("<", upper)]


def wildcard(text):
    """``*``, ``1.*`` and ``1.2.*``."""
    numbers = text.split(".")[:-1]
    if not numbers:
        return []
    if len(numbers) > 2 or not all(number.isdigit() for number in numbers):
        raise ValueError(f"malformed wildcard {text!r}")
    values = [int(number) for number in numbers]
    lower = Version(*values)
    upper = Version(values[0] + 1) if len(values) == 1 else Version(values[0], values[1] + 1)
    return [Condition(">=", lower), Condition("<", upper)]


def parse_condition(text):
    """The comparisons behind one part between commas."""
    text = text.strip()
    if not text:
        raise ValueError("empty condition")
    if text.endswith("*"):
        return wildcard(text)
    if text.startswith("^"):
        return caret(Version.parse(text[1:]))
    if text.startswith("~"):
        body = text[1:].strip()
        return tilde(Version.parse(body), body.count(".") + 1)
    for operator in OPERATORS:
        if text.startswith(operator):
            return [Condition(operator, Version.parse(text[len(operator) :]))]
    return [Condition("==", Version.parse(text))]


class Range:
    """Alternatives of conditions that must all hold."""

    def __init__(self, alternatives):
        self.alternatives = alternatives

    def allows(self, version, pre=False):
        """Whether a version is in the range.

        A pre-release only if wanted, or if a condition names one of the same release.
        """
        return any(self._all(conditions, version, pre) for conditions in self.alternatives)

    def _all(self, conditions, version, pre):
        if version.is_pre and not pre:
            named = [item.version for item in conditions if item.version.is_pre]
            if not any(item.release == version.release for item in named):
                return False
        return all(condition.allows(version) for condition in conditions)


def parse_range(text):
    """The range that a text describes."""
    alternatives = []
    for part in text.split("||"):
        conditions = []
        for piece in part.split(","):
            conditions.extend(parse_condition(piece))
        alternatives.append(conditions)
    return Range(alternatives)


def best_match(versions, text, pre=False):
    """The greatest version in the range; None if there is none."""
    wanted = parse_range(text)
    fitting = [version for version in versions if wanted.allows(version, pre)]
    return max(fitting, default=None)
