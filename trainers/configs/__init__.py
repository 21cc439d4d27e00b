"""Reading configurations: shipped ones by name, files by path, command-line overrides, every error at once."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import gymnasium as gym
import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

import textarena_rl
from textarena_rl.errors import InvalidConfig, UnknownId
from textarena_rl.storage import written_whole
from trainers.config import TrainConfig

__all__ = ["changes", "help_text", "load_config", "parse_config", "save_config", "shipped_configs"]

_FOLDER = Path(__file__).parent


class _Loader(yaml.SafeLoader):
    """Safe YAML in which 1e-5 is a number, as in YAML 1.2, and no key comes twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(problem=f"{twice[0]} is given twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\d[\d_]*)(\.[\d_]*)?[eE][-+]?\d+$|^[-+]?\.\d[\d_]*[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def shipped_configs() -> list[str]:
    """The names of the configurations that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def load_config(name_or_path: str | Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """The configuration in a shipped or own YAML file, with ``key.key=value`` overrides on top.

    Raises:
        InvalidConfig: The file is not there or not YAML, or anything in it is wrong; the message holds every error.
    """
    path = _find(name_or_path)
    data = _parse_yaml(path.read_text(encoding="utf-8"), where=str(path))
    if not isinstance(data, dict):
        raise InvalidConfig(
            f"{path}: expected a mapping of settings, got {type(data).__name__}. See `train --help-config`."
        )
    data.setdefault("name", path.stem)
    for override in overrides:
        _apply(data, override)
    return parse_config(data, where=str(name_or_path))


def parse_config(data: Mapping[str, Any], *, where: str = "configuration") -> TrainConfig:
    """The configuration in plain dictionaries.

    Raises:
        InvalidConfig: One line for every error in it.
    """
    lines = _unknown_world(data)
    try:
        config = TrainConfig.model_validate(data)
    except ValidationError as error:
        lines += [line for problem in error.errors() for line in _sentences(problem)]
    if lines:
        noun = "error" if len(lines) == 1 else "errors"
        raise InvalidConfig("\n".join([f"{where}: {len(lines)} {noun}", *(f"  {line}" for line in lines)]))
    return config


def save_config(config: TrainConfig, path: str | Path) -> None:
    """Write the resolved configuration as YAML that `train` reads again, whole or not at all."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110)
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def changes(before: TrainConfig, now: TrainConfig) -> list[str]:
    """The settings that differ and change what is computed, as "key (there, here)"."""
    free = (
        "dry_run",
        "num_processes",
        "output_dir",
        "resume",
        "track",
        "rl.max_tokens",
        "checkpoint.",
        "rollout.step_",
    )
    old, new = (dict(_leaves(config.model_dump(mode="json"))) for config in (before, now))
    keys = [key for key in {**old, **new} if not key.startswith(free) and old.get(key) != new.get(key)]
    return [f"{key} ({old.get(key)} there, {new.get(key)} here)" for key in keys]


def _leaves(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def help_text() -> str:
    """Every setting with its type, its default and its sentence."""
    from trainers.config import algorithm_names

    lines = ["Settings, as in the YAML file or as key=value on the command line:", ""]
    for path, kind, default, sentence in _settings(TrainConfig):
        lines += [f"  {path}: {kind}{default}", f"      {sentence}"]
    names = ", ".join(algorithm_names())
    return "\n".join(
        [*lines, "", f"  algorithm.*: the fields of the algorithm's dataclass ({names}), see trainers/algorithms."]
    )


# ------------------------------------------------------------------ files and overrides


def _find(name_or_path: str | Path) -> Path:
    if str(name_or_path) in shipped_configs():
        return _FOLDER / f"{name_or_path}.yaml"
    path = Path(name_or_path)
    if path.is_file():
        return path
    close = difflib.get_close_matches(str(name_or_path), shipped_configs(), n=1)
    hint = f"Did you mean {close[0]}?" if close else "Write the path of a YAML file or one of these names."
    raise InvalidConfig(
        f"train: expected a YAML file or one of {', '.join(shipped_configs())}, got {str(name_or_path)!r}. {hint}"
    )


def _parse_yaml(text: str, *, where: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # a SafeLoader
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InvalidConfig(
            f"{where}: expected YAML, got something else ({reason}). Check quotes and indentation."
        ) from None


def _apply(data: dict[str, Any], override: str) -> None:
    """Set one ``key.key=value``; naming another algorithm drops the fields of the one before."""
    key, equals, value = override.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise InvalidConfig(f"train: expected key=value, got {override!r}. For instance rl.learning_rate=1e-5.")
    parsed = _parse_yaml(value, where=key)
    if parts == ["algorithm"] and isinstance(parsed, str):
        parts = ["algorithm", "name"]
    if parts == ["algorithm", "name"]:
        before = data.get("algorithm")
        same = before == parsed or (isinstance(before, dict) and before.get("name", "ppo") == parsed)
        if not same:
            data["algorithm"] = {"name": parsed}
        return
    node = data
    for part in parts[:-1]:
        below = node.get(part)
        if part == "algorithm" and isinstance(below, str):
            below = {"name": below}
        node[part] = deepcopy(below) if isinstance(below, dict) else {}
        node = node[part]
    node[parts[-1]] = parsed


# ------------------------------------------------------------------ errors


def _sentences(problem: Mapping[str, Any], above: tuple[Any, ...] = ()) -> Iterator[str]:
    """The errors of one pydantic problem as "where: expected ..., got ... what to do"."""
    context = problem.get("ctx") or {}
    place = (*above, *problem["loc"])
    where = ".".join(str(part) for part in place) or "configuration"
    kind = problem["type"]
    if kind == "several":
        yield from context["sentences"]
        for inner in context["nested"]:
            yield from _sentences(inner, place)
    elif kind == "extra_forbidden":
        hint = _suggest_key(place, problem.get("known"))
        yield f"{where}: expected a known setting, got {place[-1]!r}. {hint}"
    elif kind == "unknown_algorithm":
        yield _choice(f"{where}.name", context["known"].split(", "), context["got"])
    elif kind == "literal_error":
        yield _choice(where, re.findall(r"'([^']*)'", context["expected"]), problem["input"])
    elif kind == "missing":
        yield f"{where}: expected a value, got nothing. Set {where}."
    else:
        yield f"{where}: expected {_wish(problem)}, got {problem['input']!r}."


def _wish(problem: Mapping[str, Any]) -> str:
    wish = re.sub(r"^\w+ should (be|have|match) ?", "", problem["msg"]).partition(", unable")[0]
    if problem["type"].startswith(("greater", "less")):
        return f"a value {wish}"
    return "a section of settings" if problem["type"] == "model_type" else wish


def _unknown_world(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with the world's id; ids that Gymnasium knows, and MODULE:ID, are none of our business."""
    env = data.get("env")
    env_id = env.get("id") if isinstance(env, Mapping) else None
    if not isinstance(env_id, str) or ":" in env_id or env_id in gym.registry:
        return []
    try:
        textarena_rl.parse(env_id)
    except UnknownId as error:
        return [f"env.id: {error}"]
    return []


def _choice(where: str, known: Sequence[str], got: Any) -> str:
    close = difflib.get_close_matches(str(got), known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{where}: expected one of {', '.join(known)}, got {got!r}.{hint}"


def _suggest_key(place: tuple[Any, ...], siblings: Sequence[str] | None) -> str:
    """The nearest setting: a sibling, or a setting of that name elsewhere."""
    section, key = ".".join(str(p) for p in place[:-1]), str(place[-1])
    paths = [path for path, *_ in _settings(TrainConfig)]
    if siblings is None:
        below = f"{section}." if section else ""
        siblings = [path[len(below) :].split(".")[0] for path in paths if path.startswith(below)]
    close = difflib.get_close_matches(key, list(dict.fromkeys(siblings)), n=1)
    elsewhere = [path for path in paths if path.rpartition(".")[2] == key]
    if close:
        return f"Did you mean {section + '.' if section else ''}{close[0]}?"
    if elsewhere:
        return f"Did you mean {' or '.join(elsewhere)}?"
    return "See `train --help-config` for every setting."


# ------------------------------------------------------------------ the tree, flat


def _settings(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, str, str, str]]:
    """(path, type, default, sentence) of every setting, sections before what they hold."""
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        default = field.get_default(call_default_factory=True)
        shown = _show(default)
        section = _section(field.annotation)
        if section is not None:
            shown = " = null" if default is None else ""
        yield path, _kind(field.annotation), shown, field.description or ""
        if section is not None:
            yield from _settings(section, f"{path}.")


def _section(annotation: Any) -> type[BaseModel] | None:
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    found = [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]
    return found[0] if found else None


def _kind(annotation: Any) -> str:
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(_kind(option) for option in get_args(annotation))
    if annotation is type(None):
        return "null"
    if _section(annotation) is not None:
        return "section"
    if "Literal" in str(get_origin(annotation)):
        return " | ".join(str(option) for option in get_args(annotation))
    if get_origin(annotation) is not None:
        inside = ", ".join(_kind(option) for option in get_args(annotation))
        return f"{get_origin(annotation).__name__}[{inside}]"
    return {"str": "text", "Path": "path"}.get(str(annotation.__name__), str(annotation.__name__))


def _show(default: Any) -> str:
    if default is PydanticUndefined:
        return " (must be set)"
    if default is None:
        return " = null"
    if default == Path():
        return ""
    return f" = {str(default).lower() if isinstance(default, bool) else default}"
