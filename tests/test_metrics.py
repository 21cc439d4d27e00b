from __future__ import annotations

import subprocess
import sys

import pytest

from textarena_rl.errors import InvalidConfig
from trainers.metrics import METRICS, check_names


def test_every_row_is_a_sentence_under_a_name_of_the_same_form() -> None:
    for name, sentence in METRICS.items():
        stage, _, rest = name.partition("/")
        assert stage.isalpha()
        assert rest.replace("_", "").isalnum()
        assert name == name.lower()
        assert sentence.endswith(".")


def test_known_names_pass_and_unknown_ones_get_a_suggestion() -> None:
    check_names(METRICS)
    with pytest.raises(InvalidConfig, match=r"got 'policy/clipfraction'\. Did you mean 'policy/clip_fraction'\?"):
        check_names({"episode/success": 1.0, "policy/clipfraction": 0.1})


def test_metrics_load_without_torch() -> None:
    program = "import sys, trainers, trainers.metrics; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
