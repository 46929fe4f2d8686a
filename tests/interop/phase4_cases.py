# SPDX-License-Identifier: Apache-2.0
"""The tables of phase4_test.py: what is sent, and what must come of it. Each row names the check that runs it (`kind`)."""
import dataclasses

from harness import Case

FROM, TO = "from phase4", "to phase4"
# The phase4 receivers by what each answers to a MessageId it has seen, and their RSA keys; a sender uses the same keys.
RECEIVERS = {"native": ("AP0900-OPEN-TEST", 2048), "receipt": ("AP0902-OPEN-TEST", 3072), "4001": ("AP0904-OPEN-TEST", 4096)}


@dataclasses.dataclass
class Peer:
    """A [[peer]] table: one of the receivers under a party id of its own. `encrypt`, `pin`: another's certificate;
    `transport`: if it is always the same."""
    name: str
    receiver: str = "receipt"
    settings: dict = dataclasses.field(default_factory=dict)
    encrypt: str = None
    pin: str = None
    transport: str = None

    @property
    def party_id(self):
        return RECEIVERS[self.name][0] if self.name in RECEIVERS else f"AP-{self.name.upper()}-OPEN-TEST"

    @property
    def participant(self):
        return f"0203:{self.name}.example"


PEERS = {peer.name: peer for peer in (
    *(Peer(name, name) for name in RECEIVERS),
    *(Peer(pmode, settings={"pmode": pmode}) for pmode in
      ("orders", "uncompressed", "pkipath", "key-identifier", "issuer-serial", "old-transport")),
    Peer("other-key", encrypt="native"), Peer("other-signer", pin="native", settings={"pmode": "one-try"}),
    Peer("plain-http", transport="http"), Peer("patient", settings={"pmode": "one-try"}))}
# Kurir several times: (transport, RSA bits, [send], whether phase4 knows its authorities, whether it knows phase4's CA for TLS)
KURIRS = {
    "tls": ("tls", 2048, {}, True, True), "http": ("http", 3072, {}, True, True), "strong": ("tls", 4096, {}, True, True),
    "hasty": ("http", 2048, {"response_timeout": "1s", "time_to_live": "8s"}, True, True),
    "guest": ("tls", 2048, {}, False, True), "wary": ("tls", 2048, {}, True, False),
}

PMODES = """
[[pmode]]
id = "orders"
based_on = "edelivery"
agreement = "urn:example:agreement:2026"
party_type = "urn:example:parties"
services = ["orders"]
service_type = "urn:example:services"
actions = ["submit"]
participant_scheme = "urn:example:participants"
[[pmode.properties]]
name = "caseNumber"
[[pmode.properties]]
name = "tracking"
type = "urn:example:tracking"
required = false

[[pmode]]
id = "uncompressed"
based_on = "sdk"
compression = "none"

[[pmode]]
id = "pkipath"
based_on = "sdk"
signature_token = ["bst_pkipath", "bst_x509v3"]

[[pmode]]
id = "key-identifier"
based_on = "sdk"
signature_token = ["subject_key_identifier", "bst_x509v3"]
encryption_token = ["subject_key_identifier"]

[[pmode]]
id = "issuer-serial"
based_on = "sdk"
signature_token = ["issuer_serial", "bst_x509v3"]
encryption_token = ["issuer_serial"]

[[pmode]]
id = "old-transport"
based_on = "sdk"
accept_old_key_transport = true

[[pmode]]
id = "one-try"
based_on = "sdk"
retry_delay = "1h"
retry_max_delay = "1h"
"""
# phase4's options for the P-Mode "orders"
ORDERS = ["--from-type", "urn:example:parties", "--to-type", "urn:example:parties", "--service", "orders", "--service-type",
          "urn:example:services", "--action", "submit", "--agreement", "urn:example:agreement:2026",
          "--property-type", "urn:example:participants"]

PROPERTIES = [{"name": "caseNumber", "value": "KS 2026/17"},
              {"name": "tracking", "value": "åäö & <1>", "type": "urn:example:tracking"}]


def rows(direction, kind, transports, *table):
    """(name, details) for each transport"""
    return [Case(name, direction, transport, {"kind": kind, **details})
            for name, details in table for transport in transports.split()]


def payload(kind, size, mime=None, gzip=True, charset=None):
    mime = mime or {"xml": "application/xml", "text": "text/plain", "random": "application/octet-stream"}[kind]
    return {"kind_of": kind, "size": size, "mime": mime, "gzip": gzip, "charset": charset}


XML, RANDOM, TEXT = payload("xml", 10_000), payload("random", 20_000), payload("text", 5_000, charset="UTF-8")
PLAIN = [payload("xml", 10_000, gzip=False), payload("random", 20_000, gzip=False), payload("text", 5_000, gzip=False)]
SMALL = (("0 octets, gzip", {"payloads": [payload("random", 0)]}),
         ("0 octets, not compressed", {"payloads": [payload("random", 0, gzip=False)]}),
         ("1 octet, gzip", {"payloads": [payload("random", 1)]}),
         ("1 octet, not compressed", {"payloads": [payload("random", 1, gzip=False)]}),
         ("16 payloads", {"payloads": [payload("random", 100 + n) for n in range(16)]}))


def one(*options, **details):
    return {"payloads": [XML], "options": options, **details}


ACCEPTED = [
    *rows(FROM, "accepted", "tls http",
          ("one payload: XML, gzip", one()),
          ("three payloads: XML, binary, text", {"payloads": [XML, RANDOM, TEXT]}),
          ("not compressed: XML, binary, text", {"payloads": PLAIN}),
          ("token X509PKIPathv1", one("--reference", "pkipath"))),
    *rows(FROM, "accepted", "tls",
          ("100 MB", {"payloads": [payload("random", 100_000_000)], "options": ["--provider", "bc"]}),
          ("RSA 4096 signs, 2048 decrypts", one(peer="4001")),
          ("RSA 2048 signs, 4096 decrypts", one(kurir="strong"))),
    *rows(FROM, "accepted", "http", *SMALL,
          ("RSA 3072 signs, 3072 decrypts", one(peer="receipt")),
          ("token SubjectKeyIdentifier", one("--reference", "ski")),
          ("token IssuerSerial", one("--reference", "issuer-serial")),
          ("message properties with and without type", one(properties=PROPERTIES)),
          ("P-Mode with agreement, types and properties", one(*ORDERS, properties=PROPERTIES, peer="orders")),
          ("RefToMessageId", one("--ref-to", "question@example")),
          ("without mustUnderstand", one("--variant", "no-mustunderstand")),
          ("ConversationId empty", one("--variant", "empty-conversation")),
          *((f"{variant}, agreed", one("--variant", variant, peer="old-transport"))
            for variant in ("rsa-oaep-mgf1p", "rsa-oaep-mgf1p-sha1", "mgf1-sha1"))),
]
PINGS = [*rows(FROM, "ping_us", "tls http", ("ping", {})), *rows(TO, "ping", "tls http", ("ping", {}))]

# --variant of the kit that must be refused: with what [design 5.6], and whether the signature was proven before that.
VARIANTS = {
    "unsigned": ("EBMS:0103", False), "unencrypted": ("EBMS:0103", True), "plain": ("EBMS:0103", False),
    "rsa-oaep-mgf1p": ("EBMS:0103", False), "rsa-oaep-mgf1p-sha1": ("EBMS:0103", False), "mgf1-sha1": ("EBMS:0103", False),
    "rsa-1_5": ("EBMS:0103", False), "aes128-cbc": ("EBMS:0103", False), "aes256-gcm": ("EBMS:0103", False),
    "aes256-cbc": ("EBMS:0103", False), "rsa-sha1": ("EBMS:0103", False), "sha1-digest": ("EBMS:0103", False),
    "rsa-sha512": ("EBMS:0103", False), "no-mimetype": ("EBMS:0003", True), "bad-charset": ("EBMS:0003", True),
    "external-href": ("EBMS:0011", True), "unknown-cid": ("EBMS:0103", True), "two-from": ("EBMS:0003", False),
    "two-messages": ("EBMS:0003", False), "broken-gzip": ("EBMS:0303", True), "body-payload": ("EBMS:0011", False),
    "tamper-header": ("EBMS:0101", False),
}


def refused(transports, *table):
    """(name, code, whether the signature is proven, options of send, details)"""
    return rows(FROM, "refused", transports, *(
        (name, {"code": code, "proven": proven, "options": options, **(more[0] if more else {})})
        for name, code, proven, options, *more in table))


REFUSED = [
    *refused("http", *((name, *VARIANTS[name], ["--variant", name]) for name in VARIANTS),
             ("token thumbprint", "EBMS:0103", False, ["--reference", "thumbprint"]),
             ("recipient not served", "EBMS:0004", True, ["--final-recipient", "0203:nobody.example"]),
             ("no P-Mode for the service", "EBMS:0010", False, ["--service", "urn:example:other"]),
             ("another agreement", "EBMS:0010", False, [*ORDERS, "--agreement", "urn:example:agreement:2020"], {"peer": "orders"}),
             ("an agreed property is missing", "EBMS:0003", False, ORDERS, {"peer": "orders"})),
    *refused("tls", *((name, *VARIANTS[name], ["--variant", name]) for name in ("unsigned", "tamper-header")),
             ("token SubjectKeyIdentifier of a certificate we do not have", "EBMS:0101", False, ["--reference", "ski"],
              {"signer": "stranger"})),
    *refused("tls http",
             ("signer of a CA that is not trusted", "EBMS:0101", False, [], {"signer": "stranger"}),
             ("party is not the certificate's", "EBMS:0101", False, [], {"signer": "receipt"})),
]
TLS_REFUSED = rows(FROM, "tls_refused", "tls",
                   ("client certificate of a CA we do not trust", {"tls": "stranger"}),
                   ("our server certificate is not trusted", {"tls": "native", "tls_ca": "stranger"}))
REPEATS = rows(FROM, "repeat", "tls http", ("repeat, the same octets", {"form": "resend"}),
               ("repeat, signed anew", {"form": "same-id"}), ("repeat, other content", {"form": "other"}))

DOCUMENTS = [
    *rows(TO, "document", "tls http", ("SDK document", {"octets": 2_000}), ("SDK document of 400 KB", {"octets": 300_000}),
          ("token X509PKIPathv1", {"peer": "pkipath"})),
    *rows(TO, "document", "tls", ("SDK document of 100 MB", {"octets": 75_000_000}),
          ("RSA 2048 signs, 4096 decrypts", {"peer": "4001"}), ("RSA 4096 signs, 2048 decrypts", {"kurir": "strong"})),
    *rows(TO, "document", "http", ("RSA 3072 signs, 3072 decrypts", {"peer": "receipt"}),
          ("token SubjectKeyIdentifier", {"peer": "key-identifier"}), ("token IssuerSerial", {"peer": "issuer-serial"})),
]
FORMS = [
    *rows(TO, "form", "tls http", ("one payload: XML, gzip", {"payloads": [XML]}),
          ("three payloads: XML, binary, text", {"payloads": [XML, RANDOM, TEXT]}),
          ("not compressed: XML, binary, text", {"payloads": PLAIN})),
    *rows(TO, "form", "http", *SMALL,
          ("P-Mode without compression: XML, binary, text", {"payloads": PLAIN, "peer": "uncompressed"}),
          ("message properties with and without type", {"payloads": [XML], "properties": PROPERTIES}),
          ("P-Mode with agreement, types and properties", {"payloads": [XML, RANDOM], "properties": PROPERTIES, "peer": "orders"})),
    *rows(TO, "form", "tls", ("100 MB", {"payloads": [payload("random", 100_000_000)]})),
]

# Faults of the kit, and what the first attempt says of them; the next one gets a receipt.
BROKEN = "the connection broke after the request was sent"
NO_SIGNAL, EMPTY = "the answer is no ebMS signal", "the HTTP answer has no body"
LOST = {
    # phase4 has delivered the message
    "drop": BROKEN, "truncate": BROKEN, "empty": EMPTY, "http-after:502": NO_SIGNAL, "garbage": NO_SIGNAL,
    "unsigned-receipt": "the receipt is not signed", "tampered-receipt": "the receipt's signature is wrong",
    "wrong-ref": "not for what was sent", "wrong-digest": "not for what was sent", "replay-receipt": "not for what was sent",
    "no-nri": "not for what was sent",
    # phase4 has not
    "http:500": NO_SIGNAL, "http:503": NO_SIGNAL, "empty-before": EMPTY, "fault": "The back end is away",
    "drop-before": BROKEN, "reset": "broke", "error:EBMS:0202:LATER": "EBMS:0202", "error:EBMS:0004:OTHER": "EBMS:0004",
}
CORE_FAULTS = ("drop", "truncate", "unsigned-receipt", "wrong-ref", "garbage", "reset")
FAULTS = [
    *(row for transport, faults in (("http", LOST), ("tls", CORE_FAULTS)) for row in rows(
        TO, "fault", transport, *((f"answer {fault}, then retry", {"peer": "receipt", "fault": fault, "says": LOST[fault]})
                                  for fault in faults))),
    *rows(TO, "fault", "http", ("answer after every timeout, then retry", {
        "peer": "receipt", "kurir": "hasty", "fault": "sleep:6", "says": "timeout"})),
]
ENDINGS = [
    *rows(TO, "ending", "tls http",
          ("lost receipt, then EBMS:0004 duplicate", {"peer": "native", "fault": "drop", "state": "unproven", "says": "duplicate"}),
          ("lost receipt, then EBMS:4001", {"peer": "4001", "fault": "drop", "state": "unproven", "says": "EBMS:4001"}),
          ("NOT_SERVICED", {"peer": "receipt", "fault": "error", "state": "bounced", "says": "NOT_SERVICED"})),
    *rows(TO, "ending", "http",
          ("never an answer in time", {"peer": "receipt", "kurir": "hasty", "fault": "sleep:6", "every": True,
                                       "state": "expired", "says": "timeout"}),
          ("encrypted to another key", {"peer": "other-key", "state": "bounced", "says": "EBMS:0102"})),
]
ATTEMPTS = [Case(name, TO, transport, {"kind": "attempt", "payloads": [XML], "peer": peer, "state": state, "says": says, **more})
            for transport, name, peer, state, says, more in (
    ("http", "receipt of another signer than agreed", "other-signer", "deferred", "the receipt's signer is not trusted here", {}),
    ("http", "phase4 does not trust our signature", "plain-http", "bounced", "EBMS:0102", {"kurir": "guest"}),
    # phase4 takes a RefToMessageId for the second leg of an exchange, and answers what it did not sign
    ("http", "an unsigned error ends nothing", "patient", "deferred", "unsigned: EBMS:0010", {"ref_to": "question@example"}),
    ("tls", "phase4 refuses our client certificate", "native", "deferred", "refused our client certificate", {"kurir": "guest"}),
    ("tls", "phase4's server certificate is not trusted", "native", "deferred", "the peer's TLS certificate is not accepted", {"kurir": "wary"}))]
EVERY = [*ACCEPTED, *PINGS, *REFUSED, *TLS_REFUSED, *REPEATS, *DOCUMENTS, *FORMS, *FAULTS, *ENDINGS, *ATTEMPTS]
