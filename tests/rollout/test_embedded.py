"""The embedded engine against plain full forward passes, whatever comes and goes between the turns."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from textarena_rl.errors import InvalidConfig
from trainers.rollout.embedded import EmbeddedEngine, draw
from trainers.types import Completion, Request, Sampling

VOCAB = 97
SAMPLING = Sampling(temperature=0.8, max_new_tokens=9, stop_ids=(5, 7, 9, 11, 13, 20, 21))


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=3,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=512,
    )
    model = LlamaForCausalLM(config).eval()
    for parameter in model.parameters():
        parameter.data.mul_(3)  # far from uniform, so that a wrong context shows in the log-probs
    return model


def engine_for(model: LlamaForCausalLM, **options: object) -> EmbeddedEngine:
    return EmbeddedEngine(model, pad_id=0, max_context=400, **options)  # type: ignore[arg-type]


def full_logprobs(
    model: LlamaForCausalLM, prompt: tuple[int, ...], reply: tuple[int, ...], temperature: float
) -> list[float]:
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt, *reply]])).logits[0].double()
    logprobs = torch.log_softmax(logits / temperature, -1)
    return [float(logprobs[len(prompt) + i - 1, token]) for i, token in enumerate(reply)]


def random_ids(rng: random.Random, count: int) -> list[int]:
    return [rng.randrange(VOCAB) for _ in range(count)]


@pytest.mark.parametrize("finished_share", [1.0, 0.3])
def test_logprobs_equal_a_full_forward_pass_while_sessions_come_grow_shrink_and_go(
    model: LlamaForCausalLM, finished_share: float
) -> None:
    engine, rng = engine_for(model, finished_share=finished_share), random.Random(1)
    seeds: dict[int, int] = {}
    unfinished = 0
    live: dict[int, list[int]] = {}
    checked = started = 0
    for _ in range(40):
        while len(live) < 7:
            live[started] = random_ids(rng, rng.randint(3, 60))
            started += 1
        some = [session for session in live if rng.random() < 0.7]
        rng.shuffle(some)
        requests = [Request(s, tuple(live[s]), seeds.setdefault(s, rng.randrange(10**9))) for s in some]
        for request, completion in zip(requests, engine.generate(requests, SAMPLING), strict=True):
            if completion is None:
                unfinished += 1
                continue
            del seeds[request.session]
            expected = full_logprobs(model, request.prompt_ids, completion.token_ids, 0.8)
            assert completion.logprobs == pytest.approx(expected, abs=1e-4)
            assert (completion.finish_reason == "stop") == (completion.token_ids[-1] in SAMPLING.stop_ids)
            assert not set(completion.token_ids[:-1]) & set(SAMPLING.stop_ids)
            checked += len(expected)
            grown = [*request.prompt_ids, *completion.token_ids, *random_ids(rng, rng.randint(0, 30))]
            live[request.session] = grown
            if len(grown) > 350 or rng.random() < 0.1:
                engine.close([request.session])
                del live[request.session]
            elif rng.random() < 0.1:
                live[request.session] = [*grown[: len(grown) // 2], 3]  # a rewritten history
    assert checked > 400
    assert (unfinished > 20) == (finished_share < 1)


def test_replies_that_wait_for_no_other_are_the_same_replies(model: LlamaForCausalLM) -> None:
    rng = random.Random(3)
    requests = [Request(i, tuple(random_ids(rng, rng.randint(2, 80))), i) for i in range(12)]
    impatient, found = engine_for(model, finished_share=0.2), {}
    open_requests = requests
    while open_requests:
        completions = impatient.generate(open_requests, SAMPLING)
        found |= {r.session: c for r, c in zip(open_requests, completions, strict=True) if c is not None}
        open_requests = [r for r, c in zip(open_requests, completions, strict=True) if c is None]
    together = engine_for(model).generate(requests, SAMPLING)
    assert [found[i].token_ids for i in range(12)] == [c.token_ids for c in together if c is not None]


def test_a_turn_pays_for_its_new_tokens_only(model: LlamaForCausalLM) -> None:
    engine, one = engine_for(model), Sampling(1.0, max_new_tokens=1)
    prompt = tuple(range(1, 61))
    engine.generate([Request(0, prompt, 0)], one)
    assert engine.num_computed_tokens == 60
    engine.generate([Request(0, (*prompt, 61, 62, 63), 0)], one)
    assert engine.num_computed_tokens == 60 + 3
    engine.load_weights([])
    engine.generate([Request(0, prompt, 0)], one)
    assert engine.num_computed_tokens == 60 + 3 + 60, "new weights make every cache worthless"
    assert engine.version == 1


def replies(model: LlamaForCausalLM, requests: list[Request], batch: int) -> list[Completion]:
    engine = engine_for(model)
    return [
        completion
        for start in range(0, len(requests), batch)
        for completion in engine.generate(requests[start : start + batch], SAMPLING)
    ]


def test_a_reply_depends_on_its_prompt_and_seed_not_on_its_neighbours(model: LlamaForCausalLM) -> None:
    rng = random.Random(2)
    requests = [Request(i, tuple(random_ids(rng, rng.randint(2, 80))), i) for i in range(12)]
    together, alone = replies(model, requests, 12), replies(model, requests, 1)
    assert [c.token_ids for c in together] == [c.token_ids for c in alone]
    again = [Request(r.session, r.prompt_ids, r.seed + 100) for r in requests]
    assert [c.token_ids for c in replies(model, again, 12)] != [c.token_ids for c in together]


def test_sampling_follows_the_distribution() -> None:
    """Chi-square of 20,000 evenly spaced numbers: inverse-transform sampling hits each token in proportion."""
    logits = torch.tensor([0.0, 1.0, -2.0, 3.0, 0.5])
    uniforms = (np.arange(20_000) + 0.5) / 20_000
    tokens, logprobs = draw(logits.expand(20_000, -1), uniforms, 0.7)
    weights = np.exp(np.array([0.0, 1.0, -2.0, 3.0, 0.5]) / 0.7)
    shares = weights / weights.sum()
    counts = np.bincount(tokens.numpy(), minlength=5) / 20_000
    assert counts == pytest.approx(shares, abs=1e-4)
    assert logprobs.numpy() == pytest.approx(np.log(shares)[tokens.numpy()], abs=1e-5)


def test_temperature_zero_takes_the_most_probable_token() -> None:
    tokens, logprobs = draw(torch.tensor([[0.0, 2.0, 1.0]]), np.array([0.01]), 0.0)
    assert tokens.tolist() == [1]
    assert logprobs.item() == pytest.approx(2 - np.log(1 + np.e**2 + np.e), abs=1e-6)


def test_an_extreme_uniform_never_leaves_the_vocabulary() -> None:
    tokens, _ = draw(torch.tensor([[0.0, 0.0], [0.0, -1e9]]), np.array([np.nextafter(1, 0), 0.0]), 1.0)
    assert tokens.tolist() == [1, 0]


def test_a_copy_in_another_precision_takes_new_weights(model: LlamaForCausalLM) -> None:
    twin = LlamaForCausalLM(model.config).eval()
    engine = engine_for(twin, dtype=torch.bfloat16)
    engine.load_weights((name, p.detach()) for name, p in model.named_parameters())
    request = Request(0, tuple(range(1, 30)), 0)
    completion = engine.generate([request], Sampling(1.0, max_new_tokens=4))[0]
    exact = full_logprobs(model, request.prompt_ids, completion.token_ids, 1.0)
    assert completion.logprobs == pytest.approx(exact, abs=0.5), "bfloat16 keeps 8 bits of each number"
    with pytest.raises(InvalidConfig, match="the model has no weight nonsense"):
        engine.load_weights([("nonsense", torch.zeros(1))])


@pytest.mark.parametrize(
    ("requests", "sentence"),
    [
        ([Request(0, tuple(range(1, 96)) * 5, 0)], r"expected prompts of 1 to 391 tokens .* got 475"),
        ([Request(0, (), 0)], r"expected prompts of 1 to 391 tokens"),
        ([Request(0, (1,), 0), Request(0, (2,), 0)], "expected one request per session, got two"),
    ],
)
def test_bad_requests_say_what_is_wrong(model: LlamaForCausalLM, requests: list[Request], sentence: str) -> None:
    with pytest.raises(InvalidConfig, match=sentence):
        engine_for(model).generate(requests, SAMPLING)


def test_training_mode_is_left_as_it_was(model: LlamaForCausalLM) -> None:
    model.train()
    engine_for(model).generate([Request(0, (1, 2), 0)], SAMPLING)
    assert model.training
    model.eval()
