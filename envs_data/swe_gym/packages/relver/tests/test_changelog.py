import unittest

from relver import Changelog


class ChangelogTest(unittest.TestCase):
    def setUp(self):
        self.log = Changelog("1.0.0")
        self.log.note("fix", "No crash on empty input.")
        self.log.release()
        self.log.note("fix", "Faster")
        self.log.note("feature", "Colours")

    def test_versions(self):
        self.assertEqual(self.log.release(), "1.1.0")
        self.assertEqual([str(version) for version, _ in self.log.releases], ["1.1.0", "1.0.1"])

    def test_nothing_to_release(self):
        self.log.release()
        with self.assertRaises(ValueError):
            self.log.release()

    def test_same_entry_once(self):
        self.log.note("fix", "Faster.")
        self.assertEqual(len(self.log.pending), 2)

    def test_unknown_kind(self):
        with self.assertRaises(ValueError):
            self.log.note("typo", "x")

    def test_since(self):
        self.log.release()
        self.assertEqual(self.log.since("1.0.1"), [("fix", "Faster"), ("feature", "Colours")])
        self.assertEqual(len(self.log.since("1.0.0")), 3)

    def test_render(self):
        self.log.release()
        self.assertEqual(
            self.log.render(),
            "## 1.1.0\nAdded:\n- Colours.\nFixed:\n- Faster.\n## 1.0.1\nFixed:\n- No crash on empty input.",
        )
