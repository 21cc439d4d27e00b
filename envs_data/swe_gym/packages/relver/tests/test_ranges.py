import unittest

from relver import Version, best_match, parse_range


def allowed(text, *versions, pre=False):
    wanted = parse_range(text)
    return [version for version in versions if wanted.allows(Version.parse(version), pre)]


class RangeTest(unittest.TestCase):
    def test_bounds(self):
        self.assertEqual(allowed(">=1.2,<2", "1.1.9", "1.2.0", "1.9.9", "2.0.0"), ["1.2.0", "1.9.9"])

    def test_strict_bounds(self):
        self.assertEqual(allowed(">1.0", "1.0.0", "1.0.1"), ["1.0.1"])
        self.assertEqual(allowed("<=1.0", "1.0.0", "1.0.1"), ["1.0.0"])

    def test_equality(self):
        self.assertEqual(allowed("1.2", "1.2.0", "1.2.1"), ["1.2.0"])
        self.assertEqual(allowed("!=1.2", "1.2.0", "1.2.1"), ["1.2.1"])

    def test_caret(self):
        self.assertEqual(allowed("^1.2.3", "1.2.2", "1.2.3", "1.9.0", "2.0.0"), ["1.2.3", "1.9.0"])
        self.assertEqual(allowed("^0.3.1", "0.3.1", "0.3.9", "0.4.0"), ["0.3.1", "0.3.9"])
        self.assertEqual(allowed("^0.0.4", "0.0.3", "0.0.4", "0.0.5"), ["0.0.4"])

    def test_tilde(self):
        self.assertEqual(allowed("~1.2.3", "1.2.3", "1.2.9", "1.3.0"), ["1.2.3", "1.2.9"])
        self.assertEqual(allowed("~1.2", "1.2.0", "1.3.0"), ["1.2.0"])
        self.assertEqual(allowed("~1", "1.0.0", "1.9.0", "2.0.0"), ["1.0.0", "1.9.0"])

    def test_wildcards(self):
        self.assertEqual(allowed("1.*", "0.9.0", "1.0.0", "1.5.2", "2.0.0"), ["1.0.0", "1.5.2"])
        self.assertEqual(allowed("1.2.*", "1.2.7", "1.3.0"), ["1.2.7"])
        self.assertEqual(allowed("*", "0.0.1", "9.0.0"), ["0.0.1", "9.0.0"])

    def test_alternatives(self):
        self.assertEqual(allowed("<1 || >=2", "0.5.0", "1.5.0", "2.5.0"), ["0.5.0", "2.5.0"])

    def test_pre_releases_must_be_wanted(self):
        self.assertEqual(allowed(">=1.0", "1.1.0-rc.1", "1.1.0"), ["1.1.0"])
        self.assertEqual(allowed(">=1.0", "1.1.0-rc.1", pre=True), ["1.1.0-rc.1"])

    def test_named_pre_release(self):
        self.assertEqual(allowed(">=1.1.0-rc.1", "1.1.0-rc.0", "1.1.0-rc.2", "1.2.0-rc.1"), ["1.1.0-rc.2"])

    def test_malformed(self):
        for text in ("", ">=1,", "a.*", "1.2.3.*", ">=x"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_range(text)

    def test_best_match(self):
        versions = [Version.parse(text) for text in ("1.0.0", "1.4.0", "2.0.0-rc.1", "1.3.0")]
        self.assertEqual(best_match(versions, "1.*"), Version(1, 4))
        self.assertEqual(best_match(versions, ">1", pre=True), Version.parse("2.0.0-rc.1"))
        self.assertIsNone(best_match(versions, ">=3"))
