from __future__ import annotations

import dataclasses

import pytest
import yaml
from pydantic import ValidationError

from textarena_rl.errors import InvalidConfig
from trainers.algorithms import ALGORITHMS, GRPO, PPO
from trainers.config import TrainConfig, algorithm_names
from trainers.configs import changes, help_text, load_config, parse_config, save_config, shipped_configs

ENV = {"env": {"id": "TextWorld-w2-o3-q4"}}


def message(*overrides: str, data: dict | None = None, tmp_path=None) -> str:
    with pytest.raises(InvalidConfig) as caught:
        load_config("quickstart", overrides) if data is None else parse_config(data)
    return str(caught.value)


# ------------------------------------------------------------------ what is shipped


@pytest.mark.parametrize("name", shipped_configs())
@pytest.mark.parametrize("algorithm", algorithm_names())
def test_every_shipped_config_runs_with_every_algorithm(name, algorithm):
    config = load_config(name, [f"algorithm={algorithm}"])
    assert config.name == name
    assert isinstance(config.algorithm.build(), ALGORITHMS[algorithm])


def test_quickstart_is_the_papers_budget():
    config = load_config("quickstart")
    assert (config.sft.num_demonstrations, config.rl.num_episodes) == (60, 400)
    assert (config.env.id, config.env.max_turns, config.model.name) == ("TextWorld-w2-o3-q4", 8, "smollm2")
    assert isinstance(config.algorithm.build(), PPO)


def test_the_shipped_names_are_the_files():
    assert {"quickstart", "smoke"} <= set(shipped_configs())


# ------------------------------------------------------------------ overrides and files


def test_overrides_are_yaml_and_scientific_notation_is_a_number():
    config = load_config(
        "quickstart", ["rl.learning_rate=1e-5", "env.kwargs={depth: 2e3}", "sft=null", "track=[wandb]"]
    )
    assert config.rl.learning_rate == 0.00001
    assert config.env.kwargs == {"depth": 2000.0}
    assert config.sft is None
    assert config.track == ["wandb"]


def test_a_later_override_wins_and_a_section_that_was_null_is_made():
    config = load_config("quickstart", ["model.lora.rank=4", "seed=3", "seed=5"])
    assert (config.model.lora.rank, config.seed) == (4, 5)


def test_another_algorithm_drops_the_settings_of_the_one_before():
    kept = load_config("quickstart", ["algorithm.gamma=0.9", "algorithm.kl_in_reward=true", "algorithm.name=ppo"])
    dropped = load_config("quickstart", ["algorithm.gamma=0.9", "algorithm.name=grpo", "algorithm.group_std=false"])
    assert kept.algorithm.build() == PPO(gamma=0.9)
    assert dropped.algorithm.build() == GRPO(group_std=False)


def test_defaults_that_depend_on_the_algorithm():
    ppo, grpo = load_config("quickstart"), load_config("quickstart", ["algorithm=grpo"])
    assert (ppo.group_size, grpo.group_size) == (1, 8)
    assert (ppo.critic, grpo.critic) == ("shared", "none")


def test_an_own_file_takes_its_name_and_folder_from_the_file(tmp_path):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(ENV))
    config = load_config(tmp_path / "mine.yaml")
    assert (config.name, str(config.output_dir)) == ("mine", "runs/mine")
    assert (config.sft, config.rl) == (None, None)


def test_a_saved_config_reads_back_as_the_same(tmp_path):
    config = load_config(
        "quickstart", ["algorithm=turn_ppo", "algorithm.lam=0.8", "model.lora.rank=4", "track=[trackio]"]
    )
    save_config(config, tmp_path / "run" / "config.yaml")
    assert load_config(tmp_path / "run" / "config.yaml") == config
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.yaml"]


def test_nothing_changes_after_the_fact():
    config = load_config("quickstart")
    with pytest.raises(ValidationError, match="frozen"):
        config.rl.epochs = 3


def test_changes_name_what_alters_the_result_and_nothing_else():
    before = load_config("quickstart", ["rl.learning_rate=1e-5"])
    now = load_config("quickstart", ["rl.learning_rate=2e-5", "num_processes=2", "rl.max_tokens=99", "resume=false"])
    assert changes(before, now) == ["rl.learning_rate (1e-05 there, 2e-05 here)"]
    assert changes(before, before) == []
    other = load_config("quickstart", ["algorithm=grpo"])
    assert "algorithm.name (ppo there, grpo here)" in changes(before, other)


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("rl.lerning_rate=1", "rl.lerning_rate: expected a known setting, got 'lerning_rate'. Did you mean rl.learnin"),
        ("learning_rate=2", "expected a known setting, got 'learning_rate'. Did you mean sft.learning_rate or rl.lear"),
        ("zzz=2", "zzz: expected a known setting, got 'zzz'. See `train --help-config` for every setting."),
        ("model.lora.rnk=3", "model.lora.rnk: expected a known setting, got 'rnk'. Did you mean model.lora.rank?"),
        ("algorithm.gama=1", "algorithm.gama: expected a known setting, got 'gama'. Did you mean algorithm.gamma?"),
        ("algorithm.gamma=x", "algorithm.gamma: expected a valid number, got 'x'."),
        ("algorithm.gamma=1.5", "algorithm.gamma: expected a number from 0 to 1, got 1.5."),
        ("algorithm=gppo", "algorithm.name: expected one of grpo, ppo, rloo, turn_ppo, got 'gppo'. Did you mean ppo?"),
        ("algorithm=sft", "algorithm.name: expected one of grpo, ppo, rloo, turn_ppo, got 'sft'."),
        ("env.reward=dens", "env.reward: expected one of sparse, dense, normalized, got 'dens'. Did you mean dense?"),
        ("rl.epochs=0", "rl.epochs: expected a value greater than or equal to 1, got 0."),
        ("rl.epochs=two", "rl.epochs: expected a valid integer, got 'two'."),
        ("rl.learning_rate=.nan", "rl.learning_rate: expected a finite number, got nan."),
        ("rl=3", "rl: expected a section of settings, got 3."),
        ("env.id=TextWorld-w2-o3", "env.id: id 'TextWorld-w2-o3':"),
        ("chat.first=hello", "chat.first: expected a template with {observation}, got 'hello'."),
        ("foo", "train: expected key=value, got 'foo'. For instance rl.learning_rate=1e-5."),
        ("seed=[1", "seed: expected YAML, got something else"),
    ],
)  # fmt: skip
def test_each_wrong_setting_has_its_sentence(override, sentence):
    assert sentence in message(override)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["algorithm=grpo", "rl.group_size=1"], "rl.group_size: expected at least 2 with grpo, which compares within"),
        (["algorithm=rloo", "rl.group_size=1"], "rl.group_size: expected at least 2 with rloo"),
        (["algorithm=grpo", "rl.group_size=3"], "rl.episodes_per_step: expected a multiple of the group size (3),"),
        (["rl.episodes_per_step=30"], "rl.num_episodes: expected a multiple of rl.episodes_per_step (30), got 400."),
        (["num_processes=50"], "num_processes: expected at most rl.episodes_per_step (40), got 50."),
        (["sft.batch_size=2", "num_processes=3"], "num_processes: expected at most sft.batch_size (2), got 3."),
        (["rollout.max_new_tokens=5000", "rollout.max_context=1536"],
         "rollout.max_new_tokens: expected less than rollout.max_context (1536),"),
        (["rl.minibatches=41"], "rl.minibatches: expected at most rl.episodes_per_step (40), got 41."),
        (["model.critic=none"], "model.critic: expected shared or separate with ppo, which needs values, got none."),
        (["env.split=test"], "env.split: expected another split than those of the evaluations, got 'test' for both."),
        (["rl.reference=false", "algorithm.kl_in_reward=true"],
         "rl.reference: expected true where ppo measures the divergence from it, got false."),
    ],
)  # fmt: skip
def test_each_contradiction_has_its_sentence(overrides, sentence):
    assert sentence in message("rl.episodes_per_step=40", *overrides)


def test_no_reference_is_needed_where_no_divergence_is_measured():
    overrides = ["rl.reference=false", "algorithm.kl_in_reward=false", "algorithm.kl_coef=0"]
    assert load_config("quickstart", overrides).rl.reference is False


def test_all_errors_come_at_once():
    text = message("rl.lerning_rate=1", "algorithm.gama=1", "algorithm.lam=x", "env.id=TextWrld-w2-o3-q4", "seed=-1")
    assert text.startswith("quickstart: 5 errors\n")
    for where in ("rl.lerning_rate:", "algorithm.gama:", "algorithm.lam:", "env.id:", "seed:"):
        assert sum(line.strip().startswith(where) for line in text.splitlines()) == 1
    assert "TextWorld-w2-o3-q4" in text


def test_all_contradictions_come_at_once():
    text = message("algorithm=grpo", "rl.group_size=1", "rl.episodes_per_step=30", "num_processes=31")
    assert text.startswith("quickstart: 4 errors\n")


def test_a_world_must_be_named():
    assert "env: expected a value, got nothing. Set env." in message(data={})
    assert "env.id: expected a value, got nothing. Set env.id." in message(data={"env": {}})


def test_an_unknown_file_names_the_nearest_shipped_one():
    with pytest.raises(
        InvalidConfig, match=r"expected a YAML file or one of quickstart, smoke, got 'quikstart'\. Did you mean quick"
    ):
        load_config("quikstart")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n- b\n", "expected a mapping of settings, got list"),
        ("seed: 1\nseed: 2\n", "expected YAML, got something else (seed is given twice"),
        ("env: {id: [\n", "expected YAML, got something else"),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path, text, sentence):
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(InvalidConfig) as caught:
        load_config(tmp_path / "bad.yaml")
    assert sentence in str(caught.value)


# ------------------------------------------------------------------ help


def sections(model=TrainConfig, above=""):
    for name, field in model.model_fields.items():
        yield f"{above}{name}", field
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for kind in kinds:
            if isinstance(kind, type) and hasattr(kind, "model_fields"):
                yield from sections(kind, f"{above}{name}.")


def test_every_setting_has_a_sentence_and_is_in_the_help():
    text = help_text()
    for path, field in sections():
        assert field.description, f"{path} has no sentence"
        assert field.description.endswith("."), path
        assert f"  {path}: " in text
        assert field.description in text


def test_every_algorithm_field_can_be_set():
    for name in algorithm_names():
        for field in dataclasses.fields(ALGORITHMS[name]):
            value = getattr(ALGORITHMS[name](), field.name)
            config = parse_config({**ENV, "algorithm": {"name": name, field.name: value}})
            assert getattr(config.algorithm.build(), field.name) == value
