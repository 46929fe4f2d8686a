# SPDX-License-Identifier: Apache-2.0
"""The tables of pyas4_test.py: what is sent, and what must come of it. Each row names the check that runs it (`kind`)."""
import random

from harness import Case

# The peer's parties, and which key each has; the first one's receivers speak mutual TLS and plain HTTP.
MAIN, SMALL, LARGE = "AP0910-OPEN-TEST", "AP0911-OPEN-TEST", "AP0912-OPEN-TEST"
BITS = {MAIN: 3072, SMALL: 2048, LARGE: 4096}
# Parties whose TLS is not as it should be: the server's certificate, and the CA they accept clients of.
WRONG_SERVER, WRONG_CLIENT_CA = "AP0913-OPEN-TEST", "AP0914-OPEN-TEST"
# Parties that do not trust our CA, and whose certificate we have wrong.
DISTRUSTFUL, WRONG_KEY = "AP0922-OPEN-TEST", "AP0923-OPEN-TEST"
# Parties to which we refer to our certificate (or to theirs) otherwise than by bringing it along: the first one's keys and
# receivers, and the P-Mode. The kit understands no other form, nor does it have a switch for one.
BY_TOKEN = {"AP0915-OPEN-TEST": "pkipath", "AP0916-OPEN-TEST": "key-identifier", "AP0917-OPEN-TEST": "issuer-serial",
            "AP0918-OPEN-TEST": "encryption-key-identifier"}
PMODES = "".join(f"""
[[pmode]]
id = "{id}"
based_on = "sdk"
signature_token = {signature}
encryption_token = {encryption}
""" for id, signature, encryption in (
    ("pkipath", ["bst_pkipath", "bst_x509v3"], ["bst_x509v3"]),
    ("key-identifier", ["subject_key_identifier", "bst_x509v3"], ["bst_x509v3"]),
    ("issuer-serial", ["issuer_serial", "bst_x509v3"], ["bst_x509v3"]),
    ("encryption-key-identifier", ["bst_x509v3"], ["subject_key_identifier"])))
# Parties whose receipts come in requests of their own: within a minute, and sooner than anybody can.
CALLBACK, HASTY_CALLBACK = "AP0920-OPEN-TEST", "AP0921-OPEN-TEST"
PMODES += "".join(f"""
[[pmode]]
id = "{id}"
based_on = "sdk"
receipt_reply = "callback"
receipt_timeout = "{wait}"
""" for id, wait in (("callback", "60s"), ("hasty-callback", "300ms")))
PMODE_OF = {**BY_TOKEN, CALLBACK: "callback", HASTY_CALLBACK: "hasty-callback", WRONG_KEY: "sdk"}

FROM, TO = "from pyas4", "to pyas4"


def participant(party):
    return f"0203:{party.lower()}.example"


def rows(direction, kind, transports, *table):
    return [Case(name, direction, transport, {"kind": kind, **details})
            for name, details in table for transport in transports.split()]


# What canonical form changes: declaration, comments, quotes, order of attributes, a namespace nobody uses, empty elements,
# line ends.
AWKWARD_XML = (b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- before -->\n<order xmlns="urn:example" xmlns:u="urn:u" z="1"\n'
               b" b='2'><empty/>\r\n<!-- inside --><text>&#13;\xc3\xa5&lt;<![CDATA[<&>]]></text></order>\n")
CONTENTS = {"xml": lambda: AWKWARD_XML, "text": lambda: b"rad 1\nrad 2\r\nrad 3\rrad \xc3\xa5", "none": lambda: b"",
            "one": lambda: b"x", "binary": lambda: random.Random(1).randbytes(70_000),
            "large": lambda: b"".join([random.Random(2).randbytes(500_000), bytes(500_000)] * 100)}
MIME = {"xml": "application/xml", "text": "text/plain"}


def payloads(*names, gzip=True, mime=None):
    return {"gzip": gzip, "payloads": [(name, mime or MIME.get(name, "application/octet-stream")) for name in names]}


EACH_WAY = [
    *((f"{label}, {how}", payloads(name, gzip=gzip)) for how, gzip in (("gzip", True), ("not compressed", False))
      for label, name in (("XML", "xml"), ("binary", "binary"), ("0 octets", "none"), ("1 octet", "one"))),
    ("three payloads: XML, binary, text; gzip", payloads("xml", "binary", "text")),
    ("three payloads: XML, binary, text; not compressed", payloads("xml", "binary", "text", gzip=False)),
    ("text/xml and image/svg+xml, not compressed", {"gzip": False, "payloads": [("xml", "text/xml"), ("xml", "image/svg+xml")]}),
]
LARGE_WAYS = [("100 MB, gzip", "tls", payloads("large")), ("100 MB, not compressed", "http", payloads("large", gzip=False))]
PROPERTIES = [["caseNumber", None, "KS 2026/17"], ["trackingIdentifier", "urn:example:type", "åäö & <1>"]]

# --- from pyas4

ACCEPTED = [
    *rows(FROM, "accepted", "tls http", *EACH_WAY),
    *(row for name, transport, details in LARGE_WAYS for row in rows(FROM, "accepted", transport, (name, details))),
    *rows(FROM, "accepted", "http",
          ("16 payloads", payloads(*["one"] * 16)),
          ("message properties with and without type", {**payloads("xml"), "properties": PROPERTIES}),
          ("RefToMessageId", {**payloads("xml"), "options": ["--ref-to-message-id", "question@pyas4.example"]})),
    *rows(FROM, "accepted", "tls http",
          ("chunked", {**payloads("binary"), "options": ["--chunked"]}),
          ("ids that begin with a digit", {**payloads("xml", "binary"), "options": ["--ids", "digit"]}),
          ("ids as the package makes them", {**payloads("xml"), "options": ["--ids", "package"]})),
    # The signature by pyas4's key, the content key to ours: 2048 behind TLS, 3072 behind HTTP.
    *rows(FROM, "accepted", "http", ("RSA 2048 signs, 3072 decrypts", {**payloads("xml"), "from": SMALL})),
    *rows(FROM, "accepted", "tls",
          ("RSA 4096 signs, 2048 decrypts", {**payloads("xml"), "from": LARGE}),
          ("RSA 2048 signs, 4096 decrypts", {**payloads("xml"), "from": SMALL, "to": "strong"})),
]
PINGS_IN = rows(FROM, "ping_in", "tls http", ("ping", {}))

# (name, code, whether the signature is proven before that, what is sent)
REFUSED = rows(FROM, "refused", "tls http", *((name, {"code": code, "proven": proven, **how}) for name, code, proven, how in (
    ("signer of a CA that is not trusted", "EBMS:0101", False, {"keys": "stranger"}),
    ("party is not the certificate's", "EBMS:0101", False, {"signer": "b"}),
    ("XML hashed as raw octets", "EBMS:0101", True, {"options": ["--no-gzip", "--raw-digests"]}),
    ("recipient not served", "EBMS:0004", True, {"options": ["--final-recipient", "0203:nobody.example"]}),
    ("no P-Mode for the action", "EBMS:0010", False, {"options": ["--action", "urn:example:other"]}),
    ("From/PartyId is no peer", "EBMS:0010", False, {"options": ["--from", "AP9999-OPEN-TEST"]}),
    ("encrypted to somebody else", "EBMS:0102", True, {"encrypted_to": "stranger"}))))
TLS_REFUSED = rows(FROM, "tls_refused", "tls", ("TLS client of a CA that is not trusted", {"client": "stranger"}),
                   ("no TLS client certificate", {"client": None}))
REPEATS = rows(FROM, "repeat", "tls http", ("repeat, the same octets", {"form": "same"}),
               ("repeat, signed anew", {"form": "anew"}),
               ("repeat, other content", {"form": "other"}))

# --- to pyas4

DOCUMENTS = [
    *rows(TO, "document", "tls http", ("SDK document", {"octets": 2_000}), ("SDK document of 400 KB", {"octets": 300_000})),
    *rows(TO, "document", "http", ("RSA 3072 signs, 2048 decrypts", {"octets": 2_000, "to": SMALL})),
    *rows(TO, "document", "tls",
          ("RSA 2048 signs, 4096 decrypts", {"octets": 2_000, "to": LARGE}),
          ("RSA 4096 signs, 2048 decrypts", {"octets": 2_000, "to": SMALL, "from": "strong"})),
]

FORMS = [
    *rows(TO, "form", "tls http", *EACH_WAY),
    *(row for name, transport, details in LARGE_WAYS for row in rows(TO, "form", transport, (name, details))),
    *rows(TO, "form", "http",
          ("16 payloads", payloads(*["one"] * 16)),
          ("message properties with and without type", {**payloads("xml"), "properties": PROPERTIES})),
]
PINGS_OUT = rows(TO, "ping_out", "tls http", ("ping", {}))
BOUNCED = rows(TO, "bounced", "tls http", *((name, {"to": to, "says": says}) for name, to, says in (
    ("token X509PKIPathv1", "AP0915-OPEN-TEST", "EBMS:0103.*X509PKIPathv1"),
    ("token SubjectKeyIdentifier", "AP0916-OPEN-TEST", "EBMS:0003.*Signature.*SecurityTokenReference"),
    ("token IssuerSerial", "AP0917-OPEN-TEST", "EBMS:0003.*Signature.*SecurityTokenReference"),
    ("content key by SubjectKeyIdentifier", "AP0918-OPEN-TEST", "EBMS:0003.*EncryptedKey.*SecurityTokenReference"),
    ("we encrypt to somebody else's certificate", WRONG_KEY, "EBMS:0102"),
    ("our signer is not of the CA the peer trusts", DISTRUSTFUL, "EBMS:0101"))))
OTHER_READING = rows(TO, "other_reading", "tls http", ("XML that the peer hashes as raw octets", payloads("xml", gzip=False)))

# name: (order of the fault, what the first attempt says, how often pyas4 has read the message in the end)
LOST = {
    "connection closed, not read": ({"fault": "drop"}, "connection broke after the request", 1),
    "receipt lost": ({"fault": "drop-late"}, "connection broke after the request", 2),
    "half a receipt": ({"fault": "half"}, "connection broke after the request", 2),
    "receipt of another message": ({"fault": "other-receipt"}, "not for what was sent", 2),
    "unsigned receipt": ({"fault": "unsigned-receipt"}, "not signed", 2),
    "receipt with another digest": ({"fault": "bad-digest"}, "not for what was sent", 2),
    "receipt with a spoiled signature": ({"fault": "bad-signature"}, "signature", 2),
    "receipt signed by a stranger": ({"fault": "wrong-signer", "other": "stranger"}, "sign", 2),
    "receipt signed by a colleague": ({"fault": "wrong-signer", "other": "colleague"}, "sign", 2),
    "HTML with 500": ({"fault": "html500"}, "no ebMS signal.*a web page", 2),
    "503": ({"fault": "http"}, "no ebMS signal|503", 2),
    "200 without a body": ({"fault": "empty200"}, "the HTTP answer has no body", 2),
    "signed error that passes": ({"fault": "error", "error_code": "EBMS:0202", "error_short": "DeliveryFailure",
                                  "error_detail": "later"}, "EBMS:0202", 2),
    "signed error EBMS:0004 Other": ({"fault": "error", "error_detail": "disk"}, "EBMS:0004", 2),
    "signed warning": ({"fault": "error", "error_severity": "warning", "error_code": "EBMS:0010"}, "EBMS:0010", 2),
    "unsigned NOT_SERVICED": ({"fault": "error", "unsigned": True}, "unsigned: EBMS:0004", 2),
    "unsigned EBMS:0101 with 500": ({"fault": "error", "error_code": "EBMS:0101", "error_status": 500, "unsigned": True},
                                    "unsigned: EBMS:0101", 2),
}
FAULTS = [
    *rows(TO, "fault", "tls http", *((f"{name}, then its receipt", {"order": order, "says": says, "seen": seen})
                                     for name, (order, says, seen) in LOST.items())),
    *rows(TO, "fault", "tls", ("receipt after our limit, then its receipt",
                               {"order": {"fault": "sleep", "sleep": 4}, "says": "timeout after the request", "seen": 2, "from": "strong"})),
]
ENDINGS = rows(TO, "ending", "tls http", *((name, {"order": {"fault": "error", **order}}) for name, order in (
    ("signed NOT_SERVICED", {}),
    ("signed NOT_SERVICED without xml:lang", {"error_language": ""}),
    ("signed NOT_SERVICED with 400", {"error_status": 400}),
    ("signed NOT_SERVICED with 500", {"error_status": 500}))))
# name: (order of the fault, HTTP status that the signal gets)
NOT_TAKEN = {
    "for another message": ({"fault": "other-receipt"}, 400),
    "with another digest": ({"fault": "bad-digest"}, 400),
    "with a spoiled signature": ({"fault": "bad-signature"}, 400),
    "signed by a stranger": ({"fault": "wrong-signer", "other": "stranger"}, 400),
    "unsigned": ({"fault": "unsigned-receipt"}, 400),
}
CALLBACKS = [
    *rows(TO, "callback", "tls http",
          ("receipt by callback before our 202", {"how": "early"}), ("receipt by callback", {"how": "late"}),
          ("receipt by callback, twice", {"how": "twice"}),
          ("receipt by callback after we sent again", {"how": "again"})),
    *rows(TO, "callback_not_taken", "tls http",
          *((f"receipt by callback {name}, then the right one", {"order": order, "status": status})
            for name, (order, status) in NOT_TAKEN.items()),
          ("unsigned NOT_SERVICED by callback, then a receipt", {"order": {"fault": "error", "unsigned": True}, "status": 202})),
    *rows(TO, "callback_ends", "tls http", ("signed NOT_SERVICED by callback", {})),
]
RETRY_AFTER = rows(TO, "retry_after", "tls http", ("503 with Retry-After", {"seconds": 1}))
TLS_FAILED = rows(TO, "tls_failed", "tls",
                  ("TLS server of a CA that is not trusted", {"to": WRONG_SERVER, "says": "TLS certificate is not accepted.*unable to get local issuer certificate|self.signed"}),
                  ("TLS client certificate not accepted", {"to": WRONG_CLIENT_CA, "says": "TLS refused our client certificate"}))

EVERY = [*ACCEPTED, *PINGS_IN, *REFUSED, *TLS_REFUSED, *REPEATS, *DOCUMENTS, *FORMS, *PINGS_OUT, *BOUNCED,
         *OTHER_READING, *FAULTS, *ENDINGS, *CALLBACKS, *RETRY_AFTER, *TLS_FAILED]
