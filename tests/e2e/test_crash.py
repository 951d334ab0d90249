"""kill -9 of the daemon right after every recorded intent: the invariants hold, and everything ends without a person."""
import os
import signal
import subprocess
import tempfile
import unittest

import apps
from installation import Installation, podman_lines, wait_until

FINAL = {"EXPOSED", "FAILED", "ROLLED_BACK", "CANCELLED", "SUPERSEDED"}


class Crash(unittest.TestCase):
    def deploy_until_it_dies(self, box, folder, checkpoint):
        box.kill_daemon()
        box.run("version", environment={"PODWRIGHT_CRASH_AT": checkpoint})  # starts a daemon that will die there
        dying = box.daemon_pid()
        box.run("deploy", folder, "--app", "crash", "--no-wait")
        wait_until(lambda: not os.path.exists(f"/proc/{dying}"), 120, f"the crash at {checkpoint}")

    def check_invariants(self, box, checkpoint):
        deployments = wait_until(lambda: (lambda all: all if all and all[0]["done"] and all[0]["status"] in FINAL else None)(
            box.json("deployments", "crash")["deployments"]), 60, f"the end of the deployment after {checkpoint}")
        active = [r for r in box.json("releases", "crash")["releases"] if r["active"]]
        self.assertEqual(len(active), 1)
        wait_until(lambda: len(box.containers("label=io.podwright.app=crash")) == 1, 60, "one container")
        return deployments[0]

    def test_every_intent(self):
        with Installation() as box, tempfile.TemporaryDirectory() as folder:
            version = 1
            first = box.deploy(apps.web(folder, version, name="crash"), "--app", "crash")
            foreign = podman_lines(["podman", "ps", "-aq", "--filter", "label=podwright-e2e=foreign"])
            for checkpoint in ("ANALYZING", "BUILDING", "PROVISIONING", "DEPLOYING", "HEALTHY", "routed", "EXPOSED"):
                with self.subTest(checkpoint=checkpoint):
                    version += 1
                    apps.web(folder, version, name="crash")
                    self.deploy_until_it_dies(box, folder, checkpoint)
                    self.assertEqual(box.get(first)[0], 200, "the application went on without the daemon")
                    ended = self.check_invariants(box, checkpoint)
                    self.assertEqual(ended["status"], "EXPOSED")
                    self.assertEqual(box.get(first), (200, f"version {version}"))
            apps.web(folder, 99, name="crash", before="process.exit(1);")
            with self.subTest(checkpoint="FAILED"):
                self.deploy_until_it_dies(box, folder, "FAILED")
                ended = self.check_invariants(box, "FAILED")
                self.assertEqual(ended["status"], "ROLLED_BACK")
                self.assertEqual(box.get(first), (200, f"version {version}"))
            self.assertEqual(podman_lines(["podman", "ps", "-aq", "--filter", "label=podwright-e2e=foreign"]), foreign)

    def test_a_second_daemon_on_the_same_folder_refuses(self):
        with Installation() as box:
            box.version()
            second = box.run("serve", check=False, timeout=20)
            self.assertEqual(second.returncode, 4)
            self.assertIn("already", second.stderr)

    def test_podman_dying_in_the_middle_is_survived(self):
        with Installation() as box, tempfile.TemporaryDirectory() as folder:
            deployed = box.deploy(apps.web(folder, 1, name="revive"), "--app", "revive")
            services = subprocess.run(["pgrep", "-f", f"podman system service.*{box.state}"], capture_output=True, text=True).stdout.split()
            if not services:
                self.skipTest("this machine's own Podman service is used, which is not ours to kill")
            for pid in services:
                os.kill(int(pid), signal.SIGKILL)
            self.assertEqual(box.get(deployed), (200, "version 1"))
            deployed = box.deploy(apps.web(folder, 2, name="revive"), "--app", "revive")
            self.assertEqual(box.get(deployed), (200, "version 2"))

    def test_applications_and_routes_outlive_the_daemon(self):
        with Installation() as box, tempfile.TemporaryDirectory() as folder:
            deployed = box.deploy(apps.web(folder, 1, name="outlive"), "--app", "outlive")
            name = box.containers()[0]
            pid = podman_lines(["podman", "inspect", "--format", "{{.State.Pid}}", name])
            box.kill_daemon()
            self.assertEqual(box.get(deployed), (200, "version 1"))
            box.version()
            self.assertEqual(podman_lines(["podman", "inspect", "--format", "{{.State.Pid}}", name]), pid)
            self.assertEqual(box.get(deployed), (200, "version 1"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
