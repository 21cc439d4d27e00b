"""Wrappers: actions, observations, rewards, limits, records; each does one thing."""

from textarena_rl.wrappers.record import RecordEpisode

__all__ = ["RecordEpisode"]
