# SPDX-License-Identifier: Apache-2.0
"""phase4, an access point that shares no code with ours: one message to it and one from it, over mutual TLS, between
two PKIs. Two ends of one code base can agree on a wrong wire; this is where that shows.

The kit lies in ../shared/interop/phase4; where it, Java or Maven is missing the tests are skipped, but with CI=true and
../shared present that is a failure."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import access_points
import make_sdk_message
from signed_receipt import SignedReceipt

SHARED = access_points.ROOT.parent / "shared"
KIT = SHARED / "interop/phase4"
PEER_PARTY, PEER_PARTICIPANT = "AP0900-OPEN-TEST", "0203:phase4.example"


def missing():
    """Why phase4 cannot run here, or nothing."""
    if not KIT.is_dir():
        return "no ../shared/interop/phase4 beside the checkout"
    for program in ("javac", "mvn"):
        if not shutil.which(program):
            return f"{program} is not installed (tools/setup interop)"
    return None


def build_kit():
    built = pathlib.Path(os.environ.get("KURIR_PHASE4_DIR", os.path.join(
        os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "kurir-peers/phase4")))
    if not (built / "target/lib").is_dir():
        access_points.run(KIT / "build")


class Phase4(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if reason := missing():
            if os.environ.get("CI") == "true" and SHARED.is_dir():
                raise AssertionError(f"continuous integration must run against phase4: {reason}")
            print(f"SKIPPED: {reason}")
            raise unittest.SkipTest(reason)
        build_kit()
        scratch = tempfile.TemporaryDirectory(prefix="kurir-phase4-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = access_points.Pair(cls.folder)
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.make_keys()
        access_points.run(KIT / "make-keys", cls.folder / "phase4", 2048, PEER_PARTY)
        cls.start_phase4()
        cls.pair.choose_addresses()  # after phase4 took its own
        cls.start_kurird()
        cls.service = cls.pair.a.service()

    @classmethod
    def phase4_key(cls, kind):
        return cls.folder / "phase4" / f"{PEER_PARTY}.{kind}.pem"

    @classmethod
    def phase4_identity(cls):
        """Its own key for AS4 and TLS; it trusts the access points' and the TLS authority of ours."""
        ca = cls.pair.a.folder / "ca"
        return ["--key", cls.phase4_key("test-only.key"), "--cert", cls.phase4_key("chain"),
                "--ca", ca / "ap-root.cert.pem", "--ca", ca / "ap-issuing.cert.pem", "--tls-ca", ca / "tls-ca.cert.pem",
                "--ca", cls.folder / "phase4/ca.cert.pem"]

    @classmethod
    def start_phase4(cls):
        cls.received = cls.folder / "receive.jsonl"
        with open(cls.received, "wb") as out, open(cls.folder / "receive.log", "wb") as log:
            cls.phase4 = subprocess.Popen(
                [KIT / "receive", "--https", "0", "--sink", str(cls.folder / "sink"), "--demand-security",
                 *map(str, cls.phase4_identity())], stdout=out, stderr=log, preexec_fn=access_points.die_with_parent)
        cls.addClassCleanup(cls.stop_phase4)
        [ready] = access_points.wait_until(lambda: cls.events("ready") or cls.phase4.poll() is not None and [None],
                                           "phase4 ready", 60)
        if ready is None:
            raise AssertionError((cls.folder / "receive.log").read_text())
        cls.phase4_url = ready["https"]

    @classmethod
    def stop_phase4(cls):
        cls.phase4.kill()
        cls.phase4.wait()

    @classmethod
    def events(cls, name):
        lines = []
        for line in cls.received.read_text().splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                lines.append(json.loads(line))
        return [line for line in lines if line.get("event") == name]

    @classmethod
    def start_kurird(cls):
        """A meets phase4 by one [[peer]] table: its certificate pinned, its TLS authority beside ours."""
        side = cls.pair.a
        tls_ca = side.folder / "ca/tls-ca.cert.pem"
        tls_ca.write_bytes(tls_ca.read_bytes() + (cls.folder / "phase4/ca.cert.pem").read_bytes())
        certificate = cls.phase4_key("cert")
        side.config.write_text(access_points.configuration(side, cls.pair.send, [access_points.peer_table(
            "phase4", PEER_PARTY, cls.phase4_url, certificate, [PEER_PARTICIPANT], pinned=certificate)]))
        side.start().wait_ready()

    def document(self, sender, recipient, octets):
        keys = self.folder / "organisations"
        identity = make_sdk_message.organisation_identity(keys / "sender", "Kommun A")
        _, encryption = make_sdk_message.organisation_identity(keys / "recipient", "Kommun B")
        attachment, out = self.folder / "bilaga.pdf", self.folder / "document.xml"
        make_sdk_message.write_attachment(attachment, octets)
        message = make_sdk_message.Message(sender, recipient, [("bilaga.pdf", "application/pdf", attachment)])
        make_sdk_message.make(message, out, *identity, encryption)
        return message, out

    def send_to_phase4(self, octets):
        message, document = self.document(self.pair.a.participant, PEER_PARTICIPANT, octets)
        submitted = self.service.submit(document)
        settled = self.service.wait_for_state(submitted["id"])
        self.assertEqual(settled["state"], "delivered", f"{settled}\n{self.pair.a.log_tail()}")

        def told():  # phase4 writes its line after it has answered
            return [each for each in self.events("message") if each.get("message_id") == submitted["message_id"]]
        [line] = access_points.wait_until(told, "phase4's line")
        return message, document, settled, line

    def test_phase4_accepts_our_message_and_we_its_receipt(self):
        for octets in (2_000, 300_000):
            message, document, settled, line = self.send_to_phase4(octets)
            stored = [path for path in (self.folder / "sink").rglob("part-*")
                      if hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(document.read_bytes()).digest()]
            self.assertEqual(len(stored), 1, f"phase4 kept the very octets that were submitted: {line}")
            path = self.folder / "receipt.xml"
            path.write_bytes(self.service.receipt(settled["id"]))
            receipt = SignedReceipt(path)
            self.assertIn(f"CN={PEER_PARTY}", receipt.signer)
            self.assertEqual(receipt.ref_to_message_id, settled["message_id"])

    def test_we_accept_phase4s_message_and_it_our_receipt(self):
        side = self.pair.a
        message, document = self.document(PEER_PARTICIPANT, side.participant, 100_000)
        done = subprocess.run(
            [KIT / "send", "--url", side.as4_url, *self.phase4_identity(), "--to-cert", side.key("as4.cert.pem"),
             "--preset", "sdk", "--from", PEER_PARTY, "--to", side.party_id, "--original-sender", PEER_PARTICIPANT,
             "--final-recipient", side.participant, "--conversation", message.id,
             "--payload", f"{document},mime=text/xml,cid=message"], capture_output=True, text=True)
        told = f"{done.stdout}{done.stderr}{side.log_tail()}"
        self.assertEqual(done.returncode, 0, told)
        [sent] = [line for line in map(json.loads, done.stdout.splitlines()) if line.get("event") == "sent"]
        self.assertEqual((sent["result"], sent["nrr"], sent["answer_signed"]), ("SUCCESS", "ok", True), told)
        self.assertIn(side.party_id, sent["answer_signer"])
        items = access_points.wait_until(lambda: self.service.lease(), "phase4's message in the inbox")
        [item] = [each for each in items if each["conversation_id"] == message.id]
        self.assertEqual((item["from_party"], item["sender"]), (PEER_PARTY, PEER_PARTICIPANT))
        payload = self.service.checked(200, "GET", f"/v1/inbox/{item['id']}/payload").body
        self.assertTrue(payload == document.read_bytes(), "the payload is not what phase4 was given")
        self.service.acknowledge(item["id"], item["lease"])


if __name__ == "__main__":
    unittest.main()
