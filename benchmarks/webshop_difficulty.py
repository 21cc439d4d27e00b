"""How hard the shops are for simple policies: the table in the README.

``python benchmarks/webshop_difficulty.py [--data FOLDER] [--ids WebShop-easy WebShop-hard ...] [--goals 500]``

Each cell is the mean score and the share of perfect purchases over the same goals:

- random: a product drawn at random, as it comes;
- first: the instruction as query, the first hit as it comes;
- first + options: the same, after clicking the option values that occur in the instruction;
- best of ten: of the first ten hits with those options, the one that earns most (hindsight);
- oracle: the wanted product with the wanted options.

``--data`` adds the official products, which must be in that folder: goals 0 to 499 of the synthetic ones.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Sequence

import textarena_rl
from textarena_rl.envs.webshop.expert import options_for
from textarena_rl.envs.webshop.shop import Shop
from textarena_rl.envs.webshop.shopping import ShoppingEnv

POLICIES = ("random", "first", "first + options", "best of ten", "oracle")
PRICE = re.compile(r", and price lower than [\d.]+ dollars$")


def named_options(shop: Shop, number: int) -> dict[str, str]:
    """The option values of a product that occur in the instruction; of several, the longest."""
    instruction = shop.goal.instruction.lower()
    chosen = {}
    for name, values in shop.catalogue.product(number).options.items():
        named = [value for value in values if value and value in instruction]
        if named:
            chosen[name] = max(named, key=len)
    return chosen


def scores(env: ShoppingEnv, task: str, draw: random.Random) -> tuple[list[float], int | None]:
    """What each policy earns at a task, and the rank of the wanted product."""
    env.reset(options={"task": task})
    shop, target = env.engine, env._target
    assert shop is not None
    hits = shop.catalogue.search(PRICE.sub("", shop.goal.instruction).lower(), shop.rules.most_results)

    def earned(number: int, options: dict[str, str]) -> float:
        return shop.judge(number, options).reward

    first = hits[:1]
    row = [
        earned(draw.randrange(len(shop.catalogue)), {}),
        *(earned(number, {}) for number in first),
        *(earned(number, named_options(shop, number)) for number in first),
        max((earned(number, named_options(shop, number)) for number in hits[:10]), default=0.0),
        earned(target, options_for(shop.catalogue.product(target), shop.goal)),
    ]
    if not first:
        row[1:1] = [0.0, 0.0]
    return row, hits.index(target) if target in hits else None


def line(name: str, env: ShoppingEnv, tasks: Sequence[str]) -> str:
    """One row of the table."""
    draw = random.Random(0)
    rows, ranks = zip(*(scores(env, task, draw) for task in tasks), strict=True)
    cells = []
    for column in zip(*rows, strict=True):
        mean, perfect = sum(column) / len(column), sum(score >= 1 for score in column) / len(column)
        cells.append(f"{mean:.2f} / {perfect:.2f}")
    found = [sum(rank is not None and rank < most for rank in ranks) / len(ranks) for most in (1, 10, 50)]
    return f"| {name} | {' | '.join(cells)} | {' '.join(f'{share:.2f}' for share in found)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the folder of the official files")
    parser.add_argument(
        "--ids", nargs="*", default=["WebShop-tiny", "WebShop-easy", "WebShop", "WebShop-hard"], help="generated shops"
    )
    parser.add_argument("--goals", type=int, default=500, help="goals of each shop")
    arguments = parser.parse_args()
    print(f"| shop | {' | '.join(POLICIES)} | rank 1, 10, 50 |")
    print("|---|" + "---|" * (len(POLICIES) + 1))
    if arguments.data:
        env = textarena_rl.make("WebShop-official", data_dir=arguments.data, split="test").unwrapped
        assert isinstance(env, ShoppingEnv)
        print(line("official 1,000", env, list(env.tasks())[: arguments.goals]), flush=True)
    for env_id in arguments.ids:
        env = textarena_rl.make(env_id).unwrapped
        assert isinstance(env, ShoppingEnv)
        tasks = list(env.tasks())
        print(line(env_id, env, random.Random(0).sample(tasks, min(arguments.goals, len(tasks)))), flush=True)


if __name__ == "__main__":
    main()
