"""Packages: an app or a source as one file, written by the program and read by another tool."""
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest

import apps
from installation import CANARY, PROGRAM, SOURCE, Installation, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import fleet  # noqa: E402

SYSTEM_LIBRARIES = ("linux-vdso", "libc.so", "ld-linux", "libm.so", "libpthread", "libdl.so", "librt.so")


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


def program_with_libraries():
    """The program and what it is linked with, as a tar: a server of another release has other versions of them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.add(PROGRAM, "pw/podwright")
        for line in subprocess.run(["ldd", PROGRAM], check=True, capture_output=True, text=True).stdout.splitlines():
            words = line.split()
            if len(words) >= 3 and words[1] == "=>" and not words[0].startswith(SYSTEM_LIBRARIES):
                tar.add(os.path.realpath(words[2]), "pw/" + words[0])
    return out.getvalue()


@unittest.skipIf(fleet.why_not(), fleet.why_not())
class Install(unittest.TestCase):
    """On real servers: no daemon, no registry, nothing but the file."""

    @classmethod
    def setUpClass(cls):
        cls.box = Installation()
        cls.addClassCleanup(cls.box.close)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.files = []
        for version in (1, 2):
            source = os.path.join(cls.folder.name, f"v{version}")
            os.makedirs(source)
            apps.web(source, version, name="shop")
            cls.box.deploy(source, "--app", "shop", "--set-env", f"TOKEN={CANARY}")
            cls.files.append(os.path.join(cls.folder.name, f"shop-{version}.podwright"))
            cls.box.json("package", "shop", "-o", cls.files[-1])
        cls.fleet = fleet.Fleet()
        cls.addClassCleanup(cls.fleet.drop)

    def server(self, release):
        [host] = self.fleet.raise_hosts(release=release, mode="rootless")
        host.ssh("systemctl --user enable --now podman.socket")
        host.ssh("tar -x", stdin=program_with_libraries())
        for number, file in enumerate(self.files, 1):
            with open(file, "rb") as package:
                host.ssh(f"cat > shop-{number}.podwright", stdin=package.read())
        return host

    def podwright(self, host, words, check=True):
        return host.ssh(f"TOKEN={CANARY} LD_LIBRARY_PATH=pw pw/podwright {words}", check=check, timeout=180)

    def check_install(self, release):
        host = self.server(release)
        done = self.podwright(host, "install shop-1.podwright --json", check=False)
        self.assertIn("TOKEN", done.stderr)  # its value is not in the package
        self.assertNotIn("podwright/shop", host.ssh("podman images").stdout)
        first = json.loads(self.podwright(host, "install shop-1.podwright --set-env TOKEN --json").stdout)
        self.assertEqual(first["release"], 1)
        again = json.loads(self.podwright(host, "install shop-1.podwright --set-env TOKEN --json").stdout)
        self.assertEqual(again["instances"], first["instances"])
        second = json.loads(self.podwright(host, "install shop-2.podwright --set-env TOKEN --json").stdout)
        self.assertEqual((second["release"], second["replaced"]), (2, [first["instances"][0]["name"]]))
        answer = f"curl -fsS http://127.0.0.1:{second['instances'][0]['port']}/"
        self.assertTrue(host.ssh(answer).stdout)
        self.assertNotIn("podwright", host.ssh("pgrep -a podwright", check=False).stdout)
        host.reboot()
        wait_until(lambda: host.ssh(answer, check=False).returncode == 0, 60, "the answer after a reboot")

    def test_with_quadlet(self):
        self.check_install("trixie")

    def test_with_plain_units(self):
        self.check_install("bookworm")

    def test_a_damaged_package_is_refused_before_anything_happens(self):
        with open(self.files[0], "rb") as file:
            damaged = bytearray(file.read())
        damaged[len(damaged) // 2] ^= 1
        path = os.path.join(self.folder.name, "damaged.podwright")
        with open(path, "wb") as file:
            file.write(damaged)
        done = self.box.run("install", path, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("damaged", done.stderr)
        done = self.box.run("install", self.files[0], "--dry-run")
        self.assertIn("sha256:", done.stdout)
        self.assertIn("TOKEN", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
