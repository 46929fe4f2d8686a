#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every system call that matters, from outside, and a ledger of what was promised.

strace kills one of two real access points at the N-th write, sync, rename, ... of an exchange; it is started again; a
message service that behaves as real ones do goes on. In the end everything that was answered 202 must be delivered,
once, unchanged; the sender has the receiver's receipt, byte for byte; nothing is left over in the data folders.

  tests/system/kill_sweep.py --all          every point (tools/test takes as many as fit in three minutes)

strace counts per thread and call, so a point is (call, N): the first thread that makes its N-th such call dies."""
import argparse
import collections
import http.client
import json
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import access_points
from chaos import folders, tracing
from chaos.documents import LARGE, SMALL, Template

SEND = {"retry_delay": "30ms", "retry_max_delay": "200ms", "lease": "500ms"}
EXCHANGE_LIMIT = 60.0
BROKEN = (OSError, http.client.HTTPException)


class Violation(Exception):
    """A promise was broken."""


Point = collections.namedtuple("Point", "side call number")


class Document:
    """A submission and what became of it."""

    def __init__(self, octets):
        self.octets = octets
        self.id = self.message_id = None     # from the 202
        self.items = {}                      # inbox item -> how often it was handed over
        self.lease = None                    # (inbox item, lease) to acknowledge
        self.acknowledged = False


class Sweep:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.pair = access_points.Pair(self.folder, send=SEND)
        self.templates = [Template(self.folder, self.pair.a.participant, self.pair.b.participant, size)
                          for size in (SMALL, LARGE)]
        self.large_ones = 0

    def documents(self):
        self.large_ones += 1
        return [Document(template.copy()[1]) for template in self.templates]

    # --- The two sides ---

    def start(self):
        self.pair.start()
        self.services = {name: side.service(timeout=10) for name, side in self.pair.sides.items()}

    @staticmethod
    def start_traced(side, trace_file, kill=None):
        side.start(tracing.wrapper(trace_file, kill=kill))
        access_points.wait_until(lambda: side.is_ready() or not side.alive(), "traced start", 30, 0.002)

    def revive(self):
        """Starts whoever is dead, without strace."""
        for name, side in self.pair.sides.items():
            if not side.alive():
                self.services[name].close()
                side.start().wait_ready()

    # --- The message services ---

    def exchange(self, documents):
        """Submits, fetches, compares and acknowledges until all is settled, through whatever breaks."""
        end = time.monotonic() + EXCHANGE_LIMIT
        while True:
            self.revive()
            try:
                if self.advance(documents):
                    return
            except BROKEN:
                pass  # the side died, or is dying: look again
            if time.monotonic() > end:
                raise Violation(f"not settled within {EXCHANGE_LIMIT:.0f} s: " + self.describe(documents))
            time.sleep(0.01)  # between polls

    def advance(self, documents):
        a, b = self.services["a"], self.services["b"]
        for document in documents:
            if document.id is None:
                answer = a.request("POST", "/v1/messages", document.octets, "application/xml")
                if answer.status == 503:
                    continue
                if answer.status != 202:
                    raise Violation(f"a submission got {answer.status}: {answer.body!r}")
                document.id, document.message_id = answer.json()["id"], answer.json()["message_id"]
        self.fetch(b, documents)
        states = [a.message(document.id)["state"] if document.id else None for document in documents]
        if any(state in ("bounced", "expired", "unproven") for state in states):
            raise Violation("a promised message was given up: " + self.describe(documents))
        return all(state == "delivered" for state in states) and all(document.acknowledged for document in documents)

    def fetch(self, b, documents):
        self.acknowledge(b, documents)
        for item in b.lease(seconds=1):
            payload = b.checked(200, "GET", f"/v1/inbox/{item['id']}/payload").body
            [document] = [each for each in documents if each.message_id in (None, item["message_id"])
                          and each.octets == payload] or [None]
            if document is None:
                raise Violation(f"inbox item {item['id']} is nothing that was submitted, or changed")
            if document.acknowledged:
                raise Violation(f"handed over after it was acknowledged: {item}")
            document.items[item["id"]] = document.items.get(item["id"], 0) + 1
            if len(document.items) > 1:
                raise Violation(f"delivered twice: {sorted(document.items)}")
            document.lease = item["id"], item["lease"]
        self.acknowledge(b, documents)

    @staticmethod
    def acknowledge(b, documents):
        """Also again, if the answer was lost; if the lease lapsed meanwhile, the item will be handed over again."""
        for document in documents:
            if document.lease and not document.acknowledged:
                item, lease = document.lease
                answer = b.request("POST", f"/v1/inbox/{item}/ack", json.dumps({"lease": lease}), "application/json")
                document.acknowledged = answer.status == 200
                document.lease = None

    def describe(self, documents):
        return ", ".join(f"{document.message_id}: {len(document.octets)} octets, items {document.items}, "
                         f"acknowledged {document.acknowledged}" for document in documents)

    # --- The ledger, at rest ---

    def audit(self, documents):
        for side in self.pair.sides.values():
            if wrong := folders.left_over(side.data_dir, self.large_ones):
                raise Violation(f"side {side.name}: {wrong}")
        a, b = self.services["a"], self.services["b"]
        if b.lease(seconds=1):
            raise Violation("a second inbox item")
        for document in documents:
            again = a.request("POST", "/v1/messages", document.octets, "application/xml")
            if again.status != 202 or again.json()["id"] != document.id:
                raise Violation(f"the same submission again became {again.status} {again.body!r}")
            [item] = document.items
            if a.receipt(document.id) != b.receipt(item):
                raise Violation(f"sender and receiver keep different receipts of {document.message_id}")
            received = b.message(item)
            if received["state"] != "acknowledged" or received["message_id"] != document.message_id:
                raise Violation(f"the receiver's record is {received}")

    # --- The sweep ---

    def record(self, name):
        """One undisturbed exchange under strace: the points it passes."""
        side, trace_file = self.pair.sides[name], self.folder / f"record-{name}.strace"
        side.stop()
        self.start_traced(side, trace_file)
        self.services[name].close()
        documents = self.documents()
        self.exchange(documents)
        side.stop()
        self.revive()
        self.audit(documents)
        return self.points(name, trace_file.read_text(errors="replace").splitlines(), side.ready_file.name)

    @staticmethod
    def points(name, lines, ready_name):
        counts, before_ready, ready = collections.Counter(), {}, False
        for line in lines:
            found = re.match(r"(\d+)\s+(\w+)\(", line)
            if not found:
                continue
            if not ready and ready_name in line:
                ready, before_ready = True, dict(counts)
            counts[found[1], found[2]] += 1
        first, last = collections.defaultdict(lambda: 1), collections.Counter()
        for (thread, call), count in counts.items():
            last[call] = max(last[call], count)
            if call == "openat":  # the loader's: nothing can be lost there
                first[call] = max(first[call], before_ready.get((thread, call), 0))
        return [Point(name, call, number) for call in tracing.CALLS for number in range(first[call], last[call] + 1)]

    def try_point(self, point):
        """Whether the point was reached; a Violation if a promise was broken by it."""
        side, trace_file = self.pair.sides[point.side], self.folder / "point.strace"
        side.stop()
        self.services[point.side].close()
        self.start_traced(side, trace_file, (point.call, point.number))
        traced, documents = side.process, self.documents()
        self.exchange(documents)
        if side.process is traced:
            side.stop()
        reached = traced.poll() != 0
        self.revive()
        # At rest after a clean start: what the crash left behind must be gone.
        side.stop()
        self.services[point.side].close()
        self.revive()
        self.audit(documents)
        return reached


def spread(points):
    """All points, any first part of them spread evenly over the whole: steps of the golden ratio."""
    order = sorted(range(len(points)), key=lambda index: (index * 0.6180339887498949) % 1.0)
    return [points[index] for index in order]


def sweep(folder, seconds=None, report=print):
    """(points tried, reached, all there are). Raises Violation at the first broken promise."""
    tried = reached = 0
    run = Sweep(folder)
    try:
        run.start()
        points = spread(run.record("a") + run.record("b"))
        end = None if seconds is None else time.monotonic() + seconds
        for point in points:
            if end is not None and time.monotonic() > end:
                break
            try:
                reached += run.try_point(point)
            except (Violation, access_points.Failed) as failure:
                raise Violation(f"killed side {point.side} at {point.call} number {point.number}: {failure}") from failure
            tried += 1
            if tried % 50 == 0:
                report(f"{tried} of {len(points)} points")
        return tried, reached, len(points)
    finally:
        run.pair.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every point, however long it takes")
    parser.add_argument("--seconds", type=float, default=170)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the daemons are stopped
    if reason := tracing.forbidden():
        sys.exit(f"kill_sweep: {reason}")
    folder = tempfile.mkdtemp(prefix="kurir-sweep-")
    try:
        tried, reached, there = sweep(folder, None if options.all else options.seconds)
    except Violation as violation:
        sys.exit(f"kill_sweep: {violation}\nlogs and data: {folder}")
    shutil.rmtree(folder)
    print(f"{tried} of {there} kill points, {reached} of them reached; nothing lost, nothing twice")


if __name__ == "__main__":
    main()
