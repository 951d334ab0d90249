"""Bad input gets a clear error before any side effect; bad applications get an honest report."""
import os
import shutil
import tempfile
import unittest

import apps
from installation import Installation, wait_until


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Installation()
        cls.folder = tempfile.mkdtemp(prefix="podwright-app.")
        cls.box.version()

    @classmethod
    def tearDownClass(cls):
        cls.box.close()
        shutil.rmtree(cls.folder)

    def refused(self, *args, code=(2, 3, 5)):
        before = self.box.json("deployments")["deployments"]
        done = self.box.run(*args, check=False, timeout=30)
        self.assertIn(done.returncode, code, done.stderr)
        self.assertIn("error:", done.stderr)
        self.assertEqual(len(self.box.json("deployments")["deployments"]), len(before), "something was queued")
        return done.stderr

    def test_names_refs_paths_and_urls_that_look_like_something_else(self):
        folder = apps.web(os.path.join(self.folder, "ok"), 1)
        for arguments in (["--app", "-x"], ["--app", "a;id"], ["--app", "$(id)"], ["--app", "Ä"], ["--app", "a" * 80],
                          ["--env", "../x"], ["--ref", "--upload-pack=id"], ["--path", "../.."], ["--path", "/etc"],
                          ["--port", "70000"], ["--domain", "a b"], ["--domain", "x\nserver evil"], ["--set-env", "A B=1"]):
            with self.subTest(arguments=arguments):
                self.refused("deploy", folder, *arguments)
        for url in ("ext::sh -c id", "file:///etc", "https://127.0.0.1/x.git", "https://169.254.169.254/x.git", "https://[::1]/x.git",
                    "ssh://-oProxyCommand=id/x", "https://host/x.git\n--upload-pack", "http://10.0.0.1/x.git"):
            with self.subTest(url=url):
                self.refused("deploy", url)
        self.refused("deploy", os.path.join(self.folder, "missing"))

    def test_nothing_deployable_is_said_so(self):
        folder = apps.write(os.path.join(self.folder, "prose"), {"notes.md": "hello"})
        done = self.box.run("deploy", folder, "--app", "prose", check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.box.run("destroy", "prose", "--yes", check=False)

    def test_a_wrong_podwright_yaml_names_the_line_and_suggests(self):
        folder = apps.web(os.path.join(self.folder, "yaml"), 1, **{"podwright.yaml": "port: 3000\nreplicsa: 2\n"})
        done = self.box.run("deploy", folder, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("podwright.yaml:2:1", done.stderr)
        self.assertIn("replicas", done.stderr)

    def test_a_repository_with_a_way_out_is_refused(self):
        folder = apps.web(os.path.join(self.folder, "escape"), 1)
        os.symlink("/etc/shadow", os.path.join(folder, "link"))
        os.mkfifo(os.path.join(folder, "pipe\x1b[31m"))
        done = self.box.run("deploy", folder, "--app", "escape", check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_an_application_that_needs_more_memory_than_it_may_have_is_told_so(self):
        limited = {"podwright.yaml": "resources:\n  memory: 64Mi\n"}
        grow = "const all = []; setInterval(() => all.push(Buffer.alloc(8 << 20, 1)), 5);"
        done = self.box.run("deploy", apps.web(os.path.join(self.folder, "greedy"), 1, before=grow, **limited), "--app", "greedy", check=False)
        self.assertEqual(done.returncode, 10, done.stderr)
        self.assertIn("ran out of memory", done.stderr)
        on_demand = "process.on('SIGUSR2', () => {" + grow + "});"
        deployed = self.box.deploy(apps.web(os.path.join(self.folder, "later"), 1, before=on_demand, **limited), "--app", "later")
        self.box.run("exec", "later", "--", "node", "-e", "const fs = require('fs'); for (const pid of fs.readdirSync('/proc').filter(Number)) "
                     "if (fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('node\\0server')) process.kill(pid, 'SIGUSR2')")
        wait_until(lambda: "ran out of memory" in self.box.run("events").stdout, what="the event")
        wait_until(lambda: self.box.get(deployed)[0] == 200, what="the restart")

    def test_a_hostile_dockerfile_is_refused_before_the_build(self):
        folder = apps.write(os.path.join(self.folder, "docker"), {
            "Dockerfile": "FROM scratch\nRUN --mount=type=bind,from=scratch,source=../..,target=/host cat /host/etc/shadow\n"})
        done = self.box.run("deploy", folder, "--app", "docker", check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("Dockerfile:2", done.stderr)

    def test_applications_that_misbehave(self):
        cases = {"exits": ("process.exit(7);", "7"), "throws": ("throw new Error('no config');", "no config"),
                 "mute": ("setInterval(() => {}, 1000); return;", "listen")}
        for name, (before, expected) in cases.items():
            with self.subTest(app=name):
                folder = apps.web(os.path.join(self.folder, name), 1, before=before, **{"podwright.yaml": "health:\n  start_period: 3s\n"})
                done = self.box.run("deploy", folder, "--app", name, check=False)
                self.assertEqual(done.returncode, 10)
                self.assertIn(expected, done.stdout + done.stderr)
                self.assertEqual(self.box.containers(f"label=io.podwright.app={name}"), [])

    def test_an_application_that_ignores_sigterm_and_floods_its_log_is_replaced(self):
        before = "process.on('SIGTERM', () => {}); setInterval(() => console.log('x'.repeat(1000).repeat(50)), 1);"
        yaml = {"podwright.yaml": "stop_timeout: 1s\n"}
        folder = os.path.join(self.folder, "stubborn")
        source = apps.web(folder, 1, before=before, **yaml)
        self.box.deploy(source, "--app", "stubborn")
        deployed = self.box.deploy(apps.web(folder, 2, before=before, **yaml), "--app", "stubborn")
        self.assertEqual(self.box.get(deployed)[1], "version 2")
        wait_until(lambda: len(self.box.containers("label=io.podwright.app=stubborn")) == 1, 60, "the old one's end")


if __name__ == "__main__":
    unittest.main(verbosity=2)
