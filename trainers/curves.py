"""The learning curves of a run, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from textarena_rl.errors import MissingData
from trainers.logs import read_metrics

__all__ = ["draw_curves", "figure_of", "series"]

_BLUE, _ORANGE, _GREEN, _GREY = "#2f6db3", "#d9822b", "#3c9d6b", "#7a7f87"
_STAGES = (("before", "as it came", _GREY), ("after_sft", "after SFT", _ORANGE), ("after", "after RL", _BLUE))
_HEALTH = (
    ("policy/entropy", "entropy (nats)", _GREEN),
    ("policy/approx_kl", "KL(old || new)", _ORANGE),
    ("kl/reference", "KL from the reference", _GREY),
    ("policy/clip_fraction", "clip fraction", _BLUE),
)


def series(rows: Sequence[dict[str, Any]], stage: str, name: str) -> tuple[list[int], list[float]]:
    """Steps and values of one metric in one stage; rows that lack it are left out."""
    found = [(row["step"], row[name]) for row in rows if row["stage"] == stage and row.get(name) is not None]
    return [step for step, _ in found], [value for _, value in found]


def draw_curves(metrics: str | Path, picture: str | Path, *, title: str = "") -> Path:
    """Draw ``metrics.jsonl`` as a PNG and return its path.

    Raises:
        MissingData: The file is not there, or holds nothing yet.
    """
    rows = read_metrics(metrics)
    if not rows:
        raise MissingData(f"{metrics}: expected at least one step, found none. Train first with `textarena-rl train`.")
    target = Path(picture)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure_of(rows, title=title).savefig(target, dpi=150)
    return target


def figure_of(rows: Sequence[dict[str, Any]], *, title: str = "") -> Figure:
    """Four panels: held-out success by stage, SFT, success and return in RL, health of the policy."""
    figure = Figure(figsize=(11, 7.2), layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, fontsize=13, fontweight="bold", x=0.01, ha="left")
    panels = figure.subplots(2, 2)
    _draw_evaluations(panels[0, 0], rows)
    _draw_sft(panels[0, 1], rows)
    _draw_rl(panels[1, 0], rows)
    _draw_health(panels[1, 1], rows)
    return figure


def _style(axes: Axes, title: str, x: str = "", y: str = "") -> None:
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e6ea", linewidth=0.8)
    axes.set_axisbelow(True)


def _empty(axes: Axes, reason: str) -> None:
    axes.text(0.5, 0.5, reason, ha="center", va="center", color=_GREY, transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])


def _draw_evaluations(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    _style(axes, "Success on held-out tasks, 95 % intervals", y="success (%)")
    latest = {row["stage"]: row for row in rows if "evaluate/success" in row}
    shown = [(label, colour, latest[stage]) for stage, label, colour in _STAGES if stage in latest]
    if not shown:
        _empty(axes, "no evaluation")
        return
    for place, (_, colour, row) in enumerate(shown):
        mean, low, high = (100 * row[f"evaluate/success{end}"] for end in ("", "_low", "_high"))
        axes.bar(place, mean, color=colour, width=0.6)
        axes.errorbar(place, mean, yerr=[[mean - low], [high - mean]], color="#222222", capsize=5, linewidth=1.3)
        axes.annotate(f"{mean:.0f} %", (place, high), (0, 4), textcoords="offset points", ha="center", fontsize=10)
    axes.set_xticks(range(len(shown)), [label for label, _, _ in shown])
    axes.set_xlim(-0.6, max(len(shown), 3) - 0.4)
    axes.set_ylim(0, 109)


def _draw_sft(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    _style(axes, "Supervised fine-tuning", "optimizer step", "loss per reply token (nats)")
    steps, losses = series(rows, "sft", "sft/loss")
    if not steps:
        _empty(axes, "no SFT")
        return
    axes.plot(steps, losses, color=_ORANGE, linewidth=1.6)
    axes.set_ylim(bottom=0)


def _draw_rl(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    _style(axes, "Reinforcement learning: sampled episodes", "RL step", "success (%)")
    steps, success = series(rows, "rl", "episode/success")
    if not steps:
        _empty(axes, "no RL")
        return
    axes.plot(steps, [100 * value for value in success], color=_BLUE, linewidth=1.8, marker="o", ms=3, label="success")
    valid_steps, valid = series(rows, "valid", "evaluate/success")
    if valid_steps:
        axes.plot(valid_steps, [100 * value for value in valid], "D", color=_GREEN, label="success on the valid split")
    axes.set_ylim(0, 105)
    right = axes.twinx()
    return_steps, returns = series(rows, "rl", "episode/return")
    right.plot(return_steps, returns, color=_ORANGE, linewidth=1.4, linestyle="--", label="return")
    right.set_ylabel("return")
    right.set_ylim(min([0.0, *returns]) * 1.05, max([1.0, *returns]) * 1.05)
    right.spines["top"].set_visible(False)
    handles = [*axes.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0]]
    axes.legend(handles=handles, frameon=False, fontsize=9, loc="lower right")


def _draw_health(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    _style(axes, "Reinforcement learning: health of the policy", "RL step", "log scale")
    drawn = 0
    for name, label, colour in _HEALTH:
        steps, values = series(rows, "rl", name)
        # A divergence or fraction of exactly 0 has no place on a logarithmic axis.
        points = [(step, value) for step, value in zip(steps, values, strict=True) if value > 0]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.6, marker="o", ms=3, label=label)
            drawn += 1
    if not drawn:
        _empty(axes, "no RL")
        return
    axes.set_yscale("log")
    axes.legend(frameon=False, fontsize=9, loc="best")
