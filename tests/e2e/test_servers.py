"""Deployments to real servers over real SSH: Debian 13 (Quadlet) and Debian 12 (plain units), rootless."""
import http.client
import json
import os
import sys
import tempfile
import threading
import time
import unittest

import apps
from installation import CANARY, Installation, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import fleet  # noqa: E402

FAILED = 10


def get(host, name, path="/", port=8080, timeout=5):
    """(status, body) of a request to the server's proxy, under a host name."""
    connection = http.client.HTTPConnection(host.address, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Load:
    """Requests over kept connections for as long as the `with` lasts; `lost` are those without a good answer."""

    def __init__(self, host, name, connections=4):
        self.host, self.name, self.lost, self.answered = host, name, [], 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(connections)]

    def _ask(self):
        connection = None
        while not self._stop.is_set():
            try:
                connection = connection or http.client.HTTPConnection(self.host.address, 8080, timeout=10)
                connection.request("GET", "/", headers={"Host": self.name})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.lost.append(answer.status)
                if answer.will_close:
                    connection = None
                self.answered += 1
            except OSError as problem:
                self.lost.append(repr(problem))
                connection = None

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


@unittest.skipIf(fleet.why_not(), fleet.why_not())
class TestServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fleet = fleet.Fleet()
        cls.addClassCleanup(cls.fleet.drop)
        cls.hosts = cls.fleet.raise_hosts(release="trixie") + cls.fleet.raise_hosts(release="bookworm")
        cls.new, cls.old = cls.hosts
        cls.box = Installation(PODWRIGHT_SSH_CONFIG=str(cls.new.ssh_config))
        cls.addClassCleanup(cls.box.close)
        for host, name in zip(cls.hosts, ("new", "old")):
            cls.box.run("host", "add", host.name, "--name", name, "--labels", f"release={host.release},role=web", "--host-key", host.fingerprint)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)

    def source(self, name, version, **more):
        folder = os.path.join(self.folder.name, name)
        os.makedirs(folder, exist_ok=True)
        return apps.web(folder, version, name=name, **more)

    def deploy(self, name, version, *args, environment=None, **more):
        return self.box.deploy(self.source(name, version, **more), "--app", name, *args, timeout=240, environment=environment)

    def containers(self, host, app):
        return host.ssh(f"podman ps --format '{{{{.Names}}}}' --filter label=io.podwright.app={app}").stdout.split()

    def test_a_release_is_shipped_started_as_a_unit_and_routed_on_both_kinds_of_server(self):
        deployed = self.deploy("both", 1, "--host-label", "role=web", "--batch", "0")
        self.assertEqual(deployed["status"], "EXPOSED")
        self.assertEqual({report["host"]: report["state"] for report in deployed["hosts"]}, {"new": "live", "old": "live"})
        for host in self.hosts:
            self.assertEqual(get(host, "both.localhost"), (200, "version 1"))
            [name] = self.containers(host, "both")
            self.assertEqual(host.ssh(f"systemctl --user is-active {name}").stdout, "active\n")
        again = self.deploy("both", 2)
        for report in again["hosts"]:
            self.assertEqual(report["state"], "live")
            self.assertLess(report["bytes_sent"], report["bytes_total"] / 100)
        for host in self.hosts:
            self.assertEqual(get(host, "both.localhost"), (200, "version 2"))
            wait_until(lambda host=host: len(self.containers(host, "both")) == 1, 60, "the end of the old release")
        rolled = self.box.json("rollback", "both", "--yes")
        self.assertEqual((rolled["status"], rolled["timings"]["build_ms"]), ("EXPOSED", 0))
        for host in self.hosts:
            self.assertEqual(get(host, "both.localhost"), (200, "version 1"))
        self.box.run("destroy", "both", "--yes")
        for host in self.hosts:
            self.assertEqual(self.containers(host, "both"), [])
            self.assertEqual(host.ssh("ls .config/containers/systemd .config/systemd/user 2>/dev/null | grep both", check=False).stdout, "")
            self.assertEqual(get(host, "both.localhost")[0], 404)

    def test_redeploys_under_load_lose_nothing(self):
        self.deploy("steady", 1, "--host", "new")
        with Load(self.new, "steady.localhost") as load:
            for version in range(2, 7):
                self.deploy("steady", version)
        self.assertEqual(load.lost, [])
        self.assertGreater(load.answered, 100)
        self.assertEqual(get(self.new, "steady.localhost"), (200, "version 6"))

    def test_a_release_that_fails_its_gate_leaves_the_old_one_serving_and_says_why(self):
        self.deploy("gate", 1, "--host", "old")
        self.source("gate", 2, before="console.log('cannot find the database'); process.exit(3);")
        failed = self.box.run("deploy", os.path.join(self.folder.name, "gate"), "--app", "gate", check=False, timeout=240)
        self.assertEqual(failed.returncode, FAILED)
        self.assertIn("cannot find the database", failed.stderr)
        self.assertEqual(get(self.old, "gate.localhost"), (200, "version 1"))
        self.assertEqual(len(self.containers(self.old, "gate")), 1)

    def test_settings_arrive_byte_for_byte_and_stand_nowhere_on_the_server(self):
        value = f"{CANARY}\nb 'c' \"d\" %e $F `g` \\ ünï"
        self.deploy("secret", 1, "--host", "new", "--set-env", "TOKEN", environment={"TOKEN": value})
        self.assertEqual(json.loads(get(self.new, "secret.localhost", "/env/TOKEN")[1]), value)
        [name] = self.containers(self.new, "secret")
        for what in ("cat .config/containers/systemd/*", f"systemctl --user cat {name}", f"systemctl --user show {name}", "ps axww",
                     f"podman inspect {name}", "journalctl --user --no-pager"):
            self.assertNotIn(CANARY, self.new.ssh(what, check=False).stdout, what)
        self.box.run("destroy", "secret", "--yes")
        self.assertNotIn("secret", self.new.ssh("podman secret ls").stdout)

    def test_a_rebooted_server_serves_without_a_control_plane(self):
        for host, name in zip(self.hosts, ("new", "old")):
            with self.subTest(host=name):
                self.deploy(f"boot-{name}", 1, "--host", name)
                self.box.kill_daemon()
                host.reboot(hard=True)
                wait_until(lambda: serves(host, f"boot-{name}.localhost"), 60, "an answer after the reboot")

    def test_a_container_that_is_killed_on_a_server_comes_back_by_systemd_alone(self):
        self.deploy("back", 1, "--host", "new")
        [name] = self.containers(self.new, "back")
        before = self.new.ssh(f"podman inspect --format '{{{{.Id}}}}' {name}").stdout
        self.box.kill_daemon()
        self.new.ssh(f"podman kill {name}")
        wait_until(lambda: self.new.ssh(f"podman inspect --format '{{{{.Id}}}}' {name}", check=False).stdout not in ("", "\n", before), 60, "a new container")
        wait_until(lambda: serves(self.new, "back.localhost"), 30, "an answer")

    def test_a_server_that_cannot_be_reached_fails_the_deployment_and_the_other_one_keeps_its_release(self):
        self.deploy("cut", 1, "--host", "new", "--host", "old", "--batch", "0")
        self.old.cut()
        try:
            started = time.monotonic()
            failed = self.box.run("deploy", self.source("cut", 2), "--app", "cut", check=False, timeout=240)
            self.assertNotEqual(failed.returncode, 0)
            self.assertLess(time.monotonic() - started, 120)
            self.assertIn("old", failed.stderr)
            self.assertEqual(get(self.new, "cut.localhost"), (200, "version 1"))
        finally:
            self.old.heal()
        wait_until(lambda: serves(self.old, "cut.localhost"), 30, "the healed server's answer")
        self.assertEqual(self.deploy("cut", 3)["status"], "EXPOSED")
        for host in self.hosts:
            self.assertEqual(get(host, "cut.localhost"), (200, "version 3"))

    def test_lists_and_logs_know_the_servers(self):
        self.deploy("listed", 1, "--host", "old", before="console.log('a line of its log');")
        [app] = [app for app in self.box.json("apps")["apps"] if app["app"] == "listed"]
        self.assertEqual(app["hosts"], [{"host": "old", "release": 1}])
        self.assertEqual(app["status"], "running")
        [instance] = [instance for instance in self.box.json("ps", "listed")["instances"]]
        self.assertEqual((instance["host"], instance["state"]), ("old", "running"))
        self.assertIn("a line of its log", self.box.run("logs", "listed").stdout)


def serves(host, name):
    try:
        return get(host, name)[0] == 200
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
