# SPDX-License-Identifier: Apache-2.0
"""The SDK message maker against tools and schemas of others: xmlsec1, and the published XSDs where ../shared lies
beside the checkout."""
import pathlib
import re
import tempfile
import unittest

import access_points
import make_sdk_message

SDK = access_points.ROOT.parent / "shared/data/sdk"


class SdkMessage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.sender = make_sdk_message.organisation_identity(cls.folder / "sender", "Kommun A")
        cls.recipient = make_sdk_message.organisation_identity(cls.folder / "recipient", "Kommun B")

    def make(self, octets=5_000, label="Ärende <1> & \"2\""):
        attachment, out = self.folder / "bilaga.pdf", self.folder / "message.xml"
        make_sdk_message.write_attachment(attachment, octets)
        message = make_sdk_message.Message("0203:kommun-a.example", "0203:kommun-b.example",
                                           [("bilaga.pdf", "application/pdf", attachment)], label)
        make_sdk_message.make(message, out, *self.sender, self.recipient[1])
        return message, attachment, out

    def opened(self, document):
        plain = self.folder / "plain.xml"
        access_points.run("xmlsec1", "--decrypt", "--privkey-pem", self.recipient[0], "--output", plain, document)
        return re.search(rb"<m:messagePayload.*</m:messagePayload>", plain.read_bytes(), re.S)[0]

    def validate(self, schema, document):
        if not SDK.is_dir():
            self.skipTest("no ../shared beside the checkout")
        access_points.run("xmllint", "--noout", "--nonet", "--schema", SDK / schema, document)

    def test_xmlsec1_verifies_the_signature(self):
        access_points.run("xmlsec1", "--verify", "--trusted-pem", self.sender[1], self.make()[2])

    def test_xmlsec1_refuses_it_after_any_change(self):
        message, _, document = self.make()
        document.write_bytes(document.read_bytes().replace(b"barnoungdom", b"socialtjanst", 1))
        with self.assertRaises(access_points.Failed):
            access_points.run("xmlsec1", "--verify", "--trusted-pem", self.sender[1], document)

    def test_the_recipient_finds_the_attachment_and_nobody_else_can_read_it(self):
        message, attachment, document = self.make()
        self.assertNotIn(b"messageHeader", document.read_bytes())
        content = re.search(rb"<m:content>([^<]*)<", self.opened(document))[1]
        self.assertEqual(make_sdk_message.base64.b64decode(content), attachment.read_bytes())

    def test_message_and_envelope_have_one_id(self):
        message, _, document = self.make()
        self.assertIn(f"<xhb:ID>{message.id}</xhb:ID>".encode(), document.read_bytes())
        self.assertIn(f"<m:messageId>{message.id}</m:messageId>".encode(), self.opened(document))

    def test_the_envelope_conforms_to_the_published_xhe_schema(self):
        self.validate("xhe-v1/oasis-xsd/XHE-1.0.xsd", self.make()[2])

    def test_the_message_conforms_to_the_published_sdk_schema(self):
        inner = self.folder / "inner.xml"
        inner.write_bytes(self.opened(self.make()[2]))
        self.validate("sdk-message-v3/infrastructure_messaging_MessageWithAttachments_3.0.xsd", inner)

    def test_a_large_attachment_is_written_as_well(self):
        _, attachment, document = self.make(octets=3_000_001)
        self.assertGreater(document.stat().st_size, 4 / 3 * 4 / 3 * 3_000_000)
        self.assertTrue(make_sdk_message.base64.b64decode(
            re.search(rb"<m:content>([^<]*)<", self.opened(document))[1]) == attachment.read_bytes())


if __name__ == "__main__":
    unittest.main()
