#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a pair of access points on this machine: messages a second against what openssl says RSA allows, memory of each
daemon idle, under load and with a large payload, and the time to start. How to read it: tests/bench/README.md."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import access_points
import make_sdk_message

SEND = {"retry_delay": "1s", "retry_max_delay": "5s", "lease": "30s"}


def private_operations(bits):
    """RSA private operations a second on one core, by openssl's own measure."""
    told = subprocess.run(["openssl", "speed", "-seconds", "3", f"rsa{bits}"], capture_output=True, text=True).stdout
    return float(re.search(rf"rsa {bits} bits\s+\S+\s+\S+\s+([\d.]+)", told)[1])


def peak_memory(pid):
    """VmHWM in MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, folder, bits):
        self.folder, self.bits = pathlib.Path(folder), bits
        self.pair = access_points.Pair(folder, bits, send=SEND)

    def document(self, name, octets):
        """(XHE id, document) with an attachment of so many octets."""
        keys, attachment = self.folder / "organisations", self.folder / f"{name}.bin"
        identity = make_sdk_message.organisation_identity(keys / "sender", "Kommun A")
        _, encryption = make_sdk_message.organisation_identity(keys / "recipient", "Kommun B")
        make_sdk_message.write_attachment(attachment, octets)
        message = make_sdk_message.Message(self.pair.a.participant, self.pair.b.participant,
                                           [(attachment.name, "application/octet-stream", attachment)])
        out = self.folder / f"{name}.xml"
        make_sdk_message.make(message, out, *identity, encryption)
        return message.id.encode(), out

    def memory(self):
        return [peak_memory(side.process.pid) for side in self.pair.sides.values()]

    def cpu(self):
        return sum(cpu_seconds(side.process.pid) for side in self.pair.sides.values())

    def delivered(self):
        told = access_points.run(self.pair.programs["kurir"], "--socket", self.pair.a.admin_socket, "status", "--json")
        return int((re.search(r'"delivered":\s*(\d+)', told) or ["", "0"])[1])

    def load(self, count, clients):
        """Submits `count` copies by so many clients at once, and waits until the last is delivered with its receipt."""
        id, path = self.document("small", 400)
        template, before = path.read_bytes(), self.delivered()
        left, lock = list(range(count)), threading.Lock()

        def client():
            service = self.pair.a.service()
            while True:
                with lock:
                    if not left:
                        return
                    left.pop()
                service.checked(202, "POST", "/v1/messages", template.replace(id, str(uuid.uuid4()).encode()), "application/xml")

        cpu, started = self.cpu(), time.monotonic()
        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        submitted = time.monotonic() - started
        access_points.wait_until(lambda: self.delivered() >= before + count, "all delivered", 600, 0.05)
        took = time.monotonic() - started
        return len(template), count / submitted, count / took, 1000 * (self.cpu() - cpu) / count

    def large(self, octets):
        _, path = self.document("large", octets)
        started = time.monotonic()
        service = self.pair.a.service(timeout=600)
        message = service.wait_for_state(service.submit(path)["id"], limit=600)
        if message["state"] != "delivered":
            raise access_points.Failed(f"the large message ended as {message['state']}")
        took = time.monotonic() - started
        fetched = self.folder / "fetched.xml"
        receiver = self.pair.b.service(timeout=600)
        [item] = [each for each in self.every_item(receiver) if each["message_id"] == message["message_id"]]
        with open(fetched, "wb") as file:
            receiver.checked(200, "GET", f"/v1/inbox/{item['id']}/payload", into=file)
        if subprocess.run(["cmp", fetched, path]).returncode != 0:
            raise access_points.Failed("the large message arrived changed")
        return path.stat().st_size, took

    @staticmethod
    def every_item(receiver):
        items = []
        while more := receiver.lease(max=100):
            items += more
        return items

    def restart(self):
        """Seconds from start to ready, of both; also resets the peak of memory."""
        self.pair.stop()
        times = []
        for side in self.pair.sides.values():
            started = time.monotonic()
            side.start().wait_ready()
            times.append(time.monotonic() - started)
        return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, default=2048)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--large", type=make_sdk_message.size, default=make_sdk_message.size("100M"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kurir-bench-") as folder:
        bench = Bench(folder, options.bits)
        with bench.pair:
            starts = bench.restart()
            idle = bench.memory()
            before = private_operations(options.bits)
            bench.load(options.count // 10, options.clients)  # warm-up
            octets, submitted, rate, cpu = bench.load(options.count, options.clients)
            after = private_operations(options.bits)
            loaded = bench.memory()
            bench.restart()
            large, took = bench.large(options.large)
            swollen = bench.memory()
    cores, operations = os.cpu_count(), (before + after) / 2
    bound = cores * operations / 3
    print(f"""
messages                    {options.count} of {octets} octets, RSA-{options.bits}, {options.clients} clients, {cores} cores
submitted, 202 a second     {submitted:.0f}
delivered with receipt      {rate:.0f} a second
CPU, both daemons           {cpu:.2f} ms a message
openssl speed rsa{options.bits}      {before:.0f} private operations a second on one core before, {after:.0f} after
RSA alone would allow       {bound:.0f} a second (three private operations a message, all cores)
delivered / allowed         {100 * rate / bound:.0f} %
start to ready              A {1000 * starts[0]:.0f} ms, B {1000 * starts[1]:.0f} ms
peak memory idle            A {idle[0]:.1f} MiB, B {idle[1]:.1f} MiB
peak memory under load      A {loaded[0]:.1f} MiB, B {loaded[1]:.1f} MiB
peak memory, large payload  A {swollen[0]:.1f} MiB, B {swollen[1]:.1f} MiB ({large} octets in {took:.1f} s)""")


if __name__ == "__main__":
    main()
