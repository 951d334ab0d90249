"""A deployment's life on the real Podman and the real HAProxy: release, switch, gate, rollback, scale, stop, destroy."""
import os
import shutil
import subprocess
import tempfile
import unittest

import apps
from installation import CANARY, Installation, podman_lines, wait_until


class Lifecycle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Installation()
        cls.folder = tempfile.mkdtemp(prefix="podwright-app.")

    @classmethod
    def tearDownClass(cls):
        cls.box.close()
        shutil.rmtree(cls.folder)

    def source(self, name, version, **options):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        return apps.web(folder, version, name=name, **options)

    def deploy(self, name, version, *args, **options):
        return self.box.deploy(self.source(name, version, **options), "--app", name, *args)

    def test_deploy_prints_one_documented_object_and_the_url_answers(self):
        deployed = self.deploy("first", 1)
        self.assertEqual(deployed["status"], "EXPOSED")
        self.assertEqual(self.box.get(deployed), (200, "version 1"))
        for key in ("id", "app", "environment", "release", "status", "url", "ip", "git_sha", "image", "deployed_at", "timings"):
            self.assertIn(key, deployed)
        self.assertEqual(set(deployed["timings"]), {"analyze_ms", "build_ms", "start_ms", "health_ms", "route_ms"})
        self.assertIn("@sha256:", deployed["image"])

    def test_a_redeploy_switches_and_a_rollback_switches_back_without_a_build(self):
        self.deploy("back", 1)
        second = self.deploy("back", 2)
        self.assertEqual(second["release"], 2)
        self.assertEqual(self.box.get(second)[1], "version 2")
        rolled = self.box.json("rollback", "back", "--yes")
        self.assertEqual(rolled["status"], "EXPOSED")
        self.assertEqual(rolled["timings"]["build_ms"], 0)
        self.assertEqual(self.box.get(second)[1], "version 1")
        releases = self.box.json("releases", "back")["releases"]
        self.assertEqual([r["active"] for r in releases], [True, False, False])

    def test_a_failed_gate_leaves_the_old_release_serving_and_says_why(self):
        good = self.deploy("gate", 1)
        self.source("gate", 2, before="console.log('cannot find the database'); process.exit(3);")
        failed = self.box.run("deploy", os.path.join(self.folder, "gate"), "--app", "gate", "--json", check=False)
        self.assertEqual(failed.returncode, 10)
        report = failed.stdout + failed.stderr
        self.assertIn("ROLLED_BACK", report)
        self.assertIn("cannot find the database", report)
        self.assertIn("3", report)
        self.assertEqual(self.box.get(good), (200, "version 1"))
        self.assertEqual(len(self.box.containers("label=io.podwright.app=gate")), 1)

    def test_an_app_that_listens_elsewhere_is_told_where(self):
        self.source("elsewhere", 1, port="4999, '0.0.0.0'", **{"podwright.yaml": "port: 3000\nhealth:\n  start_period: 4s\n"})
        failed = self.box.run("deploy", os.path.join(self.folder, "elsewhere"), "--app", "elsewhere", check=False)
        self.assertEqual(failed.returncode, 10)
        self.assertIn("4999", failed.stdout + failed.stderr)

    def test_environment_values_arrive_byte_for_byte_and_stay_for_the_next_deployment(self):
        value = "a\nb 'c' \"d\" %e $F `g` \\ ünï"
        deployed = self.deploy("env", 1, "--set-env", f"TRICKY={value}")
        self.assertEqual(__import__("json").loads(self.box.get(deployed, "/env/TRICKY")[1]), value)
        again = self.deploy("env", 2)
        self.assertEqual(__import__("json").loads(self.box.get(again, "/env/TRICKY")[1]), value)

    def test_scale_stop_start_and_destroy(self):
        deployed = self.deploy("life", 1)
        self.box.run("scale", "life", "3")
        running = [i for i in self.box.json("ps")["instances"] if i["app"] == "life"]
        self.assertEqual(len(running), 3)
        self.box.run("scale", "life", "1")
        wait_until(lambda: len(self.box.containers("label=io.podwright.app=life")) == 1, what="one replica")
        self.box.run("stop", "life", "--yes")
        self.assertEqual(self.box.get(deployed)[0], 503)
        self.box.run("start", "life")
        self.assertEqual(self.box.get(deployed), (200, "version 1"))
        self.box.run("destroy", "life", "--yes")
        self.assertEqual(self.box.get(deployed)[0], 404)
        self.assertEqual(self.box.containers("label=io.podwright.app=life"), [])

    def test_logs_exec_and_run(self):
        self.deploy("tools", 1, before="console.log('hello from the log');")
        wait_until(lambda: "hello from the log" in self.box.run("logs", "tools").stdout, what="the log line")
        self.assertEqual(self.box.run("exec", "tools", "--", "node", "-p", "6*7").stdout.strip(), "42")
        ran = self.box.run("run", "tools", "--", "node", "-e", "console.log('once'); process.exit(4)", check=False)
        self.assertEqual((ran.returncode, ran.stdout.strip()), (4, "once"))

    def test_the_container_is_hardened(self):
        self.deploy("hard", 1)
        name = self.box.containers("label=io.podwright.app=hard")[0]
        import json
        shown = json.loads(subprocess.run(["podman", "inspect", name], capture_output=True, text=True, check=True).stdout)[0]
        self.assertTrue(shown["HostConfig"]["ReadonlyRootfs"])
        self.assertIn("no-new-privileges", " ".join(shown["HostConfig"]["SecurityOpt"]))
        self.assertEqual(shown["EffectiveCaps"] or [], [])
        self.assertNotIn(shown["Config"]["User"], ("", "root", "0"))
        bindings = [b for ports in shown["HostConfig"]["PortBindings"].values() for b in ports]
        self.assertEqual({b["HostIp"] for b in bindings}, {"127.0.0.1"})

    def test_a_build_secret_never_shows(self):
        folder = os.path.join(self.folder, "secret")
        apps.web(folder, 1, name="secret", **{"podwright.yaml": "build:\n  secrets: [NPM_TOKEN]\n",
                                              "check.js": "if (!process.env.NPM_TOKEN) { console.error('no secret'); process.exit(1); }\n"})
        apps.write(folder, {"package.json": '{"name": "secret", "scripts": {"build": "node check.js", "start": "node server.js"}}\n'})
        deployed = self.box.deploy(folder, "--app", "secret", "--set-env", "NPM_TOKEN", environment={"NPM_TOKEN": CANARY})
        self.assertEqual(self.box.get(deployed, "/env/NPM_TOKEN")[1], "null")
        self.box.assert_no_canary()

    def test_what_exits_is_started_again_and_what_is_removed_comes_back(self):
        deployed = self.deploy("phoenix", 1)
        name = self.box.containers("label=io.podwright.app=phoenix")[0]
        pid = int(podman_lines(["podman", "inspect", "--format", "{{.State.Pid}}", name])[0])
        os.kill(pid, 9)
        wait_until(lambda: self.box.get(deployed)[0] == 200 and int(podman_lines(["podman", "inspect", "--format", "{{.State.Pid}}", name])[0]) != pid,
                   what="the restart")
        subprocess.run(["podman", "rm", "-f", name], check=True, capture_output=True)
        wait_until(lambda: self.box.get(deployed) == (200, "version 1"), 60, "the container's return")

    def test_a_check_by_command_is_repeated_and_what_stays_unhealthy_is_started_again(self):
        deployed = self.deploy("ill", 1, **{"podwright.yaml": """\
            health:
              command: [test, "!", -e, /tmp/broken]
              interval: 500ms
              start_period: 1s
              retries: 1
            """})
        name = self.box.containers("label=io.podwright.app=ill")[0]
        pid = podman_lines(["podman", "inspect", "--format", "{{.State.Pid}}", name])
        self.box.run("exec", "ill", "--", "touch", "/tmp/broken")
        wait_until(lambda: "stayed unhealthy" in self.box.run("events").stdout, what="the verdict")
        wait_until(lambda: self.box.json("ps", "ill")["instances"][0]["health"] == "healthy", what="the recovery")
        self.assertNotEqual(podman_lines(["podman", "inspect", "--format", "{{.State.Pid}}", name]), pid)
        self.assertEqual(self.box.get(deployed), (200, "version 1"))

    def test_a_dry_run_changes_nothing(self):
        self.source("dry", 1)
        plan = self.box.json("deploy", os.path.join(self.folder, "dry"), "--app", "dry", "--dry-run")
        self.assertTrue(any("create container" in step for step in plan["plan"]))
        self.assertIn("FROM", plan["containerfile"])
        self.assertNotIn("dry", [app["app"] for app in self.box.json("apps")["apps"]])

    def test_cancel_ends_a_deployment_within_two_seconds_and_leaves_nothing(self):
        import time
        self.source("cancel", 1, port="4998", **{"podwright.yaml": "port: 3000\nhealth:\n  start_period: 60s\n"})
        running = self.box.start("deploy", os.path.join(self.folder, "cancel"), "--app", "cancel")
        found = wait_until(lambda: [d for d in self.box.json("deployments", "cancel")["deployments"] if d["status"] == "DEPLOYING"], 60, "DEPLOYING")
        asked = time.monotonic()
        self.box.run("cancel", found[0]["id"])
        running.communicate(timeout=30)
        wait_until(lambda: self.box.json("show", found[0]["id"])["status"] == "CANCELLED", 5, "CANCELLED")
        self.assertLess(time.monotonic() - asked, 3)
        self.assertEqual(self.box.containers("label=io.podwright.app=cancel"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
