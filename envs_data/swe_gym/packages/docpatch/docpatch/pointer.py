"""Places in a document: ``""`` is the whole, ``/a/0`` the first item of the list under ``a``."""


class PointerError(Exception):
    """The place does not exist, or its name is malformed."""


def unescape(part):
    """``~1`` stands for a slash and ``~0`` for a tilde."""
    result = ""
    index = 0
    while index < len(part):
        if part[index] == "~":
            follower = part[index + 1 : index + 2]
            if follower not in ("0", "1"):
                raise PointerError(f"malformed escape in {part!r}")
            result += "~" if follower == "0" else "/"
            index += 2
        else:
            result += part[index]
            index += 1
    return result


def parts(pointer):
    """The parts of a pointer."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise PointerError(f"a pointer begins with a slash: {pointer!r}")
    return [unescape(part) for part in pointer[1:].split("/")]


def text_of(path):
    """The inverse of ``parts``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def list_index(items, part, beyond=False):
    """The index that a part means in a list; ``-``, or the length itself, only where ``beyond`` is allowed."""
    if part == "-" and beyond:
        return len(items)
    if not part.isdigit() or (len(part) > 1 and part.startswith("0")):
        raise PointerError(f"not an index: {part!r}")
    index = int(part)
    last = len(items) if beyond else len(items) - 1
    if index > last:
        raise PointerError(f"index {index} is beyond the end")
    return index


def step(value, part):
    """One step down."""
    if isinstance(value, dict):
        if part not in value:
            raise PointerError(f"no member {part!r}")
        return value[part]
    if isinstance(value, list):
        return value[list_index(value, part)]
    raise PointerError(f"{part!r} is asked of a plain value")


def find(document, pointer):
    """What is at a place."""
    value = document
    for part in parts(pointer):
        value = step(value, part)
    return value


def exists(document, pointer):
    """Whether there is such a place."""
    try:
        find(document, pointer)
    except PointerError:
        return False
    return True


def is_inside(inner, outer):
    """Whether one pointer is the other, or leads to something below it."""
    inner_parts, outer_parts = parts(inner), parts(outer)
    return inner_parts[: len(outer_parts)] == outer_parts


def leaves(document, path=()):
    """Pointers and values of everything that has no parts of its own."""
    if isinstance(document, dict) and document:
        for key in sorted(document):
            yield from leaves(document[key], (*path, key))
    elif isinstance(document, list) and document:
        for index, item in enumerate(document):
            yield from leaves(item, (*path, index))
    else:
        yield text_of(path), document
