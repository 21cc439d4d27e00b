"""Orders and cycles."""

from heapq import heapify, heappop, heappush


class CycleError(Exception):
    """There is no order; ``cycle`` says why."""

    def __init__(self, cycle):
        super().__init__(" -> ".join(str(node) for node in cycle))
        self.cycle = cycle


def find_cycle(graph):
    """A list of nodes that begins and ends with the same one, or None."""
    state = {}

    def visit(node, path):
        state[node] = "open"
        path.append(node)
        for neighbour, _ in graph.neighbours(node):
            if state.get(neighbour) == "open":
                return [*path[path.index(neighbour) :], neighbour]
            if neighbour not in state:
                found = visit(neighbour, path)
                if found:
                    return found
        path.pop()
        state[node] = "closed"
        return None

    for node in graph.nodes():
        if node not in state:
            found = visit(node, [])
            if found:
                return found
    return None


def topological_order(graph):
    """Nodes so that every edge leads forward; of several possible nodes the smallest comes first."""
    waiting_for = {node: graph.degree_in(node) for node in graph.nodes()}
    ready = [node for node, count in waiting_for.items() if count == 0]
    heapify(ready)
    order = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for neighbour, _ in graph.neighbours(node):
            waiting_for[neighbour] -= 1
            if waiting_for[neighbour] == 0:
                heappush(ready, neighbour)
    if len(order) < len(graph):
        raise CycleError(find_cycle(graph))
    return order


def stages(graph):
    """Nodes in groups: each group needs only groups before it."""
    level = {}
    for node in topological_order(graph):
        level.setdefault(node, 0)
        for neighbour, _ in graph.neighbours(node):
            level[neighbour] = max(level.get(neighbour, 0), level[node] + 1)
    groups = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in sorted(level):
        groups[level[node]].append(node)
    return groups


def critical_path(graph, durations):
    """The longest chain of durations and its length."""
    finish = {}
    previous = {}
    for node in topological_order(graph):
        finish.setdefault(node, durations[node])
        for neighbour, _ in graph.neighbours(node):
            candidate = finish[node] + durations[neighbour]
            if candidate > finish.get(neighbour, 0):
                finish[neighbour] = candidate
                previous[neighbour] = node
    if not finish:
        return 0, []
    last = max(sorted(finish), key=lambda node: finish[node])
    path = [last]
    while path[-1] in previous:
        path.append(previous[path[-1]])
    return finish[last], path[::-1]
