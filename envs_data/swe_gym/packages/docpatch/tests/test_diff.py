import unittest

from docpatch import apply, diff
from docpatch.diff import common_ends, summary


class DiffTest(unittest.TestCase):
    def check(self, old, new, count):
        operations = diff(old, new)
        self.assertEqual(apply(old, operations), new)
        self.assertEqual(len(operations), count)

    def test_nothing(self):
        self.check({"a": [1]}, {"a": [1]}, 0)

    def test_members(self):
        self.check({"a": 1, "b": 2}, {"b": 3, "c": 4}, 3)

    def test_nested(self):
        self.assertEqual(diff({"a": {"b": 1}}, {"a": {"b": 2}}), [{"op": "replace", "path": "/a/b", "value": 2}])

    def test_inserted_item(self):
        self.check([1, 2, 3], [1, 9, 2, 3], 1)

    def test_removed_items(self):
        self.check([1, 2, 3, 4], [1, 4], 2)

    def test_changed_item(self):
        self.check([1, {"a": 1}, 3], [1, {"a": 2}, 3], 1)

    def test_appended_items(self):
        self.check([1], [1, 2, 3], 2)

    def test_repeated_items(self):
        self.check([1, 1], [1, 1, 1], 1)

    def test_everything_else(self):
        self.check({"a": 1}, [1], 1)
        self.check([1, 2], [], 2)
        self.check([True], [1], 1)

    def test_common_ends(self):
        self.assertEqual(common_ends([1, 2, 3], [1, 9, 3]), (1, 1))
        self.assertEqual(common_ends([1, 1], [1, 1, 1]), (2, 0))

    def test_summary(self):
        self.assertEqual(summary(diff({"a": 1, "b": 2}, {"c": 1})), "1 add, 2 remove")
        self.assertEqual(summary([]), "no change")
