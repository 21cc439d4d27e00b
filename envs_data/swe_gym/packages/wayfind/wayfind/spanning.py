"""Connecting everything."""


class DisjointSets:
    """Groups that only ever merge."""

    def __init__(self, items=()):
        self.parent = {item: item for item in items}
        self.size = dict.fromkeys(self.parent, 1)

    def find(self, item):
        """The representative of an item's group; an unknown item becomes a group of its own."""
        if item not in self.parent:
            self.parent[item] = item
            self.size[item] = 1
        root = item
        while self.parent[root] != root:
            root = self.parent[root]
        while self.parent[item] != root:
            self.parent[item], item = root, self.parent[item]
        return root

    def union(self, first, second):
        """Merge two groups; False if they were one already."""
        first, second = self.find(first), self.find(second)
        if first == second:
            return False
        if self.size[first] < self.size[second]:
            first, second = second, first
        self.parent[second] = first
        self.size[first] += self.size[second]
        return True

    def count(self):
        """How many groups there are."""
        return sum(self.parent[item] == item for item in self.parent)

    def group_size(self, item):
        """How many items are in an item's group."""
        return self.size[self.find(item)]


def spanning_tree(graph):
    """The edges of a cheapest tree (a forest, where the graph is not connected), and their weight."""
    edges = []
    for start, neighbours in graph.edges.items():
        for end, weight in neighbours.items():
            if start != end:
                edges.append((weight, *sorted((start, end))))
    groups = DisjointSets(graph.edges)
    chosen = []
    total = 0
    for weight, start, end in sorted(set(edges)):
        if groups.union(start, end):
            chosen.append((start, end))
            total += weight
    return chosen, total
