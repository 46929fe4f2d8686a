# SPDX-License-Identifier: Apache-2.0
"""tools/spec_coverage.py sees what it is there to see, and this tree passes it."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import access_points

CHECK = access_points.ROOT / "tools/spec_coverage.py"
NAME, UNKNOWN = "TA" + "05", "TA" + "77"  # so that this file bears no tag itself
LIST = f'[{NAME}]\nsays = "compressed"\nweight = "M"\n'
CODE = {"libs/as4/pack.cpp": f"// [AS4 3.1, {NAME}] gzip\n"}
TEST = {"tests/as4/pack_test.cpp": f'TEST_CASE("x", "[as4][{NAME}]")\n'}


class SpecCoverage(unittest.TestCase):
    def check(self, files, listed=LIST):
        with tempfile.TemporaryDirectory() as root:
            for name, text in {"tests/clauses.toml": listed, **files}.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True)
        return done.returncode, done.stdout

    def test_an_assertion_with_code_and_a_test_passes(self):
        status, told = self.check({**CODE, **TEST})
        self.assertEqual(status, 0, told)
        self.assertIn("1 of 1 assertions have code and a test", told)

    def test_an_assertion_without_code_fails(self):
        self.assertEqual(self.check(TEST)[0], 1)
        self.assertIn(f"{NAME}: without code: compressed", self.check(TEST)[1])

    def test_an_assertion_without_a_test_fails(self):
        self.assertIn(f"{NAME}: without a test: compressed", self.check(CODE)[1])
        self.assertEqual(self.check(CODE)[0], 1)

    def test_a_tag_in_code_is_no_test(self):
        status, _ = self.check({**CODE, "tests/support/exchange.cpp": f"// [{NAME}]\n"})
        self.assertEqual(status, 1)

    def test_a_gap_with_its_reason_passes(self):
        status, told = self.check({}, LIST + 'gap = "later"\n')
        self.assertEqual(status, 0, told)

    def test_what_others_make_true_needs_a_test_all_the_same(self):
        elsewhere = LIST + 'elsewhere = "the library does it"\n'
        self.assertEqual(self.check(TEST, elsewhere)[0], 0)
        self.assertEqual(self.check({}, elsewhere)[0], 1)

    def test_a_reason_that_is_not_needed_any_more_fails(self):
        status, told = self.check({**CODE, **TEST}, LIST + 'gap = "later"\n')
        self.assertEqual(status, 1)
        self.assertIn("still a reason", told)

    def test_a_tag_that_the_list_does_not_have_fails(self):
        status, told = self.check({**CODE, **TEST, "libs/as4/unpack.cpp": f"// [{UNKNOWN}]\n"})
        self.assertEqual(status, 1)
        self.assertIn(f"libs/as4/unpack.cpp:1: {UNKNOWN} is not in tests/clauses.toml", told)

    def test_every_assertion_of_this_tree_has_its_code_and_its_test_or_a_reason(self):
        done = subprocess.run([sys.executable, CHECK], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
