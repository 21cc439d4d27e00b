"""The next version."""

from relver.version import Version

PARTS = ("major", "minor", "patch")


def bump(version, part):
    """The next version after a change of ``major``, ``minor``, ``patch`` or ``pre``."""
    if part == "pre":
        return next_pre(version)
    if part not in PARTS:
        raise ValueError(f"cannot bump {part!r}")
    if version.is_pre and pre_suffices(version, part):
        return Version(*version.release)
    if part == "major":
        return Version(version.major + 1)
    if part == "minor":
        return Version(version.major, version.minor + 1)
    return Version(version.major, version.minor, version.patch + 1)


def pre_suffices(version, part):
    """Whether releasing the pre-release is as large a step as asked for."""
    if part == "patch":
        return True
    if part == "minor":
        return version.patch == 0
    return version.patch == 0 and version.minor == 0


def next_pre(version):
    """``rc.1`` to ``rc.2``; a release gets ``rc.1`` of its next patch."""
    if not version.is_pre:
        return Version(version.major, version.minor, version.patch + 1, pre=("rc", "1"))
    last = version.pre[-1]
    if last.isdigit():
        return Version(*version.release, pre=(*version.pre[:-1], str(int(last) + 1)))
    return Version(*version.release, pre=(*version.pre, "1"))


def next_for(version, changes):
    """The next version for a list of changes, each ``breaking``, ``feature`` or ``fix``; before 1.0 one step less."""
    if not changes:
        return version
    level = 2
    for change in changes:
        if change == "breaking":
            level = 0
        elif change == "feature":
            level = min(level, 1)
        elif change != "fix":
            raise ValueError(f"unknown change {change!r}")
    if version.major == 0 and level < 2:
        level += 1
    return bump(version, PARTS[level])
