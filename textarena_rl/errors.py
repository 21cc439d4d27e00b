"""What can go wrong, one class per boundary.

Every message is a sentence in the same order: where, what was expected, what came, what to do.
"""

__all__ = ["EpisodeFailed", "InvalidConfig", "MissingData", "MissingDependency", "TextArenaError", "UnknownId"]


class TextArenaError(Exception):
    """Base of every error that this project raises on purpose."""


class MissingDependency(TextArenaError):
    """An optional package is needed and is not installed; the message names the extra that brings it."""


class MissingData(TextArenaError):
    """A data file is needed and is not there; the message names the command that makes or imports it."""


class InvalidConfig(TextArenaError, ValueError):
    """An argument or a configuration value is outside what is allowed."""


class UnknownId(InvalidConfig):
    """An environment id is not in the grammar of any world; the message names the nearest one that is."""


class EpisodeFailed(TextArenaError):
    """A world or an engine broke down in the middle of an episode; such episodes are counted, never trained on."""
