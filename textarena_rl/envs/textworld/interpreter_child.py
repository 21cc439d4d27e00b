"""The other end of :mod:`textarena_rl.envs.textworld.interpreter`: ``python interpreter_child.py STORY``.

Plays a story file with the ``textworld`` package: a command as a line of JSON on the input, what it leads to as a line
of JSON on the output. It is run as a file, so that it imports nothing else of this project.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def _answer(state: Any, known: bool) -> dict[str, Any]:
    """What the parent wants to know."""
    feedback = str(state.feedback or "")
    won = bool(state.won) or "*** The End ***" in feedback
    return {
        "feedback": feedback,
        "description": str(state.description or "").strip(),
        "inventory": str(state.inventory or "").strip(),
        "admissible": list(state.admissible_commands or ()) if known else [],
        "objective": state.objective if known else "",
        # Of a game without its data only the end is known: it is worth one point.
        "max_score": state.max_score if state.max_score is not None else 1,
        "score": int(won if state.score is None else state.score),
        "won": won,
        "lost": not won and (bool(state.lost) or "*** You lost! ***" in feedback),
    }


def main(story: str) -> None:
    """Play until the input ends."""
    del sys.path[0]  # this folder: its modules are not to be taken for others of the same name
    # What the packages print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        import textworld
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), file=answers, flush=True)
        return
    warnings.simplefilter("ignore")
    known = Path(story).with_suffix(".json").is_file()
    wanted = ("description", "inventory", "score", "max_score", "won", "lost", "objective", "admissible_commands")
    infos = textworld.EnvInfos(**{name: True for name in wanted if known or name != "admissible_commands"})
    env = textworld.start(story, infos)
    print(json.dumps(_answer(env.reset(), known)), file=answers, flush=True)
    for line in sys.stdin:
        state, _, _ = env.step(json.loads(line))
        print(json.dumps(_answer(state, known)), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
