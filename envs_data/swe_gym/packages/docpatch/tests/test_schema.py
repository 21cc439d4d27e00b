import unittest

from docpatch import check
from docpatch.schema import defaults

PERSON = {
    "type": "table",
    "closed": True,
    "members": {
        "name": {"type": "text", "shortest": 1, "longest": 5},
        "age": {"type": "whole", "least": 0, "most": 150},
        "role": {"choices": ["user", "admin"], "optional": True, "default": "user"},
        "scores": {"type": "list", "optional": True, "items": {"type": ["number", "nothing"]}},
    },
}


class SchemaTest(unittest.TestCase):
    def problems(self, **changes):
        return check({"name": "Ada", "age": 36, **changes}, PERSON)

    def test_fine(self):
        self.assertEqual(self.problems(role="admin", scores=[1, 2.5, None]), [])

    def test_type(self):
        self.assertEqual(check([], PERSON), [("", "expected table")])
        self.assertEqual(self.problems(age=True), [("/age", "expected whole")])
        self.assertEqual(self.problems(scores=[1, "x"]), [("/scores/1", "expected number or nothing")])

    def test_bounds(self):
        self.assertEqual(self.problems(age=-1), [("/age", "expected at least 0")])
        self.assertEqual(self.problems(age=151), [("/age", "expected at most 150")])
        self.assertEqual(self.problems(age=0), [])
        self.assertEqual(self.problems(age=150), [])

    def test_length(self):
        self.assertEqual(self.problems(name=""), [("/name", "expected a length of at least 1")])
        self.assertEqual(self.problems(name="Adaaaa"), [("/name", "expected a length of at most 5")])
        self.assertEqual(self.problems(name="Adaaa"), [])

    def test_missing(self):
        self.assertEqual(check({"name": "Ada"}, PERSON), [("/age", "missing")])

    def test_unknown(self):
        self.assertEqual(self.problems(shoe=42), [("/shoe", "unknown")])
        self.assertEqual(check({"a": 1}, {"type": "table"}), [])

    def test_choices(self):
        self.assertEqual(self.problems(role="king"), [("/role", "expected one of user, admin")])

    def test_defaults(self):
        self.assertEqual(defaults({"name": "Ada"}, PERSON), {"name": "Ada", "role": "user"})
        self.assertEqual(defaults({"role": "admin"}, PERSON), {"role": "admin"})
        nested = {"members": {"inner": PERSON}}
        self.assertEqual(defaults({"inner": {}}, nested), {"inner": {"role": "user"}})
        self.assertEqual(defaults(5, PERSON), 5)
