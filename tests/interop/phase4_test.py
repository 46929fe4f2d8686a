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

SDK_ACTION = ("busdox-docid-qns::urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
              "messagePayload##3.0::tm-base-ext-sigenc")


def write_payload(path, kind, size):
    """XML, text or random octets, the same for the same size."""
    source = random.Random(size)
    if kind == "random":
        path.write_bytes(source.randbytes(size))
        return
    head, tail = (b'<?xml version="1.0" encoding="UTF-8"?>\n<order>', b"</order>") if kind == "xml" else (b"", b"")
    text = " ".join(f"rad {source.randrange(1000)}" for _ in range(size // 4))
    path.write_bytes(head + text[:size - len(head) - len(tail)].encode() + tail)


@harness.table_driven(*cases.EVERY)
class Phase4(harness.InteropTest):
    PEER = "phase4"

    @classmethod
    def setUpClass(cls):
        cls.kit = harness.need_kit("phase4", phase4.PROGRAMS, phase4.build)
        super().setUpClass()
        keys = cls.folder / "phase4-keys"
        cls.keys = {name: phase4.Keys(cls.kit, keys, *identity) for name, identity in cases.RECEIVERS.items()}
        cls.keys["stranger"] = phase4.Keys(cls.kit, cls.folder / "other-ca", cases.RECEIVERS["native"][0])
        cls.ca = cls.keys["native"].ca
        cls.kurir = {name: cls.make_kurir(name, *how) for name, how in cases.KURIRS.items()}
        pki = cls.authorities
        trust = phase4.Trust(as4=[pki / "ap-root.cert.pem", pki / "ap-issuing.cert.pem", cls.ca],
                             tls=[pki / "tls-ca.cert.pem", cls.ca])
        cls.sender = phase4.Sender(cls.kit, trust)
        known = [kurir.key("as4.cert.pem") for name, kurir in cls.kurir.items() if name != "guest"]
        cls.receivers = {name: phase4.Receiver(cls.kit, cls.folder / f"phase4-{name}", cls.keys[name], trust, name, known)
                         for name in cases.RECEIVERS}
        for receiver in cls.receivers.values():
            cls.addClassCleanup(receiver.stop)
        for receiver in cls.receivers.values():
            receiver.wait_ready()
        for name, kurir in cls.kurir.items():
            tables = [cls.peer_table(kurir, peer) for peer in cases.PEERS.values()]
            kurir.configure(tables, cases.PMODES, tls_ca=[cls.ca] if cases.KURIRS[name][-1] else [], trust=[cls.ca]).ready()

    @classmethod
    def make_kurir(cls, name, transport, bits, send, known, _):
        authorities = cls.authorities if known else cls.make_authorities("other-authorities")
        return cls.add_kurir(name, f"AP0001-{name.upper()}", f"0203:{name}.example", authorities=authorities,
                             transport=transport, bits=bits, send=send)

    @classmethod
    def peer_table(cls, kurir, peer):
        """Behind TLS the CA of phase4's own parties is trusted; all others have their certificates pinned."""
        certificate = {use: str(cls.keys[name or peer.receiver].certificate)
                       for use, name in (("encrypt", peer.encrypt), ("pin", peer.pin))}
        trusted = peer.name in cases.RECEIVERS and kurir.transport == "tls"
        return access_points.peer_table(
            peer.name, peer.party_id, cls.receivers[peer.receiver].url(peer.transport or kurir.transport), certificate["encrypt"],
            [peer.participant], **({} if trusted else {"certificates": [certificate["pin"]]}), **peer.settings)

    def of(self, case):
        """Who takes part: our access point and phase4 as its peer."""
        return self.kurir[case.get("kurir", case.transport)], cases.PEERS[case.get("peer", "native")]

    def files_of(self, payloads):
        paths = [self.folder / f"payload-{number}" for number in range(len(payloads))]
        for path, each in zip(paths, payloads):
            write_payload(path, each["kind_of"], each["size"])
        return paths

    # --- from phase4

    def send(self, case, *options, payloads=()):
        """What phase4 says of what it sent, a line for each message."""
        kurir, peer = self.of(case)
        for path, each in zip(self.files_of(payloads), payloads):
            spec = f"{path},mime={each['mime']}" + ("" if each["gzip"] else ",gzip=no")
            options += ("--payload", spec + (f",charset={each['charset']}" if each["charset"] else ""))
        for each in case.get("properties", []):
            options += ("--property", each["name"] + (f"|{each['type']}" if "type" in each else "") + f"={each['value']}")
        tls = self.keys[case.get("tls", "native")]
        trusted = ["--tls-ca", self.keys[case.tls_ca].ca] if case.get("tls_ca", None) else self.sender.trust.tls
        return self.sender.send(
            kurir.as4_url, self.keys[case.get("signer", peer.receiver)], kurir.key("as4.cert.pem"), "--preset", "sdk",
            "--tls-key", tls.key, "--tls-cert", tls.chain, *trusted, "--from", peer.party_id, "--to", kurir.party_id,
            "--original-sender", peer.participant, "--final-recipient", kurir.participant, *options, *case.get("options", []))

    def assert_receipt(self, sent, kurir):
        """phase4 calls much SUCCESS: what it says of the receipt counts as well."""
        self.assertEqual((sent["result"], sent.get("nrr"), sent.get("answer_signed"), sent.get("answer_ref")),
                         ("SUCCESS", "ok", True, sent["message_id"]), f"{sent}\n{kurir.log_tail()}")
        self.assertIn(f"CN={kurir.party_id}", sent["answer_signer"])

    def assert_error(self, sent, code, kurir, signed=True):
        told = f"{sent}\n{kurir.log_tail()}"
        self.assertEqual(sent["result"], "AS4_ERROR_MESSAGE_RECEIVED", told)
        [error] = sent["errors"]
        self.assertEqual((error["code"], error["severity"], error["ref"]), (code, "failure", sent["message_id"]), told)
        self.assertEqual((sent["answer_signed"], sent["answer_ref"]), (signed, sent["message_id"]), told)

    def check_accepted(self, case):
        kurir, peer = self.of(case)
        [sent] = self.send(case, payloads=case.payloads)
        self.assert_receipt(sent, kurir)
        item = kurir.from_inbox(sent["message_id"])
        self.assertEqual(item["from_party"], peer.party_id)
        self.assertEqual([(part["mime_type"], part["size"], part["compressed"], part["character_set"]) for part in item["parts"]],
                         [(each["mime"], each["size"], each["gzip"], each["charset"]) for each in case.payloads])
        for each in case.get("properties", []):
            self.assertIn({"type": None, **each}, item["properties"])
        for number in range(len(case.payloads)):
            self.assertEqual(kurir.payload_sha256(item, number), harness.sha256_of(self.folder / f"payload-{number}"), number)
        kurir.acknowledge(item)
        return "delivered, receipt accepted"

    def check_ping_us(self, case):
        kurir, _ = self.of(case)
        [sent] = self.send(case, "--ping")
        self.assert_receipt(sent, kurir)
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return "receipt accepted, not delivered"

    def check_refused(self, case):
        kurir, _ = self.of(case)
        [sent] = self.send(case, payloads=[cases.RANDOM])
        # signed only to whom the message's signature or the TLS client certificate has proven
        self.assert_error(sent, case.code, kurir, signed=case.proven or case.transport == "tls")
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return f"{case.code} {sent['errors'][0]['detail']}"

    def check_tls_refused(self, case):
        kurir, _ = self.of(case)
        [sent] = self.send(case, payloads=[cases.XML])
        self.assertEqual((sent["result"], sent.get("http_status")), ("TRANSPORT_ERROR", None), sent)
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return "no connection"

    def check_repeat(self, case):
        kurir, _ = self.of(case)
        id = ["--message-id", f"repeat-{case.transport}-{case.form}@phase4.example"]
        if case.form == "other":
            [first], [again] = (self.send(case, *id, payloads=[each]) for each in (cases.XML, cases.RANDOM))
            self.assert_error(again, "EBMS:0004", kurir)
            answers, outcome = [first], "EBMS:0004"
        else:
            how = ["--resend", "1"] if case.form == "resend" else ["--count", "2", "--same-id"]
            answers = [line for line in self.send(case, *id, *how, payloads=[cases.XML]) if line["event"] == "sent"]
            outcome = "a receipt again"
        for sent in answers:
            self.assert_receipt(sent, kurir)
        item = kurir.from_inbox(id[1])
        first = kurir.rest.message(item["id"])["receipt"]["id"]
        # the first receipt again for the same octets, one over the new references for a new signature [design 5.4]
        self.assertEqual([sent["answer_id"] == first for sent in answers], [True] if len(answers) == 1 else [True, False])
        self.assertEqual(kurir.deliveries(id[1]), 1)
        return f"{outcome}, delivered once"

    # --- to phase4

    def submit(self, case, octets=2_000):
        kurir, peer = self.of(case)
        _, document = kurir.document(peer.participant, octets)
        return kurir, self.receivers[peer.receiver], kurir.rest.submit(document), document

    def submit_form(self, case, paths):
        kurir, peer = self.of(case)
        return kurir.rest.submit_form({
            "original_sender": {"id": kurir.participant}, "final_recipient": {"id": peer.participant},
            "properties": case.get("properties", []),
            **({} if peer.name == "orders" else {"action": SDK_ACTION}),
            **({"ref_to_message_id": case.ref_to} if case.get("ref_to", None) else {}),
            "payloads": [{"part": path.name, "mime_type": each["mime"],
                          **({} if peer.name == "uncompressed" else {"compress": each["gzip"]}),  # as its P-Mode says
                          **({"character_set": each["charset"]} if each["charset"] else {})}
                         for path, each in zip(paths, case.payloads)]}, paths)

    def assert_delivered(self, kurir, id):
        settled = kurir.settled(id, 120)
        self.assertEqual(settled["state"], "delivered", f"{settled}\n{kurir.log_tail()}")
        return settled

    def assert_taken_once(self, receiver, message_id, documents):
        lines = harness.wait_until(lambda: receiver.delivered(message_id), "delivered by phase4")
        self.assertEqual([[part["sha256"] for part in line["parts"]] for line in lines],
                         [[harness.sha256_of(document) for document in documents]])
        shutil.rmtree(receiver.sink / message_id)
        return lines[0]

    def check_document(self, case):
        kurir, receiver, submitted, document = self.submit(case, case.get("octets", 2_000))
        settled = self.assert_delivered(kurir, submitted["id"])
        self.assert_taken_once(receiver, submitted["message_id"], [document])
        path = self.folder / "receipt.xml"
        path.write_bytes(kurir.rest.receipt(settled["id"]))
        receipt = SignedReceipt(path)
        self.assertIn(f"CN={receiver.keys.name}", receipt.signer)
        self.assertEqual(receipt.ref_to_message_id, settled["message_id"])
        document.unlink()
        return "delivered, receipt proven"

    def check_ping(self, case):
        kurir, peer = self.of(case)
        told, receiver = kurir.ping(peer.name), self.receivers[peer.receiver]
        self.assertIsNone(told.get("error", told), told)
        self.assertIn(f"CN={receiver.keys.name}", told["receipt"]["signer"]["subject"])
        line = receiver.line(told["message_id"])
        self.assertEqual((line.get("ping"), line.get("delivered")), (True, None), line)
        return "receipt proven, not delivered"

    def check_form(self, case):
        kurir, peer = self.of(case)
        paths, properties = self.files_of(case.payloads), case.get("properties", [])
        submitted = self.submit_form(case, paths)
        self.assert_delivered(kurir, submitted["id"])
        line = self.assert_taken_once(self.receivers[peer.receiver], submitted["message_id"], paths)
        self.assertEqual([(part["mime"], part["size"], part["compressed"]) for part in line["parts"]],
                         [(each["mime"], each["size"], each["gzip"]) for each in case.payloads], line)
        for each in properties:
            self.assertIn(each, line["properties"])
        if peer.name == "orders":
            self.assertEqual((line["agreement"], line["service"], line["service_type"], line["action"], line["from"]["type"]),
                             ("urn:example:agreement:2026", "orders", "urn:example:services", "submit", "urn:example:parties"))
        return "delivered, receipt proven"

    def order(self, case):
        """The next request meets the case's fault (every one, if it says so), and no later test's does."""
        receiver = self.receivers[cases.PEERS[case.peer].receiver]
        if case.get("fault", None):
            receiver.fault(case.fault, -1 if case.get("every", False) else 1)
            self.addCleanup(receiver.fault, "none", -1)

    def check_fault(self, case):
        self.order(case)
        kurir, receiver, submitted, document = self.submit(case)
        errors = [attempt["error"] for attempt in self.assert_delivered(kurir, submitted["id"])["attempts"]]
        self.assertRegex(errors[0] or "delivered at once", case.says)
        if case.get("kurir", None) != "hasty":  # whose answers may be late without any fault, on a busy machine
            self.assertEqual(len(errors), 2, errors)
        self.assert_taken_once(receiver, submitted["message_id"], [document])
        return f"{errors[0]}; then delivered, once"

    def check_ending(self, case):
        self.order(case)
        kurir, receiver, submitted, document = self.submit(case)
        settled = kurir.settled(submitted["id"])
        self.assertEqual(settled["state"], case.state, f"{settled}\n{kurir.log_tail()}")
        self.assertIn(case.says, settled["last_error"])
        if case.state == "unproven":
            self.assert_taken_once(receiver, submitted["message_id"], [document])
        return f"{case.state}: {settled['last_error']}"

    def check_attempt(self, case):
        kurir, _ = self.of(case)
        submitted = self.submit_form(case, self.files_of(case.payloads))
        def judged():
            seen = kurir.rest.message(submitted["id"])
            return seen if seen["attempts"] and seen["state"] == case.state else None
        seen = harness.wait_until(judged, f"{case.state} after an attempt\n{kurir.log_tail()}")
        self.assertIn(case.says, seen["attempts"][0]["error"])
        return f"{case.state}: {seen['attempts'][0]['error']}"


if __name__ == "__main__":
    unittest.main()
