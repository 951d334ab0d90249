"""Packages: an app or a source as one file, written by the program and read by another tool."""
import json
import os
import subprocess
import tempfile
import unittest

import apps
from installation import CANARY, Installation


def entries(file):
    return subprocess.run(["tar", "--zstd", "-tf", file], check=True, capture_output=True, text=True).stdout.split()


def content(file, *names):
    return subprocess.run(["tar", "--zstd", "-xOf", file, *names], check=True, capture_output=True).stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Installation()
        cls.addClassCleanup(cls.box.close)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.source = os.path.join(cls.folder.name, "shop")
        os.makedirs(cls.source)
        apps.web(cls.source, 0, name="shop")

    def file(self, name):
        return os.path.join(self.folder.name, name)

    def test_a_deployed_app_is_written_with_its_image_and_without_its_secrets(self):
        self.box.deploy(self.source, "--app", "shop", "--set-env", f"TOKEN={CANARY}")
        file = self.file("shop.podwright")
        made = self.box.json("package", "shop", "-o", file)
        self.assertEqual(made["release"], 1)
        self.assertEqual(made["bytes"], os.path.getsize(file))
        names = entries(file)
        self.assertEqual(names[0], "manifest.json")
        self.assertIn("units/quadlet/pw-shop.container", names)
        self.assertIn("units/systemd/pw-shop.service", names)
        manifest = json.loads(content(file, "manifest.json"))
        self.assertEqual(sorted(manifest["entries"]), sorted(names[1:]))
        self.assertEqual(manifest["service"]["secret_env"], ["TOKEN"])
        self.assertNotIn(CANARY.encode(), content(file))
        # What it holds is an OCI layout that others read.
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["tar", "--zstd", "-xf", file, "-C", folder, "image"], check=True)
            seen = json.loads(subprocess.run(["skopeo", "inspect", f"oci:{folder}/image"], check=True, capture_output=True, text=True).stdout)
            self.assertEqual(seen["Digest"], manifest["image"]["digest"])

    def test_a_source_is_built_and_written(self):
        file = self.file("source.podwright")
        made = self.box.json("package", self.source, "--app", "other", "-o", file)
        self.assertEqual((made["app"], made["release"]), ("other", 0))
        self.assertIn("image/index.json", entries(file))

    def test_what_is_not_there_is_said_so(self):
        done = self.box.run("package", "nothing", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nothing", done.stderr)
        done = self.box.run("package", self.file("nowhere") + "/", check=False)
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
