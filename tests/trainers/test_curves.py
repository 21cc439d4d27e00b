from __future__ import annotations

import json
import struct

import pytest

from textarena_rl.errors import MissingData
from trainers.curves import draw_curves, figure_of, series


def evaluation(stage: str, step: int, success: float) -> dict:
    ends = {"evaluate/success_low": success - 0.1, "evaluate/success_high": success + 0.1}
    return {"stage": stage, "step": step, "evaluate/success": success, **ends}


def reinforced(step: int, *, success: float, episode_return: float, entropy: float | None, kl: float) -> dict:
    episodes = {"episode/success": success, "episode/return": episode_return}
    return {"stage": "rl", "step": step, **episodes, "policy/entropy": entropy, "policy/approx_kl": kl}


ROWS = [
    evaluation("before", 0, 0.1),
    {"stage": "sft", "step": 1, "sft/loss": 2.0},
    {"stage": "sft", "step": 2, "sft/loss": 1.0},
    evaluation("after_sft", 0, 0.4),
    reinforced(1, success=0.5, episode_return=0.4, entropy=0.3, kl=0.0),
    reinforced(2, success=0.75, episode_return=0.7, entropy=None, kl=0.01),
    evaluation("valid", 2, 0.6),
    evaluation("after", 2, 0.8),
]


def lines(axes) -> dict[str, tuple[list, list]]:
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()}


def test_series_leaves_out_what_a_row_lacks():
    assert series(ROWS, "rl", "policy/entropy") == ([1], [0.3])
    assert series(ROWS, "sft", "sft/loss") == ([1, 2], [2.0, 1.0])
    assert series(ROWS, "rl", "value/error") == ([], [])


def test_the_panels_show_the_numbers():
    evaluations, sft, rl, health, returns = figure_of(ROWS).axes
    assert [bar.get_height() for bar in evaluations.patches] == pytest.approx([10, 40, 80])
    assert [label.get_text() for label in evaluations.get_xticklabels()] == ["as it came", "after SFT", "after RL"]
    low, high = evaluations.collections[1].get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((30, 50))
    assert next(iter(lines(sft).values())) == ([1, 2], [2.0, 1.0])
    assert lines(rl)["success"] == ([1, 2], [50.0, 75.0])
    assert lines(rl)["success on the valid split"] == ([2], [60.0])
    assert lines(returns)["return"] == ([1, 2], [0.4, 0.7])
    assert lines(health)["entropy (nats)"] == ([1], [0.3])
    assert lines(health)["KL(old || new)"] == ([2], [0.01])


def test_what_a_run_did_not_do_is_said():
    evaluations, sft, rl, health = figure_of([{"stage": "rl", "step": 1}]).axes
    said = [axes.texts[0].get_text() for axes in (evaluations, sft, rl, health)]
    assert said == ["no evaluation", "no SFT", "no RL", "no RL"]


def test_the_last_evaluation_of_a_stage_counts():
    evaluations = figure_of([evaluation("after", 1, 0.2), evaluation("after", 2, 0.3)]).axes[0]
    assert [bar.get_height() for bar in evaluations.patches] == pytest.approx([30])


def test_the_picture_is_a_png_of_a_readable_size(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    path = draw_curves(tmp_path / "metrics.jsonl", tmp_path / "new" / "curves.png", title="a run")
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (1650, 1080)


def test_a_run_without_a_step_has_no_curves(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("")
    with pytest.raises(MissingData, match="expected at least one step, found none"):
        draw_curves(tmp_path / "metrics.jsonl", tmp_path / "curves.png")
