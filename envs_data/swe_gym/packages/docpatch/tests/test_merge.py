import unittest

from docpatch import Clash, merge
from docpatch.merge import overlay

BASE = {"name": "x", "size": 1, "tags": {"a": 1, "b": 2}}


class MergeTest(unittest.TestCase):
    def test_both_sides(self):
        ours = {**BASE, "size": 2}
        theirs = {**BASE, "tags": {"a": 1, "b": 3}}
        self.assertEqual(merge(BASE, ours, theirs), {"name": "x", "size": 2, "tags": {"a": 1, "b": 3}})

    def test_within_a_table(self):
        ours = {**BASE, "tags": {"a": 9, "b": 2}}
        theirs = {**BASE, "tags": {"a": 1, "b": 3, "c": 4}}
        self.assertEqual(merge(BASE, ours, theirs)["tags"], {"a": 9, "b": 3, "c": 4})

    def test_removed(self):
        self.assertEqual(merge({"a": 1, "b": 2}, {"b": 2}, {"a": 1, "b": 2}), {"b": 2})
        self.assertEqual(merge({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"b": 2}), {"b": 2})
        self.assertEqual(merge({"a": 1}, {}, {}), {})

    def test_added_by_both_alike(self):
        self.assertEqual(merge({}, {"a": 1}, {"a": 1}), {"a": 1})

    def test_clash(self):
        with self.assertRaises(Clash) as caught:
            merge(BASE, {**BASE, "size": 2}, {**BASE, "size": 3})
        self.assertEqual(caught.exception.paths, ["/size"])

    def test_removed_and_changed_clash(self):
        with self.assertRaises(Clash):
            merge({"a": 1}, {}, {"a": 2})

    def test_preference(self):
        sides = (BASE, {**BASE, "size": 2}, {**BASE, "size": 3})
        self.assertEqual(merge(*sides, prefer="ours")["size"], 2)
        self.assertEqual(merge(*sides, prefer="theirs")["size"], 3)

    def test_unknown_preference(self):
        with self.assertRaises(ValueError):
            merge(BASE, BASE, BASE, prefer="mine")

    def test_result_is_a_copy(self):
        ours = {"a": [1]}
        result = merge({}, ours, {})
        result["a"].append(2)
        self.assertEqual(ours, {"a": [1]})

    def test_overlay(self):
        self.assertEqual(
            overlay({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"y": 3}, "b": None, "c": 5}),
            {"a": {"x": 1, "y": 3}, "c": 5},
        )
