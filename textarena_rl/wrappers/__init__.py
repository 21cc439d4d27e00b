"""Wrappers: actions, observations, rewards, limits, records; each does one thing."""

from textarena_rl.wrappers.actions import ParseAction, ReplyFormat, find_action
from textarena_rl.wrappers.limits import TurnLimit
from textarena_rl.wrappers.observations import AdmissibleActionsInObservation, HistoryWindow, ObjectiveInObservation
from textarena_rl.wrappers.record import RecordEpisode
from textarena_rl.wrappers.rewards import (
    DenseReward,
    InvalidActionPenalty,
    NormalizeReturn,
    ProgressReward,
    RewardDensity,
    SparseReward,
    TurnPenalty,
)

__all__ = [
    "AdmissibleActionsInObservation",
    "DenseReward",
    "HistoryWindow",
    "InvalidActionPenalty",
    "NormalizeReturn",
    "ObjectiveInObservation",
    "ParseAction",
    "ProgressReward",
    "RecordEpisode",
    "ReplyFormat",
    "RewardDensity",
    "SparseReward",
    "TurnLimit",
    "TurnPenalty",
    "find_action",
]
