# SPDX-License-Identifier: Apache-2.0
"""Two real daemons, built with the sanitizers, exchange messages over mutual TLS; everything is seen from outside."""
import json
import pathlib
import ssl
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

import access_points
import make_sdk_message
from signed_receipt import SignedReceipt


class Exchange(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-exchange-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = access_points.Pair(cls.folder, preset="asan", send={"retry_delay": "50ms", "retry_max_delay": "200ms"})
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.a, cls.b = cls.pair.a.service(), cls.pair.b.service()
        cls.addClassCleanup(lambda: (cls.a.close(), cls.b.close()))
        cls.sender = make_sdk_message.organisation_identity(cls.folder / "sender", "Kommun A")
        _, cls.recipient_certificate = make_sdk_message.organisation_identity(cls.folder / "recipient", "Kommun B")

    def document(self, octets=1_000, back=False, label="Beslut"):
        """A new XHE document with an attachment of so many octets."""
        attachment, out = self.folder / "bilaga.bin", self.folder / "submitted.xml"
        make_sdk_message.write_attachment(attachment, octets)
        sender, recipient = (side.participant for side in (self.pair.b, self.pair.a)[::1 if back else -1])
        message = make_sdk_message.Message(sender, recipient, [("bilaga.bin", "application/pdf", attachment)], label)
        make_sdk_message.make(message, out, *self.sender, self.recipient_certificate)
        return message, out

    def fetch(self, service, message_id):
        """The item's record and payload; acknowledged."""
        def leased():
            return [item for item in service.lease(max=100) if item["message_id"] == message_id]
        [item] = access_points.wait_until(leased, "the item in the inbox")
        payload = service.checked(200, "GET", f"/v1/inbox/{item['id']}/payload").body
        service.acknowledge(item["id"], item["lease"])
        return item, payload

    def exchange(self, octets, back=False):
        sender, receiver = (self.b, self.a) if back else (self.a, self.b)
        message, document = self.document(octets, back)
        submitted = sender.submit(document)
        settled = sender.wait_for_state(submitted["id"])
        self.assertEqual(settled["state"], "delivered", settled)
        item, payload = self.fetch(receiver, submitted["message_id"])
        self.assertTrue(payload == document.read_bytes(), "the payload is not what was submitted")
        return message, settled, item

    def test_a_small_message_arrives_unchanged_with_the_headers_of_its_envelope(self):
        message, settled, item = self.exchange(1_000)
        for record in (settled, item):
            self.assertEqual(record["sender"], self.pair.a.participant)
            self.assertEqual(record["recipient"], self.pair.b.participant)
            self.assertEqual(record["from_party"], self.pair.a.party_id)
            self.assertEqual(record["to_party"], self.pair.b.party_id)
            self.assertEqual(record["conversation_id"], message.id)
            self.assertEqual(record["service"], "bdx:noprocess")
            self.assertEqual(record["action"], "busdox-docid-qns::" + make_sdk_message.DOCUMENT_ID)
        self.assertEqual(item["delivery_count"], 1)

    def test_a_large_message_arrives_unchanged_both_ways(self):
        self.exchange(5_000_000)
        self.exchange(5_000_000, back=True)

    def test_the_receipt_holds_before_strangers(self):
        _, settled, item = self.exchange(500)
        path = self.folder / "receipt.xml"
        path.write_bytes(self.a.receipt(settled["id"]))
        receipt = SignedReceipt(path)
        receipt.verify(self.pair.a.folder / "ca")
        self.assertIn(f"CN={self.pair.b.party_id}", receipt.signer)
        self.assertEqual(receipt.ref_to_message_id, settled["message_id"])
        self.assertEqual(receipt.references, 3)  # eb:Messaging, Body and the one attachment
        self.assertEqual(receipt.message_id, settled["receipt"]["id"])
        self.assertEqual(path.read_bytes(), self.b.receipt(item["id"]), "both sides keep the same octets")
        changed = path.read_bytes().replace(settled["message_id"].encode(), settled["message_id"][::-1].encode())
        path.write_bytes(changed)
        with self.assertRaises(access_points.Failed):
            SignedReceipt(path).verify(self.pair.a.folder / "ca")

    def test_the_same_submission_again_is_the_same_message(self):
        _, document = self.document()
        first, second = self.a.submit(document), self.a.submit(document)
        self.assertEqual((first["id"], first["message_id"]), (second["id"], second["message_id"]))
        self.a.wait_for_state(first["id"])
        self.fetch(self.b, first["message_id"])
        self.assertEqual([item for item in self.b.lease(max=100) if item["message_id"] == first["message_id"]], [])

    def test_the_same_envelope_id_with_other_content_is_a_conflict(self):
        message, document = self.document()
        submitted = self.a.submit(document)
        message.label = "Another"
        make_sdk_message.make(message, document, *self.sender, self.recipient_certificate)
        answer = self.a.request("POST", "/v1/messages", document.read_bytes(), "application/xml")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (409, "application/problem+json"))
        self.a.wait_for_state(submitted["id"])
        self.fetch(self.b, submitted["message_id"])

    def test_a_message_waits_for_a_receiver_that_is_down(self):
        self.pair.b.stop()
        try:
            _, document = self.document()
            submitted = self.a.submit(document)
            deferred = self.a.wait_for_state(submitted["id"], ("deferred",))
            self.assertGreaterEqual(deferred["attempt_count"], 1)
            self.assertTrue(deferred["last_error"])
        finally:
            self.b.close()
            self.pair.b.start().wait_ready()
        self.assertEqual(self.a.wait_for_state(submitted["id"])["state"], "delivered")
        self.fetch(self.b, submitted["message_id"])

    def test_what_was_received_survives_a_restart(self):
        _, document = self.document(200_000)
        submitted = self.a.submit(document)
        self.a.wait_for_state(submitted["id"])
        self.assertEqual(self.pair.b.stop(), 0, self.pair.b.log_tail())
        self.b.close()
        self.pair.b.start().wait_ready()
        _, payload = self.fetch(self.b, submitted["message_id"])
        self.assertTrue(payload == document.read_bytes())

    def test_a_token_opens_the_door_and_a_wrong_one_does_not(self):
        tls = ssl.create_default_context(cafile=str(self.pair.a.folder / "ca/tls-ca.cert.pem"))

        def status(token):
            request = urllib.request.Request(self.pair.a.rest_url + "/v1/messages",
                                             headers={"Authorization": f"Bearer {token}"})
            try:
                with urllib.request.urlopen(request, context=tls) as answer:
                    return answer.status
            except urllib.error.HTTPError as refusal:
                with refusal:
                    return refusal.code
        self.assertEqual(status(self.pair.a.token_file.read_text().strip()), 200)
        self.assertEqual(status("another"), 401)

    def test_the_operator_sees_it_by_the_command_line(self):
        _, settled, _ = self.exchange(300)

        def kurir(*arguments):
            done = subprocess.run([self.pair.programs["kurir"], "--socket", self.pair.a.admin_socket, *arguments],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        self.assertEqual(json.loads(kurir("show", settled["id"], "--json"))["state"], "delivered")
        self.assertIn(settled["message_id"], kurir("show", settled["id"]))
        self.assertGreaterEqual(json.loads(kurir("status", "--json"))["counts"]["by_state"]["delivered"], 1)
        json.loads(kurir("queue", "--json"))
        json.loads(kurir("inbox", "--json"))
        _, document = self.document()
        sent = json.loads(kurir("send", str(document), "--json"))
        self.assertEqual(self.a.wait_for_state(sent["id"])["state"], "delivered")
        self.fetch(self.b, sent["message_id"])

    def test_an_unknown_key_is_an_error_with_its_line(self):
        good = subprocess.run([self.pair.programs["kurird"], "--check", self.pair.a.config], capture_output=True, text=True)
        self.assertEqual(good.returncode, 0, good.stderr)
        text = self.pair.a.config.read_text() + "\n[log]\nlevle = \"info\"\n"
        wrong = self.folder / "wrong.toml"
        wrong.write_text(text)
        bad = subprocess.run([self.pair.programs["kurird"], "--check", wrong], capture_output=True, text=True)
        self.assertNotEqual(bad.returncode, 0)
        self.assertIn(f"wrong.toml:{len(text.splitlines())}", bad.stderr)
        self.assertIn("levle", bad.stderr)

    def test_a_second_daemon_on_the_same_data_folder_is_refused(self):
        done = subprocess.run([self.pair.programs["kurird"], "--config", self.pair.a.config],
                              capture_output=True, text=True, timeout=30)
        self.assertNotEqual(done.returncode, 0)

    @classmethod
    def tearDownClass(cls):
        for side in cls.pair.sides.values():
            status = side.stop()
            if status != 0 or "Sanitizer" in side.log.read_text(errors="replace"):
                raise AssertionError(f"side {side.name} ended with {status}:\n{side.log_tail(60)}")


if __name__ == "__main__":
    unittest.main()
