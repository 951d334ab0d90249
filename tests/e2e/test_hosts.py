"""Servers: real ones (tests/support/fleet.py), over real SSH."""
import io
import os
import socket
import subprocess
import sys
import tarfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import fleet  # noqa: E402


def busybox_tar():
    """A root file system of nothing but busybox, for `podman import -`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for applet in ("sh", "echo", "id", "sleep", "httpd"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return buffer.getvalue()


@unittest.skipIf(fleet.why_not(), fleet.why_not())
class TestHosts(unittest.TestCase):
    """The hosts of the tests are what they claim to be."""

    @classmethod
    def setUpClass(cls):
        cls.fleet = fleet.Fleet()
        cls.addClassCleanup(cls.fleet.drop)
        [cls.new] = cls.fleet.raise_hosts(release="trixie", mode="rootless")
        [cls.old] = cls.fleet.raise_hosts(release="bookworm", mode="rootless", storage_mb=300)

    def test_a_container_runs_as_the_user(self):
        for host, podman in ((self.new, "5."), (self.old, "4.3")):
            with self.subTest(release=host.release):
                self.assertIn(f"version {podman}", host.ssh("podman --version").stdout)
                host.ssh("podman import - busybox", stdin=busybox_tar())
                self.assertEqual(host.ssh("podman run --rm busybox echo hello").stdout, "hello\n")
                self.assertEqual(host.ssh("systemctl --user is-active podman.socket").stdout, "active\n")

    def test_a_cut_link_is_silent_and_heals(self):
        for direction in ("both", "to_host", "from_host"):
            with self.subTest(direction=direction):
                self.new.cut(direction)
                with self.assertRaises(TimeoutError):
                    socket.create_connection((self.new.address, 22), timeout=1)
                self.new.heal()
                self.assertEqual(self.new.ssh("echo here").stdout, "here\n")

    def test_killed_connections_end_and_new_ones_work(self):
        hanging = subprocess.Popen(["ssh", "-F", self.new.ssh_config, self.new.name, "echo ready; exec sleep 60"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(hanging.stdout.close)
        self.assertEqual(hanging.stdout.readline(), b"ready\n")
        self.new.kill_ssh_connections()
        self.assertEqual(hanging.wait(10), 255)
        self.assertEqual(self.new.ssh("echo here").stdout, "here\n")

    def test_it_reboots_softly_and_hard_and_keeps_its_files(self):
        self.new.ssh("echo kept > file")
        for hard in (False, True):
            before = self.new.leader()
            self.new.reboot(hard=hard)
            self.assertNotEqual(before, self.new.leader())
            self.assertEqual(self.new.ssh("cat file").stdout, "kept\n")

    def test_its_disk_can_be_full(self):
        self.old.fill_disk()
        self.assertIn("No space left", self.old.ssh("head -c 1000000 /dev/zero > big", check=False).stderr)
        self.old.free_disk()
        self.old.ssh("head -c 1000000 /dev/zero > big")


if __name__ == "__main__":
    unittest.main(verbosity=2)
