#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One client that tries to take every connection of a door. It is for tests against 127.0.0.0/8: it refuses other addresses,
holds at most 400 connections and ends by itself after at most 120 seconds, on SIGTERM, or with the process that started it.
It prints "ready" once the attack has its full strength, and at the end a line of JSON with what became of them."""
import argparse
import asyncio
import collections
import ctypes
import ipaddress
import json
import os
import pathlib
import signal
import socket
import ssl
import time

KINDS = ("silent", "half-handshake", "slow-header", "slow-body", "slow-reading", "short")
DROP = 2.0  # seconds between two octets
AGAIN = 0.1  # seconds until a connection that was closed is opened anew
FILL = 8.0  # seconds at most until the attack has its full strength
MANY = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" * 4000


class Attack:
    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + options.seconds
        self.counts = collections.Counter()
        self.tried = set()
        self.contexts = [self.context(folder) for folder in options.keys or [None]]

    def context(self, folder):
        context = ssl.create_default_context(cafile=self.options.ca)
        context.check_hostname = False
        if folder:
            context.load_cert_chain(folder / "tls.cert.pem", folder / "tls.key.pem")
        return context

    async def run(self):
        slots = [asyncio.create_task(self.slot(n)) for n in range(self.options.connections)]
        begun = time.monotonic()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: [slot.cancel() for slot in slots])
        while len(self.tried) < len(slots) and time.monotonic() < self.end:
            await asyncio.sleep(0.05)
        await self.strength()
        print("ready", flush=True)
        await asyncio.wait(slots)
        print(json.dumps({**self.counts, "seconds": time.monotonic() - begun}), flush=True)

    async def strength(self):
        """Until the door takes no more TLS handshakes, or ends connections as fast as they come."""
        until = min(time.monotonic() + FILL, self.end)
        before = -1
        while self.options.kind.startswith("slow") and before < self.counts["handshakes"] and time.monotonic() < until:
            before = self.counts["handshakes"]
            await asyncio.sleep(1)

    async def slot(self, number):
        """One connection at a time, opened anew whenever the door ends it."""
        while time.monotonic() < self.end:
            try:
                async with asyncio.timeout(max(self.end - time.monotonic(), 0.01)):
                    await self.connect(number)
            except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
                self.counts["closed"] += 1
            except TimeoutError:
                break
            self.tried.add(number)
            if self.options.kind != "short":
                await asyncio.sleep(AGAIN)

    async def connect(self, number):
        plain = socket.socket()
        try:
            plain.setblocking(False)
            # A small window, so that little of what is not read fits in between.
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            plain.bind((self.options.sources[number % len(self.options.sources)], 0))
            await asyncio.get_running_loop().sock_connect(plain, self.options.door)
            self.counts["opened"] += 1
            self.tried.add(number)
            kind = self.options.kind
            if kind in ("silent", "half-handshake"):
                return await self.hold(plain, self.hello(number) if kind == "half-handshake" else b"")
            reader, writer = await asyncio.open_connection(
                sock=plain, ssl=self.contexts[number % len(self.contexts)], server_hostname="localhost", limit=64)
            self.counts["handshakes"] += 1
            try:
                await self.speak(reader, writer)
            finally:
                writer.transport.abort()
        finally:
            plain.close()

    def hello(self, number):
        """The first flight of a handshake."""
        inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.contexts[number % len(self.contexts)].wrap_bio(inward, outward, server_hostname="localhost")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outward.read()

    @staticmethod
    async def hold(plain, octets):
        """Sends these and waits for the other side to hang up."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(plain, octets)
        while await loop.sock_recv(plain, 65536):
            pass
        raise ConnectionResetError

    async def speak(self, reader, writer):
        kind = self.options.kind
        if kind == "short":
            return
        path = self.options.path.encode()
        begin = {"slow-header": b"POST " + path + b" HTTP/1.1\r\nX: ",
                 "slow-body": b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: " +
                 self.options.content_type.encode() + b"\r\nContent-Length: 1000000\r\n\r\n",
                 "slow-reading": MANY}[kind]
        writer.write(begin)
        while True:
            if kind == "slow-reading":
                await asyncio.sleep(DROP)
                await reader.readexactly(1)
                continue
            # The answer, or its end, is looked for meanwhile.
            ended = asyncio.create_task(reader.read())
            ended.add_done_callback(lambda task: task.cancelled() or task.exception())  # which is looked at
            done, _ = await asyncio.wait([ended], timeout=DROP)
            ended.cancel()
            if done:
                raise ConnectionResetError
            writer.write(b"x")
            await writer.drain()


def local(text):
    address = ipaddress.ip_address(text)
    if not address.is_loopback:
        raise argparse.ArgumentTypeError("only 127.0.0.0/8")
    return text


def door(text):
    host, port = text.rsplit(":", 1)
    return local(host), int(port)


def main():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() == 1:
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("door", type=door, metavar="ADDRESS:PORT")
    parser.add_argument("--ca", required=True, help="of the door's certificate")
    parser.add_argument("--keys", type=pathlib.Path, action="append", help="folder of a client certificate; in turns")
    parser.add_argument("--sources", type=local, nargs="+", default=["127.0.0.2"], help="addresses to come from, in turns")
    parser.add_argument("--path", default="/as4")
    parser.add_argument("--content-type", default='multipart/related; type="application/soap+xml"; boundary=b')
    parser.add_argument("--connections", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    options.connections, options.seconds = min(options.connections, 400), min(options.seconds, 120)
    asyncio.run(Attack(options).run())


if __name__ == "__main__":
    main()
