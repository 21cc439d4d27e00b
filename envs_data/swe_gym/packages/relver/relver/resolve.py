"""Choosing versions that fit each other, the newest ones first."""

from relver.ranges import parse_range
from relver.version import Version


class Conflict(Exception):
    """No choice fits; ``package`` is where the last attempt failed."""

    def __init__(self, package, message):
        super().__init__(f"{package}: {message}")
        self.package = package


def candidates(index, package):
    """All versions of a package, newest first."""
    if package not in index:
        raise Conflict(package, "unknown package")
    return sorted((Version.parse(text) for text in index[package]), reverse=True)


def merged(wanted, needs):
    """Two tables of conditions as one."""
    result = {name: list(ranges) for name, ranges in wanted.items()}
    for name, text in needs.items():
        result.setdefault(name, []).append(text)
    return result


def fits(version, ranges):
    """Whether a version is in all of the ranges."""
    return all(parse_range(text).allows(version) for text in ranges)


def search(index, wanted, chosen):
    """Choices for all that is wanted, by trying and going back."""
    for name in sorted(wanted):
        if name in chosen:
            if not fits(chosen[name], wanted[name]):
                raise Conflict(name, f"{chosen[name]} does not fit {' and '.join(wanted[name])}")
            continue
        failure = Conflict(name, f"nothing fits {' and '.join(wanted[name])}")
        for version in candidates(index, name):
            if not fits(version, wanted[name]):
                continue
            needs = index[name][str(version)]
            try:
                return search(index, merged(wanted, needs), {**chosen, name: version})
            except Conflict as conflict:
                failure = conflict
        raise failure
    return chosen


def resolve(index, requirements):
    """Versions as text by package, for requirements and everything that they need.

    ``index`` maps a package to its versions, each with a table of what it needs.
    """
    wanted = {name: [text] for name, text in requirements.items()}
    chosen = search(index, wanted, {})
    return {name: str(version) for name, version in sorted(chosen.items())}


def outdated(index, installed):
    """Packages with a newer release than the installed one, as ``(name, installed, newest)``."""
    found = []
    for name, text in sorted(installed.items()):
        releases = [version for version in candidates(index, name) if not version.is_pre]
        if releases and releases[0] > Version.parse(text):
            found.append((name, text, str(releases[0])))
    return found
