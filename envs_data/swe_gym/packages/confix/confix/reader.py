"""Lines to sections."""

from confix.lines import ConfigError, logical_lines, unquote

DEFAULT = "default"


def split_assignment(line, number):
    """The key, the operator (``=`` or ``+=``) and the value."""
    key, equals, value = line.partition("=")
    if not equals:
        raise ConfigError(f"expected key = value, got {line!r}", number)
    operator = "="
    if key.endswith("+"):
        key = key[:-1]
        operator = "+="
    key = key.strip().lower().replace("-", "_")
    if not key or not key.replace("_", "a").replace(".", "a").isalnum():
        raise ConfigError(f"malformed key {key!r}", number)
    return key, operator, unquote(value.strip())


class Config:
    """Sections of keys and values; what a section lacks is looked up in its parents and in ``default``."""

    def __init__(self):
        self.sections = {DEFAULT: {}}
        self.parents = {}

    def add_section(self, name, parent=None):
        """Make a section; the parent must be there."""
        if parent is not None and parent not in self.sections:
            raise ConfigError(f"unknown parent {parent!r}")
        self.sections.setdefault(name, {})
        if parent is not None:
            self.parents[name] = parent

    def set(self, section, key, value):
        """Set a value."""
        if section not in self.sections:
            self.add_section(section)
        self.sections[section][key] = value

    def chain(self, section):
        """The section, its parents, and ``default``."""
        found = []
        while section is not None and section not in found:
            found.append(section)
            section = self.parents.get(section)
        if DEFAULT not in found:
            found.append(DEFAULT)
        return found

    def raw(self, section, key):
        """A value as it was written, or None."""
        for name in self.chain(section):
            if key in self.sections.get(name, {}):
                return self.sections[name][key]
        return None

    def get(self, section, key, fallback=None):
        """A value with ``${key}`` and ``${section:key}`` filled in."""
        value = self.raw(section, key)
        if value is None:
            return fallback
        return self.expand(section, value, ((section, key),))

    def expand(self, section, value, seen):
        """Fill in references; ``$$`` is a dollar."""
        result = ""
        rest = value
        while "$" in rest:
            before, _, rest = rest.partition("$")
            result += before
            if rest.startswith("$"):
                result += "$"
                rest = rest[1:]
                continue
            if not rest.startswith("{") or "}" not in rest:
                raise ConfigError(f"malformed reference in {value!r}")
            name, _, rest = rest[1:].partition("}")
            other, colon, key = name.rpartition(":")
            place = (other if colon else section, key)
            if place in seen:
                raise ConfigError(f"{name} refers to itself")
            inner = self.raw(*place)
            if inner is None:
                raise ConfigError(f"unknown reference {name!r}")
            result += self.expand(place[0], inner, (*seen, place))
        return result + rest

    def keys(self, section):
        """All keys that a section has, inherited ones included, sorted."""
        found = set()
        for name in self.chain(section):
            found |= set(self.sections.get(name, {}))
        return sorted(found)

    def as_dict(self, section):
        """All values of a section, filled in."""
        return {key: self.get(section, key) for key in self.keys(section)}


def read(text):
    """The configuration that a text describes; ``[child : parent]`` inherits."""
    config = Config()
    section = DEFAULT
    for number, line in logical_lines(text):
        if line.startswith("["):
            if not line.endswith("]"):
                raise ConfigError(f"section without end: {line!r}", number)
            name, colon, parent = (part.strip() for part in line[1:-1].partition(":"))
            if not name:
                raise ConfigError("section without name", number)
            if colon and parent not in config.sections:
                raise ConfigError(f"unknown parent {parent!r}", number)
            config.add_section(name, parent if colon else None)
            section = name
            continue
        key, operator, value = split_assignment(line, number)
        if operator == "+=":
            known = config.raw(section, key)
            value = f"{known},{value}" if known else value
        config.set(section, key, value)
    return config
