#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes an SDK message as a message service would: the message with its attachments, encrypted to the receiving
organisation [XHE 3.4], in an XHE 1.0 envelope signed by the sending one [XHE 3.5]: type tm-base-ext-sigenc.

Of any size: nothing large is held in memory. The envelope is written in canonical form [C14N 1.0], so that its digest
is taken while it is written; openssl does the cryptography, and anybody's XML tools can check it (the tests use xmlsec1)."""
import argparse
import base64
import datetime
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import uuid
from xml.sax.saxutils import escape

XHE = "http://docs.oasis-open.org/bdxr/ns/XHE/1/ExchangeHeaderEnvelope"
XHA = "http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents"
XHB = "http://docs.oasis-open.org/bdxr/ns/XHE/1/BasicComponents"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
MESSAGE = "urn:riv:infrastructure:messaging:MessageWithAttachments:3"
DOCUMENT_ID = f"{MESSAGE}::messagePayload##3.0::tm-base-ext-sigenc"
FUNCTION_ADDRESS = "urn:riv:infrastructure:messaging:functionalAddress"
PIECE = 3 << 18  # a multiple of 3, so that Base64 of pieces can be joined


def text(value):
    """Character data in canonical form."""
    return escape(str(value)).replace("\r", "&#xD;")


def element(name, *content):
    return f"<{name}>{''.join(content)}</{name}>"


def organisation(name, participant, function):
    return element(f"m:{name}",
        element(f"m:{name}ID", element("m:root", "iso6523-actorid-upis"), element("m:extension", text(participant))),
        element("m:attention", element("m:subOrganization", element("m:organizationId",
            element("m:root", FUNCTION_ADDRESS), element("m:extension", text(function))))))


def message_head(message):
    """The SDK message up to its documents [IS 4.3]."""
    return (f'<m:messagePayload xmlns:m="{MESSAGE}"><m:message>' + element("m:messageHeader",
        element("m:creationDateTime", message.created),
        element("m:messageId", message.id),
        element("m:conversationId", message.id),
        element("m:label", text(message.label)),
        element("m:confidentiality", "true"),
        organisation("recipient", message.recipient, message.recipient_function),
        organisation("sender", message.sender, message.sender_function))
        + "<m:messageBody>" + element("m:documents",
            element("m:documentID", "1"), element("m:index", "1"),
            element("m:ContentText", element("m:characterSequence", text(message.body)))))


def write_message(message, out):
    out.write(message_head(message).encode())
    for index, (name, content_type, path) in enumerate(message.attachments, 2):
        out.write((f"<m:documents><m:documentID>{index}</m:documentID><m:index>{index}</m:index><m:ContentFiles>"
                   + element("m:fileName", text(name)) + element("m:contentType", text(content_type))
                   + "<m:content>").encode())
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                out.write(base64.b64encode(piece))
        out.write(b"</m:content></m:ContentFiles></m:documents>")
    out.write(b"</m:messageBody></m:message></m:messagePayload>")


def openssl(*arguments, stdin=b""):
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode()}")
    return done.stdout


def certificate_octets(pem):
    """The Base64 of the first certificate in a PEM file, as ds:X509Certificate carries it."""
    return base64.b64encode(openssl("x509", "-in", pem, "-outform", "DER")).decode()


class Signed:
    """Writes the envelope and hashes what the enveloped signature covers: all but the signature itself."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def write(self, octets):
        self.digest.update(octets)
        self.file.write(octets)


def write_encrypted(payload, certificate, out):
    """xenc:EncryptedData of a whole element: aes256-cbc, its key to the recipient by rsa-oaep-mgf1p [XHE 3.4.2]."""
    key, vector = openssl("rand", 32), openssl("rand", 16)
    wrapped = openssl("pkeyutl", "-encrypt", "-certin", "-inkey", certificate,
                      "-pkeyopt", "rsa_padding_mode:oaep", stdin=key)
    out.write((f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element">'
               f'<xenc:EncryptionMethod Algorithm="{XENC}aes256-cbc"></xenc:EncryptionMethod>'
               f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey>'
               f'<xenc:EncryptionMethod Algorithm="{XENC}rsa-oaep-mgf1p">'
               f'<ds:DigestMethod Algorithm="{DS}sha1"></ds:DigestMethod></xenc:EncryptionMethod>'
               "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" + certificate_octets(certificate)
               + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>"
               + base64.b64encode(wrapped).decode() + "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
               "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>").encode())
    command = ["openssl", "enc", "-aes-256-cbc", "-K", key.hex(), "-iv", vector.hex(), "-in", payload]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as cipher:
        left = vector  # XML Encryption puts the vector before the ciphertext
        while piece := cipher.stdout.read(PIECE):
            left += piece
            whole = len(left) - len(left) % 3
            out.write(base64.b64encode(left[:whole]))
            left = left[whole:]
        out.write(base64.b64encode(left))
    if cipher.returncode != 0:
        raise RuntimeError("openssl enc failed")
    out.write(b"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>")


def envelope_head(message):
    """The XHE header with DIGG's five criteria [XHE 2.3] and the values of SDK messages [IS 3.2]."""
    criteria = {"DOCUMENTID": DOCUMENT_ID, "DOCUMENTID_SCHEME": "busdox-docid-qns", "PROCESSID": "bdx:noprocess",
                "PROCESSID_SCHEME": "urn:fdc:digg.se:edelivery:process", "FEDERATIONID": message.federation}

    def party(name, participant):
        return element(f"xha:{name}", element("xha:PartyIdentification",
            f'<xhb:ID schemeID="iso6523-actorid-upis">{text(participant)}</xhb:ID>'))

    return (f'<XHE xmlns="{XHE}" xmlns:xha="{XHA}" xmlns:xhb="{XHB}">'
        + element("xhb:XHEVersionID", "1.0") + element("xhb:CustomizationID", "urn:fdc:digg.se:edelivery:xhe:1")
        + element("xha:Header",
            element("xhb:ID", message.id),
            element("xhb:CreationDateTime", message.created),
            element("xha:BusinessScope", *(element("xha:BusinessScopeCriterion",
                element("xhb:BusinessScopeCriterionTypeCode", code),
                element("xhb:BusinessScopeCriterionValue", text(value))) for code, value in criteria.items())),
            party("FromParty", message.sender), party("ToParty", message.recipient))
        + "<xha:Payloads><xha:Payload>" + element("xhb:DocumentTypeCode", f"Q{{{MESSAGE}}}messagePayload")
        + element("xhb:ContentTypeCode", "application/xml")
        + element("xhb:HandlingServiceID", text(message.recipient_function))
        + element("xhb:InstanceEncryptionIndicator", "true") + "<xha:PayloadContent>")


def signature(digest, key, certificate):
    """The enveloped signature; SignedInfo is hashed with the namespaces it inherits from the envelope."""
    content = (f'<ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
               '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>'
               f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"></ds:Transform>'
               f'<ds:Transform Algorithm="{C14N}"></ds:Transform></ds:Transforms>'
               f'<ds:DigestMethod Algorithm="{XENC}sha256"></ds:DigestMethod>'
               + element("ds:DigestValue", base64.b64encode(digest).decode()) + "</ds:Reference></ds:SignedInfo>")
    canonical = f'<ds:SignedInfo xmlns="{XHE}" xmlns:ds="{DS}" xmlns:xha="{XHA}" xmlns:xhb="{XHB}">' + content
    value = openssl("dgst", "-sha256", "-sign", key, stdin=canonical.encode())
    return (f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{content}'
            + element("ds:SignatureValue", base64.b64encode(value).decode())
            + element("ds:KeyInfo", element("ds:X509Data", element("ds:X509Certificate", certificate_octets(certificate))))
            + "</ds:Signature>")


class Message:
    """What is said, from whom and to whom. `attachments`: (file name, content type, path)."""

    def __init__(self, sender, recipient, attachments=(), label="Beslut om placering",
                 body="# Beslut\n\nSe bilagan.", federation="urn:fdc:digg.se:edelivery:federation:test"):
        self.id = str(uuid.uuid4())
        now = datetime.datetime.now(datetime.timezone.utc)
        self.created = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
        self.sender, self.recipient = sender, recipient
        self.sender_function = "registrator." + sender
        self.recipient_function = "barnoungdom." + recipient
        self.attachments, self.label, self.body, self.federation = list(attachments), label, body, federation


def make(message, out, signing_key, signing_certificate, encryption_certificate):
    """Writes the signed envelope to the path `out`."""
    with tempfile.NamedTemporaryFile(dir=pathlib.Path(out).parent) as payload, open(out, "wb") as file:
        write_message(message, payload)
        payload.flush()
        signed = Signed(file)
        signed.write(envelope_head(message).encode())
        write_encrypted(payload.name, encryption_certificate, signed)
        signed.write(b"</xha:PayloadContent></xha:Payload></xha:Payloads>")
        end = b"</XHE>"
        signed.digest.update(end)
        file.write(signature(signed.digest.digest(), signing_key, signing_certificate).encode() + end)


def organisation_identity(folder, name, bits=2048):
    """A key and self-signed certificate of an organisation, as CertPub would publish it: (key, certificate)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = folder / "organisation.key.pem", folder / "organisation.cert.pem"
    if not certificate.exists():
        openssl("req", "-x509", "-newkey", f"rsa:{bits}", "-noenc", "-days", "30", "-subj", f"/C=SE/O={name}/CN={name}",
                "-keyout", key, "-out", certificate)
        key.chmod(0o600)
    return key, certificate


def size(value):
    units = {"k": 10**3, "M": 10**6, "G": 10**9}
    return int(value[:-1]) * units[value[-1]] if value[-1:] in units else int(value)


def write_attachment(path, octets):
    """A file of random octets."""
    with open("/dev/urandom", "rb") as source, open(path, "wb") as file:
        while octets > 0:
            octets -= file.write(source.read(min(octets, 1 << 20)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="file to write the XHE document to")
    parser.add_argument("--sender", default="0203:kommun-a.example")
    parser.add_argument("--recipient", default="0203:kommun-b.example")
    parser.add_argument("--attach", action="append", default=[], metavar="FILE", help="repeatable")
    parser.add_argument("--size", type=size, help="instead of --attach: one random attachment of this size (10k, 100M, 1G)")
    parser.add_argument("--keys", required=True, metavar="DIR",
                        help="DIR/sender and DIR/recipient hold the organisations' keys; made if absent")
    options = parser.parse_args()
    keys = pathlib.Path(options.keys)
    signing_key, signing_certificate = organisation_identity(keys / "sender", "Kommun A")
    _, encryption_certificate = organisation_identity(keys / "recipient", "Kommun B")
    with tempfile.TemporaryDirectory(dir=pathlib.Path(options.out).resolve().parent) as folder:
        if options.size is not None:
            path = pathlib.Path(folder) / "bilaga.bin"
            write_attachment(path, options.size)
            options.attach = [str(path)]
        attachments = [(pathlib.Path(path).name, "application/octet-stream", path) for path in options.attach]
        message = Message(options.sender, options.recipient, attachments)
        make(message, options.out, signing_key, signing_certificate, encryption_certificate)
    print(message.id)


if __name__ == "__main__":
    sys.exit(main())
