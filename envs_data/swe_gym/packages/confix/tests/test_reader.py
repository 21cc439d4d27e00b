import unittest

from confix import Config, ConfigError, read

TEXT = """
home = /srv
[server]
Log-Dir = ${home}/log   # where it goes
port = 80
[test : server]
port = 8080
name = ${server:port}-$$-${log_dir}
"""


class ReaderTest(unittest.TestCase):
    def setUp(self):
        self.config = read(TEXT)

    def test_values(self):
        self.assertEqual(self.config.get("server", "port"), "80")
        self.assertEqual(self.config.get("server", "log_dir"), "/srv/log")

    def test_fallback(self):
        self.assertIsNone(self.config.get("server", "nothing"))
        self.assertEqual(self.config.get("server", "nothing", "x"), "x")

    def test_inheritance(self):
        self.assertEqual(self.config.get("test", "port"), "8080")
        self.assertEqual(self.config.get("test", "log_dir"), "/srv/log")
        self.assertEqual(self.config.get("unknown", "home"), "/srv")

    def test_references(self):
        self.assertEqual(self.config.get("test", "name"), "80-$-/srv/log")

    def test_keys(self):
        self.assertEqual(self.config.keys("test"), ["home", "log_dir", "name", "port"])
        self.assertEqual(self.config.keys("server"), ["home", "log_dir", "port"])

    def test_as_dict(self):
        self.assertEqual(self.config.as_dict("server"), {"home": "/srv", "log_dir": "/srv/log", "port": "80"})

    def test_appending(self):
        config = read("a = 1\na += 2\nb += 3")
        self.assertEqual((config.get("default", "a"), config.get("default", "b")), ("1,2", "3"))

    def test_quotes_keep_blanks(self):
        self.assertEqual(read("a = ' x '").get("default", "a"), " x ")

    def test_equals_in_value(self):
        self.assertEqual(read("a = b=c").get("default", "a"), "b=c")

    def test_self_reference(self):
        config = read("a = ${b}\nb = ${a}")
        with self.assertRaises(ConfigError) as caught:
            config.get("default", "a")
        self.assertEqual(str(caught.exception), "a refers to itself")

    def test_bad_references(self):
        for value in ("${x}", "$x", "${x"):
            with self.subTest(value=value), self.assertRaises(ConfigError):
                read(f"a = {value}").get("default", "a")

    def test_malformed_lines(self):
        for text, number in (("a", 1), ("a=1\n[x", 2), ("[]", 1), ("a b = 1", 1), ("= 1", 1), ("\n[a : b]", 2)):
            with self.subTest(text=text), self.assertRaises(ConfigError) as caught:
                read(text)
            self.assertEqual(caught.exception.number, number)

    def test_circle_of_parents(self):
        config = Config()
        config.add_section("a")
        config.add_section("b", "a")
        config.add_section("a", "b")
        self.assertEqual(config.chain("a"), ["a", "b", "default"])

    def test_unknown_parent(self):
        with self.assertRaises(ConfigError):
            Config().add_section("a", "b")
