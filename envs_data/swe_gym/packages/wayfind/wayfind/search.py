"""Finding ways."""

from collections import deque
from heapq import heappop, heappush


class NoWay(Exception):
    """There is no path between two nodes."""


def hops(graph, start):
    """How many edges away each reachable node is."""
    distance = {start: 0}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for neighbour, _ in graph.neighbours(node):
            if neighbour not in distance:
                distance[neighbour] = distance[node] + 1
                waiting.append(neighbour)
    return distance


def reachable(graph, start, most_hops=None):
    """Nodes that can be reached, ``start`` included, sorted; within ``most_hops`` edges if given."""
    return sorted(node for node, far in hops(graph, start).items() if most_hops is None or far <= most_hops)


def walk_back(previous, end):
    """The path that a table of predecessors describes."""
    path = [end]
    while previous[path[-1]] is not None:
        path.append(previous[path[-1]])
    path.reverse()
    return path


def cheapest_path(graph, start, end, avoid=()):
    """The cost and the nodes of a cheapest path that touches none of ``avoid``."""
    if start in avoid or end in avoid:
        raise NoWay(f"{start} to {end}")
    best = {start: 0}
    previous = {start: None}
    settled = set()
    heap = [(0, start)]
    while heap:
        cost, node = heappop(heap)
        if node in settled:
            continue
        settled.add(node)
        if node == end:
            return cost, walk_back(previous, end)
        for neighbour, weight in graph.neighbours(node):
            if neighbour in avoid:
                continue
            new_cost = cost + weight
            if neighbour not in best or new_cost < best[neighbour]:
                best[neighbour] = new_cost
                previous[neighbour] = node
                heappush(heap, (new_cost, neighbour))
    raise NoWay(f"{start} to {end}")


def eccentricity(graph, node):
    """The cost to the farthest node that can be reached."""
    farthest = 0
    for other in reachable(graph, node):
        cost, _ = cheapest_path(graph, node, other)
        farthest = max(farthest, cost)
    return farthest


def center(graph):
    """The node with the smallest eccentricity, the first in order of equals, among those that reach everything."""
    best = None
    for node in graph.nodes():
        if len(hops(graph, node)) < len(graph):
            continue
        value = eccentricity(graph, node)
        if best is None or value < best[0]:
            best = (value, node)
    return None if best is None else best[1]


def components(graph):
    """Groups of nodes that are connected when directions are ignored, each sorted, largest first."""
    back = graph.reversed()
    seen = set()
    groups = []
    for node in graph.nodes():
        if node in seen:
            continue
        group = {node}
        waiting = [node]
        while waiting:
            current = waiting.pop()
            for side in (graph, back):
                for neighbour, _ in side.neighbours(current):
                    if neighbour not in group:
                        group.add(neighbour)
                        waiting.append(neighbour)
        seen |= group
        groups.append(sorted(group))
    return sorted(groups, key=lambda group: (-len(group), group))
