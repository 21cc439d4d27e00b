"""Official samples and golden answers, which lie beside a checkout where somebody put them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["shared_data"]


def shared_data(name: str) -> Path:
    """The folder ``data/<name>`` of the shared samples; skips the test, loudly, where it is absent."""
    root = os.environ.get("TEXTARENA_RL_SHARED") or Path(__file__).parents[2] / "shared"
    folder = Path(root) / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the official samples of {name} are not beside this checkout (shared/data/{name}): NOT compared")
    return folder
