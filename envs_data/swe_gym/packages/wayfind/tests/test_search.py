import unittest

from wayfind import Graph, NoWay, cheapest_path, hops, reachable
from wayfind.search import center, components, eccentricity


def town():
    graph = Graph()
    for start, end, weight in (("a", "b", 1), ("b", "c", 1), ("a", "c", 5), ("c", "d", 1), ("e", "f", 2)):
        graph.add_road(start, end, weight)
    return graph


class SearchTest(unittest.TestCase):
    def test_hops(self):
        self.assertEqual(hops(town(), "a"), {"a": 0, "b": 1, "c": 1, "d": 2})

    def test_reachable(self):
        self.assertEqual(reachable(town(), "a"), ["a", "b", "c", "d"])
        self.assertEqual(reachable(town(), "a", 1), ["a", "b", "c"])

    def test_cheapest(self):
        self.assertEqual(cheapest_path(town(), "a", "c"), (2, ["a", "b", "c"]))

    def test_cheapest_to_itself(self):
        self.assertEqual(cheapest_path(town(), "a", "a"), (0, ["a"]))

    def test_avoid(self):
        self.assertEqual(cheapest_path(town(), "a", "d", avoid={"b"}), (6, ["a", "c", "d"]))
        with self.assertRaises(NoWay):
            cheapest_path(town(), "a", "d", avoid={"d"})

    def test_no_way(self):
        with self.assertRaises(NoWay) as caught:
            cheapest_path(town(), "a", "f")
        self.assertEqual(str(caught.exception), "a to f")

    def test_later_improvement(self):
        graph = Graph()
        for start, end, weight in (("s", "x", 10), ("s", "y", 1), ("y", "x", 1), ("x", "t", 1)):
            graph.add_edge(start, end, weight)
        self.assertEqual(cheapest_path(graph, "s", "t"), (3, ["s", "y", "x", "t"]))

    def test_eccentricity(self):
        self.assertEqual(eccentricity(town(), "a"), 3)
        self.assertEqual(eccentricity(town(), "c"), 2)

    def test_center(self):
        graph = town()
        self.assertIsNone(center(graph))
        graph.remove_node("e")
        graph.remove_node("f")
        self.assertEqual(center(graph), "b")

    def test_components(self):
        graph = town()
        graph.add_node("z")
        self.assertEqual(components(graph), [["a", "b", "c", "d"], ["e", "f"], ["z"]])

    def test_components_ignore_directions(self):
        graph = Graph()
        graph.add_edge("b", "a")
        graph.add_edge("b", "c")
        self.assertEqual(components(graph), [["a", "b", "c"]])
