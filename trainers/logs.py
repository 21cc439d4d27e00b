"""What a run says while it works: one JSON line per step on disk, one live line on the terminal, and trackers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from textarena_rl.errors import MissingData, MissingDependency
from textarena_rl.storage import written_whole
from trainers.metrics import check_names

__all__ = ["MetricsFile", "RunLog", "Stage", "live_line", "read_metrics", "start_trackers"]

Stage = Literal["before", "sft", "after_sft", "rl", "valid", "after"]
"""What a line is about: a step of SFT or RL, or an evaluation (as the model came, after SFT, during RL, at the end)."""

_LIVE = {
    "evaluate/success": ("success", "{:.0%}"),
    "episode/success": ("success", "{:.0%}"),
    "episode/return": ("return", "{:.2f}"),
    "sft/loss": ("loss", "{:.3f}"),
    "policy/approx_kl": ("KL", "{:.1e}"),
    "policy/entropy": ("entropy", "{:.2f}"),
    "policy/clip_fraction": ("clipped", "{:.1%}"),
    "value/explained_variance": ("critic explains", "{:.0%}"),
    "time/step_seconds": ("time", "{:.1f} s"),
}
"""The metrics of the live line, in order: what they are called there, and how they are printed."""


def live_line(metrics: Mapping[str, float]) -> str:
    """The few metrics that matter, as one line."""
    return "  ".join(f"{word} {form.format(metrics[name])}" for name, (word, form) in _LIVE.items() if name in metrics)


# ------------------------------------------------------------------ the file


class MetricsFile:
    """A file of JSON Lines that grows by one line per step, each on disk before the next step begins.

    Args:
        path: The file; made with its folder if it is not there.
        keep_lines: Lines that a resumed run goes on from; whatever a killed run wrote after its checkpoint is dropped.
    """

    def __init__(self, path: str | Path, *, keep_lines: int = 0) -> None:
        self.path = Path(path)
        kept = self.path.read_bytes().splitlines(keepends=True)[:keep_lines] if self.path.is_file() else []
        if kept and not kept[-1].endswith(b"\n"):
            del kept[-1]
        with written_whole(self.path) as partial:
            partial.write_bytes(b"".join(kept))
        self.num_lines = len(kept)
        """Lines so far; a checkpoint stores it."""

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one line; NaN and infinity are written as null."""
        line = json.dumps({key: _finite(value) for key, value in row.items()}, ensure_ascii=False, allow_nan=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.num_lines += 1


def _finite(value: Any) -> Any:
    bad = isinstance(value, float) and (value != value or value in (float("inf"), float("-inf")))
    return None if bad else value


def read_metrics(path: str | Path) -> list[dict[str, Any]]:
    """The rows of a metrics file, in order.

    Raises:
        MissingData: The file is not there, or a line of it is not JSON.
    """
    source = Path(path)
    if not source.is_file():
        raise MissingData(f"{source}: expected the metrics of a run, found none. Make some with `textarena-rl train`.")
    rows = []
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise MissingData(f"{source}, line {number}: expected JSON, got {line[:40]!r}. Delete the line.") from error
    return rows


# ------------------------------------------------------------------ trackers


def start_trackers(
    names: Sequence[str], *, run_name: str, folder: str | Path, settings: Mapping[str, Any]
) -> list[Any]:
    """Accelerate's trackers of these names, running; call it on the main process, after the Accelerator was made.

    Raises:
        MissingDependency: The package of a tracker is not installed.
    """
    available = [str(tracker) for tracker in get_available_trackers()]
    missing = [name for name in names if name not in available]
    if missing:
        raise MissingDependency(
            f"track: expected {', '.join(missing)} to be installed, found nothing. "
            "Install with `pip install 'textarena-rl[track]'`, or leave it out of track."
        )
    trackers = []
    for name in names:
        make = LOGGER_TYPE_TO_CLASS[name]
        where = {"logging_dir": str(folder)} if make.requires_logging_directory else {}
        tracker = make(run_name, **where)
        tracker.start()
        tracker.store_init_configuration(dict(_flat(settings)))
        trackers.append(tracker)
    return trackers


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value if isinstance(value, (bool, int, float, str)) else str(value)


# ------------------------------------------------------------------ all together


class RunLog:
    """Everything that a run reports; one per run, on the main process.

    Args:
        folder: The run's folder; ``metrics.jsonl`` is in it.
        keep_lines: See :class:`MetricsFile`.
        trackers: From :func:`start_trackers`.
        console: Where the live line goes; plain lines where it is no terminal.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        keep_lines: int = 0,
        trackers: Sequence[Any] = (),
        console: Console | None = None,
    ) -> None:
        self.file = MetricsFile(Path(folder) / "metrics.jsonl", keep_lines=keep_lines)
        self.console = console if console is not None else Console()
        self._trackers = list(trackers)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._name = ""
        self._total: int | None = None
        self._episodes = 0
        self._line = ""

    @property
    def num_lines(self) -> int:
        """Lines in ``metrics.jsonl``; a checkpoint stores it, ``keep_lines`` gets it."""
        return self.file.num_lines

    def start(self, name: str, *, total: int | None = None, first: int = 0) -> None:
        """Begin a stage of ``total`` steps of which ``first`` are over already."""
        self._stop_bar()
        self._name, self._total, self._episodes, self._line = name, total, 0, ""
        if not self.console.is_terminal:
            return
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[line]}"),
            console=self.console,
        )
        self._task = self._bar.add_task(name, total=total, completed=first, line="")
        self._bar.start()

    def episode(self) -> None:
        """Count an episode that is over; the live line shows how many there are since the last row."""
        self._episodes += 1
        if self._bar is not None:
            self._bar.update(self._task, line=f"{self._episodes} episodes played  {self._line}")

    def write(self, stage: Stage, step: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of a step: on disk, to the trackers, and their gist on the terminal.

        Raises:
            InvalidConfig: A metric has no sentence in ``trainers.metrics``.
        """
        check_names(metrics)
        self.file.append({"stage": stage, "step": step, **metrics})
        for tracker in self._trackers:
            tracker.log({f"{stage}/{name}": value for name, value in metrics.items()}, step=self.num_lines)
        self._episodes, self._line = 0, live_line(metrics)
        if self._bar is not None:
            self._bar.update(self._task, advance=1, line=self._line)
        elif not self.console.is_terminal:
            counted = f" {step}/{self._total or '?'}" if stage in ("sft", "rl") else ""
            self.console.print(f"{self._name or stage}{counted}  {self._line}", highlight=False, soft_wrap=True)

    def say(self, message: Any) -> None:
        """Print something above the live line."""
        self.console.print(message, highlight=False)

    def close(self) -> None:
        """Stop the live line and the trackers."""
        self._stop_bar()
        for tracker in self._trackers:
            tracker.finish()
        self._trackers = []

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __enter__(self) -> RunLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
