"""Texts reach the caller of a vector environment as they were written, whatever its workers share."""

import copy

import pytest
from gymnasium.vector import AsyncVectorEnv
from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory

from tests.worlds import CodeWordEnv
from textarena_rl import FreeText

TEXTS = ("", "go north", "\x00", "🙂é漢\n", "\ud800", "#√_", "x" * 12)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_survives_shared_memory(text):
    space = FreeText(12)
    memory = create_shared_memory(space, n=3)
    shown = read_from_shared_memory(space, memory, n=3)
    assert copy.deepcopy(shown) == ("", "", "")
    write_to_shared_memory(space, 1, "something longer"[:12], memory)
    before = copy.deepcopy(shown)
    write_to_shared_memory(space, 1, text, memory)
    assert copy.deepcopy(shown) == ("", text, "")
    assert before == ("", "something lo", ""), "what was shown before must not change"
    assert shown[1] == text
    assert shown[1:] == (text, "")


@pytest.mark.parametrize("shared_memory", [True, False])
def test_workers_show_the_texts_of_their_worlds(shared_memory):
    vector = AsyncVectorEnv([CodeWordEnv] * 2, shared_memory=shared_memory)
    try:
        first, _ = vector.reset(options={"task": "red-blue"})
        assert first == ("The first lamp is red. The door waits.",) * 2
        second, *_ = vector.step(("red", "\u00e9\U0001f642"))
        assert second == ("A click. The second lamp is blue. The door waits.", "The door does not know that word.")
        assert first == ("The first lamp is red. The door waits.",) * 2
    finally:
        vector.close()
