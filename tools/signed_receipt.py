# SPDX-License-Identifier: Apache-2.0
"""Reads and verifies a signed AS4 receipt with public tools only (xmlsec1, openssl), as a stranger would who is shown
it years later: nothing of Kurir takes part."""
import base64
import pathlib
import tempfile
import xml.etree.ElementTree as ElementTree

import access_points

EB = "{http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/}"
EBBP = "{http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
SOAP = "http://www.w3.org/2003/05/soap-envelope"


class SignedReceipt:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        root = ElementTree.parse(path).getroot()
        signal = root.find(f".//{EB}SignalMessage")
        self.message_id = signal.findtext(f"{EB}MessageInfo/{EB}MessageId")
        self.ref_to_message_id = signal.findtext(f"{EB}MessageInfo/{EB}RefToMessageId")
        self.references = len(signal.findall(f"{EB}Receipt/{EBBP}NonRepudiationInformation//{DS}Reference"))
        token = root.find(f".//{WSSE}Security/{WSSE}BinarySecurityToken")
        self.certificate = base64.b64decode("".join(token.text.split()))
        self.signer = self.openssl("-subject", "-nameopt", "RFC2253").removeprefix("subject=").strip()

    def openssl(self, *arguments):
        with tempfile.NamedTemporaryFile() as der:
            der.write(self.certificate)
            der.flush()
            return access_points.run("openssl", "x509", "-inform", "DER", "-in", der.name, "-noout", *arguments)

    def verify(self, ca):
        """Signature over eb:Messaging and the Body, and the signer's certificate against the CA certificates in `ca`."""
        with tempfile.TemporaryDirectory() as folder:
            signer = pathlib.Path(folder) / "signer.pem"
            signer.write_text("-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(self.certificate).decode()
                              + "-----END CERTIFICATE-----\n")
            access_points.run("openssl", "verify", "-CAfile", pathlib.Path(ca) / "ap-root.cert.pem",
                              "-untrusted", pathlib.Path(ca) / "ap-issuing.cert.pem", signer)
            access_points.run("xmlsec1", "--verify", "--id-attr:Id", f"{EB[1:-1]}:Messaging",
                              "--id-attr:Id", f"{SOAP}:Body", "--pubkey-cert-pem", signer, self.path)
