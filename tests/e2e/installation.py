"""A Podwright installation of its own for one test: a state folder, a daemon, a proxy. Leaves nothing behind."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("PODWRIGHT", os.path.join(SOURCE, "build", "release", "podwright"))
CANARY = "canary-" + os.urandom(8).hex()  # a secret value: must never turn up where it could be read


def wait_until(condition, seconds=30, what="the condition"):
    """The condition's first true answer; fails loudly when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.02)


class Installation:
    def __init__(self, **environment):
        self.state = tempfile.mkdtemp(prefix="podwright-e2e.")
        self.environment = {**os.environ, "PODWRIGHT_STATE_DIR": self.state, "NO_COLOR": "1", **environment}
        self._port = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, *args, check=True, timeout=600, environment=None, stdin=None):
        done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=timeout, input=stdin,
                              env={**self.environment, **(environment or {})}, errors="replace")
        if check and done.returncode != 0:
            raise AssertionError(f"podwright {' '.join(args)} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
                                 f"\n--- daemon log\n{self.daemon_log()[-4000:]}")
        return done

    def json(self, *args, **options):
        return json.loads(self.run(*args, "--json", **options).stdout)

    def start(self, *args, environment=None):
        """The command in the background."""
        return subprocess.Popen([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**self.environment, **(environment or {})})

    def deploy(self, path, *args, **options):
        return self.json("deploy", path, *args, **options)

    def version(self):
        return self.json("version")

    def installation_id(self):
        return self.version()["installation"]

    def get(self, deployment_or_url, path="/", timeout=10):
        """(status, body) of a request through the proxy, by the URL's host name."""
        url = deployment_or_url["url"] if isinstance(deployment_or_url, dict) else deployment_or_url
        host, port = url.removeprefix("http://").split("/")[0].split(":")
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=timeout)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def daemon_log(self):
        try:
            with open(os.path.join(self.state, "daemon.log"), errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def daemon_pid(self):
        return self.version()["pid"]

    def kill_daemon(self, pid=None):
        pid = pid or self.daemon_pid()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 10, "the daemon's end")

    def containers(self, *filters):
        """Names of our containers, whatever their state."""
        args = ["podman", "ps", "-a", "--format", "{{.Names}}", "--filter", f"label=io.podwright.installation={self.id()}"]
        for extra in filters:
            args += ["--filter", extra]
        return podman_lines(args)

    def id(self):
        if not getattr(self, "_id", None):
            self._id = self.installation_id()
        return self._id

    def assert_no_canary(self):
        """The canary is nowhere in the state folder, in our containers' and images' metadata or in any argv."""
        for folder, _, files in os.walk(self.state):
            for name in files:
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb") as file:
                        assert CANARY.encode() not in file.read(), f"the canary lies in {path}"
                except OSError:
                    continue  # a socket, or gone
        images = podman_lines(["podman", "images", "-q", "--no-trunc", "--filter", f"label=io.podwright.installation={self.id()}"])
        for target in self.containers() + images:
            shown = subprocess.run(["podman", "inspect", target], capture_output=True, text=True).stdout
            assert CANARY not in shown, f"the canary shows in inspect of {target}"
        for image in images:
            history = subprocess.run(["podman", "history", "--no-trunc", image], capture_output=True, text=True).stdout
            assert CANARY not in history, f"the canary shows in the history of {image}"
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as argv:
                    assert CANARY.encode() not in argv.read(), f"the canary is in the argv of process {pid}"
            except OSError:
                continue  # ended meanwhile

    def close(self):
        try:
            if os.path.exists(os.path.join(self.state, "podwright.db")):
                identity = self.id()
                for app in self.json("apps")["apps"]:
                    self.run("destroy", app["app"], "--env", app["environment"], "--yes", "--volumes", check=False)
                leftovers = self.containers()
                if leftovers:
                    subprocess.run(["podman", "rm", "-f", *leftovers], capture_output=True)
                for kind in ("network", "volume"):
                    names = podman_lines(["podman", kind, "ls", "-q", "--filter", f"label=io.podwright.installation={identity}"])
                    if names:
                        subprocess.run(["podman", kind, "rm", "-f", *names], capture_output=True)
                images = podman_lines(["podman", "images", "-q", "--filter", f"label=io.podwright.installation={identity}"])
                if images:
                    subprocess.run(["podman", "rmi", "-f", *set(images)], capture_output=True)
                pid = self.daemon_pid()
                os.kill(pid, signal.SIGTERM)
                wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 30, "the daemon's end")
        finally:
            end_processes_of(self.state)
            shutil.rmtree(self.state, ignore_errors=True)


def podman_lines(args):
    """The words that a podman command prints. Its listings fail while somebody else removes what they list."""
    def lines():
        done = subprocess.run(args, capture_output=True, text=True)
        return (done.stdout.split(),) if done.returncode == 0 else None
    return wait_until(lines, 20, " ".join(args))[0]


def end_processes_of(folder):
    """What outlives the daemon on purpose (the proxy, a Podman service) works in the state folder or names it in its argv."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as argv:
                ours = folder.encode() in argv.read() or os.readlink(f"/proc/{pid}/cwd").startswith(folder + "/")
            if ours and int(pid) != os.getpid():
                os.kill(int(pid), signal.SIGKILL)
        except OSError:
            continue  # ended meanwhile
