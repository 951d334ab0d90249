"""Units of `podwright generate` on real servers: the container that systemd runs is the one that was asked for."""
import base64
import functools
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

from installation import PROGRAM, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import fleet  # noqa: E402

SECRET = "s3cret %n $X \"'\\ é\nsecond line"
ENVIRONMENT = {
    "PERCENT": "100% %n %% %t", "DOLLAR": "$HOME ${HOME} $$ $", "QUOTES": "\"'`", "BACKSLASH": "\\ \\n \\x41 \\", "LINES": "a\nb\n\n[Service]\nExecStart=x",
    "BLANKS": "  \t x  ", "MARKS": "# ; = , : {} [] ~ * | & > <", "LETTERS": "ü€😀\u0080\u0085\u00a0\u2028", "CONTROLS": "\x01\x1b\x7f\r", "EMPTY": "", "SEMICOLON": ";",
}
PORT = 8080
# Not root on Debian 12: its crun raises a limit for every container, which only CAP_SYS_RESOURCE allows, and machines that
# run tests in a container of their own do not have that.
KINDS = (("trixie", "rootless"), ("trixie", "rootful"), ("bookworm", "rootless"))


def image_tar():
    """busybox, and a page for its web server."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for applet in ("sh", "echo", "id", "sleep", "httpd", "touch", "cat", "test", "stat"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        page = tarfile.TarInfo("www/index.html")
        page.size = 6
        tar.addfile(page, io.BytesIO(b"hello\n"))
    return buffer.getvalue()


def write_source(folder):
    """An application with its own Dockerfile; what matters is what its podwright.yaml asks for."""
    with open(os.path.join(folder, "Dockerfile"), "w") as file:
        file.write(f'FROM scratch\nEXPOSE {PORT}\nCMD ["httpd", "-f", "-p", "{PORT}", "-h", "/www"]\n')
    with open(os.path.join(folder, "podwright.yaml"), "w") as file:
        json.dump({"port": PORT, "env": {**ENVIRONMENT, "TOKEN": "not this"}, "volumes": ["data:/data"], "limits": {"nofile": 1234},
                   "stop_timeout": "2s", "health": {"command": ["test", "-f", "/www/index.html"], "interval": "1s"}}, file)


def host_is_old(host):
    return host.release == "bookworm"


class Server:
    """A test host with the application's units installed."""

    def __init__(self, host, source):
        self.host = host
        self.rootful = host.mode == "rootful"
        self.user = "" if self.rootful else "--user"
        self.home = "/root" if self.rootful else f"/home/{host.user}"
        self.install(source)

    def install(self, source):
        self.host.ssh(f"podman import --change 'CMD httpd -f -p {PORT} -h /www' - localhost/shop:latest", stdin=image_tar())
        self.host.ssh("podman secret create shop-token -", stdin=SECRET)
        version = self.host.ssh("podman --version").stdout.split()[-1]
        kind = "systemd" if host_is_old(self.host) else "quadlet"
        command = [PROGRAM, "generate", kind, source, "--app", "shop", "--podman-version", version, "--secret", "TOKEN=shop-token", "--json"]
        command += [f"--without={what}" for what in ("memory", "cpu", "pids", "swap")]  # as the hosts are
        self.made = json.loads(subprocess.run(command + ["--rootful"] * self.rootful, check=True, capture_output=True, timeout=60).stdout)
        for file in self.made["files"]:
            folder = os.path.join(self.home, file["folder"])  # an absolute folder stays
            self.host.ssh(f"install -D -m 600 /dev/stdin {folder}/{file['name']}", stdin=file["content"])
        self.systemctl("daemon-reload")
        if kind == "systemd":
            self.systemctl("enable pw-shop")
        self.systemctl("start pw-shop")

    def systemctl(self, words, check=True):
        return self.host.ssh(f"systemctl {self.user} {words}", check=check).stdout.strip()

    def inspect(self, path, what="container"):
        name = {"container": "pw-shop", "network": "pw-shop", "volume": "pw_generated_shop_production_data"}[what]
        found = json.loads(self.host.ssh(f"podman {what} inspect {name}").stdout)[0]
        for key in path.split("."):
            found = found[key]
        return found

    def pid(self):
        """Of the container's first process, and only while it runs."""
        done = self.host.ssh("podman inspect --format '{{.State.Pid}}' pw-shop", check=False)
        return int(done.stdout) if done.returncode == 0 else 0  # 0 also while it is not started yet

    def process(self, name):
        """A file of that process, as bytes."""
        return base64.b64decode(self.host.run(["base64", f"/proc/{self.pid()}/{name}"]).stdout)

    def environment(self):
        return dict(entry.split("=", 1) for entry in self.process("environ").decode().split("\0") if entry)

    def answer(self):
        return self.host.run(["curl", "-s", "--max-time", "2", f"http://127.0.0.1:{PORT}/"], check=False).stdout

    def inside(self, *argv):
        return self.host.ssh(f"podman exec pw-shop {' '.join(argv)}", check=False)


def on_each_server(test):
    @functools.wraps(test)
    def run(self):
        for server in self.servers:
            with self.subTest(release=server.host.release, mode=server.host.mode):
                wait_until(lambda: server.answer() == "hello\n", what="an answer before the test")
                test(self, server)
    return run


@unittest.skipIf(fleet.why_not(), fleet.why_not())
class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.source = tempfile.mkdtemp(prefix="podwright-units.")
        cls.addClassCleanup(shutil.rmtree, cls.source)
        write_source(cls.source)
        cls.fleet = fleet.Fleet()
        cls.addClassCleanup(cls.fleet.drop)
        hosts = [host for release, mode in KINDS for host in cls.fleet.raise_hosts(release=release, mode=mode)]
        cls.servers = [Server(host, cls.source) for host in hosts]
        for server in cls.servers:
            wait_until(lambda: server.answer() == "hello\n", what=f"an answer of {server.host.name}")

    @on_each_server
    def test_the_environment_arrives_byte_for_byte(self, server):
        found = server.environment()
        for key, value in {**ENVIRONMENT, "TOKEN": SECRET, "PORT": str(PORT)}.items():
            self.assertEqual(found.get(key), value, key)

    @on_each_server
    def test_the_secret_stands_in_no_unit_and_no_command_line(self, server):
        self.assertNotIn("s3cret", json.dumps(server.made))
        shown = server.systemctl("show pw-shop --property=ExecStart,ExecStartEx,Environment")
        self.assertNotIn("s3cret", shown)
        self.assertIn("shop-token", shown)

    @on_each_server
    def test_the_container_is_hardened(self, server):
        status = dict(line.split(":\t", 1) for line in server.process("status").decode().splitlines())
        self.assertEqual(int(status["CapEff"], 16) | int(status["CapBnd"], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Umask"], "0022")
        self.assertRegex(server.process("limits").decode(), r"Max open files +1234 +1234 ")
        self.assertNotEqual(server.inside("touch", "/etc/x").returncode, 0)
        for folder in ("/tmp", "/run", "/var/tmp", "/dev/shm", "/data"):
            self.assertEqual(server.inside("touch", f"{folder}/x").returncode, 0, folder)
        self.assertEqual(server.inspect("HostConfig.LogConfig.Type"), "journald")
        self.assertEqual(server.inspect("Config.StopTimeout"), 2)
        self.assertIn("init", server.process("comm").decode())
        published = server.host.run(["sh", "-c", f"ss -Hltn sport = :{PORT}"]).stdout.split()
        self.assertIn(f"127.0.0.1:{PORT}", published)

    @on_each_server
    def test_container_network_and_volume_say_whose_they_are(self, server):
        self.assertEqual(server.inspect("Config.Labels")["io.podwright.app"], "shop")
        self.assertEqual(server.inspect("labels", "network")["io.podwright.app"], "shop")
        self.assertEqual(server.inspect("Labels", "volume")["io.podwright.app"], "shop")
        self.assertEqual(list(server.inspect("NetworkSettings.Networks")), ["pw-shop"])

    @on_each_server
    def test_what_dies_is_started_again(self, server):
        before = server.pid()
        self.assertGreater(before, 1)  # to kill 0 means ourselves
        server.host.run(["kill", "-KILL", str(before)])
        wait_until(lambda: server.pid() not in (0, before) and server.answer() == "hello\n", what="a restart")

    @on_each_server
    def test_a_server_that_lost_its_power_serves_again_by_itself(self, server):
        self.assertEqual(server.inside("touch", "/data/kept").returncode, 0)
        server.host.ssh("sync")
        server.host.reboot(hard=True)
        wait_until(lambda: server.answer() == "hello\n", 60, "an answer after the boot")
        self.assertEqual(server.inside("test", "-f", "/data/kept").returncode, 0)
        self.assertEqual(server.environment()["LETTERS"], ENVIRONMENT["LETTERS"])

    @on_each_server
    def test_z_it_stops_and_leaves_no_container(self, server):
        server.systemctl("stop pw-shop")
        self.assertEqual(server.host.ssh("podman ps -aq").stdout, "")
        self.assertIn(server.systemctl("is-failed pw-shop", check=False), ("inactive", "failed"))
        self.assertNotEqual(server.inspect("Name", "volume"), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
