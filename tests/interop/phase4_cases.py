# SPDX-License-Identifier: Apache-2.0
"""The tables of phase4_test.py: what is sent, and what must come of it. Each row names the check that runs it (`kind`)."""
from harness import Case

# Which phase4 receiver, by what it answers to a MessageId it has seen; each has a key of another size.
NATIVE, AGAIN, CODE_4001 = "AP0900-OPEN-TEST", "AP0902-OPEN-TEST", "AP0904-OPEN-TEST"
BITS = {NATIVE: 2048, AGAIN: 3072, CODE_4001: 4096}
DUPLICATES = {NATIVE: "native", AGAIN: "receipt", CODE_4001: "4001"}


def participant(party):
    return f"0203:{party.lower()}.example"


def rows(direction, kind, transports, *table):
    return [Case(name, direction, transport, {"kind": kind, **details})
            for name, details in table for transport in transports.split()]


def payload(kind, size, mime=None, gzip=True, charset=None):
    mime = mime or {"xml": "application/xml", "text": "text/plain", "random": "application/octet-stream"}[kind]
    return {"kind_of": kind, "size": size, "mime": mime, "gzip": gzip, "charset": charset}


XML, RANDOM = payload("xml", 10_000), payload("random", 20_000)
FROM, TO = "from phase4", "to phase4"

# --- from phase4

ACCEPTED = [
    *rows(FROM, "accepted", "tls http",
          ("one payload: XML, gzip", {"payloads": [XML]}),
          ("three payloads: XML, binary, text", {"payloads": [XML, RANDOM, payload("text", 5_000, charset="UTF-8")]}),
          ("not compressed: XML, binary, text",
           {"payloads": [payload("xml", 10_000, gzip=False), payload("random", 20_000, gzip=False),
                         payload("text", 5_000, gzip=False)]})),
    *rows(FROM, "accepted", "http",
          ("XML with its character set", {"payloads": [payload("xml", 3_000, charset="UTF-8")]}),
          ("0 octets, gzip", {"payloads": [payload("random", 0)]}),
          ("0 octets, not compressed", {"payloads": [payload("random", 0, gzip=False)]}),
          ("1 octet, gzip", {"payloads": [payload("random", 1)]}),
          ("1 octet, not compressed", {"payloads": [payload("random", 1, gzip=False)]}),
          ("16 payloads", {"payloads": [payload("random", 100 + n) for n in range(16)]}),
          ("message properties with and without type",
           {"payloads": [XML], "options": ["--property", "caseNumber=KS 2026/17", "--property",
                                           "trackingIdentifier|urn:example:type=åäö & <1>"]})),
    *rows(FROM, "accepted", "tls", ("100 MB", {"payloads": [payload("random", 100_000_000)], "options": ["--provider", "bc"]})),
    *rows(FROM, "accepted", "tls http", ("token X509PKIPathv1", {"payloads": [XML], "options": ["--reference", "pkipath"]})),
    *rows(FROM, "accepted", "http",
          ("token SubjectKeyIdentifier", {"payloads": [XML], "options": ["--reference", "ski"]}),
          ("token IssuerSerial", {"payloads": [XML], "options": ["--reference", "issuer-serial"]})),
    # the signature by phase4's key, the content key to ours: 2048 behind TLS, 3072 behind HTTP
    *rows(FROM, "accepted", "http", ("RSA 3072 signs, 3072 decrypts", {"payloads": [XML], "from": AGAIN})),
    *rows(FROM, "accepted", "tls", ("RSA 4096 signs, 2048 decrypts", {"payloads": [XML], "from": CODE_4001})),
    *rows(FROM, "accepted", "tls", ("RSA 2048 signs, 4096 decrypts", {"payloads": [XML], "to": "strong"})),
    *rows(FROM, "accepted", "tls http",
          ("without mustUnderstand", {"payloads": [XML], "options": ["--variant", "no-mustunderstand"]}),
          ("ConversationId empty", {"payloads": [XML], "options": ["--variant", "empty-conversation"]})),
    *rows(FROM, "accepted", "http",
          ("RefToMessageId", {"payloads": [XML], "options": ["--ref-to", "question@example"]})),
]

# --variant of the kit that must be refused: with what [design 5.6], and whether the signature was proven before that.
VARIANTS = {
    "unsigned": ("EBMS:0103", False), "unencrypted": ("EBMS:0103", True), "plain": ("EBMS:0103", False),
    "rsa-oaep-mgf1p": ("EBMS:0103", False), "rsa-oaep-mgf1p-sha1": ("EBMS:0103", False), "mgf1-sha1": ("EBMS:0103", False),
    "rsa-1_5": ("EBMS:0103", False), "aes128-cbc": ("EBMS:0103", False), "aes256-gcm": ("EBMS:0103", False),
    "aes256-cbc": ("EBMS:0103", False), "rsa-sha1": ("EBMS:0103", False), "sha1-digest": ("EBMS:0103", False),
    "rsa-sha512": ("EBMS:0103", False), "no-mimetype": ("EBMS:0003", True), "bad-charset": ("EBMS:0003", True),
    "external-href": ("EBMS:0011", True), "unknown-cid": ("EBMS:0103", True), "two-from": ("EBMS:0003", False),
    "two-messages": ("EBMS:0003", False), "broken-gzip": ("EBMS:0303", True), "body-payload": ("EBMS:0011", True),
    "tamper-header": ("EBMS:0101", False),
}


def refused(transports, *table):
    """(name, code, whether the signature is proven, options of send or whose key signs)"""
    return rows(FROM, "refused", transports, *(
        (name, {"code": code, "proven": proven, **(how if isinstance(how, dict) else {"options": how})})
        for name, code, proven, how in table))


REFUSED = [
    *refused("http", *((name, *VARIANTS[name], ["--variant", name]) for name in VARIANTS)),
    *refused("tls", *((name, *VARIANTS[name], ["--variant", name]) for name in ("unsigned", "tamper-header")),
             ("token SubjectKeyIdentifier of a certificate we do not have", "EBMS:0101", False, ["--reference", "ski"])),
    *refused("http",
             ("token thumbprint", "EBMS:0103", False, ["--reference", "thumbprint"]),
             ("recipient not served", "EBMS:0004", True, ["--final-recipient", "0203:nobody.example"]),
             ("no P-Mode for the service", "EBMS:0010", False, ["--service", "urn:example:other"])),
    *refused("tls http",
             ("signer of a CA that is not trusted", "EBMS:0101", False, {"signer": "stranger"}),
             ("party is not the certificate's", "EBMS:0101", False, {"signer": AGAIN})),
]

REPEATS = rows(FROM, "repeat", "tls http", ("repeat, the same octets", {"form": "resend"}),
               ("repeat, signed anew", {"form": "same-id"}),
               ("repeat, other content", {"form": "other"}))

# --- to phase4

DOCUMENTS = [
    *rows(TO, "document", "tls http", ("SDK document", {"octets": 2_000}), ("SDK document of 400 KB", {"octets": 300_000})),
    *rows(TO, "document", "tls", ("SDK document of 100 MB", {"octets": 75_000_000})),
    *rows(TO, "document", "tls", ("RSA 2048 signs, 4096 decrypts", {"octets": 2_000, "to": CODE_4001})),
    *rows(TO, "document", "http", ("RSA 3072 signs, 3072 decrypts", {"octets": 2_000, "to": AGAIN})),
    *rows(TO, "document", "tls", ("RSA 4096 signs, 2048 decrypts", {"octets": 2_000, "from": "strong"})),
]

# Faults of the kit, and what the first attempt says of them; the next one gets a receipt.
BROKEN, NO_SIGNAL = "the connection broke after the request was sent", "the answer is no ebMS signal"
LOST = {
    # phase4 has delivered the message
    "drop": BROKEN, "truncate": BROKEN, "empty": NO_SIGNAL, "http-after:502": NO_SIGNAL, "garbage": NO_SIGNAL,
    "unsigned-receipt": "the receipt is not signed", "tampered-receipt": "the receipt's signature is wrong",
    "wrong-ref": "not for what was sent", "wrong-digest": "not for what was sent", "replay-receipt": "not for what was sent",
    "no-nri": "not for what was sent",
    # phase4 has not
    "http:500": NO_SIGNAL, "http:503": NO_SIGNAL, "empty-before": NO_SIGNAL, "fault": "The back end is away",
    "drop-before": BROKEN, "reset": "broke", "error:EBMS:0202:LATER": "EBMS:0202", "error:EBMS:0004:OTHER": "EBMS:0004",
}
FAULTS = [row for transport, faults in (("http", LOST), ("tls", ("drop", "truncate", "unsigned-receipt", "wrong-ref", "garbage", "reset")))
          for row in rows(TO, "fault", transport, *((f"answer {fault}, then retry", {
              "to": AGAIN, "fault": fault, "says": LOST[fault]}) for fault in faults))]
ENDINGS = [
    *rows(TO, "ending", "tls http",
          ("lost receipt, then EBMS:0004 duplicate", {"to": NATIVE, "fault": "drop", "state": "unproven", "says": "duplicate"}),
          ("lost receipt, then EBMS:4001", {"to": CODE_4001, "fault": "drop", "state": "unproven", "says": "EBMS:4001"}),
          ("NOT_SERVICED", {"to": AGAIN, "fault": "error", "state": "bounced", "says": "NOT_SERVICED"})),
]
