"""Policies: anything that maps an observation and its ``info`` to the text of an action."""

from textarena_rl.policies.api import ApiPolicy
from textarena_rl.policies.human import HumanPolicy
from textarena_rl.policies.scripted import ExpertPolicy, Policy, RandomPolicy, ScriptedPolicy

__all__ = ["ApiPolicy", "ExpertPolicy", "HumanPolicy", "Policy", "RandomPolicy", "ScriptedPolicy"]
