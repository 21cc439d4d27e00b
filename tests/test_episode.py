import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textarena_rl import Episode, EpisodeError, MissingData, Turn, read_episodes, write_episodes

WON = Episode(
    env_id="CodeWord",
    task="red-blue",
    objective="Open the door.",
    turns=(
        Turn("The first lamp is red.", "purple\n", 0.0, {"invalid_action": True}),
        Turn("No such word.", "red", 1.0, {"invalid_action": False}),
        Turn("The second lamp is blue.", "blue", 0.5, {"invalid_action": False}),
    ),
    final_observation="The door opens.",
    terminated=True,
    won=True,
    score=2.0,
    max_score=2.0,
)

plain_text = st.text(st.characters(exclude_categories=("Cs",)))
episodes = st.builds(
    Episode,
    env_id=plain_text,
    task=plain_text,
    objective=plain_text,
    turns=st.lists(
        st.builds(
            Turn,
            plain_text,
            plain_text,
            st.floats(allow_nan=False),
            st.dictionaries(plain_text, st.one_of(st.booleans(), plain_text, st.lists(plain_text))),
        )
    ).map(tuple),
    final_observation=plain_text,
    terminated=st.booleans(),
    truncated=st.booleans(),
    won=st.booleans(),
    score=st.floats(allow_nan=False),
    error=st.one_of(st.none(), st.builds(EpisodeError, plain_text, plain_text)),
)


@given(episodes)
def test_an_episode_survives_its_line_of_json(episode):
    line = episode.to_json()
    assert "\n" not in line
    assert Episode.from_json(line) == episode


def test_return_and_invalid_actions_are_counted_over_turns():
    assert WON.episode_return == 1.5
    assert WON.num_invalid_actions == 1


def test_an_episode_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        WON.won = False


def test_text_tells_the_story_in_order():
    text = WON.to_text()
    assert text.splitlines()[0] == "# CodeWord  task red-blue  won in 3 turns"
    places = [text.index(words) for words in ("lamp is red", "[1] > purple", "No such", "[3] > blue", "door opens")]
    assert places == sorted(places)
    failed = dataclasses.replace(WON, won=False, error=EpisodeError("step", "it broke"))
    assert "failed in 3 turns" in failed.to_text()
    assert failed.to_text().endswith("!! failed in step: it broke\n")
    assert "lost in" in dataclasses.replace(WON, won=False).to_text()
    assert "not won in" in dataclasses.replace(WON, won=False, terminated=False, truncated=True).to_text()


def test_a_file_of_episodes_reads_back(tmp_path):
    path = tmp_path / "new" / "episodes.jsonl"
    lost = dataclasses.replace(WON, won=False, final_observation="línea 🙂 \u2028")
    assert write_episodes(path, [WON, lost]) == 2
    assert list(read_episodes(path)) == [WON, lost]
    assert [json.loads(line)["won"] for line in path.read_text("utf-8").split("\n")[:2]] == [True, False]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "episodes.jsonl"
    write_episodes(path, [WON])

    def breaking():
        yield WON
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        write_episodes(path, breaking())
    assert list(read_episodes(path)) == [WON]
    assert [item.name for item in tmp_path.iterdir()] == ["episodes.jsonl"]


def test_reading_says_which_file_and_which_line_is_wrong(tmp_path):
    with pytest.raises(MissingData, match=r"none\.jsonl: expected a file of episodes, found none"):
        list(read_episodes(tmp_path / "none.jsonl"))
    path = tmp_path / "bad.jsonl"
    for wrong in ("{", "[]", '{"env_id": "x"}', '{"no_such_field": 1, "turns": []}'):
        path.write_text(WON.to_json() + "\n\n" + wrong + "\n", encoding="utf-8")
        with pytest.raises(MissingData, match=r"bad.jsonl, line 3: expected one episode as JSON"):
            list(read_episodes(path))


def test_an_empty_file_holds_no_episodes(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    assert list(read_episodes(tmp_path / "empty.jsonl")) == []
