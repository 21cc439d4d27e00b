"""Joining two changed copies of one document."""

from copy import deepcopy

from docpatch.patch import same
from docpatch.pointer import text_of


class Clash(Exception):
    """Both sides changed the same place in different ways; ``paths`` says where."""

    def __init__(self, paths):
        super().__init__("both changed " + ", ".join(path or "the document" for path in paths))
        self.paths = paths


MISSING = object()


def merge_value(base, ours, theirs, path, clashes):
    """The joined value, or MISSING where it was removed."""
    if ours is theirs or (MISSING not in (ours, theirs) and same(ours, theirs)):
        return deepcopy(ours) if ours is not MISSING else MISSING
    if unchanged(base, ours):
        return deepcopy(theirs) if theirs is not MISSING else MISSING
    if unchanged(base, theirs):
        return deepcopy(ours) if ours is not MISSING else MISSING
    if isinstance(ours, dict) and isinstance(theirs, dict):
        origin = base if isinstance(base, dict) else {}
        return merge_dicts(origin, ours, theirs, path, clashes)
    clashes.append(text_of(path))
    return deepcopy(ours) if ours is not MISSING else MISSING


def unchanged(base, side):
    """Whether one side left a value alone."""
    if base is MISSING or side is MISSING:
        return base is side
    return same(base, side)


def merge_dicts(base, ours, theirs, path, clashes):
    """Member by member, in the order of our side, then what only they have."""
    result = {}
    names = list(ours) + [name for name in theirs if name not in ours]
    for name in names:
        value = merge_value(
            base.get(name, MISSING), ours.get(name, MISSING), theirs.get(name, MISSING), (*path, name), clashes
        )
        if value is not MISSING:
            result[name] = value
    return result


def merge(base, ours, theirs, prefer=None):
    """The document with the changes of both sides.

    ``prefer`` may be ``ours`` or ``theirs`` and then decides where both changed the same place.
    """
    if prefer not in (None, "ours", "theirs"):
        raise ValueError(f"prefer is 'ours' or 'theirs', not {prefer!r}")
    if prefer == "theirs":
        ours, theirs = theirs, ours
    clashes = []
    result = merge_value(base, ours, theirs, (), clashes)
    if clashes and prefer is None:
        raise Clash(clashes)
    return result


def overlay(*documents):
    """Later documents win; dictionaries are joined, None removes a member."""
    result = {}
    for document in documents:
        for key, value in document.items():
            if value is None:
                result.pop(key, None)
            elif isinstance(value, dict) and isinstance(result.get(key), dict):
                result[key] = overlay(result[key], value)
            else:
                result[key] = deepcopy(value)
    return result
