"""Servers: real ones (tests/support/fleet.py), over real SSH."""
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

from installation import Installation, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import fleet  # noqa: E402

INVALID, NOT_FOUND, CONFLICT, DENIED, UNAVAILABLE, TIMEOUT, FAILED = 2, 3, 4, 5, 6, 7, 10
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"  # of RFC 8032
OTHER_FINGERPRINT = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8"


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


class WithHost(unittest.TestCase):
    """A server and an installation that knows it under several aliases of an ssh_config."""

    release, mode = "trixie", "rootless"

    @classmethod
    def setUpClass(cls):
        cls.fleet = fleet.Fleet()
        cls.addClassCleanup(cls.fleet.drop)
        [cls.host] = cls.fleet.raise_hosts(release=cls.release, mode=cls.mode)
        cls.folder = tempfile.mkdtemp(prefix="podwright-hosts.")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.write_ssh_config()
        cls.box = Installation(PODWRIGHT_SSH_CONFIG=os.path.join(cls.folder, "ssh_config"))
        cls.addClassCleanup(cls.box.close)

    @classmethod
    def write_ssh_config(cls):
        path = os.path.join
        with open(path(cls.folder, "other_known_hosts"), "w") as file:
            file.write(f"{cls.host.address} {OTHER_KEY}\n")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "sesame", "-f", path(cls.folder, "locked")], check=True)
        key, known = cls.host.key_path, cls.fleet.known_hosts
        aliases = {
            "known": {"UserKnownHostsFile": known},
            "fresh": {"UserKnownHostsFile": "/dev/null"},
            "swapped": {"UserKnownHostsFile": path(cls.folder, "other_known_hosts")},
            "locked": {"UserKnownHostsFile": known, "IdentityFile": path(cls.folder, "locked")},
            "inner": {"UserKnownHostsFile": "/dev/null", "HostName": "127.0.0.1", "ProxyJump": "known"},
            "closed": {"Port": 2222},
        }
        with open(path(cls.folder, "ssh_config"), "w") as file:
            for alias, settings in aliases.items():
                settings = {"HostName": cls.host.address, "User": cls.host.user, "IdentityFile": key, "IdentitiesOnly": "yes", **settings}
                file.write(f"Host {alias}\n" + "".join(f"  {word} {value}\n" for word, value in settings.items()))

    def tearDown(self):
        self.host.heal()
        for host in self.box.json("host", "ls")["hosts"]:
            self.box.run("host", "rm", host["name"])

    def add(self, alias="known", *args):
        return json.loads(self.box.run("host", "add", alias, "--json", *args).stdout)

    def fails(self, code, *args):
        done = self.box.run(*args, check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def exec(self, *argv, name="known", check=True):
        return self.box.run("host", "exec", name, "--", *argv, check=check)

    def start_exec(self, *argv):
        """A command on the host in the background that has begun."""
        running = self.box.start("host", "exec", "known", "--", "sh", "-c", "echo begun; exec \"$@\"", "sh", *argv)
        self.addCleanup(lambda: (running.kill(), running.communicate()))
        self.assertEqual(running.stdout.readline(), "begun\n")
        return running


@unittest.skipIf(fleet.why_not(), fleet.why_not())
class Hosts(WithHost):
    def test_a_server_is_added_shown_listed_checked_and_removed(self):
        added = self.add("known", "--name", "web1", "--labels", "role=web,zone=a")
        self.assertTrue(added["usable"])
        self.assertEqual(added["host_key"], self.host.host_key)
        self.assertEqual(added["fingerprint"], self.host.fingerprint)
        self.assertEqual(added["labels"], {"role": "web", "zone": "a"})
        self.assertEqual(added["facts"]["user"], "deploy")
        self.assertEqual({check["status"] for check in added["checks"]} - {"ok", "warn"}, set())
        self.assertEqual(self.box.json("host", "show", "web1")["name"], "web1")
        self.assertIn("web1", self.box.run("host", "ls").stdout)
        self.assertEqual(self.box.json("host", "ls", "--label", "role=db")["hosts"], [])
        self.assertEqual(len(self.box.json("host", "ls", "--label", "role=web")["hosts"]), 1)
        self.assertGreaterEqual(self.box.json("host", "check", "web1")["checked_at"], added["checked_at"])
        self.assertIn("role=web", self.box.run("host", "ls").stdout)
        self.box.run("host", "rm", "web1")
        self.fails(NOT_FOUND, "host", "show", "web1")
        self.assertEqual([event["type"] for event in self.events()][-2:], ["host.added", "host.removed"])

    def events(self):
        return [json.loads(line) for line in self.box.run("events", "--json").stdout.splitlines()]

    def test_names_are_taken_once_and_a_server_is_known_once(self):
        self.add("known")
        self.assertIn("--name", self.fails(CONFLICT, "host", "add", "inner", "--name", "known"))
        self.assertIn("as 'known'", self.fails(CONFLICT, "host", "add", "known", "--name", "other"))

    def test_bad_input_is_refused_before_anything_is_done(self):
        for destination in ("-oProxyCommand=id", "x;id", "deploy@x;id", "deploy@fe80::1%eth0", "de$ploy@host", "`id`@host", "deploy@host:0", ""):
            with self.subTest(destination=destination):
                self.fails(INVALID, "host", "add", "--", destination)
        for option in (["--name", "-x"], ["--name", "Web"], ["--labels", "role"], ["--labels", "a=%n"], ["--host-key", "MD5:aa"]):
            with self.subTest(option=option):
                self.fails(INVALID, "host", "add", "known", *option)
        self.assertEqual(self.box.json("host", "ls")["hosts"], [])
        self.fails(NOT_FOUND, "host", "exec", "nobody", "--", "true")
        self.fails(NOT_FOUND, "host", "check", "nobody")
        self.fails(NOT_FOUND, "host", "rm", "nobody")

    # Host keys

    def test_a_key_that_nobody_knows_is_not_accepted_silently(self):
        refused = self.fails(DENIED, "host", "add", "fresh")
        self.assertIn(self.host.fingerprint, refused)
        self.assertIn("--host-key", refused)
        self.fails(DENIED, "host", "add", "fresh", "--yes")
        self.fails(DENIED, "host", "add", "fresh", "--host-key", OTHER_FINGERPRINT)
        self.assertEqual(self.box.json("host", "ls")["hosts"], [])
        self.assertEqual(self.add("fresh", "--host-key", self.host.fingerprint)["host_key"], self.host.host_key)
        self.box.run("host", "rm", "fresh")
        self.assertEqual(self.add("fresh", "--accept-new-key")["host_key"], self.host.host_key)

    def test_another_key_than_the_one_in_known_hosts_needs_to_be_named(self):
        refused = self.fails(DENIED, "host", "add", "swapped", "--accept-new-key")
        self.assertIn(self.host.fingerprint, refused)
        self.assertIn(OTHER_FINGERPRINT, refused)
        self.add("swapped", "--host-key", self.host.fingerprint)

    def test_a_changed_key_is_a_hard_stop(self):
        self.add("known")
        key = "/etc/ssh/ssh_host_ed25519_key"
        self.host.run(["sh", "-c", f"mv {key} /root/kept; mv {key}.pub /root/kept.pub; ssh-keygen -q -t ed25519 -N '' -f {key}"])
        try:
            self.host.run(["systemctl", "restart", "ssh"])
            changed = self.host.run(["ssh-keygen", "-lf", key]).stdout.split()[1]
            self.host.kill_ssh_connections()
            for command in (["check", "known"], ["exec", "known", "--", "touch", "/tmp/ran-anyway"]):
                refused = wait_until(lambda: self.refused(command), 20, "the refusal")
                for said in (self.host.fingerprint, changed, "host rm known"):
                    self.assertIn(said, refused)
            self.assertNotEqual(self.host.run(["test", "-e", "/tmp/ran-anyway"], check=False).returncode, 0)
        finally:
            self.host.run(["sh", "-c", f"mv /root/kept {key}; mv /root/kept.pub {key}.pub"])
            self.host.run(["systemctl", "restart", "ssh"])
        wait_until(lambda: self.exec("true", check=False).returncode == 0, 20, "the way back")

    def refused(self, command):
        """The refusal; nothing while the old connection has not been missed yet."""
        done = self.box.run("host", *command, check=False)
        return done.stderr if done.returncode == DENIED else None

    # Logging in

    def test_a_key_with_a_passphrase_and_no_agent_says_so(self):
        refused = self.fails(DENIED, "host", "add", "locked")
        self.assertIn("has a passphrase", refused)
        self.assertIn(f"ssh-add {self.folder}/locked", refused)

    def test_a_key_with_a_passphrase_works_through_the_agent(self):
        with open(os.path.join(self.folder, "locked.pub")) as public:
            self.host.run(["sh", "-c", "cat >> /home/deploy/.ssh/authorized_keys"], stdin=public.read())
        asking = os.path.join(self.folder, "askpass")
        with open(asking, "w") as script:
            script.write("#!/bin/sh\necho sesame\n")
        os.chmod(asking, 0o700)
        agent = os.path.join(self.folder, "agent")
        process = subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        wait_until(lambda: os.path.exists(agent), 10, "the agent")
        subprocess.run(["ssh-add", "-q", os.path.join(self.folder, "locked")], check=True, stdin=subprocess.DEVNULL,
                       env={**os.environ, "SSH_AUTH_SOCK": agent, "SSH_ASKPASS": asking, "SSH_ASKPASS_REQUIRE": "force"})
        with Installation(PODWRIGHT_SSH_CONFIG=os.path.join(self.folder, "ssh_config"), SSH_AUTH_SOCK=agent) as box:
            self.assertTrue(box.json("host", "add", "locked")["usable"])

    def test_a_server_behind_a_jump_host_is_a_server(self):
        added = self.add("inner", "--accept-new-key")
        self.assertEqual(added["host_key"], self.host.host_key)
        self.assertEqual(self.exec("echo", "through", name="inner").stdout, "through\n")

    def test_what_cannot_be_reached_is_told_apart(self):
        self.assertIn("nothing listens", self.fails(UNAVAILABLE, "host", "add", "closed"))
        self.assertIn("does not resolve", self.fails(UNAVAILABLE, "host", "add", "deploy@no-such-host.invalid"))
        self.host.cut()
        self.assertIn("does not answer", self.fails(TIMEOUT, "host", "add", "known"))
        self.assertEqual(self.box.json("host", "ls")["hosts"], [])

    # Running commands

    def test_words_output_and_exit_codes_pass_unchanged(self):
        self.add("known")
        words = ["a b", "$(id)", "`id`", "'", '"', "\\", "*", "-n", "", "ü", "a\nb"]
        done = self.exec("printf", "<%s>", *words)
        self.assertEqual(done.stdout, "".join(f"<{word}>" for word in words))
        done = self.exec("sh", "-c", "echo out; echo err >&2; exit 7", check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "out\n", "err\n"))
        self.assertEqual(self.exec("no-such-program", check=False).returncode, 127)
        binary = subprocess.run(["sh", "-c", "podwright=$1; shift; exec \"$podwright\" \"$@\" | sha256sum", "sh", self.program(), "host", "exec",
                                 "known", "--", "head", "-c", "3000000", "/bin/bash"], capture_output=True, text=True, env=self.box.environment)
        self.assertEqual(binary.stdout, self.host.run(["sh", "-c", "head -c 3000000 /bin/bash | sha256sum"]).stdout)

    def program(self):
        import installation
        return installation.PROGRAM

    def test_a_noisy_login_shell_does_not_disturb(self):
        self.host.write("/home/deploy/.bashrc", "echo Welcome; echo warning >&2; printf 'no newline'\n", owner="deploy")
        self.addCleanup(self.host.run, ["rm", "/home/deploy/.bashrc"])
        self.assertTrue(self.add("known")["usable"])
        done = self.exec("echo", "clean")
        self.assertEqual((done.stdout, done.stderr), ("clean\n", ""))

    def test_a_login_shell_that_runs_nothing_is_named(self):
        self.host.run(["usermod", "--shell", "/bin/false", "deploy"])
        self.addCleanup(self.host.run, ["usermod", "--shell", "/bin/bash", "deploy"])
        self.assertIn("login shell", self.fails(FAILED, "host", "add", "known"))

    def test_a_command_has_a_limit(self):
        self.add("known")
        self.assertIn("within", self.fails(TIMEOUT, "host", "exec", "known", "--limit", "300ms", "--", "sleep", "60"))

    # Links that break

    def test_a_partition_is_noticed_in_seconds_and_heals(self):
        self.add("known")
        for direction in ("both", "to_host", "from_host"):
            with self.subTest(direction=direction):
                running = self.start_exec("sleep", "60")
                self.host.cut(direction)
                began = time.monotonic()
                _, err = running.communicate(timeout=30)
                self.assertEqual(running.returncode, UNAVAILABLE)
                self.assertIn("broke", err)
                self.assertLess(time.monotonic() - began, 12)
                self.host.heal()
                self.assertEqual(self.exec("echo", "healed").stdout, "healed\n")

    def test_a_killed_connection_is_noticed_at_once_and_made_anew(self):
        self.add("known")
        running = self.start_exec("sleep", "60")
        self.host.kill_ssh_connections()
        running.communicate(timeout=10)
        self.assertEqual(running.returncode, UNAVAILABLE)
        self.assertEqual(self.exec("echo", "again").stdout, "again\n")

    def test_a_reboot_is_survived(self):
        self.add("known")
        self.host.reboot(hard=True)
        wait_until(lambda: self.exec("true", check=False).returncode == 0, 30, "the way back")
        self.assertTrue(self.box.json("host", "check", "known")["usable"])

    def test_a_removed_server_keeps_no_connection(self):
        self.add("known")
        self.assertEqual(self.exec("echo", "here").stdout, "here\n")
        self.assertNotEqual(self.connections(), "")
        self.box.run("host", "rm", "known")
        wait_until(lambda: self.connections() == "", 10, "the end of the connection")

    def connections(self):
        return self.host.run(["ss", "-Htn", "state", "established", "sport", "=", ":22"]).stdout.strip()

    # What is wrong on a server

    def test_what_the_user_may_mend_is_mended_and_the_rest_is_told(self):
        self.add("known")
        self.host.ssh("systemctl --user disable --now podman.socket")
        self.host.run(["rm", "/var/lib/systemd/linger/deploy"])
        failing = {check["name"]: check for check in json.loads(self.box.run("host", "check", "known", "--json", check=False).stdout)["checks"]
                   if check["status"] == "fail"}
        self.assertEqual(set(failing), {"podman-socket", "linger"})
        self.assertIn("enable-linger deploy", failing["linger"]["hint"])
        self.assertTrue(self.box.json("host", "check", "known", "--fix")["usable"])
        self.assertEqual(self.host.run(["ls", "/var/lib/systemd/linger"]).stdout, "deploy\n")

    def test_a_server_without_podman_or_subordinate_ids_is_told_what_to_do(self):
        self.host.run(["sh", "-c", "mv /usr/bin/podman /root/; mv /etc/subuid /root/"])
        self.addCleanup(self.host.run, ["sh", "-c", "mv /root/podman /usr/bin/; mv /root/subuid /etc/"])
        done = self.box.run("host", "add", "known", check=False)
        self.assertEqual(done.returncode, FAILED)
        for said in ("apt-get install podman", "usermod --add-subuids", "added known"):
            self.assertIn(said, done.stdout)


@unittest.skipIf(fleet.why_not(), fleet.why_not())
class OldRootfulHost(WithHost):
    """The other end of the range: Debian 12, as root."""

    release, mode = "bookworm", "rootful"

    def test_it_is_added_and_runs_commands(self):
        added = self.add("known")
        self.assertTrue(added["usable"])
        self.assertTrue(added["facts"]["podman_version"].startswith("4.3"))
        self.assertFalse(added["facts"]["quadlet"])
        self.assertEqual(self.exec("id", "-un").stdout, "root\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
