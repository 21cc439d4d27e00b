"""Rows of SWE-Gym, SWE-bench and their kin: read from a file or the Hub, checked, and made into tasks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from textarena_rl.envs.swe_gym.images import image_of
from textarena_rl.envs.swe_gym.patches import PatchSize, measure
from textarena_rl.envs.swe_gym.recipes import recipe_of
from textarena_rl.errors import InvalidConfig, MissingData, MissingDependency
from textarena_rl.storage import data_folder, written_whole

__all__ = ["OfficialTask", "imported_rows", "import_rows", "read_rows", "task_of"]

_NEEDED = ("instance_id", "repo", "base_commit", "patch", "test_patch", "problem_statement")
_LISTS = ("FAIL_TO_PASS", "PASS_TO_PASS")


@dataclass(frozen=True)
class OfficialTask:
    """One row, ready to be played."""

    task_id: str
    repo: str
    issue: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    base_commit: str
    patch: str = field(repr=False)
    test_patch: str = field(repr=False)
    image: str
    test_command: str
    """With the files or names of the tests."""
    parser: str
    eval_script: str = field(default="", repr=False)
    """Runs in the place of ``test_command``, where a row has one."""
    fail_only: bool = False
    difficulty: str = ""
    version: str = ""

    def __deepcopy__(self, memo: dict[int, Any]) -> OfficialTask:
        return self

    @cached_property
    def size(self) -> PatchSize:
        """How large the gold patch is."""
        return measure(self.patch)

    @property
    def num_tests(self) -> int:
        """Fail-to-pass and pass-to-pass tests."""
        return len(self.fail_to_pass) + len(self.pass_to_pass)


def read_rows(dataset: str, hub_split: str = "train") -> list[dict[str, Any]]:
    """The rows of a ``.jsonl``, ``.json`` or ``.parquet`` file, or of a data set on the Hub (``owner/name``).

    Raises:
        MissingData: There is no such file or data set, or a line of it is not a row.
        MissingDependency: The package that reads it is not installed.
    """
    path = Path(dataset).expanduser()
    if path.is_file():
        return list(_from_file(path))
    looks_like_hub = dataset.count("/") == 1 and not dataset.startswith((".", "/", "~")) and not path.suffix
    if looks_like_hub:
        return _from_hub(dataset, hub_split)
    raise MissingData(
        f"SWEGym-official: expected a file of rows at {dataset}, found none. Give a .jsonl or .parquet file, or a "
        "name on the Hub such as SWE-Gym/SWE-Gym-Lite."
    )


def _from_file(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        try:
            from pyarrow import parquet
        except ImportError as error:
            raise MissingDependency(
                f"{path}: expected the package pyarrow to read it, which is not installed. pip install pyarrow, or "
                "give a .jsonl file."
            ) from error
        yield from parquet.read_table(path).to_pylist()
        return
    text = path.read_text("utf-8")
    if text.lstrip().startswith("["):
        yield from json.loads(text)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise MissingData(
                    f"{path}, line {number}: expected one row as JSON, got something else ({error})."
                ) from error
            if not isinstance(row, dict):
                raise MissingData(f"{path}, line {number}: expected one row as JSON object, got {type(row).__name__}.")
            yield row


def _from_hub(name: str, split: str) -> list[dict[str, Any]]:
    try:
        import datasets
    except ImportError as error:
        raise MissingDependency(
            f"SWEGym-official: expected the package datasets to fetch {name}, which is not installed. "
            "pip install datasets, or give a .jsonl or .parquet file."
        ) from error
    try:
        return [dict(row) for row in datasets.load_dataset(name, split=split)]
    except (OSError, ValueError, RuntimeError) as error:
        raise MissingData(
            f"SWEGym-official: expected the data set {name} with the split {split}, got {type(error).__name__} "
            f"({str(error)[:200]}). Check the name, the split (hub_split) and the network."
        ) from error


def _names(row: Mapping[str, Any], field_name: str, where: str) -> tuple[str, ...]:
    """A list of tests, given as a list or as its JSON."""
    value = row.get(field_name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise InvalidConfig(f"{where}: expected {field_name} as a list or its JSON, got {value[:60]!r}.") from error
    if not isinstance(value, Iterable) or not all(isinstance(name, str) for name in value):
        raise InvalidConfig(f"{where}: expected {field_name} as a list of names, got {type(value).__name__}.")
    return tuple(value)


def task_of(row: Mapping[str, Any], where: str, *, images: str = "auto", registry: str = "docker.io") -> OfficialTask:
    """The task of a row; unknown fields are ignored.

    Args:
        row: As the data set has it.
        where: What to call it in errors.
        images: How images are named; see :func:`~textarena_rl.envs.swe_gym.images.image_of`.
        registry: Where images come from.

    Raises:
        InvalidConfig: A field is missing or of the wrong kind; the message names it.
    """
    where = f"{where} ({row['instance_id']})" if isinstance(row.get("instance_id"), str) else where
    missing = [name for name in (*_NEEDED, *_LISTS) if row.get(name) is None]
    if missing:
        raise InvalidConfig(
            f"{where}: expected the field {missing[0]}, got none. Rows of SWE-Gym and SWE-bench have "
            f"{', '.join((*_NEEDED, *_LISTS))}."
        )
    wrong = [name for name in _NEEDED if not isinstance(row[name], str)]
    if wrong:
        raise InvalidConfig(f"{where}: expected {wrong[0]} as text, got {type(row[wrong[0]]).__name__}.")
    if row["repo"].startswith("swesmith/"):
        raise InvalidConfig(f"{where}: expected a row whose patch mends, got one of SWE-smith, whose patch breaks.")
    recipe = recipe_of(row, where)
    return OfficialTask(
        task_id=row["instance_id"],
        repo=row["repo"],
        issue=row["problem_statement"].strip() or "(The row has no problem statement.)",
        fail_to_pass=_names(row, "FAIL_TO_PASS", where),
        pass_to_pass=_names(row, "PASS_TO_PASS", where),
        base_commit=row["base_commit"],
        patch=row["patch"],
        test_patch=row["test_patch"],
        image=image_of(row, images, registry),
        test_command=recipe.command,
        parser=recipe.parser,
        eval_script=row.get("eval_script") or "",
        fail_only=row.get("eval_type") == "fail_only",
        difficulty=str(row.get("difficulty") or ""),
        version=str(row.get("version") or ""),
    )


def imported_rows() -> Path:
    """Where ``textarena-rl import-data`` puts rows."""
    return data_folder() / "swe_gym" / "rows.jsonl"


def import_rows(path: Path) -> str:
    """Check every row of a file, and keep them for ``SWEGym-official`` without ``dataset=``.

    Raises:
        MissingData: There is no such file.
        InvalidConfig: A row lacks a field.
    """
    rows = read_rows(str(path))
    tasks = [task_of(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]
    if not tasks:
        raise MissingData(f"{path}: expected rows, found none. Give a .jsonl or .parquet file of SWE-Gym or SWE-bench.")
    with written_whole(imported_rows()) as partial:
        partial.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), encoding="utf-8")
    repos = len({task.repo for task in tasks})
    return f'{len(tasks)} tasks of {repos} repositories: gym.make("SWEGym-official") plays them.'
