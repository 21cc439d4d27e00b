"""Lists of operations on a document: add, remove, replace, move, copy, test."""

from copy import deepcopy

from docpatch.pointer import PointerError, find, is_inside, list_index, parts


class PatchError(Exception):
    """An operation failed; ``index`` says which one, from 0. The document stays as it was."""

    def __init__(self, index, message):
        super().__init__(f"operation {index}: {message}")
        self.index = index


def same(left, right):
    """Equality that tells true from 1."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return left == right


def parent_of(document, pointer):
    """What holds a place, and the last part of its name."""
    path = parts(pointer)
    value = document
    for part in path[:-1]:
        if isinstance(value, list):
            value = value[list_index(value, part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise PointerError(f"no member {part!r}")
    return value, path[-1]


def add(document, pointer, value):
    """Put a value in; in a list the others move up."""
    if pointer == "":
        return value
    holder, part = parent_of(document, pointer)
    if isinstance(holder, list):
        holder.insert(list_index(holder, part, beyond=True), value)
    elif isinstance(holder, dict):
        holder[part] = value
    else:
        raise PointerError(f"{part!r} is asked of a plain value")
    return document


def remove(document, pointer):
    """Take a value out, which must be there."""
    if pointer == "":
        return None
    holder, part = parent_of(document, pointer)
    if isinstance(holder, list):
        del holder[list_index(holder, part)]
    elif isinstance(holder, dict) and part in holder:
        del holder[part]
    else:
        raise PointerError(f"no member {part!r}")
    return document


def replace(document, pointer, value):
    """Put a value where another one is."""
    if pointer == "":
        return value
    find(document, pointer)
    holder, part = parent_of(document, pointer)
    if isinstance(holder, list):
        holder[list_index(holder, part)] = value
    else:
        holder[part] = value
    return document


def move(document, source, target):
    """Take a value out and put it in elsewhere, though not below itself."""
    if source == target:
        find(document, source)
        return document
    if is_inside(target, source):
        raise PointerError("a value cannot move into itself")
    value = find(document, source)
    return add(remove(document, source), target, value)


def apply_one(document, operation):
    """The document after one operation."""
    kind = operation["op"]
    pointer = operation["path"]
    if kind == "add":
        return add(document, pointer, deepcopy(operation["value"]))
    if kind == "remove":
        return remove(document, pointer)
    if kind == "replace":
        return replace(document, pointer, deepcopy(operation["value"]))
    if kind == "move":
        return move(document, operation["from"], pointer)
    if kind == "copy":
        return add(document, pointer, deepcopy(find(document, operation["from"])))
    if kind == "test":
        if not same(find(document, pointer), operation["value"]):
            raise PointerError(f"{pointer or 'the document'} is not {operation['value']!r}")
        return document
    raise PointerError(f"unknown operation {kind!r}")


def apply(document, operations):
    """A changed copy of the document; all operations or none."""
    result = deepcopy(document)
    for index, operation in enumerate(operations):
        try:
            result = apply_one(result, operation)
        except PointerError as error:
            raise PatchError(index, str(error)) from error
        except KeyError as error:
            raise PatchError(index, f"lacks {error.args[0]!r}") from error
    return result
