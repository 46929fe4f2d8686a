# SPDX-License-Identifier: Apache-2.0
"""phase4 (Java, WSS4J), an access point that shares no code with ours, both ways. Two ends of one code base can agree
on a wrong wire; this is where that shows."""
import unittest

import access_points
import harness
import phase4
from harness import Case
from signed_receipt import SignedReceipt

PARTY, PARTICIPANT = "AP0900-OPEN-TEST", "0203:phase4.example"
TRANSPORTS = ("tls", "http")

TO_PHASE4 = [Case(f"SDK document, {octets} octets attached", "to phase4", transport, {"kind": "document", "octets": octets})
             for transport in TRANSPORTS for octets in (2_000, 300_000)]
FROM_PHASE4 = [Case("SDK document", "from phase4", transport, {"kind": "receive_document"}) for transport in TRANSPORTS]


@harness.table_driven(*TO_PHASE4, *FROM_PHASE4)
class Phase4(harness.InteropTest):
    PEER = "phase4"

    @classmethod
    def setUpClass(cls):
        cls.kit = harness.need_kit("phase4", phase4.PROGRAMS, phase4.build)
        super().setUpClass()
        cls.keys = phase4.Keys(cls.kit, cls.folder / "phase4-keys", PARTY)
        authorities = cls.authorities
        cls.trust = phase4.Trust(
            as4=[authorities / "ap-root.cert.pem", authorities / "ap-issuing.cert.pem", cls.keys.ca],
            tls=[authorities / "tls-ca.cert.pem", cls.keys.ca])
        cls.sender = phase4.Sender(cls.kit, cls.trust)
        cls.receiver = phase4.Receiver(cls.kit, cls.folder / "phase4", cls.keys, cls.trust)
        cls.addClassCleanup(cls.receiver.stop)
        cls.receiver.wait_ready()
        cls.kurir = {transport: cls.start_kurir(transport) for transport in TRANSPORTS}

    @classmethod
    def start_kurir(cls, transport):
        kurir = cls.add_kurir(transport, f"AP0001-{transport.upper()}", f"0203:{transport}.example", transport=transport)
        certificate = str(cls.keys.certificate)
        peer = access_points.peer_table("phase4", PARTY, cls.receiver.url(transport), certificate, [PARTICIPANT],
                                        certificates=[certificate])
        return kurir.configure([peer], tls_ca=[cls.keys.ca]).ready()

    def check_document(self, case):
        kurir = self.kurir[case.transport]
        message, document = kurir.document(PARTICIPANT, case.octets)
        submitted = kurir.rest.submit(document)
        settled = kurir.settled(submitted["id"])
        self.assertEqual(settled["state"], "delivered", f"{settled}\n{kurir.log_tail()}")
        line = self.receiver.line(submitted["message_id"])
        self.assertEqual([part["sha256"] for part in line["parts"]], [harness.sha256_of(document)], line)
        path = self.folder / "receipt.xml"
        path.write_bytes(kurir.rest.receipt(settled["id"]))
        receipt = SignedReceipt(path)
        self.assertIn(f"CN={PARTY}", receipt.signer)
        self.assertEqual(receipt.ref_to_message_id, settled["message_id"])
        return "delivered, receipt proven"

    def check_receive_document(self, case):
        kurir = self.kurir[case.transport]
        message, document = kurir.document(kurir.participant, 100_000, sender=PARTICIPANT)
        [sent] = self.sender.send(
            kurir.as4_url, self.keys, kurir.key("as4.cert.pem"), "--preset", "sdk", "--from", PARTY, "--to", kurir.party_id,
            "--original-sender", PARTICIPANT, "--final-recipient", kurir.participant, "--conversation", message.id,
            "--payload", f"{document},mime=text/xml,cid=message")
        self.assertEqual((sent["result"], sent["nrr"], sent["answer_signed"]), ("SUCCESS", "ok", True), sent)
        self.assertIn(kurir.party_id, sent["answer_signer"])
        item = kurir.from_inbox(sent["message_id"])
        self.assertEqual((item["from_party"], item["sender"]), (PARTY, PARTICIPANT))
        self.assertEqual(kurir.payload_sha256(item), harness.sha256_of(document))
        kurir.acknowledge(item)
        return "delivered, receipt accepted"


if __name__ == "__main__":
    unittest.main()
