"""Configuration in sections."""

from confix.layers import Layers
from confix.lines import ConfigError
from confix.reader import Config, read
from confix.values import to_bool, to_list, to_seconds, to_size
from confix.writer import changed_lines, write

__all__ = [
    "Config",
    "ConfigError",
    "Layers",
    "changed_lines",
    "read",
    "to_bool",
    "to_list",
    "to_seconds",
    "to_size",
    "write",
]
