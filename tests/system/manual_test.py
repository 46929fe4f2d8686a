# SPDX-License-Identifier: Apache-2.0
"""What the operator's manual prints of the program's own words is what the program prints."""
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import access_points


class Manual(unittest.TestCase):
    def test_the_table_of_judgements_in_the_manual_is_the_one_that_judges(self):
        kurird = access_points.programs("release")["kurird"]
        printed = subprocess.run([kurird, "--judgements"], check=True, capture_output=True, text=True).stdout
        self.assertIn(printed.strip(), (ROOT / "deploy/README.md").read_text())
