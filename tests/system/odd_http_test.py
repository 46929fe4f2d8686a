# SPDX-License-Identifier: Apache-2.0
"""HTTP as peers, proxies and monitors really speak it, against running access points (sanitized build). A sends to B through a
peer's server that the test plays: it passes A's message on to B and changes the HTTP of the answer. B's doors are plain HTTP, so
that raw octets reach them."""
import gzip
import http.client
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import access_points
import make_sdk_message

CRLF = b"\r\n"


class Relay:
    """A server that passes each request on to B, and answers with the octets that `write` makes of B's answer."""

    def __init__(self, target):
        self.target = urllib.parse.urlsplit(target)
        self.write, self.heads = None, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}{self.target.path}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as octets:
            head = b"".join(iter(octets.readline, CRLF))
            if not head:
                return
            self.heads.append(head.decode())
            body = octets.read(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
            forward = http.client.HTTPConnection(self.target.netloc, timeout=30)
            forward.request("POST", self.target.path, body,
                            {"Content-Type": re.search(rb"(?i)content-type: (.*)\r\n", head)[1].decode()})
            answer = forward.getresponse()
            connection.sendall(self.write(answer.read()))
            forward.close()


class Plain(access_points.Pair):
    """A as always; B's doors speak plain HTTP, and A's way to B leads over the relay."""

    relay = None

    def choose_addresses(self):
        super().choose_addresses()
        self.b.as4_url = self.b.as4_url.replace("https", "http")
        self.b.rest_url = self.b.rest_url.replace("https", "http")
        if self.relay:
            self.relay.listener.close()
        self.relay = Relay(self.b.as4_url)

    def configure(self):
        super().configure()
        text = self.b.config.read_text()  # without TLS a client is known by its token only
        self.b.config.write_text(text.replace(f'certificate = "{self.b.key("client.cert.pem")}"\n', ""))

    def address(self, side, other):
        return self.relay.url if side is self.a else other.as4_url


def answer(body, *fields, status=b"HTTP/1.1 200 OK", length=True):
    if length:
        fields += (b"Content-Length: %d" % len(body),)
    return CRLF.join([status, *fields, b"", body])


SOAP = b"Content-Type: application/soap+xml"


def chunks(body):
    return b"%x  \r\n%s\r\n0\r\nX-Trailer: x\r\n\r\n" % (len(body), body)


# A receipt in each of these is a receipt.
BORNE = {
    "a folded line": lambda body: answer(body, b"Content-Type: application/soap+xml;\r\n\tcharset=UTF-8"),
    "lines that end with LF": lambda body: answer(body, SOAP).replace(CRLF, b"\n"),
    "no reason phrase": lambda body: answer(body, SOAP, status=b"HTTP/1.1 200"),
    "an empty line before": lambda body: CRLF + answer(body, SOAP),
    "interim answers": lambda body: b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer(body, SOAP),
    "HTTP/1.0 with a length": lambda body: answer(body, SOAP, status=b"HTTP/1.0 200 OK"),
    "HTTP/1.0 up to the close": lambda body: answer(body, SOAP, status=b"HTTP/1.0 200 OK", length=False),
    "the length twice": lambda body: answer(body, SOAP, b"Content-Length: %d" % len(body)),
    "chunks beside a length": lambda body: answer(chunks(body), SOAP, b"Content-Length: 7", b"Transfer-Encoding: chunked",
                                                  length=False),
    "chunked twice": lambda body: answer(chunks(body), SOAP, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked",
                                         length=False),
    "a length too large": lambda body: answer(body, SOAP, b"Content-Length: %d" % (len(body) + 2), length=False),
    "chunks without an end": lambda body: answer(chunks(body)[:-19], SOAP, b"Transfer-Encoding: chunked", length=False),
    "a status nobody knows": lambda body: answer(body, SOAP, status=b"HTTP/1.1 799 Fine"),
    "names and values that are none": lambda body: answer(body, SOAP, b"no colon", b"X Y: z", b"X : \xe9\x01", b"Y:"),
    "a header of 40 KB": lambda body: answer(body, SOAP, b"X: " + b"x" * 40_000),
    "no Content-Type": lambda body: answer(body),
    "octet-stream": lambda body: answer(body, b"Content-Type: application/octet-stream"),
    "text/html": lambda body: answer(body, b"Content-Type: text/html; charset=utf-16"),
    "a multipart of one part": lambda body: answer(b"--b\r\n\r\n" + body + b"\r\n--b--\r\n",
                                                   b'Content-Type: multipart/related; boundary="x"'),
    "an empty line before the XML": lambda body: answer(CRLF + body, SOAP),
    "identity": lambda body: answer(body, SOAP, b"Content-Encoding: identity"),
    "a coding that is not there": lambda body: answer(body, SOAP, b"Content-Encoding: gzip"),
}

# None of these can be read; what the operator is told.
TOLD = {
    "gzip": (lambda body: answer(gzip.compress(body), SOAP, b"Content-Encoding: gzip"),
             r"Content-Encoding: gzip.*Accept-Encoding: identity.*unknown.*proxy or web server"),
    "a transfer coding": (lambda body: answer(chunks(gzip.compress(body)), SOAP, b"Transfer-Encoding: gzip, chunked",
                                              length=False), r"Transfer-Encoding: gzip"),
    "a web page": (lambda body: answer(b"<!DOCTYPE html><title>Sign in</title>", b"Content-Type: text/html"),
                   r'a web page, title "Sign in".*url of the \[\[peer\]\]'),
    "a text": (lambda body: answer(b"no healthy upstream", status=b"HTTP/1.1 503 No"), r'HTTP 503.*"no healthy upstream"'),
    "cut short": (lambda body: answer(body[:1000], SOAP, b"Content-Length: 9999", length=False), r"connection broke after"),
    "two lengths": (lambda body: answer(body, SOAP, b"Content-Length: 7"), r"not HTTP.*Content-Length"),
    "TLS": (lambda body: b"\x15\x03\x01\x00\x02\x02\x46", r"URL must begin with https"),
}


class OddHttp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-odd-http-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = Plain(cls.folder, preset="asan",
                         send={"retry_delay": "200ms", "retry_max_delay": "200ms", "failures_to_open": 1000})
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.a = cls.pair.a.service()
        cls.addClassCleanup(cls.a.close)
        cls.key, cls.certificate = make_sdk_message.organisation_identity(cls.folder, "Kommun")
        cls.token = cls.pair.b.token_file.read_text().strip()

    def document(self, sender, recipient):
        path = self.folder / "document.xml"
        make_sdk_message.make(make_sdk_message.Message(sender.participant, recipient.participant), path, self.key,
                              self.certificate, self.certificate)
        return path

    def submit(self, write):
        self.pair.relay.write = write
        return self.a.submit(self.document(self.pair.a, self.pair.b))["id"]

    def test_a_receipt_is_taken_whatever_carries_it(self):
        for name, write in BORNE.items():
            with self.subTest(name):
                message = self.a.wait_for_state(self.submit(write))
                self.assertEqual(message["state"], "delivered")
                self.assertEqual([attempt["error"] for attempt in message["attempts"]], [None])

    def test_what_cannot_be_read_is_told_and_tried_again(self):
        for name, (write, words) in TOLD.items():
            with self.subTest(name):
                id = self.submit(write)
                message = access_points.wait_until(
                    lambda: (seen := self.a.message(id))["attempts"] and seen["state"] == "deferred" and seen, name)
                self.assertRegex(message["last_error"], words)
                self.pair.relay.write = BORNE["a folded line"]
                self.assertEqual(self.a.wait_for_state(id)["state"], "delivered")

    def test_requests_say_who_asks_and_want_no_coding(self):
        self.a.wait_for_state(self.submit(BORNE["identity"]))
        self.assertRegex(self.pair.relay.heads[-1], r"(?m)^User-Agent: Kurir/\d+\.\d+\.\d+\r$")
        self.assertRegex(self.pair.relay.heads[-1], r"(?m)^Accept-Encoding: identity\r$")

    def ask(self, url, octets, half_close=False):
        address = urllib.parse.urlsplit(url)
        with socket.create_connection((address.hostname, address.port), 20) as connection:
            remote = "%s:%d" % connection.getsockname()
            connection.sendall(octets)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode(errors="replace"), remote

    def requests(self):
        """The start of each request with a body at B's doors."""
        bearer = f"Authorization: Bearer {self.token}"
        rest = [("/v1/messages", "application/xml"), ("/v1/messages", "multipart/form-data; boundary=b"),
                ("/v1/inbox/lease", "application/json"), ("/v1/inbox/x/ack", "application/json")]
        yield self.pair.b.as4_url, f"POST /as4 HTTP/1.1\r\nHost: b\r\nContent-Type: application/soap+xml\r\n"
        for path, kind in rest:
            yield self.pair.b.rest_url, f"POST {path} HTTP/1.1\r\nHost: b\r\nContent-Type: {kind}\r\n{bearer}\r\n"

    def test_a_body_that_ends_early_is_the_senders_fault(self):
        for url, start in self.requests():
            for rest in ("Content-Length: 500\r\n\r\n\n\n\n", "Transfer-Encoding: chunked\r\n\r\n3\r\n\n\n\n\r\n"):
                with self.subTest(start=start, rest=rest):
                    answer, remote = self.ask(url, (start + rest).encode(), half_close=True)
                    self.assertEqual(answer.split()[1], "400", answer)
                    self.assertIn("octets of the body", answer)
                    access_points.wait_until(lambda: re.search(
                        f'remote="?{remote}"?.*octets of the body', self.pair.b.log.read_text()), remote)

    def test_an_encoded_body_is_415(self):
        for url, start in self.requests():
            with self.subTest(start):
                octets = (start + "Connection: close\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\n<a>").encode()
                answer, _ = self.ask(url, octets)
                self.assertEqual(answer.split()[1], "415", answer)
                self.assertIn("\r\nAccept-Encoding: identity\r\n", answer)
                plain, _ = self.ask(url, octets.replace(b"gzip", b"identity"))
                self.assertNotEqual(plain.split()[1], "415", plain)
                transfer, _ = self.ask(url, (start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").encode())
                self.assertEqual(transfer.split()[1], "501", transfer)

    @unittest.skipUnless(shutil.which("curl"), "SKIPPED: curl is not installed (tools/setup test)")
    def test_head_works_wherever_get_does(self):
        def curl(*words):
            done = subprocess.run(["curl", "-sS", "--max-time", "20", "-H", f"Authorization: Bearer {self.token}", *words],
                                  capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return re.sub(r"Date: .*\r\n", "", done.stdout.decode())
        b = self.pair.b
        rest, admin = b.rest_url, ("--unix-socket", str(b.admin_socket))
        for words in ((rest + "/healthz",), (rest + "/v1/messages",), (rest + "/v1/nothing",), (rest + "/v1/inbox/lease",),
                      (*admin, "http://b/admin/peers"), (*admin, "http://b/admin/stuck"), (b.as4_url,)):
            with self.subTest(words):
                head, get = curl("--head", *words), curl("--include", *words)
                self.assertTrue(get.startswith(head), (head, get))
                self.assertTrue(head.endswith("\r\n\r\n"))
        self.assertIn(" 200 ", curl("--head", rest + "/healthz").splitlines()[0])
        self.assertIn("Allow: POST, GET, HEAD", curl("-i", "-X", "DELETE", rest + "/v1/messages"))


if __name__ == "__main__":
    unittest.main()
