#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what one dead destination among many costs the others: the time from a message's submission to its receipt, with
and without messages for the dead one, in one run. How to read it: tests/bench/README.md."""
import argparse
import datetime
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import statistics
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import access_points
import make_sdk_message

SEND = {"retry_delay": "30s", "lease": "30s"}
WAYS = {"refuses": "refuses connections", "swallows": "takes connections, never answers", "unavailable": "answers 503"}


class Unavailable(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def unavailable_server(keys):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unavailable)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(keys / "tls.cert.pem", keys / "tls.key.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.asked, server.daemon_threads = 0, True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Federation:
    """Access point A, and the peers it sends to. All live ones have one TLS key: they are one machine."""

    def __init__(self, folder, count):
        self.folder, self.programs = pathlib.Path(folder), access_points.programs()
        self.sender = self.side("a", "AP0001-OPEN-TEST", "0203:sender-000.example")
        self.live = [self.side(f"p{n:03}", f"AP{1000 + n}-OPEN-TEST", f"0203:member-{n:03}.example") for n in range(count)]

    def side(self, name, party_id, participant):
        return access_points.Side(self.folder / name, name, party_id, participant, *access_points.free_ports(2),
                                  self.programs["kurird"])

    def make_keys(self):
        authorities, pki = self.folder / "authorities", self.programs["kurir-pki"]
        access_points.run(pki, "init", authorities)
        access_points.make_side_keys(pki, authorities, self.sender)
        for side in self.live:
            shutil.copytree(self.sender.folder / "ca", side.folder / "ca")
            keys = side.folder / "keys"
            keys.mkdir()
            access_points.run(pki, "access-point", authorities, side.party_id, "--out", keys)
            for name in ("tls.key.pem", "tls.cert.pem", "client.cert.pem"):
                shutil.copy(self.sender.key(name), keys)
            shutil.copy(self.sender.token_file, side.token_file)

    def configure(self, dead):
        """`dead`: for each way the port of a peer that is dead in that way."""
        def table(side, other):
            return access_points.peer_table(other.name, other.party_id, other.as4_url, other.key("as4.cert.pem"),
                                            [other.participant])
        tables = [table(self.sender, side) for side in self.live]
        for n, (way, port) in enumerate(dead.items()):
            tables.append(access_points.peer_table(
                way, f"AP{2000 + n}-OPEN-TEST", f"https://127.0.0.1:{port}/as4", self.live[0].key("as4.cert.pem"),
                [self.participant_of(way)]))
        self.sender.config.write_text(access_points.configuration(self.sender, SEND, tables))
        for side in self.live:
            side.config.write_text(access_points.configuration(side, SEND, [table(side, self.sender)]))

    @staticmethod
    def participant_of(way):
        return f"0203:member-{900 + list(WAYS).index(way)}.example"

    def start(self):
        for first in range(0, len(self.live), 10):  # ten at a time: they share two cores
            started = [side.start() for side in self.live[first:first + 10]]
            for side in started:
                side.wait_ready()
        self.sender.start().wait_ready()

    def stop(self):
        for side in (self.sender, *self.live):
            side.stop()

    def document(self):
        """(id, participant, document): both are replaced in each copy."""
        keys, attachment, out = self.folder / "organisations", self.folder / "small.bin", self.folder / "small.xml"
        identity = make_sdk_message.organisation_identity(keys / "sender", "Kommun A")
        _, encryption = make_sdk_message.organisation_identity(keys / "recipient", "Kommun B")
        make_sdk_message.write_attachment(attachment, 400)
        to = self.live[0].participant
        message = make_sdk_message.Message(self.sender.participant, to,
                                           [(attachment.name, "application/octet-stream", attachment)])
        make_sdk_message.make(message, out, *identity, encryption)
        return message.id.encode(), to.encode(), out.read_bytes()


class Load:
    def __init__(self, federation):
        self.federation = federation
        self.id, self.to, self.template = federation.document()

    def submit(self, service, participant):
        document = self.template.replace(self.id, str(uuid.uuid4()).encode()).replace(self.to, participant.encode())
        return service.checked(202, "POST", "/v1/messages", document, "application/xml").json()["id"]

    def backlog(self, way, count):
        service = self.federation.sender.service()
        return [self.submit(service, self.federation.participant_of(way)) for _ in range(count)]

    def run(self, count, rate, way=None):
        """Milliseconds from submission to receipt, by A's record, of `count` messages to the live peers in turns, begun at
        fixed times. With `way` every hundredth more is for the peer that is dead in it."""
        service, ids, started = self.federation.sender.service(), [], time.monotonic()
        for n in range(count):
            time.sleep(max(0.0, started + n / rate - time.monotonic()))
            ids.append(self.submit(service, self.federation.live[n % len(self.federation.live)].participant))
            if way and n % 100 == 0:
                self.submit(service, self.federation.participant_of(way))
        took = time.monotonic() - started
        return [self.time_of(service.wait_for_state(id)) for id in ids], count / took

    @staticmethod
    def time_of(message):
        if message["state"] != "delivered":
            raise access_points.Failed(f"a message to a live peer ended as {message['state']}")
        created, changed = (milliseconds(message[key]) for key in ("created", "changed"))
        return changed - created


def milliseconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


def quantile(times, share):
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def report(what, times, rate, more=""):
    print(f"{what:44} p50 {statistics.median(times):6.0f} ms   p99 {quantile(times, 0.99):6.0f} ms   longest "
          f"{max(times):6.0f} ms   {rate:5.1f} a second{more}", flush=True)


def attempts_at(federation, ids):
    service = federation.sender.service()
    return sum(len(service.message(id)["attempts"]) for id in ids)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=int, default=99, help="live ones")
    parser.add_argument("--count", type=int, default=500, help="messages to live peers in each part")
    parser.add_argument("--rate", type=float, default=25, help="of them, a second")
    parser.add_argument("--backlog", type=int, default=200, help="messages that wait for the dead peer before each part")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kurir-bench-") as folder, socket.socket() as refuses, socket.socket() as swallows:
        federation = Federation(folder, options.peers)
        federation.make_keys()
        for each in (refuses, swallows):
            each.bind(("127.0.0.1", 0))  # without listen() a connection is refused
        swallows.listen(64)
        unavailable = unavailable_server(federation.sender.folder / "keys")
        dead = {"refuses": refuses.getsockname()[1], "swallows": swallows.getsockname()[1],
                "unavailable": unavailable.server_address[1]}
        federation.configure(dead)
        try:
            federation.start()
            load = Load(federation)
            load.run(len(federation.live), options.rate)  # connections and sessions are made
            print(f"{options.peers} live peers, {options.count} messages to them in each part, one dead peer with "
                  f"{options.backlog} waiting; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            report("nobody is dead", *load.run(options.count, options.rate))
            for way, words in WAYS.items():
                waiting = load.backlog(way, options.backlog)
                times, rate = load.run(options.count, options.rate, way)
                report(f"one {words}", times, rate, f"   {attempts_at(federation, waiting)} attempts at it")
            report("nobody is dead, again", *load.run(options.count, options.rate))
            print(f"load at the end {os.getloadavg()[0]:.1f}")
        finally:
            federation.stop()


if __name__ == "__main__":
    main()
