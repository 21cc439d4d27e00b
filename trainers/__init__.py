"""The trainer: SFT, PPO, Turn-PPO, GRPO and RLOO for agents that act over many turns.

Importing the package loads nothing else; its modules bring torch when they are imported.
"""

__version__ = "0.1.0"
