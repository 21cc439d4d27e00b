import unittest

from docpatch import PointerError, find, parts, text_of
from docpatch.pointer import exists, is_inside, leaves, list_index

DOCUMENT = {"a": [1, {"b": None}], "x/y": 2, "m~n": 3, "": 4}


class PointerTest(unittest.TestCase):
    def test_parts(self):
        self.assertEqual(parts(""), [])
        self.assertEqual(parts("/"), [""])
        self.assertEqual(parts("/a/0"), ["a", "0"])
        self.assertEqual(parts("/x~1y/m~0n"), ["x/y", "m~n"])

    def test_escapes_do_not_chain(self):
        self.assertEqual(parts("/~01"), ["~1"])

    def test_malformed(self):
        for pointer in ("a", "/~", "/~2"):
            with self.subTest(pointer=pointer), self.assertRaises(PointerError):
                parts(pointer)

    def test_round_trip(self):
        for pointer in ("", "/", "/a~1b/~0", "/0/1"):
            with self.subTest(pointer=pointer):
                self.assertEqual(text_of(parts(pointer)), pointer)

    def test_find(self):
        self.assertEqual(find(DOCUMENT, "/a/0"), 1)
        self.assertIsNone(find(DOCUMENT, "/a/1/b"))
        self.assertEqual(find(DOCUMENT, "/x~1y"), 2)
        self.assertEqual(find(DOCUMENT, "/"), 4)
        self.assertEqual(find(DOCUMENT, ""), DOCUMENT)

    def test_find_nothing(self):
        for pointer in ("/b", "/a/2", "/a/-", "/a/01", "/a/0/c"):
            with self.subTest(pointer=pointer), self.assertRaises(PointerError):
                find(DOCUMENT, pointer)

    def test_exists(self):
        self.assertTrue(exists(DOCUMENT, "/a/1/b"))
        self.assertFalse(exists(DOCUMENT, "/a/2"))

    def test_index_beyond(self):
        self.assertEqual(list_index([1, 2], "-", beyond=True), 2)
        self.assertEqual(list_index([1, 2], "2", beyond=True), 2)
        with self.assertRaises(PointerError):
            list_index([1, 2], "3", beyond=True)

    def test_inside(self):
        self.assertTrue(is_inside("/a/b", "/a"))
        self.assertTrue(is_inside("/a", "/a"))
        self.assertFalse(is_inside("/ab", "/a"))
        self.assertFalse(is_inside("/a", "/a/b"))

    def test_leaves(self):
        self.assertEqual(list(leaves({"b": [1, []], "a": {"c": 2}})), [("/a/c", 2), ("/b/0", 1), ("/b/1", [])])
