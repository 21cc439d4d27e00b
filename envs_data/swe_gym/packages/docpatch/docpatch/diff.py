"""Operations that turn one document into another."""

from docpatch.patch import same
from docpatch.pointer import text_of


def diff(old, new, path=()):
    """A short list of operations; within lists, items are matched from both ends."""
    if same(old, new):
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        return diff_dicts(old, new, path)
    if isinstance(old, list) and isinstance(new, list):
        return diff_lists(old, new, path)
    return [{"op": "replace", "path": text_of(path), "value": new}]


def diff_dicts(old, new, path):
    """Members that went, members that came, members that changed."""
    operations = []
    for key in sorted(old):
        if key not in new:
            operations.append({"op": "remove", "path": text_of((*path, key))})
    for key in sorted(new):
        if key not in old:
            operations.append({"op": "add", "path": text_of((*path, key)), "value": new[key]})
        else:
            operations.extend(diff(old[key], new[key], (*path, key)))
    return operations


def common_ends(old, new):
    """How many items are the same at the beginning and at the end, not counted twice."""
    shorter = min(len(old), len(new))
    front = 0
    while front < shorter and same(old[front], new[front]):
        front += 1
    back = 0
    while back < shorter - front and same(old[-1 - back], new[-1 - back]):
        back += 1
    return front, back


def diff_lists(old, new, path):
    """Changes in the part of a list that differs."""
    front, back = common_ends(old, new)
    old_middle = old[front : len(old) - back]
    new_middle = new[front : len(new) - back]
    operations = []
    shared = min(len(old_middle), len(new_middle))
    for index in range(shared):
        operations.extend(diff(old_middle[index], new_middle[index], (*path, front + index)))
    for index in range(len(old_middle) - 1, shared - 1, -1):
        operations.append({"op": "remove", "path": text_of((*path, front + index))})
    for index in range(shared, len(new_middle)):
        operations.append({"op": "add", "path": text_of((*path, front + index)), "value": new_middle[index]})
    return operations


def summary(operations):
    """How many operations there are of each kind, as text."""
    counts = {}
    for operation in operations:
        counts[operation["op"]] = counts.get(operation["op"], 0) + 1
    if not counts:
        return "no change"
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
