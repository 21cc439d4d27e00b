"""The tiny model and tokenizer that many tests share; built in a second, the same on every machine."""

from __future__ import annotations

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from trainers.pretrained import build_tiny

TEXTS = (
    "You are in the kitchen. You see a table and a closed chest. An exit leads north.",
    "go north", "go south", "open chest", "take key", "take apple from table", "look", "inventory",
    "current state: You are carrying nothing. your action: ",
    "Your task is to put the key on the table. You take the key from the chest.",
)  # fmt: skip


def tiny(
    *, seed: int = 0, hidden: int = 32, layers: int = 2, vocab: int = 320
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Two layers, width 32, about 320 tokens."""
    return build_tiny(TEXTS, seed=seed, hidden=hidden, layers=layers, vocab=vocab)
