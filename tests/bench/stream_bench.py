#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures large payloads through a pair of access points on this machine, each way, against a plain pipeline over the same
file: speed, peak memory of each daemon, octets read from and written to disk. How to read it: tests/bench/README.md."""
import argparse
import collections
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import access_points
import make_sdk_message

BLOCK = 4 << 20  # repeated at a distance that gzip does not see
HUGE = "16GB"  # above anything that is sent here
LIMITS = {"max_message_size": HUGE, "max_part_size": HUGE, "max_inflated_part_size": HUGE}
PIECE = 1 << 20


def dense_block():
    """Random characters that XML takes as they are: gzip leaves more than 80 % of them."""
    alphabet = [code for code in range(33, 127) if chr(code) not in "<&>"]
    return os.urandom(BLOCK).translate(bytes(alphabet[code % len(alphabet)] for code in range(256)))


def record_block():
    """Records as registers have them."""
    numbers, rows, octets = random.Random(1), [], 0
    while octets < BLOCK:
        row = (f"<r><id>{numbers.randrange(10**12)}</id><name>Anna Svensson {numbers.randrange(10**4)}</name>"
               f"<date>2026-{numbers.randrange(1, 13):02}-{numbers.randrange(1, 29):02}</date></r>\n")
        rows.append(row)
        octets += len(row)
    return "".join(rows).encode()


class LargePair(access_points.Pair):
    """The pair, with limits that let any size through."""

    def configure(self):
        super().configure()
        for side in self.sides.values():
            text = side.config.read_text().replace("[rest]\n", f'[rest]\nmax_submission_size = "{HUGE}"\n')
            receive = "".join(f'{key} = "{value}"\n' for key, value in LIMITS.items())
            side.config.write_text(text.replace("[send]\n", f"[receive]\n{receive}\n[send]\n", 1))


def peak_memory(pid):
    """VmHWM in MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def file_octets(pid):
    """Octets that went through read() and write(), which the daemons use for files only; sockets have calls of their own."""
    told = pathlib.Path(f"/proc/{pid}/io").read_text()
    return tuple(int(re.search(rf"{name}: (\d+)", told)[1]) for name in ("rchar", "wchar"))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def curl(side, *arguments, **how):
    credentials = ["--cacert", side.folder / "ca/tls-ca.cert.pem", "--cert", side.key("client.cert.pem"),
                   "--key", side.key("client.key.pem")]
    return subprocess.Popen(["curl", "-sS", "--fail-with-body", *map(str, [*credentials, *arguments])],
                            stdout=subprocess.PIPE, **how)


# Seconds from the start to the 202, to the receipt, and of the fetch; of each side, sender first, the peak of memory in MiB
# and the octets read from and written to files; processor seconds of both until the receipt.
Exchange = collections.namedtuple("Exchange", "submit arrive fetch memory disk cpu")


class Bench:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.pair = LargePair(self.folder / "pair", send={"retry_delay": "5s", "retry_max_delay": "5s"})
        self.pipeline = pathlib.Path(os.environ.get("KURIR_BUILD") or access_points.ROOT / "build/release"
                                     ) / "tests/bench/plain_pipeline"
        self.identity = make_sdk_message.organisation_identity(self.folder, "Bench")

    def document(self, sender, receiver, octets, kind):
        """An envelope of `octets` whose payload is one element: its text, or its records."""
        path, block = self.folder / "document.xml", dense_block() if kind == "dense" else record_block()
        message = make_sdk_message.Message(sender.participant, receiver.participant)
        make_sdk_message.make(message, path, *self.identity, self.identity[1])
        whole = path.read_bytes()
        begin, end = (whole.rindex(mark) for mark in (b"<xha:PayloadContent>", b"</xha:PayloadContent>"))
        head, tail = whole[:begin] + b"<xha:PayloadContent><all>", b"</all>" + whole[end:]
        with open(path, "wb") as file:
            file.write(head)
            left = max(octets - len(head) - len(tail), 0)
            while left >= len(block):
                left -= file.write(block)
            file.write(block[:left] if kind == "dense" else block[:block.rfind(b"\n", 0, left) + 1])
            file.write(tail)
        return path

    def plain_pipeline(self, path):
        out = self.folder / "pipeline.out"
        try:
            times = os.times()
            took = float(access_points.run(self.pipeline, path, out))
            after = os.times()
            cpu = after.children_user + after.children_system - times.children_user - times.children_system
            return took, cpu, out.stat().st_size
        finally:
            out.unlink(missing_ok=True)

    def restart(self):
        """Resets the peaks of memory."""
        self.pair.stop()
        for side in self.pair.sides.values():
            side.start()
        for side in self.pair.sides.values():
            side.wait_ready()

    def submit(self, sender, path):
        with curl(sender, "-X", "POST", "-T", path, "-H", "Content-Type: application/xml",
                  f"{sender.rest_url}/v1/messages") as submission:
            answer = submission.stdout.read().decode()
        found = re.search(r'"id": ?"([^"]+)"', answer)
        if submission.returncode or not found:
            raise access_points.Failed(f"not taken: {answer[:500]}")
        return found[1]

    def fetch(self, receiver, message_id, path):
        """The payload, compared as it comes."""
        service = receiver.service(timeout=600)
        [item] = [each for each in service.lease(max=100, seconds=3600) if each["message_id"] == message_id]
        service.close()  # it would be idle for longer than a door bears
        started = time.monotonic()
        with curl(receiver, f"{receiver.rest_url}/v1/inbox/{item['id']}/payload") as answer:
            same = subprocess.run(["cmp", "-", path], stdin=answer.stdout).returncode == 0
        took = time.monotonic() - started
        if not same:
            raise access_points.Failed("the payload arrived changed")
        service.acknowledge(item["id"], item["lease"])
        service.close()
        return took

    def exchange(self, sender, receiver, path):
        self.restart()
        before = {side: file_octets(side.process.pid) for side in (sender, receiver)}
        cpu = sum(cpu_seconds(side.process.pid) for side in before)
        started = time.monotonic()
        id = self.submit(sender, path)
        submitted = time.monotonic() - started
        service = sender.service(timeout=600)
        message = service.wait_for_state(id, limit=3600)
        arrived = time.monotonic() - started
        service.close()
        if message["state"] != "delivered":
            raise access_points.Failed(f"ended as {message['state']}: {message['last_error']}")
        disk = {side: [now - then for now, then in zip(file_octets(side.process.pid), before[side])]
                for side in (sender, receiver)}
        cpu = sum(cpu_seconds(side.process.pid) for side in before) - cpu
        fetched = self.fetch(receiver, message["message_id"], path)
        memory = [peak_memory(side.process.pid) for side in (sender, receiver)]
        return Exchange(submitted, arrived, fetched, memory, [disk[sender], disk[receiver]], cpu)

    def measure(self, octets, kind, back):
        """A line of the table. The pipeline runs before and after, since machines have moods."""
        sender, receiver = (self.pair.b, self.pair.a) if back else (self.pair.a, self.pair.b)
        path = self.document(sender, receiver, octets, kind)
        before, cpu, gzip = self.plain_pipeline(path)
        done = self.exchange(sender, receiver, path)
        pipeline = (before + self.plain_pipeline(path)[0]) / 2
        octets = path.stat().st_size
        disk = " | ".join("%.2f/%.2f" % tuple(count / gzip for count in side) for side in done.disk)
        return (f"{octets / 1e6:10.1f} {gzip / 1e6:10.1f} {kind:8} {sender.name} to {receiver.name} {done.submit:8.2f} "
                f"{done.arrive:8.2f} {done.fetch:8.2f} {octets / done.arrive / 1e6:8.1f} {pipeline:8.2f} "
                f"{done.arrive / pipeline:6.2f} {done.cpu:7.2f} {cpu:7.2f}  {done.memory[0]:6.1f} {done.memory[1]:6.1f}  {disk}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["1M", "100M", "2G"], help="of the document (default: 1M 100M 2G)")
    parser.add_argument("--kind", choices=("dense", "records"), action="append", help="both if none is named")
    parser.add_argument("--one-way", action="store_true", help="from A to B only")
    parser.add_argument("--folder", help="for the files, 5 times the largest size (default: the system's)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kurir-stream-", dir=options.folder) as folder:
        bench = Bench(folder)
        print("    MB          gzip MB kind     way     202 s  receipt s  fetch s     MB/s  pipeline s  ratio   CPU s of both, of the pipeline  "
              "VmHWM MiB: sender, receiver   file octets read/written per gzip octet: sender | receiver")
        with bench.pair:
            for size in options.sizes:
                for kind in options.kind or ("dense", "records"):
                    for back in (False,) if options.one_way else (False, True):
                        print(bench.measure(make_sdk_message.size(size), kind, back), flush=True)


if __name__ == "__main__":
    main()
