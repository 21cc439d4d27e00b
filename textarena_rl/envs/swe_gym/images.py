"""How the images of official rows are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textarena_rl.envs.swe_gym.recipes import SWEBENCH
from textarena_rl.errors import InvalidConfig

__all__ = ["image_of"]

_TEMPLATES = {
    "swegym": ("xingyaoww/sweb.eval.x86_64.{id}:latest", "_s_"),
    "swebench": ("swebench/sweb.eval.x86_64.{id}:latest", "_1776_"),
}
_FIELDS = ("image", "image_name", "docker_image")


def image_of(row: Mapping[str, Any], images: str = "auto", registry: str = "docker.io") -> str:
    """The image of a row: the one that it names, or the one that its publisher gave its id.

    Args:
        row: As the data set has it.
        images: ``auto``, ``swegym``, ``swebench``, or a template with ``{id}`` (the id in small letters as it is).
        registry: Where it comes from; put before names that name no registry.

    Raises:
        InvalidConfig: ``images`` is none of these.
    """
    if images == "auto":
        named = next((str(row[name]) for name in _FIELDS if row.get(name)), None)
        if named is not None:
            return _qualified(named, registry)
        images = "swebench" if row["repo"] in SWEBENCH or row.get("environment_setup_commit") else "swegym"
    instance = str(row["instance_id"]).lower()
    if images in _TEMPLATES:
        template, underscores = _TEMPLATES[images]
        return _qualified(template.format(id=instance.replace("__", underscores)), registry)
    if "{id}" not in images:
        raise InvalidConfig(
            f"SWEGym-official: expected images to be auto, swegym, swebench or a template with {{id}}, got {images!r}."
        )
    return _qualified(images.replace("{id}", instance), registry)


def _qualified(image: str, registry: str) -> str:
    """The image with its registry, and with a tag."""
    first = image.split("/")[0]
    if "/" not in image or not ("." in first or ":" in first or first == "localhost"):
        image = f"{registry}/{image}"
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"
