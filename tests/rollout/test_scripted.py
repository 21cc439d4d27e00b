from __future__ import annotations

import torch

from tests.tiny import tiny
from trainers.rollout.chat import Chat
from trainers.rollout.scripted import ScriptedEngine
from trainers.types import Completion, Engine, Request, Sampling


def test_replies_come_from_the_prompts_text_and_are_cut_at_the_limit() -> None:
    chat = Chat(tiny()[1])
    engine = ScriptedEngine(chat, lambda prompt: "north" if "kitchen" in prompt else "x" * 9)
    requests = [Request(7, chat.start("", "a kitchen"), 0), Request(3, chat.start("", "a hall"), 0)]
    short, long = engine.generate(requests, Sampling(max_new_tokens=8))
    assert (chat.decode(short.token_ids), short.token_ids[-1], short.finish_reason) == ("north", chat.end_id, "stop")
    assert long == Completion(chat.encode_reply("x" * 9)[:8], (0.0,) * 8, "length")
    assert short.logprobs == (0.0,) * len(short.token_ids)


def test_a_reply_may_be_nothing_but_its_end() -> None:
    chat = Chat(tiny()[1])
    (reply,) = ScriptedEngine(chat, lambda prompt: "").generate([Request(0, chat.start("", "x"), 0)], Sampling())
    assert reply == Completion((chat.end_id,), (0.0,), "stop")


def test_it_fits_the_protocol_counts_weight_loads_and_forgets_sessions() -> None:
    chat = Chat(tiny()[1])
    engine = ScriptedEngine(chat, lambda prompt: "look")
    assert isinstance(engine, Engine)
    engine.load_weights(iter([("w", torch.zeros(1))]))
    assert engine.version == 1
    engine.generate([Request(s, chat.start("", "x"), 0) for s in (1, 2)], Sampling())
    engine.close([1])
    assert engine.sessions == {2}
