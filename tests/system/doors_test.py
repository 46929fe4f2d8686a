# SPDX-License-Identifier: Apache-2.0
"""HTTP as clients really speak it, at both doors of a running access point (sanitized build): lengths and chunks,
`Expect: 100-continue`, bodies above the limit, and clients that stop sending or reading."""
import pathlib
import re
import socket
import ssl
import tempfile
import time
import unittest
import urllib.parse

import access_points
import make_sdk_message

LIMIT = 2_000_000  # octets of a message or submission


class LimitedPair(access_points.Pair):
    def configure(self):
        super().configure()
        text = self.b.config.read_text()
        text = text.replace("[as4]\n", '[as4]\nprogress_timeout = "1s"\n')
        text = text.replace("[rest]\n", f'[rest]\nprogress_timeout = "1s"\nmax_submission_size = "{LIMIT}B"\n')
        text = text.replace("[send]\n", f'[receive]\nmax_message_size = "{LIMIT}B"\nmax_part_size = "{LIMIT}B"\n\n[send]\n', 1)
        self.b.config.write_text(text)


class Doors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-doors-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = LimitedPair(cls.folder, preset="asan")
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.doors = {"as4": ("/as4", 'multipart/related; type="application/soap+xml"; boundary=b'),
                     "rest": ("/v1/messages", "application/xml")}
        cls.key, cls.certificate = make_sdk_message.organisation_identity(cls.folder, "Kommun")

    def connect(self, door):
        """TLS to a door of B, as one it knows."""
        side, other = self.pair.b, self.pair.a
        url, ca, keys = ((side.as4_url, "tls-ca", other.key("tls.cert.pem")) if door == "as4" else
                         (side.rest_url, "tls-ca", side.key("client.cert.pem")))
        context = ssl.create_default_context(cafile=str(side.folder / f"ca/{ca}.cert.pem"))
        context.load_cert_chain(str(keys), str(keys).replace(".cert.", ".key."))
        address = urllib.parse.urlsplit(url)
        return context.wrap_socket(socket.create_connection((address.hostname, address.port), 20),
                                   server_hostname="localhost")

    def head(self, door, *fields):
        path, content_type = self.doors[door]
        return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {content_type}", *fields, "", ""]
                           ).encode()

    @staticmethod
    def answer(connection):
        """All that comes, until the end however it comes."""
        octets = b""
        try:
            while piece := connection.recv(65536):
                octets += piece
        except OSError:
            pass
        return octets.decode(errors="replace")

    def each_door(self):
        for door in self.doors:
            with self.connect(door) as connection:
                yield door, connection

    def document(self):
        path = self.folder / "document.xml"
        make_sdk_message.make(make_sdk_message.Message(self.pair.b.participant, self.pair.a.participant), path,
                              self.key, self.certificate, self.certificate)
        return path.read_bytes()

    def test_a_submission_may_come_in_chunks_and_after_100_continue(self):
        document = self.document()
        with self.connect("rest") as connection:
            connection.sendall(self.head("rest", "Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: close"))
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            for begin in range(0, len(document), 1000):
                piece = document[begin:begin + 1000]
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.sendall(b"0\r\n\r\n")
            self.assertIn(" 202 ", self.answer(connection).splitlines()[0])

    def test_the_as4_door_says_continue_and_judges_chunks(self):
        with self.connect("as4") as connection:
            connection.sendall(self.head("as4", "Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: close"))
            self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"5\r\n--b--\r\n0\r\n\r\n")
            self.assertRegex(self.answer(connection), "EBMS:000[79]")

    def test_a_body_above_the_limit_is_refused_before_it_is_sent(self):
        for door, connection in self.each_door():
            connection.sendall(self.head(door, f"Content-Length: {LIMIT + 1}", "Expect: 100-continue"))
            self.assertIn(" 413 ", self.answer(connection).splitlines()[0])

    def test_a_body_above_the_limit_is_drained_within_bounds_and_answered(self):
        for door, connection in self.each_door():
            connection.sendall(self.head(door, f"Content-Length: {LIMIT + 1}"))
            self.send_what_is_taken(connection, b"x" * (LIMIT + 1))
            self.assertIn(" 413 ", self.answer(connection).splitlines()[0], door)

    def test_chunks_above_the_limit_are_refused_when_they_come(self):
        begin, end = self.document().split(b"<xha:PayloadContent>")
        document = begin + b"<xha:PayloadContent><x>" + b"x" * LIMIT + b"</x>" + end
        with self.connect("rest") as connection:
            connection.sendall(self.head("rest", "Transfer-Encoding: chunked"))
            self.send_what_is_taken(connection, b"%x\r\n%s\r\n0\r\n\r\n" % (len(document), document))
            self.assertIn(" 413 ", self.answer(connection).splitlines()[0])

    @staticmethod
    def send_what_is_taken(connection, octets):
        """Its end need not be taken: the answer may come before."""
        try:
            connection.sendall(octets)
        except OSError:
            pass

    def test_a_client_that_stops_sending_holds_a_limit_of_time(self):
        for door, connection in self.each_door():
            started = time.monotonic()
            connection.sendall(self.head(door, "Content-Length: 1000") + b"<XHE ")
            self.answer(connection)
            self.assertLess(time.monotonic() - started, 15)

    def test_a_client_that_stops_reading_holds_a_limit_of_time(self):
        """Requests without end on a connection whose answers nobody reads: the door stops taking them, then hangs up."""
        with self.connect("rest") as connection:
            connection.settimeout(60)  # a slow machine fills the buffers of the answers slowly
            request = b"GET /v1/messages?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000
            with self.assertRaises((ConnectionError, ssl.SSLError)):
                while True:
                    connection.sendall(request)

    def test_what_two_readers_could_read_differently_is_refused(self):
        for status, *fields in ((400, "Content-Length: 5", "Transfer-Encoding: chunked"),
                                (400, "Content-Length: 5", "Content-Length: 6"), (400, "Content-Length: +5"),
                                (400, "Transfer-Encoding: gzip"), (501, "Transfer-Encoding: gzip, chunked")):
            for door, connection in self.each_door():
                connection.sendall(self.head(door, *fields) + b"0\r\n\r\nGET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = self.answer(connection)
                self.assertIn(f" {status} ", answer.splitlines()[0])
                self.assertEqual(len(re.findall(r"HTTP/1\.1 \d", answer)), 1)
