"""Plays gym-sokoban's own levels at random and writes down what it pays: the golden answers of the rewards.

Run it with an interpreter that has ``gym-sokoban==0.0.6``, ``gym==0.26.2`` and NumPy below 2::

    python tests/envs/sokoban/original.py > tests/golden/sokoban/gym-sokoban.jsonl
"""

from __future__ import annotations

import json
import random
import warnings

SYMBOLS = {0: "#", 1: " ", 2: ".", 3: "*", 4: "$", 5: "@"}
MOVES = "udlr"  # the original's actions 1 to 4, "push": they walk where there is nothing to push


def board(env) -> list[str]:
    rows = []
    for fixed, state in zip(env.room_fixed.astype(int), env.room_state.astype(int), strict=True):
        rows.append("".join("+" if (f, s) == (2, 5) else SYMBOLS[s] for f, s in zip(fixed, state, strict=True)))
    return rows


def play(env, rng: random.Random, num_moves: int) -> dict:
    start, moves, rewards, ended = board(env), "", [], False
    while len(moves) < num_moves and not ended:
        action = rng.randrange(4)
        _, reward, ended, _ = env.step(action + 1, observation_mode="tiny_rgb_array")
        moves += MOVES[action]
        rewards.append(round(float(reward), 6))
    return {"level": start, "moves": moves, "rewards": rewards, "board": board(env), "solved": ended}


def main() -> None:
    warnings.filterwarnings("ignore")
    import numpy as np
    from gym_sokoban.envs.sokoban_env import SokobanEnv

    for size, boxes, number in ((6, 1, 12), (7, 2, 6), (8, 2, 4)):
        for seed in range(number):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            env = SokobanEnv(dim_room=(size, size), num_boxes=boxes, max_steps=10**9)
            print(json.dumps(play(env, random.Random(seed), 150)))


if __name__ == "__main__":
    main()
