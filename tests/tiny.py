"""The tiny model and tokenizer that many tests share; built in a second, the same on every machine."""

from __future__ import annotations

import random

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from textarena_rl.episode import Episode, Turn
from trainers.pretrained import build_tiny
from trainers.types import TokenTurn, Trajectory

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


def trajectory(seed: int, turns: int = 3, *, group: int = 0, truncated: bool = False, vocab: int = 300) -> Trajectory:
    """An episode of random tokens and rewards whose prompts each extend everything before them."""
    rng = random.Random(seed)

    def tokens(shortest: int, longest: int) -> tuple[int, ...]:
        return tuple(rng.randrange(vocab) for _ in range(rng.randint(shortest, longest)))

    prompt, played, texts = tokens(3, 12), [], []
    for _ in range(turns):
        action = tokens(1, 5)
        played.append(TokenTurn(prompt, action, tuple(-rng.random() for _ in action)))
        texts.append(Turn("seen", "said", float(rng.randint(-2, 3))))
        prompt = prompt + action + tokens(1, 8)
    episode = Episode("Random", f"task {seed}", "nothing", tuple(texts), terminated=not truncated, truncated=truncated)
    return Trajectory(episode, tuple(played), final_prompt_ids=prompt if truncated else None, group=group)
