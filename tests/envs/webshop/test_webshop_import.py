"""The official files on their way to a catalogue: streamed, checked, imported, found again."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import textarena_rl
from tests.envs.webshop.test_webshop_rules import RAW
from textarena_rl.__main__ import main
from textarena_rl.envs.webshop import streaming
from textarena_rl.envs.webshop.importer import import_data
from textarena_rl.envs.webshop.official_env import WebShopOfficialEnv
from textarena_rl.envs.webshop.streaming import elements, entries
from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTARENA_RL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "data"))


@given(st.lists(JSON, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]))
def test_streamed_lists_and_objects_are_those_of_the_json_module(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], chunk: int, indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("json") / "file.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "_CHUNK", chunk)
        path.write_text(json.dumps(values, indent=indent), "utf-8")
        assert list(elements(path)) == values
        pairs = {f"k{number}": value for number, value in enumerate(values)}
        path.write_text(json.dumps(pairs, indent=indent, ensure_ascii=False), "utf-8", "surrogatepass")
        if "\\ud" not in json.dumps(pairs):
            assert dict(entries(path)) == pairs


def test_every_way_to_cut_a_file_off_is_noticed(tmp_path: Path) -> None:
    path, whole = tmp_path / "file.json", json.dumps([{"a": [1, "x"]}, {"b": None}, 12])
    for end in range(len(whole)):
        path.write_text(whole[:end])
        with pytest.raises(MissingData, match=r"file\.json: expected a whole JSON file, got .* Fetch the file again\."):
            list(elements(path))
    for wrong in (whole + "x", whole + "]", "{}", "[1 2]", "[1,]", "nonsense"):
        path.write_text(wrong)
        with pytest.raises(MissingData, match="expected a whole JSON file"):
            list(elements(path))
    path.write_bytes(b'["\xff\xfe"]')
    with pytest.raises(MissingData, match="bytes that are not UTF-8"):
        list(elements(path))
    path.write_text("[" * 100_000)
    with pytest.raises(MissingData, match="expected a whole JSON file"):
        list(elements(path))


def write(
    folder: Path, items: list[dict[str, Any]], told: dict[str, Any], people: dict[str, Any] | None = None
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "items_shuffle_1000.json").write_text(json.dumps(items))
    (folder / "items_ins_v2_1000.json").write_text(json.dumps(told))
    if people is not None:
        (folder / "items_human_ins.json").write_text(json.dumps(people))
    return folder


def official(folder: Path, number: int = 8) -> Path:
    """A folder of official files with a few products, some of them to be left out."""
    items, told = [], {}
    for place in range(number):
        asin = f"B00000000{place}"
        options = {"Color": [{"value": "Red"}, {"value": "Blue"}], "Size": [{"value": "S/M"}]}
        items.append({**RAW, "asin": asin, "name": f"Wool Hat No{place}", "customization_options": options})
        words = {"instruction": f"Find me warm hats no{place}", "instruction_attributes": ["warm"]}
        told[asin] = {"attributes": ["warm", "soft"], **words}
    items.insert(2, {**items[0], "name": "a repeated number"})
    items.insert(3, {**items[0], "asin": "nan"})
    items.insert(4, {**items[0], "asin": "B0000000001"})
    items[0]["pricing"] = "$10.00 - $20.00"
    people = {
        f"B00000000{place}": [
            {"instruction": f"a hat, no{place}.", "instruction_attributes": ["warm"], "instruction_options": ["red"]},
            {"instruction": "nothing in particular", "instruction_attributes": [], "instruction_options": []},
        ]
        for place in range(4)
    }
    return write(folder, items, told, people)


def test_import_then_play_without_naming_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = official(tmp_path / "files")
    assert main(["import-data", "webshop", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "WebShop: 8 products of items_shuffle_1000.json, 16 synthetic and 4 human goals" in shown
    env = textarena_rl.make("WebShop-official", expert_actions=True).unwrapped
    _, info = env.reset(seed=0)
    for action in info["expert_actions"]:
        *_, info = env.step(action)
    assert info["won"]
    named = WebShopOfficialEnv(data_dir=folder)
    assert named.catalogue.hash == env.catalogue.hash
    assert [named._goals.goal(n)[1] for n in range(16)] == [env._goals.goal(n)[1] for n in range(16)]
    human = textarena_rl.make("WebShop-official-human").unwrapped
    texts = [human._goals.goal(number)[1].instruction for number in range(4)]
    assert all(text.startswith("a hat, no") and "., and" not in text for text in texts)
    # Entries are counted before repeated and malformed ones are left out.
    few = textarena_rl.make("WebShop-official-p6").unwrapped
    assert [few.catalogue.product(number).asin for number in range(len(few.catalogue))] == [
        "B000000000", "B000000001", "B000000002",
    ]  # fmt: skip
    assert len(textarena_rl.make("WebShop-official-p6", data_dir=folder).unwrapped.catalogue) == 3
    assert 10 <= few.catalogue.prices[0] == env.catalogue.prices[0] <= 20
    # A second import takes the first one's place.
    official(tmp_path / "files", number=9)
    assert main(["import-data", "webshop", str(folder / "items_shuffle_1000.json")]) == 0
    assert "9 products" in capsys.readouterr().out
    assert len(textarena_rl.make("WebShop-official").unwrapped.catalogue) == 9
    assert len(list((tmp_path / "data" / "webshop").glob("official-*"))) == 1


def test_an_import_by_another_version_must_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["import-data", "webshop", str(official(tmp_path / "files"))]) == 0
    monkeypatch.setattr("textarena_rl.envs.webshop.importer.FORMAT", 999)
    with pytest.raises(
        MissingData, match=r"expected imported data of form 999, got \d+.*import-data webshop FOLDER` again"
    ):
        textarena_rl.make("WebShop-official")


def test_an_unfinished_import_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = official(tmp_path / "files")
    path = folder / "items_shuffle_1000.json"
    path.write_text(path.read_text()[:-200])
    assert main(["import-data", "webshop", str(folder)]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "items_shuffle_1000.json: expected a whole JSON file, got" in printed
    assert not [p for p in (tmp_path / "data").rglob("*") if p.is_file()]
    with pytest.raises(
        MissingData, match=r"expected the official data, got none in .*textarena-rl import-data webshop"
    ):
        textarena_rl.make("WebShop-official")


def test_an_import_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TEXTARENA_RL_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(
        MissingData, match=r"expected to write to .*Set TEXTARENA_RL_DATA to a folder that can be written"
    ):
        import_data(official(tmp_path / "files"))


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    folder = official(tmp_path / "files")
    with pytest.raises(MissingData, match=r"expected a folder with the official files, got .*nowhere"):
        WebShopOfficialEnv(data_dir=tmp_path / "nowhere")
    (folder / "items_ins_v2_1000.json").rename(folder / "elsewhere.json")
    with pytest.raises(
        MissingData, match=r"expected items_ins_v2\*\.json in .*, got none\. Get items_shuffle_1000\.json"
    ):
        WebShopOfficialEnv(data_dir=folder)
    assert len(WebShopOfficialEnv(data_dir=folder, attr_path=folder / "elsewhere.json").catalogue) == 8
    (folder / "elsewhere.json").write_text("{")
    with pytest.raises(MissingData, match=r"elsewhere\.json: expected a whole JSON file"):
        WebShopOfficialEnv(data_dir=folder, attr_path=folder / "elsewhere.json")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(MissingData, match=r"expected items_shuffle\*\.json in .*empty, got none"):
        WebShopOfficialEnv(data_dir=empty)


@pytest.mark.parametrize(
    "wrong", [{}, {"asin": 5}, {**RAW, "customization_options": {"Color": [{}]}}, [], "text", None]
)
def test_an_entry_in_another_form(tmp_path: Path, wrong: Any) -> None:
    folder = write(tmp_path / "files", [wrong], {})
    with pytest.raises(MissingData, match="expected entry 0 to be a product as WebShop publishes them, got"):
        WebShopOfficialEnv(data_dir=folder)


def test_without_human_instructions_there_are_no_human_goals(tmp_path: Path) -> None:
    folder = official(tmp_path / "files")
    (folder / "items_human_ins.json").unlink()
    assert len(WebShopOfficialEnv(data_dir=folder)._goals) == 16
    with pytest.raises(MissingData, match="expected human goals for these products, got 0"):
        WebShopOfficialEnv(data_dir=folder, human_goals=True)


def test_goals_prices_and_nouns_of_a_run_of_the_original(tmp_path: Path) -> None:
    folder = official(tmp_path / "files")
    goal = {
        "asin": "B000000003", "query": "hats", "name": "Wool Hat No3", "product_category": "Clothing › Hats",
        "instruction_text": "a warm hat", "attributes": ["warm"], "goal_options": {"color": "red"}, "price_upper": 50.0,
    }  # fmt: skip
    goals, prices, nouns = (tmp_path / name for name in ("goals.json", "prices.json.gz", "nouns.json"))
    goals.write_text(json.dumps([goal] * 3))
    prices.write_bytes(gzip.compress(json.dumps({"B000000003": 60.0}).encode()))
    nouns.write_text(json.dumps({"Wool Hat No3": ["wool", "hat"]}))
    env = WebShopOfficialEnv(data_dir=folder, goals_file=goals, prices_file=prices, nouns=str(nouns))
    env.reset(options={"task": "0"})
    for action in ("search[no3]", "click[b000000003]", "click[red]"):
        env.step(action)
    *_, info = env.step("click[buy now]")
    assert (info["score"], info["r_price"], info["title_score"]) == (2 / 3, False, 1.0)
    goals.write_text(json.dumps([{**goal, "asin": "B0UNKNOWN0"}] * 3))
    with pytest.raises(MissingData, match="B0UNKNOWN0, which is not for sale"):
        WebShopOfficialEnv(data_dir=folder, goals_file=goals)
    goals.write_text("[{}]")
    with pytest.raises(MissingData, match="expected goals in the original's form in"):
        WebShopOfficialEnv(data_dir=folder, goals_file=goals)
    for argument in ("goals_file", "prices_file", "nouns"):
        with pytest.raises(MissingData, match="nowhere"):
            WebShopOfficialEnv(data_dir=folder, **{argument: str(tmp_path / "nowhere")})  # type: ignore[arg-type]


def test_another_seed_orders_the_same_goals_otherwise(tmp_path: Path) -> None:
    folder = official(tmp_path / "files")
    usual, same, other = (WebShopOfficialEnv(data_dir=folder, goal_seed=seed) for seed in (233, 233, 7))
    listed = [
        [(goal.asin, goal.options) for goal in (env._goals.goal(number)[1] for number in range(16))]
        for env in (usual, same, other)
    ]
    assert listed[0] == listed[1] != listed[2]
    assert sorted(listed[0]) == sorted(listed[2])


def test_spacy_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from textarena_rl.envs.webshop import nouns

    nouns._tagger.cache_clear()
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingDependency, match=r"pip install 'textarena-rl\[webshop\]'.*or use nouns='rule'"):
        WebShopOfficialEnv(data_dir=official(tmp_path / "files"), nouns="spacy")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"goals": "robots"}, "expected goals to be 'synthetic' or 'human', got 'robots'"),
        ({"goal_seed": "x"}, "expected goal_seed to be a whole number, got 'x'"),
        ({"num_products": -1}, "expected num_products to be a count, got -1"),
        ({"num_products": 1.5}, "expected num_products to be a count, got 1.5"),
        ({"observation_mode": "image"}, "expected observation_mode to be one of"),
    ],
)
def test_wrong_arguments_of_the_official_shop(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidConfig, match=message):
        WebShopOfficialEnv(data_dir=official(tmp_path / "files"), **arguments)
