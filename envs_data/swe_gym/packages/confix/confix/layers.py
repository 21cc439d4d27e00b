"""Sources on top of each other: the last one that has a value wins."""

from confix.lines import ConfigError
from confix.values import to_bool


class Layers:
    """Named tables of flat keys such as ``server.port``."""

    def __init__(self):
        self.layers = []

    def push(self, name, values):
        """Put a layer on top; a layer of the same name is replaced where it lies."""
        for index, (other, _) in enumerate(self.layers):
            if other == name:
                self.layers[index] = (name, dict(values))
                return
        self.layers.append((name, dict(values)))

    def push_environment(self, environment, prefix):
        """A layer of variables: ``APP_SERVER__PORT`` is ``server.port`` for the prefix ``APP``."""
        values = {}
        for variable, value in environment.items():
            if variable.startswith(prefix + "_"):
                key = variable[len(prefix) + 1 :].lower().replace("__", ".")
                values[key] = value
        self.push("environment", values)

    def push_arguments(self, arguments):
        """A layer of ``--server.port=80``, ``--debug`` and ``--no-debug``; the rest is returned."""
        values = {}
        rest = []
        for index, argument in enumerate(arguments):
            if argument == "--":
                rest.extend(arguments[index + 1 :])
                break
            if not argument.startswith("--"):
                rest.append(argument)
                continue
            key, equals, value = argument[2:].partition("=")
            if equals:
                values[key] = value
            elif key.startswith("no-"):
                values[key[3:]] = "no"
            else:
                values[key] = "yes"
        self.push("arguments", values)
        return rest

    def source(self, key):
        """The name of the layer that decides, or None."""
        for name, values in reversed(self.layers):
            if key in values:
                return name
        return None

    def get(self, key, fallback=None):
        """The value that counts."""
        for _, values in reversed(self.layers):
            if key in values:
                return values[key]
        return fallback

    def require(self, *keys):
        """Raise an error that names every key without a value."""
        missing = [key for key in keys if self.get(key) in (None, "")]
        if missing:
            raise ConfigError("missing " + ", ".join(sorted(missing)))

    def flag(self, key, fallback=False):
        """A truth value."""
        value = self.get(key)
        if value is None:
            return fallback
        return value if isinstance(value, bool) else to_bool(value)

    def merged(self):
        """All keys and the values that count, sorted."""
        result = {}
        for _, values in self.layers:
            result.update(values)
        return dict(sorted(result.items()))

    def under(self, prefix):
        """The keys below a prefix, without it."""
        start = prefix + "."
        return {key[len(start) :]: value for key, value in self.merged().items() if key.startswith(start)}
