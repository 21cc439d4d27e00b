import unittest

from relver import Conflict, resolve
from relver.resolve import outdated

INDEX = {
    "app": {"1.0.0": {"lib": "^1"}, "2.0.0": {"lib": "^2"}},
    "lib": {"1.0.0": {}, "1.5.0": {"core": ">=2"}, "2.0.0": {"core": "<2"}, "2.1.0-rc.1": {}},
    "core": {"1.0.0": {}, "2.0.0": {}},
}


class ResolveTest(unittest.TestCase):
    def test_newest(self):
        self.assertEqual(resolve(INDEX, {"app": "*"}), {"app": "2.0.0", "core": "1.0.0", "lib": "2.0.0"})

    def test_going_back(self):
        self.assertEqual(resolve(INDEX, {"app": "*", "core": "2.*"}), {"app": "1.0.0", "core": "2.0.0", "lib": "1.5.0"})

    def test_deeper_going_back(self):
        self.assertEqual(
            resolve(INDEX, {"app": "1.*", "core": "1.*"}), {"app": "1.0.0", "core": "1.0.0", "lib": "1.0.0"}
        )

    def test_conflict(self):
        with self.assertRaises(Conflict) as caught:
            resolve(INDEX, {"app": "2.*", "core": "2.*"})
        self.assertIn(caught.exception.package, ("app", "core", "lib"))

    def test_unknown(self):
        with self.assertRaises(Conflict) as caught:
            resolve(INDEX, {"nothing": "*"})
        self.assertEqual(str(caught.exception), "nothing: unknown package")

    def test_nothing_fits(self):
        with self.assertRaises(Conflict) as caught:
            resolve(INDEX, {"core": ">=3"})
        self.assertEqual(str(caught.exception), "core: nothing fits >=3")

    def test_outdated(self):
        self.assertEqual(
            outdated(INDEX, {"lib": "1.5.0", "core": "2.0.0", "app": "1.0.0"}),
            [("app", "1.0.0", "2.0.0"), ("lib", "1.5.0", "2.0.0")],
        )
