#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what a store full of waiting messages costs those that come now: submissions a second alone, and end to end, with
an empty store and with one that queue_bench has filled, in turns. How to read it: tests/bench/README.md."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import exchange_bench
import load_bench
import access_points

FILLED_PEERS = 100  # those of queue_bench
COUNTED = 1.5  # seconds after which a daemon has counted its queue


class Bench(exchange_bench.Bench):
    """A pair whose A also knows the peers of the filled store, all paused."""

    def configure(self):
        b = self.pair.b
        tables = "".join(access_points.peer_table(
            f"peer-{n}", f"AP{3000 + n}-OPEN-TEST", "https://127.0.0.1:1/as4", b.key("as4.cert.pem"),
            [f"0203:asleep-{n:03}.example"]) for n in range(FILLED_PEERS))
        self.pair.a.config.write_text(self.pair.a.config.read_text() + tables)

    def kurir(self, *words):
        return access_points.run(self.pair.programs["kurir"], "--socket", self.pair.a.admin_socket, *words)

    def start_a(self, data):
        """A with this data folder; seconds until it is ready."""
        a = self.pair.a
        os.rename(data, a.data_dir)
        started = time.monotonic()
        a.start().wait_ready()
        took = time.monotonic() - started
        for n in range(FILLED_PEERS):
            self.kurir("pause", f"peer-{n}")
        time.sleep(COUNTED)
        return took

    def stop_a(self, data):
        self.pair.a.stop()
        os.rename(self.pair.a.data_dir, data)

    def submissions(self, pair, document, seconds):
        """A second, while nothing is sent; what was submitted is sent afterwards, and the ledger holds."""
        self.kurir("pause", "access-point-b")
        time.sleep(COUNTED)
        resume = subprocess.Popen(["sh", "-c", 'sleep "$1"; shift; exec "$@" > /dev/null', "sh", str(seconds + 1),
                                   self.pair.programs["kurir"], "--socket", self.pair.a.admin_socket, "resume", "access-point-b"])
        report = load_bench.load(self, document, "--pair", pair, "--rate", "max", "--seconds", str(seconds))
        resume.wait()
        return report["begun_per_second"]

    def end_to_end(self, pair, document, seconds):
        report = load_bench.load(self, document, "--pair", pair, "--rate", "max", "--seconds", str(seconds))
        return report["goodput"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filled", type=pathlib.Path, help="a folder that queue_bench filled today, such as queue-bench/1000000")
    parser.add_argument("--seconds", type=int, default=8, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kurir-bench-", dir=options.filled.parent) as folder:
        bench = Bench(folder, 2048)
        with bench.pair:
            _, document = bench.document("small", 400)
            pair = bench.folder / "demo.json"
            pair.write_text(json.dumps({name: side.description() for name, side in bench.pair.sides.items()}))
            bench.configure()
            stores = {"empty": bench.folder / "empty", "filled": bench.folder / "filled"}
            shutil.copytree(options.filled, stores["filled"])
            os.sync()  # or the first round shares the disk with the copy
            bench.stop_a(stores["empty"])
            figures = {name: {"start": [], "submit": [], "end to end": []} for name in stores}
            for _ in range(options.rounds):
                for name, data in stores.items():
                    figures[name]["start"].append(bench.start_a(data))
                    figures[name]["submit"].append(bench.submissions(pair, document, options.seconds))
                    figures[name]["end to end"].append(bench.end_to_end(pair, document, options.seconds))
                    bench.stop_a(data)
            os.rename(stores["empty"], bench.pair.a.data_dir)
        tell(figures)


def tell(figures):
    print(f"cores {os.cpu_count()}, load of the machine {os.getloadavg()[0]:.1f}")
    for name, of in figures.items():
        print(f"{name:7} ready after {1000 * max(of['start']):.0f} ms at most; " + "; ".join(
            f"{what} {statistics.median(of[what]):.0f}/s ({', '.join(f'{each:.0f}' for each in of[what])})"
            for what in ("submit", "end to end")))
    for what in ("submit", "end to end"):
        ratios = [full / empty for empty, full in zip(figures["empty"][what], figures["filled"][what])]
        print(f"{what}: filled / empty {100 * statistics.median(ratios):.0f} % "
              f"({', '.join(f'{100 * ratio:.0f}' for ratio in ratios)})")


if __name__ == "__main__":
    sys.exit(main())
