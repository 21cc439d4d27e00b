import unittest

from docpatch import PatchError, apply
from docpatch.patch import same


def op(kind, path, **more):
    return {"op": kind, "path": path, **{key.rstrip("_"): value for key, value in more.items()}}


class PatchTest(unittest.TestCase):
    def test_add_member(self):
        self.assertEqual(apply({"a": 1}, [op("add", "/b", value=2)]), {"a": 1, "b": 2})

    def test_add_overwrites_member(self):
        self.assertEqual(apply({"a": 1}, [op("add", "/a", value=2)]), {"a": 2})

    def test_add_item(self):
        self.assertEqual(apply([1, 3], [op("add", "/1", value=2)]), [1, 2, 3])
        self.assertEqual(apply([1], [op("add", "/-", value=2)]), [1, 2])

    def test_add_whole(self):
        self.assertEqual(apply([1], [op("add", "", value=5)]), 5)

    def test_remove(self):
        self.assertEqual(apply({"a": [1, 2]}, [op("remove", "/a/0")]), {"a": [2]})
        self.assertEqual(apply({"a": 1, "b": 2}, [op("remove", "/a")]), {"b": 2})

    def test_remove_missing(self):
        with self.assertRaises(PatchError):
            apply({}, [op("remove", "/a")])

    def test_replace(self):
        self.assertEqual(apply({"a": [1, 2]}, [op("replace", "/a/1", value=9)]), {"a": [1, 9]})

    def test_replace_missing(self):
        with self.assertRaises(PatchError):
            apply({"a": 1}, [op("replace", "/b", value=9)])

    def test_move(self):
        self.assertEqual(apply({"a": [1, 2, 3]}, [op("move", "/a/0", from_="/a/2")]), {"a": [3, 1, 2]})
        self.assertEqual(apply({"a": 1}, [op("move", "/b", from_="/a")]), {"b": 1})

    def test_move_onto_itself(self):
        self.assertEqual(apply({"a": 1}, [op("move", "/a", from_="/a")]), {"a": 1})

    def test_move_into_itself(self):
        with self.assertRaises(PatchError):
            apply({"a": {"b": 1}}, [op("move", "/a/b", from_="/a")])

    def test_copy_is_independent(self):
        document = apply({"a": [1]}, [op("copy", "/b", from_="/a"), op("add", "/b/-", value=2)])
        self.assertEqual(document, {"a": [1], "b": [1, 2]})

    def test_test(self):
        self.assertEqual(apply({"a": 1}, [op("test", "/a", value=1)]), {"a": 1})
        with self.assertRaises(PatchError):
            apply({"a": 1}, [op("test", "/a", value=True)])

    def test_all_or_nothing(self):
        document = {"a": [1]}
        with self.assertRaises(PatchError) as caught:
            apply(document, [op("add", "/a/-", value=2), op("remove", "/b")])
        self.assertEqual(caught.exception.index, 1)
        self.assertEqual(document, {"a": [1]})

    def test_malformed_operations(self):
        with self.assertRaises(PatchError) as caught:
            apply({}, [{"op": "add", "path": "/a"}])
        self.assertEqual(str(caught.exception), "operation 0: lacks 'value'")
        with self.assertRaises(PatchError):
            apply({}, [op("turn", "/a")])

    def test_value_is_copied(self):
        value = [1]
        document = apply({}, [op("add", "/a", value=value)])
        value.append(2)
        self.assertEqual(document, {"a": [1]})

    def test_same(self):
        self.assertFalse(same([1], [True]))
        self.assertFalse(same({"a": 1}, {"b": 1}))
        self.assertFalse(same([1, 2], [1]))
        self.assertTrue(same({"a": [1, 2.0]}, {"a": [1, 2]}))
