# SPDX-License-Identifier: Apache-2.0
"""Short rounds of the breaker; tools/chaos --cycles N is the long one."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent.parent.parent / "tools/chaos"
KILLS, FEW_KILLS = 100, 15
LIMIT = 1500  # seconds, on a machine that has much else to do; two minutes on one that has not


class Chaos(unittest.TestCase):
    def play(self, cycles, *options):
        """What the tool says of a round without a finding. A process of its own: what it takes of the machine goes with it."""
        folder = tempfile.mkdtemp(prefix="kurir-chaos-")
        done = subprocess.run([sys.executable, TOOL, "--cycles", str(cycles), "--dir", folder, *options],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
        print(done.stdout.rstrip(), end=" ... ", flush=True)
        self.assertEqual(done.returncode, 0, f"the evidence: {folder}")
        shutil.rmtree(folder)
        return done.stdout

    def test_nothing_is_lost_or_doubled_while_everything_fails(self):
        self.play(KILLS)

    def test_where_namespaces_are_forbidden_proxies_fall_silent_instead(self):
        told = self.play(FEW_KILLS, "--without-namespaces")
        self.assertIn("no packets are lost, proxies fall silent instead", told)
        self.assertNotRegex(told, r"\d (partition|half open|full disk)")


if __name__ == "__main__":
    unittest.main()
