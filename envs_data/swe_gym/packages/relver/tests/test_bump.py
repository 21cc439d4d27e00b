import unittest

from relver import Version, bump, next_for


class BumpTest(unittest.TestCase):
    def bumped(self, text, part):
        return str(bump(Version.parse(text), part))

    def test_parts(self):
        self.assertEqual(self.bumped("1.2.3", "major"), "2.0.0")
        self.assertEqual(self.bumped("1.2.3", "minor"), "1.3.0")
        self.assertEqual(self.bumped("1.2.3", "patch"), "1.2.4")

    def test_releasing_a_pre_release(self):
        self.assertEqual(self.bumped("1.2.3-rc.1", "patch"), "1.2.3")
        self.assertEqual(self.bumped("1.2.0-rc.1", "minor"), "1.2.0")
        self.assertEqual(self.bumped("2.0.0-rc.1", "major"), "2.0.0")

    def test_pre_release_that_is_too_small(self):
        self.assertEqual(self.bumped("1.2.3-rc.1", "minor"), "1.3.0")
        self.assertEqual(self.bumped("1.2.0-rc.1", "major"), "2.0.0")

    def test_next_pre_release(self):
        self.assertEqual(self.bumped("1.2.3", "pre"), "1.2.4-rc.1")
        self.assertEqual(self.bumped("1.2.3-rc.9", "pre"), "1.2.3-rc.10")
        self.assertEqual(self.bumped("1.2.3-beta", "pre"), "1.2.3-beta.1")

    def test_unknown_part(self):
        with self.assertRaises(ValueError):
            bump(Version(1), "huge")

    def test_next_for(self):
        for changes, text in (
            (["fix"], "1.2.4"),
            (["fix", "feature", "fix"], "1.3.0"),
            (["feature", "breaking"], "2.0.0"),
            (["breaking", "feature"], "2.0.0"),
            ([], "1.2.3"),
        ):
            with self.subTest(changes=changes):
                self.assertEqual(str(next_for(Version(1, 2, 3), changes)), text)

    def test_before_the_first_release(self):
        self.assertEqual(str(next_for(Version(0, 2, 3), ["breaking"])), "0.3.0")
        self.assertEqual(str(next_for(Version(0, 2, 3), ["feature"])), "0.2.4")
        self.assertEqual(str(next_for(Version(0, 2, 3), ["fix"])), "0.2.4")

    def test_unknown_change(self):
        with self.assertRaises(ValueError):
            next_for(Version(1), ["typo"])
