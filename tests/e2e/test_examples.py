"""Every example is deployed for real and answers through its URL."""
import os
import unittest

from installation import SOURCE, Installation

EXAMPLES = os.path.join(SOURCE, "examples")


class Examples(unittest.TestCase):
    def test_every_example_answers_through_its_url(self):
        names = sorted(n for n in os.listdir(EXAMPLES) if os.path.isdir(os.path.join(EXAMPLES, n)))
        self.assertGreaterEqual(len(names), 9)
        with Installation() as box:
            for name in names:
                with self.subTest(example=name):
                    folder = os.path.join(EXAMPLES, name)
                    services = box.json("analyze", folder)["services"]
                    paths = [s["root"] for s in services] if len(services) > 1 else ["."]
                    for path in paths:
                        more = ["--path", path] if path != "." else []
                        app = (name if path == "." else f"{name}-{os.path.basename(path)}")[:40]
                        deployed = box.deploy(folder, "--app", app, *more)
                        status, body = box.get(deployed)
                        self.assertEqual(status, 200, body)
                        self.assertTrue(body)
                        box.run("destroy", app, "--yes")


if __name__ == "__main__":
    unittest.main(verbosity=2)
