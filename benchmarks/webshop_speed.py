"""How fast WebShop is and what it needs: steps, searches, memory, import.

``python benchmarks/webshop_speed.py [--data FOLDER] [--products 100000]``

Steps are environment steps with rewards, episodes of at most 15 turns, by two policies: random choices among the
actions that are listed, and the instruction as query, a random hit among the first ten, random options, then the
purchase. The original makes about 34 a CPU second, measured with the same kind of random play.
"""

from __future__ import annotations

import argparse
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import textarena_rl
from textarena_rl.envs.webshop.generator import generated, made_products
from textarena_rl.envs.webshop.settings import settings_of
from textarena_rl.envs.webshop.shopping import ShoppingEnv

ORIGINAL_STEPS = 34.4


def megabytes() -> float:
    """The greatest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def play_random(env: ShoppingEnv, steps: int, draw: random.Random) -> None:
    over, info = True, {}
    for _ in range(steps):
        if over:
            _, info = env.reset()
            over = False
        available = info["available_actions"]
        if available["has_search_bar"]:
            words = info["objective"].split()
            start = draw.randrange(len(words))
            action = f"search[{' '.join(words[start : start + 3])}]"
        else:
            action = f"click[{draw.choice(available['clickables'])}]"
        _, _, terminated, truncated, info = env.step(action)
        over = terminated or truncated


def play_purposeful(env: ShoppingEnv, steps: int, draw: random.Random) -> None:
    left = steps
    while left > 0:
        _, info = env.reset()
        info = env.step(f"search[{info['objective']}]")[-1]
        shown = [text for text in info["available_actions"]["clickables"] if len(text) == 10]
        info = env.step(f"click[{draw.choice(shown[:10])}]")[-1]
        texts = info["available_actions"]["clickables"]
        values = texts[texts.index("buy now") + 1 :]
        actions = [f"click[{value}]" for value in draw.sample(values, min(2, len(values)))]
        actions = ["click[description]", "click[< prev]", *actions, "click[buy now]"]
        for action in actions:
            env.step(action)
        left -= 2 + len(actions)


def speed(env: ShoppingEnv, play: Callable[[ShoppingEnv, int, random.Random], None], steps: int) -> float:
    env.reset(seed=0)
    play(env, steps // 10, random.Random(1))
    start = time.process_time()
    play(env, steps, random.Random(0))
    return steps / (time.process_time() - start)


def steps_table(envs: dict[str, ShoppingEnv], steps: int) -> None:
    print("| 1,000 products | random | purposeful | times the original |")
    print("|---|---|---|---|")
    for name, env in envs.items():
        random_speed, other_speed = speed(env, play_random, steps), speed(env, play_purposeful, steps)
        ratio = random_speed / ORIGINAL_STEPS
        print(f"| {name} | {random_speed:,.0f} | {other_speed:,.0f} | {ratio:,.0f} |", flush=True)


def start_and_size(env_id: str, **arguments: Any) -> None:
    """Time from a fresh interpreter to the first observation, and what one more environment takes."""
    code = (
        "import time; a = time.process_time(); import textarena_rl;"
        f"env = textarena_rl.make({env_id!r}, **{arguments!r});"
        "env.reset(seed=0); print(time.process_time() - a)"
    )
    seconds = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    import tracemalloc

    textarena_rl.make(env_id, **arguments).reset(seed=0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    envs = [textarena_rl.make(env_id, **arguments) for _ in range(100)]
    for env in envs:
        env.reset(seed=0)
    kilobytes = (tracemalloc.get_traced_memory()[0] - before) / 100 / 1024
    tracemalloc.stop()
    pickled = len(pickle.dumps(envs[0].unwrapped)) / 1024
    print(f"{env_id}: start {seconds:.2f} CPU s, an environment more {kilobytes:.1f} kB, pickled {pickled:.1f} kB")


def searches(num_products: int) -> None:
    """Milliseconds a search, long and short queries, none of them in the cache."""
    settings = settings_of("huge", num_products=num_products)
    start = time.process_time()
    catalogue = generated(settings)
    made = time.process_time() - start
    draw = random.Random(0)
    products = [catalogue.product(draw.randrange(len(catalogue))) for _ in range(300)]
    for what, queries in (
        ("instruction", [product.wishes[0].instruction for product in products]),
        ("kind", sorted({product.query for product in products})),
    ):
        times = []
        for query in queries:
            start = time.process_time()
            catalogue.search(query + " ", 50)
            times.append((time.process_time() - start) * 1e3)
        times.sort()
        print(
            f"search, {num_products:,} products, {what}: median {times[len(times) // 2]:.2f} ms, "
            f"95 % {times[int(len(times) * 0.95)]:.2f} ms"
        )
    print(f"generated, or opened from the cache, in {made:.1f} CPU s; this process needed {megabytes():.0f} MB at most")


def write_official(folder: Path, num_products: int) -> None:
    """Generated products in the form of the official files."""
    import json

    with (folder / "items_shuffle_big.json").open("w") as items, (folder / "items_ins_v2_big.json").open("w") as told:
        items.write("[")
        told.write("{")
        for number, (product, *_) in enumerate(made_products(settings_of("huge", num_products=num_products))):
            options = {name: [{"value": value} for value in values] for name, values in product.options.items()}
            entry = {
                "asin": product.asin, "name": product.title, "full_description": product.description * 3,
                "small_description": list(product.bullets), "pricing": product.price_tag.replace(" to ", " - "),
                "customization_options": options, "images": [""], "category": product.category, "query": product.query,
                "product_category": product.product_category, "ignored": "x" * 2000,
            }  # fmt: skip
            wish = product.wishes[0]
            row = {"attributes": list(product.attributes), "instruction": wish.instruction}
            row["instruction_attributes"] = list(wish.attributes)
            comma = "," if number else ""
            items.write(comma + json.dumps(entry))
            told.write(f"{comma}{json.dumps(product.asin)}: {json.dumps(row)}")
        items.write("]")
        told.write("}")


def imports(num_products: int) -> None:
    """Memory and time of an import, in a process of its own."""
    code = (
        "import resource, sys, time, pathlib; from textarena_rl.envs.webshop.importer import import_data;"
        "a = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; t = time.process_time();"
        "print(import_data(pathlib.Path(sys.argv[1])));"
        "b = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "print(f'{time.process_time() - t:.1f} CPU s, {b / 1024:.0f} MB at most, {a / 1024:.0f} MB before')"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_official(folder, num_products)
        size = (folder / "items_shuffle_big.json").stat().st_size / 1e6
        print(f"import of {num_products:,} products, {size:.0f} MB of JSON:")
        environment = {"TEXTARENA_RL_DATA": str(folder / "data"), "PATH": ""}
        run = subprocess.run(
            [sys.executable, "-c", code, name], capture_output=True, text=True, check=True, env=environment
        )
        print(run.stdout.replace(name, "..."), end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the folder of the official files")
    parser.add_argument("--products", type=int, default=100_000, help="size of the large shop and of the import")
    parser.add_argument("--steps", type=int, default=20_000)
    arguments = parser.parse_args()
    envs: dict[str, Any] = {"WebShop-easy": textarena_rl.make("WebShop-easy", admissible_actions=True).unwrapped}
    if arguments.data:
        official = textarena_rl.make("WebShop-official", data_dir=arguments.data, admissible_actions=True)
        envs["official"] = official.unwrapped
    if arguments.products:  # first, while this process is small: a child's peak counts from its parent's size
        for size in (arguments.products // 5, arguments.products):
            imports(size)
    steps_table(envs, arguments.steps)
    start_and_size("WebShop-easy")
    if arguments.data:
        start_and_size("WebShop-official", data_dir=arguments.data)
    if arguments.products:
        searches(arguments.products)


if __name__ == "__main__":
    main()
