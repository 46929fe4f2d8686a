#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what attacks on a door cost others: the time from a message's submission to its receipt over a new connection while
300 connections of an attacker try to take the door's 128. How to read it: tests/bench/README.md."""
import argparse
import pathlib
import statistics
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent / "tools"), str(TESTS / "support")]
import attacker
import besieged


def line(what, taken, counts):
    good = sorted(seconds for seconds, _ in filter(None, taken))
    again = sum(attempts - 1 for _, attempts in filter(None, taken))
    rate = f"{counts['opened'] / counts['seconds']:.0f}/s" if counts else "-"
    times = f"{1000 * statistics.median(good):.0f} ms | {1000 * good[-1]:.0f} ms" if good else "- | -"
    print(f"| {what} | {rate} | {len(good)} of {len(taken)} | {times} | {again} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20, help="messages under each attack")
    parser.add_argument("--connections", type=int, default=300, help="of the attacker, at most 400")
    parser.add_argument("--doors", nargs="+", choices=("as4", "rest"), default=["as4", "rest"])
    parser.add_argument("--kinds", nargs="+", choices=attacker.KINDS, default=attacker.KINDS)
    parser.add_argument("--preset", default="release", help="of the programs; KURIR_BUILD names another build")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kurir-doors-bench-") as folder:
        with besieged.Besieged(folder, preset=options.preset) as pair:
            print("| attack | opened | answered within 15 s | median | longest | attempts beyond the first |")
            print("|---|---|---|---|---|---|")
            for door in options.doors:
                ask = pair.seconds_to_receipt if door == "as4" else pair.seconds_to_answer
                line(f"{door}: none", [ask() for _ in range(options.count)], {})
                for kind in options.kinds:
                    for sources in (besieged.ONE, besieged.MANY):
                        # After three that failed the rest would only take time.
                        taken = []
                        with pair.attacked(kind, door, sources, options.connections, 120) as counts:
                            while len(taken) < options.count and taken[-3:] != [None] * 3:
                                taken.append(ask())
                        line(f"{door}: {kind}, {len(sources)} address(es)", taken, counts)
                        ask(limit=60)  # until all is as before


if __name__ == "__main__":
    main()
