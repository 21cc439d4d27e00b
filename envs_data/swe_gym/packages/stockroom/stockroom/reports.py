"""What people want to read."""

from stockroom.money import format_money


def reorder_list(ledger):
    """Articles below their minimum and how many are missing, the most urgent first."""
    wanted = [(shelf.missing(), name) for name, shelf in ledger.shelves.items() if shelf.missing() > 0]
    wanted.sort(key=lambda item: (-item[0], item[1]))
    return [(name, missing) for missing, name in wanted]


def stock_table(ledger):
    """One line an article, sorted by name, and the sum."""
    lines = []
    width = max((len(name) for name in ledger.shelves), default=0)
    for name in sorted(ledger.shelves):
        shelf = ledger.shelves[name]
        mark = "!" if shelf.missing() else " "
        lines.append(f"{mark} {name:<{width}} {shelf.quantity:>5} {format_money(shelf.value):>12}")
    lines.append(f"  total {format_money(ledger.value())}")
    return "\n".join(lines)


def best_sellers(ledger, count=3):
    """The articles with the highest income, best first."""
    income = {}
    for movement in ledger.movements:
        if movement.kind == "out":
            income[movement.article] = income.get(movement.article, 0) + movement.amount
    ranked = sorted(income.items(), key=lambda item: (-item[1], item[0]))
    return ranked[:count]


def idle_articles(ledger, days):
    """Articles in stock that were not sold within the last ``days`` days."""
    since = ledger.day - days
    sold = {movement.article for movement in ledger.movements if movement.kind == "out" and movement.day > since}
    return sorted(name for name, shelf in ledger.shelves.items() if shelf.quantity > 0 and name not in sold)
