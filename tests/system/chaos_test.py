# SPDX-License-Identifier: Apache-2.0
"""A short round of the breaker; tools/chaos --cycles N is the long one."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tools/chaos"
KILLS = 100
LIMIT = 1500  # seconds, on a machine that has much else to do; two minutes on one that has not


class Chaos(unittest.TestCase):
    def test_nothing_is_lost_or_doubled_while_everything_fails(self):
        folder = tempfile.mkdtemp(prefix="kurir-chaos-")
        # A process of its own: it takes mounts of its own, which go with it.
        done = subprocess.run([sys.executable, TOOL, "--cycles", str(KILLS), "--dir", folder], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
        print(done.stdout.rstrip(), end=" ... ", flush=True)
        self.assertEqual(done.returncode, 0, f"the evidence: {folder}")
        shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
