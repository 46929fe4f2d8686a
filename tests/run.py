#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one Python suite, tests/SUITE/*_test.py, or the files of it that are named (phase4 for phase4_test.py), and ends
with "N passed, N failed, N skipped"."""
import argparse
import pathlib
import signal
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def getDescription(self, test):
        return test.shortDescription() or str(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite")
    parser.add_argument("files", nargs="*", metavar="FILE", help="without _test.py; all if none is named")
    parser.add_argument("-k", action="append", metavar="NAME", help="only tests whose name has this in it")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what the tests started is stopped
    sys.path[:0] = [str(TESTS.parent / "tools"), str(TESTS / "support")]
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{name}*" for name in options.k] if options.k else None
    for name in options.files:
        if not (TESTS / options.suite / f"{name}_test.py").is_file():
            parser.error(f"there is no {options.suite}/{name}_test.py")
    suite = unittest.TestSuite(loader.discover(str(TESTS / options.suite), pattern=f"{name}_test.py")
                               for name in options.files or ["*"])
    if suite.countTestCases() == 0:
        parser.error("no such test")
    runner = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
