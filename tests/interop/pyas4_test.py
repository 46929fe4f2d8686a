# SPDX-License-Identifier: Apache-2.0
"""The Python stack `as4` (lxml, cryptography; no WSS4J, no xmlsec) both ways: what both it and phase4 understand has been
read by two unrelated implementations. The cases are in pyas4_cases.py."""
import unittest

import access_points
import harness
import pyas4_cases as cases
import pyas4_peer
from signed_receipt import SignedReceipt


@harness.table_driven(*cases.ACCEPTED, *cases.REFUSED, *cases.TLS_REFUSED, *cases.REPEATS,
                      *cases.DOCUMENTS, *cases.FAULTS, *cases.ENDINGS, *cases.TLS_FAILED)
class PyAs4(harness.InteropTest):
    PEER = "pyas4"

    @classmethod
    def setUpClass(cls):
        cls.kit = harness.need_kit("pyas4", pyas4_peer.PROGRAMS, pyas4_peer.build)
        super().setUpClass()
        cls.kurir = {name: cls.add_kurir(name, f"AP0001-{name.upper()}", f"0203:{name}.example", transport=transport,
                                         bits=bits, send={"answer_limit": limit})
                     for name, transport, bits, limit in (
                         ("tls", "tls", 2048, "60s"), ("http", "http", 3072, "60s"), ("strong", "tls", 4096, "1s"))}
        keys = cls.folder / "pyas4-keys"
        cls.keys = {party: pyas4_peer.Keys(cls.kit, keys, party, bits) for party, bits in cases.BITS.items()}
        cls.stranger = pyas4_peer.Keys(cls.kit, keys / "stranger", cases.MAIN)
        cls.main = cls.keys[cases.MAIN]
        tls_ca = cls.authorities / "tls-ca.cert.pem"
        cls.sender = pyas4_peer.Sender(cls.kit, ["--tls-ca", tls_ca, *cls.main.tls("client")])
        cls.start_receivers(cls.main.tls("server"), ["--tls-client-ca", tls_ca])
        for name, kurir in cls.kurir.items():
            ca = [keys.ca for keys in cls.keys.values()]
            kurir.configure(list(cls.peers(kurir, pinned=name == "http")), tls_ca=[cls.main.tls_ca], trust=ca).ready()

    @classmethod
    def start_receivers(cls, server, client):
        """A receiver for each party, by party; the first one's second speaks plain HTTP."""
        trust = ["--ca", cls.authorities / "ap-root.cert.pem", "--intermediate", cls.authorities / "ap-issuing.cert.pem"]
        tls_of = {cases.MAIN: (*server, *client), cases.SMALL: (), cases.LARGE: (*server, *client),
                  cases.WRONG_SERVER: (*cls.stranger.tls("server"), *client),
                  cases.WRONG_CLIENT_CA: (*server, "--tls-client-ca", cls.stranger.tls_ca)}
        cls.receivers = {party: pyas4_peer.Receiver(cls.kit, cls.folder / party, cls.keys.get(party, cls.main), trust, tls)
                         for party, tls in tls_of.items()}
        cls.plain = pyas4_peer.Receiver(cls.kit, cls.folder / "plain", cls.main, trust)
        for receiver in (*cls.receivers.values(), cls.plain):
            cls.addClassCleanup(receiver.stop)
        for receiver in (*cls.receivers.values(), cls.plain):
            receiver.wait_ready()

    @classmethod
    def receiver_of(cls, party, kurir):
        return cls.plain if party == cases.MAIN and kurir.transport == "http" else cls.receivers[party]

    @classmethod
    def peers(cls, kurir, pinned):
        """The parties; behind plain HTTP their certificates are pinned, else their CAs are trusted."""
        for party in cls.receivers:
            receiver = cls.receiver_of(party, kurir)
            certificate = str(receiver.keys.certificate)
            settings = {"certificates": [certificate]} if pinned else {}
            yield access_points.peer_table(party, party, receiver.url, certificate, [cases.participant(party)], **settings)

    def contents(self, names):
        """A file for each content."""
        paths = [self.folder / f"content-{name}" for name in names]
        for name, path in zip(names, paths):
            if not path.exists():
                path.write_bytes(cases.CONTENTS[name]())
        return paths

    def told(self, kurir, *what):
        return "\n".join(map(str, (*what, kurir.log_tail())))

    # --- from pyas4

    def send(self, case, *options, preset="sdk", **how):
        """What pyas4 says of what it sent to the access point of the case."""
        party, kurir = case.get("from", cases.MAIN), self.kurir[case.get("to", case.transport)]
        participants = () if preset == "test" else (
            "--original-sender", cases.participant(party), "--final-recipient", kurir.participant)
        return self.sender.send(
            kurir.as4_url, how.pop("keys", self.keys[party]), how.pop("to", kurir.key("as4.cert.pem")), "--preset", preset,
            "--receipt-cert", kurir.key("as4.cert.pem"), "--from", party, "--to", kurir.party_id, *participants, *options,
            *case.get("options", []), **how)

    def payload_options(self, case):
        """The files of the case's payloads, and the options that send them."""
        paths = self.contents([name for name, _ in case.payloads])
        options = [word for path, (_, mime) in zip(paths, case.payloads) for word in ("--payload", path, "--mime", mime)]
        return paths, options + ([] if case.gzip else ["--no-gzip"])

    def assert_receipt(self, sent, kurir):
        self.assertEqual((sent["outcome"], sent.get("signature_verified"), sent.get("digests_match")),
                         ("receipt", True, True), self.told(kurir, sent))

    def check_accepted(self, case):
        kurir = self.kurir[case.get("to", case.transport)]
        paths, options = self.payload_options(case)
        for name, kind, value in case.get("properties", ()):
            options += ["--property", f"{name}|{kind}={value}" if kind else f"{name}={value}"]
        [sent] = self.send(case, *options)
        self.assert_receipt(sent, kurir)
        item = kurir.from_inbox(sent["message_id"])
        self.assertEqual(item["from_party"], case.get("from", cases.MAIN))
        self.assertEqual([(part["content_id"], part["mime_type"], part["compressed"], part["size"]) for part in item["parts"]],
                         [(id, mime, case.gzip, path.stat().st_size)
                          for id, (_, mime), path in zip(sent["parts"], case.payloads, paths)])
        for number, (path, (name, mime)) in enumerate(zip(paths, case.payloads)):
            self.assertEqual(kurir.payload_sha256(item, number), harness.sha256_of(path), f"payload {number}")
        kurir.acknowledge(item)
        return "delivered, receipt accepted"

    def check_refused(self, case):
        kurir = self.kurir[case.transport]
        keys = self.stranger if case.get("signed_by", None) == "stranger" else self.main
        to = self.stranger.certificate if case.get("encrypted_to", None) == "stranger" else kurir.key("as4.cert.pem")
        [sent] = self.send(case, "--mime", "application/xml", *self.one_payload("xml"), keys=keys, to=to,
                           signer=case.get("signer", "a"))
        self.assertEqual(sent["outcome"], "error", self.told(kurir, sent))
        [error] = sent["ebms_errors"]
        self.assertEqual((error["code"], error["severity"], sent["ref_to_message_id"]),
                         (case.code, "failure", sent["message_id"]), self.told(kurir, sent))
        self.assertIn(case.get("detail", ""), error["detail"] or "")
        # Signed to whom a signature or a TLS certificate has made known.
        proven = case.transport == "tls" or not ("signer" in case.details or "signed_by" in case.details or
                                                 case.code == "EBMS:0010")
        self.assertEqual(sent["signed"], proven, self.told(kurir, sent))
        self.assertEqual(sent["signature_verified"], proven, self.told(kurir, sent))
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return f"{case.code} {error['detail']}; our error {'signed, verified' if proven else 'unsigned: a stranger'}"

    def one_payload(self, name):
        return "--payload", self.contents([name])[0]

    def check_tls_refused(self, case):
        kurir = self.kurir[case.transport]
        tls = ["--tls-ca", self.authorities / "tls-ca.cert.pem", *(self.stranger.tls("client") if case.client else ())]
        [sent] = self.send(case, *self.one_payload("xml"), tls=tls)
        self.assertEqual(sent["outcome"], "transport", self.told(kurir, sent))
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return sent["detail"]

    def check_repeat(self, case):
        kurir = self.kurir[case.transport]
        id = f"repeat-{case.transport}-{case.form}@pyas4.example"
        options = ["--message-id", id, "--conversation-id", "repeats", "--part-id", "message", "--dump", self.folder / id]
        if case.form == "same":
            [sent] = self.send(case, *self.one_payload("xml"), *options, "--repeat", "2")
            answers = [path.read_bytes() for path in sorted((self.folder / id).glob("*.response*.body"))]
            self.assertEqual((len(answers), len(set(answers))), (2, 1), "the very receipt again")
            outcome = "the same receipt"
        else:
            [first] = self.send(case, *self.one_payload("xml"), *options)
            self.assert_receipt(first, kurir)
            [sent] = self.send(case, *self.one_payload("xml" if case.form == "anew" else "text"), *options)
            outcome = "a receipt over the new signature"
        if case.form == "other":
            [error] = sent["ebms_errors"]
            self.assertEqual((sent["outcome"], error["code"], sent["signature_verified"]), ("error", "EBMS:0004", True), sent)
            outcome = f"{error['code']} {error['detail']}"
        else:
            self.assert_receipt(sent, kurir)
        self.assertEqual(kurir.deliveries(id), 1)
        return f"{outcome}, delivered once"

    # --- to pyas4

    def submit_document(self, case, octets=2_000):
        kurir, party = self.kurir[case.get("from", case.transport)], case.get("to", cases.MAIN)
        _, document = kurir.document(cases.participant(party), octets)
        self.addCleanup(document.unlink)
        return kurir, self.receiver_of(party, kurir), document, kurir.rest.submit(document)

    def order(self, receiver, **order):
        if other := order.pop("other", None):
            folder, name = {"stranger": (self.stranger.folder, "a"), "colleague": (receiver.keys.folder, "b")}[other]
            order |= {"other_key": str(folder / f"{name}.key"), "other_cert": str(folder / f"{name}.pem")}
        receiver.order(**order)

    def assert_proven(self, kurir, settled, receiver):
        """The receipt is kept, and it is that peer's and about this message."""
        path = self.folder / "receipt.xml"
        path.write_bytes(kurir.rest.receipt(settled["id"]))
        receipt = SignedReceipt(path)
        self.assertIn(f"CN={receiver.keys.party}", receipt.signer)
        self.assertEqual(receipt.ref_to_message_id, settled["message_id"])

    def check_document(self, case):
        kurir, receiver, document, submitted = self.submit_document(case, case.octets)
        settled = kurir.settled(submitted["id"])
        self.assertEqual(settled["state"], "delivered", self.told(kurir, settled))
        [line] = receiver.received(submitted["message_id"])
        [part] = line["parts"]
        self.assertEqual((part["sha256"], part["compressed"], line["unreferenced_parts"]),
                         (harness.sha256_of(document), True, []))
        self.assert_proven(kurir, settled, receiver)
        return "delivered, receipt proven"

    def check_fault(self, case):
        kurir = self.kurir[case.get("from", case.transport)]
        self.order(self.receiver_of(cases.MAIN, kurir), **case.order)
        kurir, receiver, _, submitted = self.submit_document(case)
        settled = kurir.settled(submitted["id"])
        errors = [attempt["error"] for attempt in settled["attempts"]]
        self.assertEqual((settled["state"], len(errors), errors[-1]), ("delivered", 2, None), self.told(kurir, settled))
        self.assertRegex(errors[0], case.says)
        lines = receiver.received(submitted["message_id"], case.seen)
        self.assertEqual([line["times_seen"] for line in lines], list(range(1, case.seen + 1)))
        self.assert_proven(kurir, settled, receiver)
        return f"{errors[0]}; then delivered, seen {case.seen} times"

    def check_ending(self, case):
        kurir = self.kurir[case.transport]
        self.order(self.receiver_of(cases.MAIN, kurir), **case.order)
        kurir, _, _, submitted = self.submit_document(case)
        settled = kurir.settled(submitted["id"])
        self.assertEqual((settled["state"], len(settled["attempts"])), (case.state, 1), self.told(kurir, settled))
        self.assertIn(case.says, settled["last_error"])
        return f"{case.state}: {settled['last_error']}"

    def check_tls_failed(self, case):
        kurir, receiver, _, submitted = self.submit_document(case)
        attempt = kurir.attempts(submitted["id"], 1)["attempts"][0]
        self.assertIn("the TLS handshake was refused", attempt["error"], self.told(kurir, attempt))
        self.assertIn(case.says, attempt["error"])
        self.assertEqual(receiver.lines("received"), [])
        return f"deferred: {attempt['error']}"


if __name__ == "__main__":
    unittest.main()
