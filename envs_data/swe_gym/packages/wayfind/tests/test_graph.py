import unittest

from wayfind import Graph


class GraphTest(unittest.TestCase):
    def setUp(self):
        self.graph = Graph()
        self.graph.add_edge("a", "b", 4)
        self.graph.add_road("b", "c", 2)

    def test_nodes(self):
        self.assertEqual(self.graph.nodes(), ["a", "b", "c"])
        self.assertEqual(len(self.graph), 3)
        self.assertIn("c", self.graph)

    def test_neighbours(self):
        self.assertEqual(self.graph.neighbours("b"), [("c", 2)])
        with self.assertRaises(KeyError):
            self.graph.neighbours("z")

    def test_lighter_edge_stays(self):
        self.graph.add_edge("a", "b", 6)
        self.assertEqual(self.graph.weight("a", "b"), 4)
        self.graph.add_edge("a", "b", 1)
        self.assertEqual(self.graph.weight("a", "b"), 1)

    def test_negative(self):
        with self.assertRaises(ValueError):
            self.graph.add_edge("a", "c", -1)
        self.graph.add_edge("a", "c", 0)
        self.assertEqual(self.graph.weight("a", "c"), 0)

    def test_one_way(self):
        self.assertIsNone(self.graph.weight("b", "a"))
        self.assertEqual(self.graph.weight("c", "b"), 2)

    def test_known_node_keeps_its_edges(self):
        self.graph.add_node("a")
        self.assertEqual(self.graph.weight("a", "b"), 4)

    def test_remove(self):
        self.graph.remove_node("b")
        self.assertEqual(self.graph.edges, {"a": {}, "c": {}})

    def test_degree(self):
        self.assertEqual([self.graph.degree_in(node) for node in "abc"], [0, 2, 1])

    def test_reversed(self):
        back = self.graph.reversed()
        self.assertEqual(back.weight("b", "a"), 4)
        self.assertIsNone(back.weight("a", "b"))
        self.assertEqual(len(back), 3)

    def test_path_weight(self):
        self.assertEqual(self.graph.path_weight(["a", "b", "c"]), 6)
        self.assertIsNone(self.graph.path_weight(["a", "c"]))
        self.assertEqual(self.graph.path_weight(["a"]), 0)
