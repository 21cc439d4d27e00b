"""What a clean interpreter loads."""

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "transformers",
    "accelerate",
    "textworld",
    "jericho",
    "docker",
    "spacy",
    "pydantic",
    "matplotlib",
    "rich",
)


def loaded_by(code):
    """The heavy modules in ``sys.modules`` after running ``code`` in an interpreter of its own."""
    report = f"\nimport sys; print('LOADED', *[name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize(
    "code",
    [
        "import textarena_rl",
        "import textarena_rl.wrappers, textarena_rl.policies, textarena_rl.curricula, textarena_rl.conformance",
        "import textarena_rl.__main__",
    ],
)
def test_the_worlds_load_nothing_heavy(code):
    assert loaded_by(code) == []


def test_a_packed_game_is_played_without_the_original_engine():
    code = """
import textarena_rl
from textarena_rl.policies import ExpertPolicy
env = textarena_rl.make("TextWorld-w2-o3-q4", expert_actions=True, progress=True, admissible_actions=True)
assert textarena_rl.play_episode(env, ExpertPolicy(), seed=0).won
"""
    assert loaded_by(code) == []


def test_the_test_itself_would_notice():
    assert loaded_by("import sys; sys.modules['torch'] = sys") == ["torch"]
