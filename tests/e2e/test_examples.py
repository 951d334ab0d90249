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
                    whole = box.deploy(os.path.join(EXAMPLES, name), "--app", name)
                    if name == "monorepo":
                        self.assertEqual([part["app"] for part in whole["deployments"]], ["monorepo-api", "monorepo-web"])
                    for deployed in whole.get("deployments", [whole]):
                        status, body = box.get(deployed)
                        self.assertEqual(status, 200, body)
                        self.assertTrue(body)
                        box.run("destroy", deployed["app"], "--yes")


if __name__ == "__main__":
    unittest.main(verbosity=2)
