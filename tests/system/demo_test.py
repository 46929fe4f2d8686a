# SPDX-License-Identifier: Apache-2.0
"""tools/demo as a person runs it."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import access_points

KEYS = {"rest_url", "as4_url", "party_id", "participant", "client_certificate", "client_key", "ca", "token_file",
        "admin_socket", "config", "data_dir", "pid", "log"}


def demo(*arguments):
    done = subprocess.run([access_points.ROOT / "tools/demo", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"tools/demo {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


class Demo(unittest.TestCase):
    def test_two_demos_run_side_by_side_stay_up_and_stop(self):
        with tempfile.TemporaryDirectory(prefix="kurir-demos-") as scratch:
            folders = [pathlib.Path(scratch) / name for name in ("one", "two")]
            try:
                sides = []
                for folder in folders:
                    told = demo("--keep", "--dir", str(folder))
                    self.assertRegex(told, r"MessageId \S+@\S+")
                    self.assertRegex(told, r"signed by \S*CN=AP0002-OPEN-TEST")
                    description = json.loads((folder / "demo.json").read_text())
                    self.assertEqual(set(description), {"a", "b"})
                    sides += description.values()
                for side in sides:
                    self.assertEqual(set(side), KEYS)
                    service = access_points.MessageService(side["rest_url"], side["ca"], side["client_certificate"],
                                                           side["client_key"])
                    self.assertEqual(service.request("GET", "/healthz").status, 200)
                    service.close()
                self.share_nothing(sides[0], sides[1])
                self.assertNotIn("ran no more", demo("--stop", "--dir", str(folders[0])))
                os.kill(sides[2]["pid"], signal.SIGKILL)
                self.assertIn(f"A ran no more as process {sides[2]['pid']}", demo("--stop", "--dir", str(folders[1])))
            finally:
                for folder in folders:
                    if (folder / "demo.json").exists():
                        demo("--stop", "--dir", str(folder))
            for side in sides:
                self.assertFalse(os.path.exists(f"/proc/{side['pid']}"))

    def share_nothing(self, a, b):
        """No file that one side's configuration names is the other's; their folders hold no key in common."""
        def private_keys(side):
            folder = pathlib.Path(side["config"]).parent
            return {path.read_bytes() for path in folder.rglob("*.key.pem")}
        self.assertFalse(private_keys(a) & private_keys(b))
        names = re.findall(r'"(/[^"]+/[^"]+)"', pathlib.Path(a["config"]).read_text())
        self.assertTrue(names)
        for name in names:
            self.assertTrue(name.startswith(str(pathlib.Path(a["config"]).parent)) or name == a["admin_socket"], name)


if __name__ == "__main__":
    unittest.main()
