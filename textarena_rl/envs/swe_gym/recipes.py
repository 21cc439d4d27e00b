"""How official repositories are tested: the command, which tests, and the format of the log."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textarena_rl.envs.swe_gym.packages import is_test_path
from textarena_rl.envs.swe_gym.parsers import PARSERS
from textarena_rl.envs.swe_gym.patches import patched_paths
from textarena_rl.errors import InvalidConfig

__all__ = ["SWEBENCH", "SWEGYM", "Recipe", "recipe_of"]

SWEGYM: dict[str, tuple[str, str]] = {
    "getmoto/moto": ("pytest -n0 -rA", "pytest"),
    "python/mypy": ("pytest -n0 -rA -k {cases}", "pytest"),
    "conan-io/conan": ("pytest -n0 -rA", "pytest"),
    "dask/dask": ("pytest -n0 -rA --color=no", "pytest"),
    "Project-MONAI/MONAI": ("pytest -rA", "pytest"),
    "iterative/dvc": ("pytest -rA", "pytest"),
    "bokeh/bokeh": ("pytest -rA -n0", "pytest"),
    "modin-project/modin": ("pytest -n0 -rA", "pytest"),
    "pandas-dev/pandas": ("pytest -rA --tb=long", "pytest"),
    "facebookresearch/hydra": ("pytest -rA --tb=long", "pytest"),
    "pydantic/pydantic": ("pytest -rA --tb=short -vv -o console_output_style=classic --no-header", "pytest_v2"),
}
"""Repositories of SWE-Gym: command and format. ``{cases}``: names of mypy's data-driven tests instead of files."""

SWEBENCH: dict[str, tuple[str, str]] = {
    "astropy/astropy": ("pytest -rA -vv -o console_output_style=classic --tb=no", "pytest_v2"),
    "django/django": ("./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1", "django"),
    "matplotlib/matplotlib": ("pytest -rA", "pytest"),
    "mwaskom/seaborn": ("pytest --no-header -rA", "pytest"),
    "pallets/flask": ("pytest -rA", "pytest"),
    "psf/requests": ("pytest -rA", "pytest_options"),
    "pydata/xarray": ("pytest -rA", "pytest"),
    "pylint-dev/pylint": ("pytest -rA", "pytest_options"),
    "pytest-dev/pytest": ("pytest -rA", "pytest"),
    "scikit-learn/scikit-learn": ("pytest -rA", "pytest_v2"),
    "sphinx-doc/sphinx": ("tox --current-env -epy39 -v --", "pytest_v2"),
    "sympy/sympy": ("PYTHONWARNINGS='ignore::UserWarning,ignore::SyntaxWarning' bin/test -C --verbose", "sympy"),
}
"""Repositories of SWE-bench."""

_NO_TESTS = (".json", ".png", ".csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml", ".svg", ".html")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one row is tested."""

    command: str
    """With the tests."""
    parser: str


def recipe_of(row: Mapping[str, Any], where: str) -> Recipe:
    """The recipe of a row: its own ``test_cmd`` and ``log_parser``, else that of its repository, else pytest.

    Raises:
        InvalidConfig: It names a log parser that is unknown.
    """
    install = row.get("install_config") if isinstance(row.get("install_config"), Mapping) else {}
    assert isinstance(install, Mapping)
    command, parser = {**SWEBENCH, **SWEGYM}.get(row["repo"], ("pytest -rA", "pytest"))
    own = row.get("test_cmd") or install.get("test_cmd")
    command = own[-1] if isinstance(own, list) else own or command
    named = str(row.get("log_parser") or install.get("log_parser") or parser).removeprefix("parse_log_")
    if named not in PARSERS and row.get("log_parser") is None:
        named = "pytest"
    if named not in PARSERS:
        raise InvalidConfig(
            f"{where}: expected a log parser out of {', '.join(PARSERS)}, got {named!r}. Add it to "
            "textarena_rl.envs.swe_gym.parsers.PARSERS."
        )
    return Recipe(_with_tests(str(command), row), named)


def _with_tests(command: str, row: Mapping[str, Any]) -> str:
    """The command for the tests that the row's test patch touches."""
    if "{cases}" in command:
        cases = re.findall(r"^[+ ]\[case ([^\]]+)\]", row["test_patch"], re.MULTILINE)
        cases += re.findall(r"^@@.*@@ \[case ([^\]]+)\]", row["test_patch"], re.MULTILINE)
        chosen = " or ".join(dict.fromkeys(cases))
        if chosen:
            return command.replace("{cases}", shlex.quote(chosen))
        command = command.replace(" -k {cases}", "")
    files = [path for path in patched_paths(row["test_patch"]) if not path.endswith(_NO_TESTS)]
    if row["repo"] == "django/django":
        inside = [path.removeprefix("tests/").removesuffix(".py").replace("/", ".") for path in files]
        return " ".join([command, *map(shlex.quote, inside)])
    return " ".join([command, *(shlex.quote(path) for path in files if is_test_path(path) or "test" in path)])
