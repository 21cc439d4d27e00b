"""A version: three numbers, perhaps a pre-release, perhaps a build."""

from functools import total_ordering


def identifier_key(part):
    """Numbers come before words and compare as numbers."""
    if part.isdigit():
        return (0, int(part), "")
    return (1, 0, part)


def is_identifier(part):
    """Whether a part of a pre-release is well formed: letters and digits, numbers without leading zeros."""
    if not part or not part.isalnum():
        return False
    return not (part.isdigit() and len(part) > 1 and part.startswith("0"))


@total_ordering
class Version:
    """Ordered as one expects: a pre-release comes before its release, and builds do not matter."""

    def __init__(self, major, minor=0, patch=0, pre=(), build=""):
        if min(major, minor, patch) < 0:
            raise ValueError("a version has no negative numbers")
        self.major = major
        self.minor = minor
        self.patch = patch
        self.pre = tuple(pre)
        self.build = build

    @classmethod
    def parse(cls, text):
        """Read ``1``, ``1.2``, ``v1.2.3-rc.1+linux``."""
        rest = text.strip()
        if rest.startswith("v"):
            rest = rest[1:]
        rest, plus, build = rest.partition("+")
        if plus and not build:
            raise ValueError(f"empty build in {text!r}")
        core, dash, pre = rest.partition("-")
        numbers = core.split(".")
        if len(numbers) > 3 or not all(number.isdigit() for number in numbers):
            raise ValueError(f"not a version: {text!r}")
        parts = pre.split(".") if dash else []
        if not all(is_identifier(part) for part in parts):
            raise ValueError(f"malformed pre-release in {text!r}")
        return cls(*(int(number) for number in numbers), pre=parts, build=build)

    @property
    def release(self):
        return (self.major, self.minor, self.patch)

    @property
    def is_pre(self):
        return bool(self.pre)

    def key(self):
        """What is compared; a release sorts after all of its pre-releases."""
        return (self.release, not self.pre, [identifier_key(part) for part in self.pre])

    def __eq__(self, other):
        if not isinstance(other, Version):
            return NotImplemented
        return self.key() == other.key()

    def __lt__(self, other):
        if not isinstance(other, Version):
            return NotImplemented
        return self.key() < other.key()

    def __hash__(self):
        return hash((self.release, self.pre))

    def __str__(self):
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.pre:
            text += "-" + ".".join(self.pre)
        if self.build:
            text += "+" + self.build
        return text

    def __repr__(self):
        return f"Version({self})"
