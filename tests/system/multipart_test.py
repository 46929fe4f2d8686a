# SPDX-License-Identifier: Apache-2.0
"""Messages of several payloads between two real daemons over mutual TLS, handed in as forms; and pings."""
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

import access_points

PMODE = """
[[pmode]]
id = "forms"
party_type = "urn:example:parties"
"""
PREFIX = "access-point-"


class Multipart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-multipart-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = access_points.Pair(cls.folder, preset="asan", send={"retry_delay": "50ms", "retry_max_delay": "200ms"})
        cls.pair.configure = lambda: cls.configure(cls.pair)
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.a, cls.b = cls.pair.a.service(60), cls.pair.b.service(60)
        cls.addClassCleanup(lambda: (cls.a.close(), cls.b.close()))

    @staticmethod
    def configure(pair):
        for side, other in ((pair.a, pair.b), (pair.b, pair.a)):
            peer = access_points.peer_table(PREFIX + other.name.lower(), other.party_id, other.as4_url,
                                            side.folder / "peers" / f"{other.party_id}.cert.pem", [other.participant],
                                            pmode="forms")
            side.config.write_text(access_points.configuration(side, pair.send, [peer], PMODE))

    def described(self, **more):
        return {"original_sender": {"id": self.pair.a.participant}, "final_recipient": {"id": self.pair.b.participant},
                "service": {"value": "urn:example:orders"}, "action": "urn:example:order", **more}

    def file(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return path

    def curl(self, *fields, key=None):
        """curl as a user types it: the HTTP status and the answer's JSON."""
        side = self.pair.a
        command = ["curl", "--silent", "--show-error", "--cert", side.key("client.cert.pem"), "--key",
                   side.key("client.key.pem"), "--cacert", side.folder / "ca/tls-ca.cert.pem",
                   "--write-out", "%{http_code}", side.rest_url + "/v1/messages"]
        for field in fields:
            command += ["-F", field]
        if key:
            command += ["-H", f"Idempotency-Key: {key}"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout[-3:]), json.loads(done.stdout[:-3])

    def form(self, description, parts):
        """A form as browsers write it; parts: name and octets, without a type of their own."""
        boundary = "----WebKitFormBoundaryAbC123"
        body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + octets + b"\r\n"
                        for name, octets in [("message", json.dumps(description).encode()), *parts])
        return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"

    def arrived(self, submitted, service=None):
        """The item that this submission became, and its payloads; acknowledged."""
        service = service or self.b
        seen = {}

        def leased():
            seen.update((item["message_id"], item) for item in service.lease(max=100))
            return seen.get(submitted["message_id"])
        item = access_points.wait_until(leased, "the item in the inbox", 60)
        payloads = [service.checked(200, "GET", f"/v1/inbox/{item['id']}/payloads/{n}").body
                    for n in range(len(item["parts"]))]
        for each in seen.values():
            service.acknowledge(each["id"], each["lease"])
        return item, payloads

    def spooled(self, side):
        return [path for path in (side.data_dir / "spool").rglob("*") if path.is_file()]

    def test_curl_sends_many_payloads_and_each_arrives_as_it_was(self):  # [TA05][TA06][TA07][TA25][TA27][TA28][TA45]
        large = os.urandom(3_000_000)
        files = {"lead": "<a>hälsning</a>".encode(), "wide": "<a/>".encode("utf-16"), "large": large, "plain": b"<a  b='1' />",
                 "one": b"1", "none": b""}
        paths = {name: self.file(name, octets) for name, octets in files.items()}
        description = self.described(payloads=[
            {"part": "lead", "content_id": "lead@example", "mime_type": "application/xml", "character_set": "UTF-8"},
            {"part": "wide", "mime_type": "text/xml", "character_set": "UTF-16"}, {"part": "large", "compress": False},
            {"part": "plain", "mime_type": "application/xml", "compress": False}, {"part": "one"}, {"part": "none"}])
        shuffled = ("none", "large", "lead", "plain", "one", "wide")
        status, taken = self.curl("message=" + json.dumps(description), *(f"{name}=@{paths[name]}" for name in shuffled))
        self.assertEqual(status, 202, taken)
        self.assertEqual(self.a.wait_for_state(taken["id"])["state"], "delivered")
        item, payloads = self.arrived(taken)
        self.assertEqual([part["content_id"] for part in item["parts"]],
                         ["lead@example", "wide", "large", "plain", "one", "none"])
        self.assertTrue(payloads == list(files.values()), "payloads are not what was submitted")
        self.assertEqual([part["character_set"] for part in item["parts"][:3]], ["UTF-8", "UTF-16", None])
        self.assertEqual([part["compressed"] for part in item["parts"]], [True, True, False, False, True, True])
        for side in (self.pair.a, self.pair.b):
            self.assertEqual(self.spooled(side), [])

    def test_what_browsers_send_arrives_with_its_properties(self):  # [TA18][TA20][TA44]
        description = self.described(
            ref_to_message_id="asked@example", properties=[{"name": "trackingIdentifier", "value": "T-1"},
                                                           {"name": "kind", "value": "order", "type": "urn:example:kinds"}],
            payloads=[{"part": "p", "properties": [{"name": "x", "value": "y", "type": "urn:z"}, {"name": "u", "value": "v"}]}])
        taken = self.a.checked(202, "POST", "/v1/messages", *self.form(description, [("p", b"octets")])).json()
        item, payloads = self.arrived(taken)
        self.assertEqual(payloads, [b"octets"])
        self.assertTrue(item["conversation_id"])
        self.assertEqual(item["ref_to_message_id"], "asked@example")
        self.assertEqual(item["properties"][2:], [{"name": "trackingIdentifier", "value": "T-1", "type": None},
                                                  {"name": "kind", "value": "order", "type": "urn:example:kinds"}])
        self.assertEqual(item["parts"][0]["properties"], [{"name": "x", "value": "y", "type": "urn:z"},
                                                          {"name": "u", "value": "v", "type": None}])

    def test_a_key_makes_a_repeat_safe_and_other_content_a_conflict(self):
        message = "message=" + json.dumps(self.described())
        first = self.curl(message, "p=one", key="key-1")
        again = self.curl(message, "p=one", key="key-1")
        self.assertEqual((first[0], again[0], again[1]["existed"]), (202, 202, True), (first, again))
        self.assertEqual(first[1]["id"], again[1]["id"])
        status, problem = self.curl(message, "p=two", key="key-1")
        self.assertEqual((status, problem["code"]), (409, "conflict"))

    def test_fifty_at_once_arrive_once_each(self):
        def send(number):
            service = self.pair.a.service(120)
            try:
                octets = str(number).encode() * 30_000
                body, kind = self.form(self.described(message_id=f"{number}@fifty.example"), [("p", octets), ("q", b"")])
                return service.checked(202, "POST", "/v1/messages", body, kind).json()
            finally:
                service.close()
        with concurrent.futures.ThreadPoolExecutor(50) as threads:
            taken = list(threads.map(send, range(50)))
        for each in taken:
            self.assertEqual(self.a.wait_for_state(each["id"], limit=120)["state"], "delivered")
        expected, counts = {each["message_id"] for each in taken}, {}

        def all_there():
            for item in self.b.lease(max=100):
                counts[item["message_id"]] = counts.get(item["message_id"], 0) + 1
                number = item["message_id"].partition("@")[0].encode()
                if item["message_id"] in expected:
                    payload = self.b.checked(200, "GET", f"/v1/inbox/{item['id']}/payload").body
                    self.assertTrue(payload == number * 30_000)
                self.b.acknowledge(item["id"], item["lease"])
            return expected <= counts.keys()
        access_points.wait_until(all_there, "fifty items", 120)
        self.assertEqual({counts[each] for each in expected}, {1})

    def test_a_client_that_vanishes_leaves_nothing(self):
        body, kind = self.form(self.described(payloads=[{"part": "p", "compress": False}]), [("p", os.urandom(1_000_000))])
        service = self.a
        with socket.create_connection((service.address.hostname, service.address.port)) as plain:
            with service.tls.wrap_socket(plain, server_hostname=service.address.hostname) as connection:
                connection.sendall(f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
                                   f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:600_000])
                access_points.wait_until(lambda: self.spooled(self.pair.a), "the payload in the spool")
        access_points.wait_until(lambda: not self.spooled(self.pair.a), "an empty spool")

    def kurir(self, side, *words):
        command = [self.pair.programs["kurir"], "--socket", side.admin_socket, *words]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)

    def test_each_pings_the_other_and_nothing_is_delivered(self):  # [TA16][TA17]
        for side, other, service in ((self.pair.a, self.pair.b, self.b), (self.pair.b, self.pair.a, self.a)):
            done = self.kurir(side, "--json", "ping", PREFIX + other.name.lower())
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            pinged = json.loads(done.stdout)
            self.assertEqual((pinged["http_status"], pinged["error"]), (200, None))
            self.assertIn(other.party_id, pinged["receipt"]["signer"]["subject"])
            self.assertTrue(pinged["tls_peer"])
            rows = json.loads(self.kurir(other, "--json", "queue", "--direction", "inbound", "--state", "answered").stdout)["items"]
            self.assertIn(pinged["message_id"], [row["message_id"] for row in rows])
            self.assertNotIn(pinged["message_id"], [item["message_id"] for item in service.lease(max=100, seconds=1)])
        self.assertIn("receipted", self.kurir(self.pair.a, "ping", PREFIX + "b").stdout)
        for name in ("nobody", self.pair.a.party_id):
            done = self.kurir(self.pair.a, "ping", name)
            self.assertEqual(done.returncode, 1)
            self.assertIn("no_such_peer", done.stderr)

    def test_the_operator_sends_files_with_what_is_said_of_them(self):
        lead = self.file("lead,1.xml", b"<order/>")
        done = self.kurir(self.pair.a, "--json", "send", "--from", self.pair.a.participant, "--to", self.pair.b.participant,
                          "--service", "urn:example:orders", "--action", "urn:example:order",
                          "--property", "k=v,type=urn:t", "--property", "l=w",
                          "--payload", f"{lead},mime=application/xml,id=lead,charset=UTF-8", "--payload", self.file("zero", b"\0"))
        self.assertEqual(done.returncode, 0, done.stderr)
        taken = json.loads(done.stdout)
        item, payloads = self.arrived(taken)
        self.assertEqual(payloads, [b"<order/>", b"\0"])
        self.assertEqual([(part["content_id"], part["mime_type"]) for part in item["parts"]],
                         [("lead", "application/xml"), ("payload-2", "application/octet-stream")])
        shown = self.kurir(self.pair.a, "show", taken["id"]).stdout
        for text in ("k = v (urn:t)", "l = w", "character set UTF-8"):
            self.assertIn(text, shown)
        self.assertEqual(self.kurir(self.pair.a, "send").returncode, 2)
        self.assertEqual(self.kurir(self.pair.a, "send", lead, "--peer", "x").returncode, 2)
        self.assertEqual(self.kurir(self.pair.a, "send", "--peer", "x", "--property", "k").returncode, 2)


if __name__ == "__main__":
    unittest.main()
