"""Ways through networks."""

from wayfind.graph import Graph
from wayfind.order import CycleError, find_cycle, topological_order
from wayfind.search import NoWay, cheapest_path, hops, reachable
from wayfind.spanning import DisjointSets, spanning_tree
from wayfind.timetable import Trip, plan

__all__ = [
    "CycleError",
    "DisjointSets",
    "Graph",
    "NoWay",
    "Trip",
    "cheapest_path",
    "find_cycle",
    "hops",
    "plan",
    "reachable",
    "spanning_tree",
    "topological_order",
]
