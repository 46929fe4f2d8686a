# SPDX-License-Identifier: Apache-2.0
"""The Python stack `as4` (lxml, cryptography; no WSS4J, no xmlsec) both ways: what both it and phase4 understand has been
read by two unrelated implementations. The cases are in pyas4_cases.py."""
import datetime
import json
import re
import unittest

import access_points
import harness
import pyas4_cases as cases
import pyas4_peer
from signed_receipt import SignedReceipt

SDK_ACTION = ("busdox-docid-qns::urn:riv:infrastructure:messaging:MessageWithAttachments:3::"
              "messagePayload##3.0::tm-base-ext-sigenc")


@harness.table_driven(*cases.EVERY)
class PyAs4(harness.InteropTest):
    PEER = "pyas4"

    @classmethod
    def setUpClass(cls):
        cls.kit = harness.need_kit("pyas4", pyas4_peer.PROGRAMS, pyas4_peer.build)
        super().setUpClass()
        cls.kurir = {name: cls.add_kurir(name, f"AP0001-{name.upper()}", f"0203:{name}.example", transport=transport,
                                         bits=bits, send={"response_timeout": limit})
                     for name, transport, bits, limit in (
                         ("tls", "tls", 2048, "60s"), ("http", "http", 3072, "60s"), ("strong", "tls", 4096, "3s"))}
        keys = cls.folder / "pyas4-keys"
        cls.keys = {party: pyas4_peer.Keys(cls.kit, keys, party, bits) for party, bits in cases.BITS.items()}
        cls.stranger = pyas4_peer.Keys(cls.kit, keys / "stranger", cases.MAIN)
        cls.main = cls.keys[cases.MAIN]
        tls_ca = cls.authorities / "tls-ca.cert.pem"
        cls.sender = pyas4_peer.Sender(cls.kit, ["--tls-ca", tls_ca, *cls.main.tls("client")])
        cls.start_receivers(cls.main.tls("server"), ["--tls-client-ca", tls_ca])
        for name, kurir in cls.kurir.items():
            ca = [keys.ca for keys in cls.keys.values()]
            kurir.configure(list(cls.peers(kurir)), cases.PMODES, tls_ca=[cls.main.tls_ca], trust=ca).ready()

    @classmethod
    def start_receivers(cls, server, client):
        """A receiver for each party, by party; the first one's second speaks plain HTTP."""
        trust = ["--ca", cls.authorities / "ap-root.cert.pem", "--intermediate", cls.authorities / "ap-issuing.cert.pem"]
        distrust = ["--ca", cls.stranger.ca]
        tls_of = {cases.MAIN: (*server, *client), cases.SMALL: (), cases.LARGE: (*server, *client), cases.DISTRUSTFUL: (),
                  cases.WRONG_SERVER: (*cls.stranger.tls("server"), *client),
                  cases.WRONG_CLIENT_CA: (*server, "--tls-client-ca", cls.stranger.tls_ca)}
        cls.receivers = {party: pyas4_peer.Receiver(cls.kit, cls.folder / party, cls.keys.get(party, cls.main),
                                                    distrust if party == cases.DISTRUSTFUL else trust, tls)
                         for party, tls in tls_of.items()}
        cls.plain = pyas4_peer.Receiver(cls.kit, cls.folder / "plain", cls.main, trust)
        for receiver in (*cls.receivers.values(), cls.plain):
            cls.addClassCleanup(receiver.stop)
        for receiver in (*cls.receivers.values(), cls.plain):
            receiver.wait_ready()

    @classmethod
    def receiver_of(cls, party, kurir):
        if party == cases.MAIN or party in cases.PMODE_OF:
            return cls.plain if kurir.transport == "http" else cls.receivers[cases.MAIN]
        return cls.receivers[party]

    @classmethod
    def peers(cls, kurir):
        """Behind TLS the CAs of the parties with keys of their own are trusted; all other certificates are pinned."""
        for party in (*cls.receivers, *cases.PMODE_OF):
            receiver = cls.receiver_of(party, kurir)
            keys, trusted = receiver.keys, party in cls.keys and kurir.transport == "tls"
            settings = {} if trusted else {"certificates": [str(keys.certificate)]}
            encryption = str((cls.stranger if party == cases.WRONG_KEY else keys).certificate)
            yield access_points.peer_table(party, party, receiver.url, encryption, [cases.participant(party)],
                                           pmode=cases.PMODE_OF.get(party, "sdk"), **settings)

    def files_of(self, names):
        """A file for each content."""
        paths = [self.folder / f"payload-{number}" for number in range(len(names))]
        for name, path in zip(names, paths):
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
        paths = self.files_of([name for name, _ in case.payloads])
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
        for name, kind, value in case.get("properties", ()):
            self.assertIn({"name": name, "type": kind, "value": value}, item["properties"])
        for number, path in enumerate(paths):
            self.assertEqual(kurir.payload_sha256(item, number), harness.sha256_of(path), f"payload {number}")
        kurir.acknowledge(item)
        return "delivered, receipt accepted"

    def one_payload(self, name):
        return "--payload", self.files_of([name])[0], "--mime", "application/xml"

    def check_ping_in(self, case):
        kurir = self.kurir[case.transport]
        party_type = "urn:fdc:digg.se:edelivery:transportprofile:as4:partytype:ap"
        [sent] = self.send(case, "--no-payload", "--from-type", party_type, "--to-type", party_type, preset="test")
        self.assert_receipt(sent, kurir)
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return "receipt accepted, not delivered"

    def check_refused(self, case):
        kurir = self.kurir[case.transport]
        keys = self.stranger if case.get("keys", "main") == "stranger" else self.main
        to = self.stranger.certificate if case.get("encrypted_to", "us") == "stranger" else kurir.key("as4.cert.pem")
        [sent] = self.send(case, *self.one_payload("xml"), keys=keys, to=to, signer=case.get("signer", "a"))
        self.assertEqual(sent["outcome"], "error", self.told(kurir, sent))
        [error] = sent["ebms_errors"]
        self.assertEqual((error["code"], error["severity"], sent["ref_to_message_id"]),
                         (case.code, "failure", sent["message_id"]), self.told(kurir, sent))
        # Signed to whom the message's signature or the TLS client certificate has proven.
        known = case.proven or case.transport == "tls"
        self.assertEqual((sent["signed"], sent["signature_verified"]), (known, known), self.told(kurir, sent))
        self.assertEqual(kurir.deliveries(sent["message_id"]), 0)
        return f"{case.code} {error['detail']}; {'signed, verified' if known else 'unsigned, for a stranger'}"

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
        return f"{outcome}; delivered once"

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

    def submit_form(self, case):
        """The case's payloads as a form: the access point, the peer, the files and the answer."""
        kurir = self.kurir[case.transport]
        paths = self.files_of([name for name, _ in case.payloads])
        properties = [{"name": name, "value": value, **({"type": kind} if kind else {})}
                      for name, kind, value in case.get("properties", ())]
        submitted = kurir.rest.submit_form({
            "original_sender": {"id": kurir.participant}, "final_recipient": {"id": cases.participant(cases.MAIN)},
            "action": SDK_ACTION, "properties": properties,
            "payloads": [{"part": path.name, "mime_type": mime, "compress": case.gzip}
                         for path, (_, mime) in zip(paths, case.payloads)]}, paths)
        return kurir, self.receiver_of(cases.MAIN, kurir), paths, submitted

    def check_form(self, case):
        kurir, receiver, paths, submitted = self.submit_form(case)
        settled = kurir.settled(submitted["id"], 120)
        self.assertEqual(settled["state"], "delivered", self.told(kurir, settled))
        [line] = receiver.received(submitted["message_id"])
        self.assertEqual([(part["sha256"], part["mime"], part["compressed"]) for part in line["parts"]],
                         [(harness.sha256_of(path), mime, case.gzip) for path, (_, mime) in zip(paths, case.payloads)])
        self.assertEqual(line["unreferenced_parts"], [])
        for each in case.get("properties", ()):
            self.assertIn(each, line["properties"])
        self.assert_proven(kurir, settled, receiver)
        return "delivered, receipt proven"

    def check_ping_out(self, case):
        kurir = self.kurir[case.transport]
        before = len(self.receiver_of(cases.MAIN, kurir).lines("received"))
        said = json.loads(access_points.run(
            access_points.programs()["kurir"], "--socket", kurir.admin_socket, "--json", "ping", cases.MAIN))
        self.assertIn("receipt", said)
        [line] = self.receiver_of(cases.MAIN, kurir).lines("received")[before:]
        self.assertEqual((line["service"][0], line["action"], line["parts"]), (
            "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service",
            "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/test", []))
        return f"receipt proven, signed by {said['receipt']['signer']['subject']}"

    def assert_bounced(self, kurir, submitted, says):
        settled = kurir.settled(submitted["id"])
        self.assertEqual((settled["state"], len(settled["attempts"])), ("bounced", 1), self.told(kurir, settled))
        self.assertRegex(settled["last_error"], says)
        return "bounced: " + re.sub(r"\{[^}]*\}", "", settled["last_error"])[:150]

    def check_bounced(self, case):
        kurir, _, _, submitted = self.submit_document(case)
        return self.assert_bounced(kurir, submitted, case.says)

    def check_other_reading(self, case):
        self.order(self.receiver_of(cases.MAIN, self.kurir[case.transport]), raw_digests=True)
        kurir, receiver, _, submitted = self.submit_form(case)
        self.addCleanup(self.order, receiver)
        return self.assert_bounced(kurir, submitted, "EBMS:0101")

    def check_retry_after(self, case):
        kurir = self.kurir[case.transport]
        receiver = self.receiver_of(cases.MAIN, kurir)
        self.order(receiver, fault="http", headers={"Retry-After": str(case.seconds)})
        _, _, _, submitted = self.submit_document(case)
        settled = kurir.settled(submitted["id"])
        self.assertEqual((settled["state"], len(settled["attempts"])), ("delivered", 2), self.told(kurir, settled))
        first, second = (datetime.datetime.fromisoformat(attempt["started"]) for attempt in settled["attempts"])
        self.assertGreaterEqual((second - first).total_seconds(), case.seconds)
        return f"{settled['attempts'][0]['error']}; delivered {(second - first).total_seconds():.1f} s later"

    def check_fault(self, case):
        kurir = self.kurir[case.get("from", case.transport)]
        self.order(self.receiver_of(cases.MAIN, kurir), **case.order)
        kurir, receiver, _, submitted = self.submit_document(case)
        settled = kurir.settled(submitted["id"])
        errors = [attempt["error"] for attempt in settled["attempts"]]
        self.assertEqual((settled["state"], len(errors), errors[-1]), ("delivered", 2, None), self.told(kurir, settled))
        self.assertRegex(errors[0], case.says)
        lines = receiver.received(submitted["message_id"], case.seen)
        self.assertEqual(sorted(line["times_seen"] for line in lines), list(range(1, case.seen + 1)))
        self.assert_proven(kurir, settled, receiver)
        return f"{errors[0]}; then delivered, seen {case.seen} times"

    def check_ending(self, case):
        kurir = self.kurir[case.transport]
        self.order(self.receiver_of(cases.MAIN, kurir), **case.order)
        kurir, _, _, submitted = self.submit_document(case)
        return self.assert_bounced(kurir, submitted, "NOT_SERVICED")

    # --- to pyas4, signals as requests

    def submit_for_callback(self, case, to=cases.CALLBACK, early=False, **order):
        """A document to the party that calls back; once it has been answered 202."""
        kurir = self.kurir[case.transport]
        receiver = self.receiver_of(to, kurir)
        client = self.main.folder / "tls-client"
        self.order(receiver, **order, callback={
            "url": kurir.as4_url, "ca": str(self.authorities / "tls-ca.cert.pem"), "certificate": f"{client}.pem",
            "key": f"{client}.key", "early": early})
        self.addCleanup(self.order, receiver)
        case.details["to"] = to
        _, _, _, submitted = self.submit_document(case)
        attempt = kurir.attempts(submitted["id"], 1)["attempts"][0]
        self.assertEqual(attempt["http_status"], 202, self.told(kurir, attempt))
        return kurir, receiver, submitted

    def assert_delivered_by_callback(self, kurir, receiver, submitted):
        settled = kurir.settled(submitted["id"])
        self.assertEqual(settled["state"], "delivered", self.told(kurir, settled))
        self.assert_proven(kurir, settled, receiver)
        return settled

    def check_callback(self, case):
        again = case.how == "again"
        kurir, receiver, submitted = self.submit_for_callback(
            case, cases.HASTY_CALLBACK if again else cases.CALLBACK, early=case.how == "early")
        receiver.received(submitted["message_id"], 2 if again else 1)
        if case.how != "early":
            self.assertEqual(kurir.rest.message(submitted["id"])["receipt"], None)
            self.assertEqual(receiver.post("right")["http_status"], 202, self.told(kurir))
        settled = self.assert_delivered_by_callback(kurir, receiver, submitted)
        if case.how == "twice":
            self.assertEqual(receiver.post("right")["http_status"], 202, self.told(kurir))
            self.assertEqual(self.assert_delivered_by_callback(kurir, receiver, submitted)["receipt"], settled["receipt"])
        if not again:
            self.assertEqual(len(settled["attempts"]), 1, self.told(kurir, settled))
        return "delivered, receipt proven"

    def check_callback_not_taken(self, case):
        kurir, receiver, submitted = self.submit_for_callback(case, **case.order)
        posted = receiver.post("spoiled")
        self.assertEqual(posted["http_status"], case.status, self.told(kurir, posted))
        message = kurir.rest.message(submitted["id"])
        self.assertEqual((message["state"], message["receipt"]), ("deferred", None), self.told(kurir, message))
        self.assertEqual(receiver.post("right")["http_status"], 202, self.told(kurir))
        settled = self.assert_delivered_by_callback(kurir, receiver, submitted)
        notes = [event["detail"] for event in settled["events"] if event["name"] == "signal"]
        return f"{posted['http_status']} {'; '.join(notes)}; then delivered"

    def check_callback_ends(self, case):
        kurir, receiver, submitted = self.submit_for_callback(case, fault="error")
        self.assertEqual(receiver.post("spoiled")["http_status"], 202, self.told(kurir))
        return self.assert_bounced(kurir, submitted, "NOT_SERVICED")

    def check_tls_failed(self, case):
        kurir, receiver, _, submitted = self.submit_document(case)
        attempt = kurir.attempts(submitted["id"], 1)["attempts"][0]
        self.assertRegex(attempt["error"], case.says)
        self.assertEqual(receiver.lines("received"), [])
        return f"deferred: {attempt['error']}"


if __name__ == "__main__":
    unittest.main()
