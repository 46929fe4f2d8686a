# SPDX-License-Identifier: Apache-2.0
"""phase4 (Java, WSS4J), an access point that shares no code with ours, both ways. Two ends of one code base can agree
on a wrong wire; this is where that shows. The cases are in phase4_cases.py."""
import random
import shutil
import unittest

import access_points
import harness
import phase4
import phase4_cases as cases
from signed_receipt import SignedReceipt

TRANSPORTS = ("tls", "http")


def write_payload(path, kind, size):
    """XML, text or random octets, the same for the same size."""
    source = random.Random(size)
    if kind == "random":
        path.write_bytes(source.randbytes(size))
        return
    head, tail = (b'<?xml version="1.0" encoding="UTF-8"?>\n<order>', b"</order>") if kind == "xml" else (b"", b"")
    text = " ".join(f"rad {source.randrange(1000)}" for _ in range(size // 6))
    path.write_bytes(head + text[:size - len(head) - len(tail)].encode() + tail)


@harness.table_driven(*cases.ACCEPTED, *cases.REFUSED, *cases.REPEATS, *cases.DOCUMENTS, *cases.FAULTS, *cases.ENDINGS)
class Phase4(harness.InteropTest):
    PEER = "phase4"

    @classmethod
    def setUpClass(cls):
        cls.kit = harness.need_kit("phase4", phase4.PROGRAMS, phase4.build)
        super().setUpClass()
        keys = cls.folder / "phase4-keys"
        cls.keys = {party: phase4.Keys(cls.kit, keys, party, bits) for party, bits in cases.BITS.items()}
        cls.keys["stranger"] = phase4.Keys(cls.kit, cls.folder / "other-ca", cases.NATIVE)
        cls.ca = cls.keys[cases.NATIVE].ca
        pki = cls.authorities
        cls.trust = phase4.Trust(as4=[pki / "ap-root.cert.pem", pki / "ap-issuing.cert.pem", cls.ca],
                                 tls=[pki / "tls-ca.cert.pem", cls.ca])
        cls.sender = phase4.Sender(cls.kit, cls.trust)
        cls.kurir = {name: cls.add_kurir(name, f"AP0001-{name.upper()}", f"0203:{name}.example", transport=transport, bits=bits)
                     for name, transport, bits in (("tls", "tls", 2048), ("http", "http", 3072), ("strong", "tls", 4096))}
        cls.receivers = {party: phase4.Receiver(cls.kit, cls.folder / party, cls.keys[party], cls.trust, how)
                         for party, how in cases.DUPLICATES.items()}
        for receiver in cls.receivers.values():
            cls.addClassCleanup(receiver.stop)
        for receiver in cls.receivers.values():
            receiver.wait_ready()
        for name, kurir in cls.kurir.items():
            kurir.configure(list(cls.peers(kurir, pinned=name == "http")), tls_ca=[cls.ca], trust=[cls.ca]).ready()

    @classmethod
    def peers(cls, kurir, pinned):
        """phase4's three parties; behind plain HTTP their certificates are pinned, else their CA is trusted."""
        for party, receiver in cls.receivers.items():
            certificate = str(cls.keys[party].certificate)
            settings = {"certificates": [certificate]} if pinned else {}
            yield access_points.peer_table(party, party, receiver.url(kurir.transport), certificate,
                                           [cases.participant(party)], **settings)

    # --- from phase4

    def files_of(self, payloads):
        """A file for each payload, and phase4's option that sends it."""
        paths, options = [], []
        for number, each in enumerate(payloads):
            path = self.folder / f"payload-{number}"
            write_payload(path, each["kind_of"], each["size"])
            spec = f"{path},mime={each['mime']}" + ("" if each["gzip"] else ",gzip=no")
            options += ["--payload", spec + (f",charset={each['charset']}" if each["charset"] else "")]
            paths.append(path)
        return paths, options

    def send(self, case, *options, signer=None, kurir=None):
        """What phase4 says of what it sent."""
        party, kurir = case.get("from", cases.NATIVE), kurir or self.kurir[case.get("to", case.transport)]
        return self.sender.send(
            kurir.as4_url, self.keys[signer or case.get("signer", party)], kurir.key("as4.cert.pem"), "--preset", "sdk",
            "--tls-key", self.keys[party].key, "--tls-cert", self.keys[party].chain, "--from", party, "--to", kurir.party_id,
            "--original-sender", cases.participant(party), "--final-recipient", kurir.participant,
            *options, *case.get("options", []))

    def assert_receipt(self, sent, kurir):
        self.assertEqual((sent["result"], sent.get("nrr"), sent.get("answer_signed"), sent.get("answer_ref")),
                         ("SUCCESS", "ok", True, sent["message_id"]), f"{sent}\n{kurir.log_tail()}")
        self.assertIn(f"CN={kurir.party_id}", sent["answer_signer"])

    def assert_error(self, sent, code, kurir, signed=True):
        told = f"{sent}\n{kurir.log_tail()}"
        self.assertEqual(sent["result"], "AS4_ERROR_MESSAGE_RECEIVED", told)
        [error] = sent["errors"]
        self.assertEqual((error["code"], error["severity"], error["ref"]), (code, "failure", sent["message_id"]), told)
        self.assertEqual(sent["answer_signed"], signed, told)
        self.assertEqual(sent["answer_ref"], sent["message_id"], told)

    def check_accepted(self, case):
        kurir = self.kurir[case.get("to", case.transport)]
        paths, options = self.files_of(case.payloads)
        [sent] = self.send(case, *options)
        self.assert_receipt(sent, kurir)
        item = kurir.from_inbox(sent["message_id"])
        self.assertEqual(item["from_party"], case.get("from", cases.NATIVE))
        parts = kurir.rest.message(item["id"])["parts"]
        self.assertEqual([(part["mime_type"], part["size"], part["compressed"], part["character_set"]) for part in parts],
                         [(each["mime"], each["size"], each["gzip"], each["charset"]) for each in case.payloads])
        for number, path in enumerate(paths):
            self.assertEqual(kurir.payload_sha256(item, number), harness.sha256_of(path), f"payload {number}")
        kurir.acknowledge(item)
        return "delivered, receipt accepted"

    def check_refused(self, case):
        kurir = self.kurir[case.transport]
        _, options = self.files_of([cases.RANDOM])
        [sent] = self.send(case, *options)
        # signed only for whom the signature or the TLS client certificate proved
        self.assert_error(sent, case.code, kurir, signed=case.proven or case.transport == "tls")
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return f"{case.code} {sent['errors'][0]['detail']}"

    def check_repeat(self, case):
        kurir = self.kurir[case.transport]
        id = f"repeat-{case.transport}-{case.form}@phase4.example"
        _, options = self.files_of([cases.XML])
        if case.form == "other":
            self.assert_receipt(self.send(case, "--message-id", id, *options)[0], kurir)
            _, options = self.files_of([cases.RANDOM])
            [again] = self.send(case, "--message-id", id, *options)
            self.assert_error(again, "EBMS:0004", kurir)
            outcome = "EBMS:0004"
        else:
            how = ["--resend", "1"] if case.form == "resend" else ["--count", "2", "--same-id"]
            answers = [line for line in self.send(case, "--message-id", id, *how, *options) if line["event"] == "sent"]
            for sent in answers:
                self.assert_receipt(sent, kurir)
            ids = [sent["answer_id"] for sent in answers]
            outcome = "a receipt again"
        self.assertEqual(kurir.deliveries(id), 1)
        return f"{outcome}, delivered once"

    # --- to phase4

    def submit(self, case, octets=2_000):
        kurir, party = self.kurir[case.get("from", case.transport)], case.get("to", cases.NATIVE)
        _, document = kurir.document(cases.participant(party), octets)
        return kurir, self.receivers[party], kurir.rest.submit(document), document

    def assert_delivered_once(self, receiver, message_id, document):
        lines = harness.wait_until(lambda: receiver.delivered(message_id), "delivered by phase4")
        self.assertEqual([[part["sha256"] for part in line["parts"]] for line in lines], [[harness.sha256_of(document)]])

    def check_document(self, case):
        kurir, receiver, submitted, document = self.submit(case, case.octets)
        settled = kurir.settled(submitted["id"], 120)
        self.assertEqual(settled["state"], "delivered", f"{settled}\n{kurir.log_tail()}")
        self.assert_delivered_once(receiver, submitted["message_id"], document)
        path = self.folder / "receipt.xml"
        path.write_bytes(kurir.rest.receipt(settled["id"]))
        receipt = SignedReceipt(path)
        self.assertIn(f"CN={receiver.keys.name}", receipt.signer)
        self.assertEqual(receipt.ref_to_message_id, settled["message_id"])
        document.unlink()
        shutil.rmtree(receiver.sink / submitted["message_id"])
        return "delivered, receipt proven"

    def order(self, case):
        """The next request meets the case's fault, and no later one if none comes."""
        self.receivers[case.to].fault(case.fault)
        self.addCleanup(self.receivers[case.to].fault, "none", -1)

    def check_fault(self, case):
        self.order(case)
        kurir, receiver, submitted, document = self.submit(case)
        settled = kurir.settled(submitted["id"])
        errors = [attempt["error"] for attempt in settled["attempts"]]
        self.assertEqual((settled["state"], len(errors), errors[-1]), ("delivered", 2, None), f"{settled}\n{kurir.log_tail()}")
        self.assertRegex(errors[0], case.says)
        self.assert_delivered_once(receiver, submitted["message_id"], document)
        return f"{errors[0]}; then delivered, once"

    def check_ending(self, case):
        self.order(case)
        kurir, receiver, submitted, document = self.submit(case)
        settled = kurir.settled(submitted["id"])
        self.assertEqual(settled["state"], case.state, f"{settled}\n{kurir.log_tail()}")
        self.assertIn(case.says, settled["last_error"])
        self.assertEqual(len(receiver.delivered(submitted["message_id"])), 1 if case.state == "unproven" else 0)
        return f"{case.state}: {settled['last_error']}"


if __name__ == "__main__":
    unittest.main()
