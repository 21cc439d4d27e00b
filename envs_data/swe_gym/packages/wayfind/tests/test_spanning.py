import unittest

from wayfind import DisjointSets, Graph, spanning_tree


class SpanningTest(unittest.TestCase):
    def test_union(self):
        groups = DisjointSets("abc")
        self.assertTrue(groups.union("a", "b"))
        self.assertFalse(groups.union("b", "a"))
        self.assertEqual(groups.count(), 2)

    def test_sizes(self):
        groups = DisjointSets("abcd")
        groups.union("a", "b")
        groups.union("c", "b")
        self.assertEqual([groups.group_size(item) for item in "acd"], [3, 3, 1])

    def test_unknown_item(self):
        groups = DisjointSets()
        self.assertEqual(groups.find("x"), "x")
        self.assertEqual(groups.count(), 1)

    def test_long_chains(self):
        groups = DisjointSets(range(50))
        for number in range(49):
            groups.union(number, number + 1)
        self.assertEqual(len({groups.find(number) for number in range(50)}), 1)
        self.assertEqual(groups.group_size(7), 50)

    def test_tree(self):
        graph = Graph()
        for start, end, weight in (("a", "b", 3), ("b", "c", 1), ("a", "c", 2), ("c", "d", 7)):
            graph.add_road(start, end, weight)
        self.assertEqual(spanning_tree(graph), ([("b", "c"), ("a", "c"), ("c", "d")], 10))

    def test_forest(self):
        graph = Graph()
        graph.add_road("a", "b", 1)
        graph.add_node("z")
        graph.add_edge("z", "z", 1)
        self.assertEqual(spanning_tree(graph), ([("a", "b")], 1))
