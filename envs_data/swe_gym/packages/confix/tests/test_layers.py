import unittest

from confix import ConfigError, Layers


class LayersTest(unittest.TestCase):
    def setUp(self):
        self.layers = Layers()
        self.layers.push("file", {"server.port": "80", "server.host": "a", "debug": "no"})
        self.layers.push_environment({"APP_SERVER__PORT": "81", "APPLE_X": "1", "HOME": "/"}, "APP")

    def test_top_wins(self):
        self.assertEqual(self.layers.get("server.port"), "81")
        self.assertEqual(self.layers.get("server.host"), "a")
        self.assertEqual(self.layers.get("nothing", 5), 5)

    def test_source(self):
        self.assertEqual(self.layers.source("server.port"), "environment")
        self.assertEqual(self.layers.source("server.host"), "file")
        self.assertIsNone(self.layers.source("nothing"))

    def test_environment_is_filtered(self):
        self.assertEqual(self.layers.layers[1], ("environment", {"server.port": "81"}))

    def test_replacing_a_layer(self):
        self.layers.push("file", {"server.port": "1", "server.host": "b"})
        self.assertEqual(self.layers.get("server.host"), "b")
        self.assertEqual(self.layers.get("server.port"), "81")
        self.assertEqual(len(self.layers.layers), 2)

    def test_arguments(self):
        rest = self.layers.push_arguments(["run", "--server.port=82", "--debug", "--no-color", "--", "--x"])
        self.assertEqual(rest, ["run", "--x"])
        self.assertEqual(self.layers.get("server.port"), "82")
        self.assertTrue(self.layers.flag("debug"))
        self.assertFalse(self.layers.flag("color", True))

    def test_flag(self):
        self.assertFalse(self.layers.flag("debug"))
        self.assertTrue(self.layers.flag("nothing", True))
        self.layers.push("code", {"debug": True})
        self.assertTrue(self.layers.flag("debug"))

    def test_require(self):
        self.layers.require("debug")
        self.layers.push("code", {"empty": ""})
        with self.assertRaises(ConfigError) as caught:
            self.layers.require("z", "debug", "empty")
        self.assertEqual(str(caught.exception), "missing empty, z")

    def test_merged(self):
        self.assertEqual(list(self.layers.merged().items())[0], ("debug", "no"))
        self.assertEqual(self.layers.merged()["server.port"], "81")

    def test_under(self):
        self.assertEqual(self.layers.under("server"), {"host": "a", "port": "81"})
        self.assertEqual(self.layers.under("serv"), {})
