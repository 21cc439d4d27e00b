import unittest

from wayfind import CycleError, Graph, find_cycle, topological_order
from wayfind.order import critical_path, stages


def tasks(*edges):
    graph = Graph()
    for start, end in edges:
        graph.add_edge(start, end)
    return graph


HOUSE = (("dig", "walls"), ("walls", "roof"), ("walls", "doors"), ("roof", "paint"), ("doors", "paint"))


class OrderTest(unittest.TestCase):
    def test_order(self):
        self.assertEqual(topological_order(tasks(*HOUSE)), ["dig", "walls", "doors", "roof", "paint"])

    def test_smallest_first(self):
        self.assertEqual(topological_order(tasks(("c", "d"), ("b", "d"), ("a", "d"))), ["a", "b", "c", "d"])

    def test_cycle(self):
        with self.assertRaises(CycleError) as caught:
            topological_order(tasks(("a", "b"), ("b", "c"), ("c", "b")))
        self.assertEqual(caught.exception.cycle, ["b", "c", "b"])
        self.assertEqual(str(caught.exception), "b -> c -> b")

    def test_find_no_cycle(self):
        self.assertIsNone(find_cycle(tasks(*HOUSE)))

    def test_loop(self):
        self.assertEqual(find_cycle(tasks(("a", "a"))), ["a", "a"])

    def test_diamond_is_no_cycle(self):
        self.assertIsNone(find_cycle(tasks(("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"))))

    def test_stages(self):
        self.assertEqual(stages(tasks(*HOUSE)), [["dig"], ["walls"], ["doors", "roof"], ["paint"]])
        self.assertEqual(stages(Graph()), [])

    def test_critical_path(self):
        durations = {"dig": 2, "walls": 5, "roof": 3, "doors": 1, "paint": 2}
        self.assertEqual(critical_path(tasks(*HOUSE), durations), (12, ["dig", "walls", "roof", "paint"]))

    def test_critical_path_of_nothing(self):
        self.assertEqual(critical_path(Graph(), {}), (0, []))
