import unittest

from relver import Version


class VersionTest(unittest.TestCase):
    def test_parse(self):
        version = Version.parse("v1.2.3-rc.1+linux")
        self.assertEqual((version.release, version.pre, version.build), ((1, 2, 3), ("rc", "1"), "linux"))

    def test_short_forms(self):
        self.assertEqual(str(Version.parse("1")), "1.0.0")
        self.assertEqual(str(Version.parse(" 1.2 ")), "1.2.0")

    def test_round_trip(self):
        for text in ("0.0.1", "1.2.3-a.1", "1.2.3+b", "1.2.3-a+b"):
            with self.subTest(text=text):
                self.assertEqual(str(Version.parse(text)), text)

    def test_malformed(self):
        for text in ("", "x", "1.2.3.4", "1..2", "1.2-", "1.2.3-01", "1.2.3-a..b", "1+", "1.-2"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                Version.parse(text)

    def test_zero_is_an_identifier(self):
        self.assertEqual(Version.parse("1.0.0-0").pre, ("0",))

    def test_negative(self):
        with self.assertRaises(ValueError):
            Version(1, -1)

    def test_order(self):
        texts = [
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-beta",
            "1.0.0",
            "1.0.1",
            "1.1.0",
            "2.0.0",
        ]
        versions = [Version.parse(text) for text in texts]
        self.assertEqual(sorted(reversed(versions)), versions)

    def test_builds_do_not_matter(self):
        self.assertEqual(Version.parse("1.0.0+a"), Version.parse("1.0.0+b"))

    def test_comparison_with_something_else(self):
        self.assertNotEqual(Version(1), "1.0.0")
        with self.assertRaises(TypeError):
            Version(1) < "2"

    def test_hash(self):
        self.assertEqual(len({Version(1), Version(1, 0), Version(1, pre=("a",))}), 2)
