"""Nodes and edges."""


class Graph:
    """A directed graph with weights; ``add_road`` makes both directions."""

    def __init__(self):
        self.edges = {}

    def add_node(self, node):
        """Add a node without edges, if it is new."""
        self.edges.setdefault(node, {})

    def add_edge(self, start, end, weight=1):
        """Add an edge; of two between the same nodes the lighter one stays."""
        if weight < 0:
            raise ValueError(f"negative weight from {start} to {end}")
        self.add_node(start)
        self.add_node(end)
        known = self.edges[start].get(end)
        if known is None or weight < known:
            self.edges[start][end] = weight

    def add_road(self, start, end, weight=1):
        """Add an edge in both directions."""
        self.add_edge(start, end, weight)
        self.add_edge(end, start, weight)

    def remove_node(self, node):
        """Remove a node and every edge at it."""
        del self.edges[node]
        for neighbours in self.edges.values():
            neighbours.pop(node, None)

    def __contains__(self, node):
        return node in self.edges

    def __len__(self):
        return len(self.edges)

    def nodes(self):
        """All nodes, sorted."""
        return sorted(self.edges)

    def neighbours(self, node):
        """Where one can go from a node, sorted, with weights."""
        if node not in self.edges:
            raise KeyError(f"no node {node!r}")
        return sorted(self.edges[node].items())

    def weight(self, start, end):
        """The weight of an edge, or None."""
        return self.edges.get(start, {}).get(end)

    def degree_in(self, node):
        """How many edges lead to a node."""
        return sum(node in neighbours for neighbours in self.edges.values())

    def reversed(self):
        """The graph with every edge turned round."""
        result = Graph()
        for node in self.edges:
            result.add_node(node)
        for start, neighbours in self.edges.items():
            for end, weight in neighbours.items():
                result.add_edge(end, start, weight)
        return result

    def path_weight(self, path):
        """The sum of the weights along a path; None where it leaves the graph."""
        total = 0
        for start, end in zip(path, path[1:], strict=False):
            weight = self.weight(start, end)
            if weight is None:
                return None
            total += weight
        return total
