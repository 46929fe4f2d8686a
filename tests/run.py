#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one Python suite, tests/NAME/*_test.py, and ends with "N passed, N failed, N skipped"."""
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
    name = sys.argv[1]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what the tests started is stopped
    sys.path[:0] = [str(TESTS.parent / "tools"), str(TESTS / "support")]
    suite = unittest.defaultTestLoader.discover(str(TESTS / name), pattern="*_test.py")
    runner = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
