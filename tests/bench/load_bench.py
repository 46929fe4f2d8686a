#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a pair of access points under kurir-load: what they carry end to end, and what is left of that at 1, 2 and 3 times
the load. How to read it: tests/bench/README.md."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import exchange_bench

SETTLE = "20m"  # a backlog may have built up


def load(bench, document, *options):
    """kurir-load's report; it ends this program if the ledger does not hold."""
    done = subprocess.run([bench.pair.programs["kurir-load"], "--document", document, "--json", "--settle", SETTLE, *options],
                          stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        sys.exit(done.returncode)
    report = json.loads(done.stdout)
    if not report["ledger"]["holds"]:
        sys.exit(f"the ledger does not hold: {report['ledger']}")
    return report


def tell_capacity(report):
    print(f"carried, end to end         {report['goodput']:.0f} messages a second ({report['ledger']['arrived']} of "
          f"{report['document_octets']} octets)")
    times = report["submit_to_202_ms"]
    print(f"until the 202               p50 {times['p50']:.0f} ms, p99 {times['p99']:.0f} ms")
    for name in "ab":
        side = report[name]
        print(f"daemon {name.upper()}                    {side['cpu_ms_per_message']:.2f} ms CPU, "
              f"{side['fsyncs_per_message']:.2f} fsyncs, {side['commits_per_message']:.2f} commits a message; "
              f"{side['memory_mib']:.1f} MiB, {side['peak_memory_mib']:.1f} MiB at its peak")
    print(f"kurir-load itself           {report['own_cpu_ms_per_message']:.2f} ms CPU a message")


def tell_overload(factor, report, carried):
    times, goodput = report["submit_to_fetched_ms"], report["goodput"]
    print(f"{factor} x the load ({factor * carried:.0f}/s)".ljust(28) +
          f"{goodput:.0f} a second came out ({100 * goodput / carried:.0f} %), {report['ledger']['refused']} of "
          f"{report['begun']} refused, {report['scheduled'] - report['begun']} not begun; fetched after "
          f"p50 {times['p50']:.0f} ms, p99 {times['p99']:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, default=2048)
    parser.add_argument("--seconds", type=int, default=20, help="of each load")
    parser.add_argument("--concurrency", type=int, default=32, help="submissions at once while the capacity is measured")
    parser.add_argument("--clients", type=int, default=300, help="connections at most while more is offered than carried")
    parser.add_argument("--factors", type=float, nargs="*", default=[1, 2, 3])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kurir-bench-") as folder:
        bench = exchange_bench.Bench(folder, options.bits)
        with bench.pair:
            _, document = bench.document("small", 400)
            pair = bench.folder / "demo.json"
            pair.write_text(json.dumps({name: side.description() for name, side in bench.pair.sides.items()}))
            seconds = ("--seconds", str(options.seconds))
            null = load(bench, document, "--null", "--rate", "max", "--seconds", "3")
            load(bench, document, "--pair", pair, "--rate", "max", "--seconds", "3")  # warm-up
            print(f"cores                       {os.cpu_count()}, load of the machine {os.getloadavg()[0]:.1f}")
            print(f"kurir-load's own ceiling    {null['arrived_per_second']:.0f} messages a second, end to end, plain HTTP")
            capacity = load(bench, document, "--pair", pair, "--rate", "max", "--concurrency", str(options.concurrency), *seconds)
            tell_capacity(capacity)
            carried = capacity["goodput"]
            for factor in options.factors:
                tell_overload(factor, load(bench, document, "--pair", pair, "--rate", f"{factor * carried:.2f}",
                                           "--concurrency", str(options.clients), "--ignore-backpressure", *seconds), carried)


if __name__ == "__main__":
    main()
