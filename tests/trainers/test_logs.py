from __future__ import annotations

import io
import json
import math

import pytest
from rich.console import Console

from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency
from trainers.logs import MetricsFile, RunLog, live_line, read_metrics, start_trackers


def quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


# ------------------------------------------------------------------ the file


def test_one_line_per_step_on_disk_at_once(tmp_path):
    file = MetricsFile(tmp_path / "run" / "metrics.jsonl")
    file.append({"step": 1, "policy/entropy": 0.5})
    assert read_metrics(file.path) == [{"step": 1, "policy/entropy": 0.5}]
    file.append({"step": 2})
    assert (file.num_lines, len(read_metrics(file.path))) == (2, 2)


def test_numbers_that_json_lacks_become_null(tmp_path):
    file = MetricsFile(tmp_path / "metrics.jsonl")
    file.append({"a": math.nan, "b": -math.inf, "c": 1.5})
    assert read_metrics(file.path) == [{"a": None, "b": None, "c": 1.5}]


@pytest.mark.parametrize("torn", ["", '{"step": 4, "pol', '{"step": 4}\n{"st'])
def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path, torn):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"step": 3}\n' + torn)
    file = MetricsFile(path, keep_lines=2)
    file.append({"step": 30})
    assert [row["step"] for row in read_metrics(path)] == [1, 2, 30]
    assert file.num_lines == 3
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_a_line_that_was_never_finished_is_not_kept(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2')
    assert MetricsFile(path, keep_lines=2).num_lines == 1
    assert read_metrics(path) == [{"step": 1}]


def test_a_new_run_begins_with_an_empty_file(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n')
    MetricsFile(tmp_path / "metrics.jsonl")
    assert read_metrics(tmp_path / "metrics.jsonl") == []


def test_reading_what_is_not_there_or_not_json(tmp_path):
    with pytest.raises(MissingData, match="expected the metrics of a run, found none"):
        read_metrics(tmp_path / "metrics.jsonl")
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\nhello\n')
    with pytest.raises(MissingData, match=r"metrics\.jsonl, line 2: expected JSON, got 'hello'"):
        read_metrics(tmp_path / "metrics.jsonl")


# ------------------------------------------------------------------ the run's log


def test_rows_say_stage_and_step(tmp_path):
    with RunLog(tmp_path, console=quiet()) as log:
        log.start("RL", total=3)
        log.write("rl", 1, {"episode/success": 0.25, "policy/entropy": 1.5})
        log.write("valid", 1, {"evaluate/success": 0.5})
        assert log.num_lines == 2
    assert read_metrics(tmp_path / "metrics.jsonl") == [
        {"stage": "rl", "step": 1, "episode/success": 0.25, "policy/entropy": 1.5},
        {"stage": "valid", "step": 1, "evaluate/success": 0.5},
    ]


def test_the_live_line_holds_what_matters_in_a_fixed_order():
    metrics = {
        "time/step_seconds": 12.34,
        "policy/entropy": 0.5,
        "episode/return": 0.75,
        "episode/success": 0.625,
        "policy/approx_kl": 0.00123,
        "optim/steps": 1,
    }
    assert live_line(metrics) == "success 62%  return 0.75  KL 1.2e-03  entropy 0.50  time 12.3 s"


def test_plain_lines_where_there_is_no_terminal(tmp_path):
    console = quiet()
    with RunLog(tmp_path, console=console) as log:
        log.start("RL (ppo)", total=10)
        log.episode()
        log.write("rl", 3, {"episode/return": 0.5})
    assert console.file.getvalue() == "RL (ppo) 3/10  return 0.50\n"


def test_a_bar_and_the_live_line_on_a_terminal(tmp_path):
    console = Console(file=io.StringIO(), width=160, force_terminal=True)
    with RunLog(tmp_path, console=console) as log:
        log.start("RL", total=10, first=2)
        log.episode()
        log.write("rl", 3, {"episode/return": 0.5})
        log.say("a word")
    shown = console.file.getvalue()
    assert "3/10" in shown
    assert "return 0.50" in shown
    assert "a word" in shown


def test_a_metric_without_a_sentence_is_refused(tmp_path):
    with RunLog(tmp_path, console=quiet()) as log, pytest.raises(InvalidConfig, match="policy/entropy"):
        log.write("rl", 1, {"policy/entropie": 1.0})
    assert read_metrics(tmp_path / "metrics.jsonl") == []


# ------------------------------------------------------------------ trackers


class ListTracker:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.finished = False

    def log(self, values, step):
        self.rows.append((step, values))

    def finish(self):
        self.finished = True


def test_trackers_get_every_row_with_its_stage_and_go_on_counting_after_a_resume(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2}\n')
    tracker = ListTracker()
    with RunLog(tmp_path, keep_lines=1, trackers=[tracker], console=quiet()) as log:
        log.write("rl", 2, {"policy/entropy": 0.5})
    assert tracker.rows == [(2, {"rl/policy/entropy": 0.5})]
    assert tracker.finished


def test_a_tracker_that_is_not_installed_is_named(tmp_path):
    with pytest.raises(
        MissingDependency, match=r"track: expected nosuchtracker to be installed.*textarena-rl\[track\]"
    ):
        start_trackers(["nosuchtracker"], run_name="run", folder=tmp_path, settings={})


def test_tensorboard_through_accelerate(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    settings = {"seed": 1, "rl": {"epochs": 2, "max_kl": None}, "track": ["tensorboard"]}
    trackers = start_trackers(["tensorboard"], run_name="run", folder=tmp_path, settings=settings)
    with RunLog(tmp_path, trackers=trackers, console=quiet()) as log:
        log.write("rl", 1, {"policy/entropy": 0.5})
    events = EventAccumulator(str(tmp_path / "run")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("rl/policy/entropy")] == [(1, 0.5)]


def test_every_line_is_json(tmp_path):
    with RunLog(tmp_path, console=quiet()) as log:
        for step in range(3):
            log.write("sft", step, {"sft/loss": 1 / (step + 1)})
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["sft/loss"] for line in lines] == [1.0, 0.5, 1 / 3]
