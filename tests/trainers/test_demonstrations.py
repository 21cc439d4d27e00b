from __future__ import annotations

import json

import pytest

from tests.tiny import tiny
from tests.worlds import CodeWordEnv
from textarena_rl.episode import Episode, Turn, write_episodes
from textarena_rl.errors import InvalidConfig, MissingData
from trainers.demonstrations import demonstrate, messages, read_demonstrations, write_messages
from trainers.rollout.chat import Chat, ChatFormat


def expert_world() -> CodeWordEnv:
    return CodeWordEnv(expert_actions=True)


class ShortOnBlue(CodeWordEnv):
    """Tasks that begin with blue leave no time to win."""

    def _start(self, task: str) -> str:
        self.max_turns = 1 if task.startswith("blue") else 4
        return super()._start(task)


# ------------------------------------------------------------------ playing


def test_demonstrations_are_wins_on_the_first_tasks():
    tasks, seen = list(CodeWordEnv().tasks()), []
    episodes = demonstrate(expert_world, tasks, 5, on_episode=seen.append)
    assert [episode.task for episode in episodes] == tasks[:5]
    assert [[turn.action for turn in e.turns] for e in episodes] == [task.split("-") for task in tasks[:5]]
    assert all(episode.won for episode in episodes)
    assert seen == episodes


def test_an_episode_that_runs_out_of_turns_is_passed_over():
    tasks = ["red-red", "blue-red", "gold-red"]
    episodes = demonstrate(lambda: ShortOnBlue(expert_actions=True), tasks, 2)
    assert [episode.task for episode in episodes] == ["red-red", "gold-red"]


def test_too_few_wins_is_an_error():
    with pytest.raises(
        InvalidConfig, match=r"expected 3 episodes that the expert wins, got 2 from 3 tasks\. Ask for fewer"
    ):
        demonstrate(lambda: ShortOnBlue(expert_actions=True), ["red-red", "blue-red", "gold-red"], 3)


# ------------------------------------------------------------------ files


def test_episodes_come_back_as_they_were_written(tmp_path):
    episodes = demonstrate(expert_world, CodeWordEnv().tasks(), 4)
    write_episodes(tmp_path / "demos.jsonl", episodes)
    assert read_demonstrations(tmp_path / "demos.jsonl") == episodes
    assert read_demonstrations(tmp_path / "demos.jsonl", 2) == episodes[:2]


def test_an_empty_file_a_short_file_and_none_are_errors(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(
        MissingData, match=r"empty\.jsonl: expected at least one episode, found an empty file\. Write it again"
    ):
        read_demonstrations(tmp_path / "empty.jsonl", 60)
    write_episodes(tmp_path / "short.jsonl", demonstrate(expert_world, CodeWordEnv().tasks(), 2))
    with pytest.raises(MissingData, match=r"short\.jsonl: expected 60 episodes, found 2\."):
        read_demonstrations(tmp_path / "short.jsonl", 60)
    with pytest.raises(MissingData, match="expected a file of episodes, found none"):
        read_demonstrations(tmp_path / "none.jsonl")
    (tmp_path / "text.jsonl").write_text("hello\n")
    with pytest.raises(MissingData, match=r"text\.jsonl, line 1: expected one episode as JSON"):
        read_demonstrations(tmp_path / "text.jsonl")


# ------------------------------------------------------------------ messages

FORMAT = ChatFormat(system="Be brief.", first="Goal: {objective} State: {observation}", then="State: {observation}")
EPISODE = Episode(
    env_id="CodeWord",
    task="red-blue",
    objective="Open the door.",
    turns=(Turn("A red lamp.", "red", 0.0), Turn("A blue lamp.", "blue", 1.0)),
    final_observation="The door opens.",
    terminated=True,
    won=True,
)


def test_messages_by_hand():
    assert messages(EPISODE, FORMAT) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Goal: Open the door. State: A red lamp."},
        {"role": "assistant", "content": "red"},
        {"role": "user", "content": "State: A blue lamp."},
        {"role": "assistant", "content": "blue"},
    ]


def test_messages_in_the_style_with_thoughts_and_without_a_system_message():
    shown = messages(EPISODE, ChatFormat(system="", style="think"))
    assert [message["role"] for message in shown] == ["user", "assistant"] * 2
    assert shown[1]["content"] == "<think></think><action>red</action>"


@pytest.mark.parametrize("style", ["plain", "think"])
def test_messages_say_what_the_trainer_trains_on(style):
    _, tokenizer = tiny()
    wording = ChatFormat(style=style)
    chat = Chat(tokenizer, wording)
    *context, last = messages(EPISODE, wording)
    prompt = chat.start(EPISODE.objective, EPISODE.turns[0].observation)
    prompt = chat.extend(prompt, chat.encode_action("red"), EPISODE.turns[1].observation)
    rendered = tokenizer.apply_chat_template(context, tokenize=False, add_generation_prompt=True)
    assert tokenizer.decode(prompt) == rendered
    assert chat.decode(chat.encode_action("blue")) == last["content"]


def test_the_chat_file_has_one_conversation_per_line(tmp_path):
    assert write_messages(tmp_path / "new" / "chat.jsonl", [EPISODE, EPISODE], FORMAT) == 2
    lines = (tmp_path / "new" / "chat.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"messages": messages(EPISODE, FORMAT)}] * 2
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["chat.jsonl"]


def test_trl_reads_the_chat_file(tmp_path):
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")
    _, tokenizer = tiny()
    write_messages(tmp_path / "chat.jsonl", [EPISODE], FORMAT)
    data = datasets.load_dataset(
        "json", data_files=str(tmp_path / "chat.jsonl"), split="train", cache_dir=str(tmp_path)
    )
    assert trl.is_conversational(data[0])
    text = trl.apply_chat_template(data[0], tokenizer)["text"]
    assert text.count("<|im_end|>") == 5
    assert text.rstrip().endswith("<|im_start|>assistant\nblue<|im_end|>")
