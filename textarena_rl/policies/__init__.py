"""Policies: anything that maps an observation and its ``info`` to the text of an action."""

from textarena_rl.policies.scripted import ExpertPolicy, Policy, RandomPolicy, ScriptedPolicy

__all__ = ["ExpertPolicy", "Policy", "RandomPolicy", "ScriptedPolicy"]
