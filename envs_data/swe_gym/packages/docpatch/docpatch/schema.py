"""What a document looks like, in a small language of dictionaries."""

from docpatch.pointer import text_of

TYPES = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "flag": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "table": lambda value: isinstance(value, dict),
    "nothing": lambda value: value is None,
}


def check(value, schema, path=()):
    """All problems, as ``(pointer, sentence)``."""
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(TYPES[kind](value) for kind in kinds):
        return [(text_of(path), f"expected {' or '.join(kinds)}")]
    problems = []
    if "choices" in schema and value not in schema["choices"]:
        problems.append((text_of(path), f"expected one of {', '.join(map(str, schema['choices']))}"))
    if TYPES["number"](value):
        problems.extend(check_bounds(value, schema, path))
    elif isinstance(value, (str, list)):
        problems.extend(check_length(value, schema, path))
    if isinstance(value, dict):
        problems.extend(check_members(value, schema, path))
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            problems.extend(check(item, schema["items"], (*path, index)))
    return problems


def check_bounds(value, schema, path):
    """Problems with the size of a number."""
    if "least" in schema and value < schema["least"]:
        return [(text_of(path), f"expected at least {schema['least']}")]
    if "most" in schema and value > schema["most"]:
        return [(text_of(path), f"expected at most {schema['most']}")]
    return []


def check_length(value, schema, path):
    """Problems with the length of a text or list."""
    if len(value) < schema.get("shortest", 0):
        return [(text_of(path), f"expected a length of at least {schema['shortest']}")]
    if "longest" in schema and len(value) > schema["longest"]:
        return [(text_of(path), f"expected a length of at most {schema['longest']}")]
    return []


def check_members(value, schema, path):
    """Problems with the members of a table: missing, unknown, or wrong themselves."""
    members = schema.get("members", {})
    problems = []
    for name, inner in members.items():
        if name in value:
            problems.extend(check(value[name], inner, (*path, name)))
        elif not inner.get("optional", False):
            problems.append((text_of((*path, name)), "missing"))
    if schema.get("closed", False):
        for name in value:
            if name not in members:
                problems.append((text_of((*path, name)), "unknown"))
    return problems


def defaults(value, schema):
    """A copy in which missing members have their defaults."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    for name, inner in schema.get("members", {}).items():
        if name in result:
            result[name] = defaults(result[name], inner)
        elif "default" in inner:
            result[name] = inner["default"]
    return result
