# SPDX-License-Identifier: Apache-2.0
"""Documents by the thousand: one is made and signed, its copies differ by their XHE id. That is enough, for an access
point does not check organisations' signatures."""
import pathlib
import uuid

import make_sdk_message

SMALL, LARGE = 2_000, 120_000  # octets of the attachment; the larger one is kept as a file


class Template:
    def __init__(self, folder, sender, recipient, size):
        """`sender` and `recipient` are participants; organisations' keys are made in `folder` once."""
        folder = pathlib.Path(folder)
        attachment, out = folder / f"{size}.bin", folder / f"{size}.xml"
        key, certificate = make_sdk_message.organisation_identity(folder / "sender", "Kommun A")
        _, encryption = make_sdk_message.organisation_identity(folder / "recipient", "Kommun B")
        make_sdk_message.write_attachment(attachment, size)
        message = make_sdk_message.Message(sender, recipient, [(attachment.name, "application/octet-stream", attachment)])
        make_sdk_message.make(message, out, key, certificate, encryption)
        self.is_file = size > 64_000  # in the data folders
        self.id, self.octets = message.id.encode(), out.read_bytes()

    def copy(self):
        """A document of its own: its XHE id, which makes repeats of its submission safe, and its octets."""
        id = str(uuid.uuid4())
        return id, self.under(id)

    def under(self, id):
        """The octets of the copy with this id."""
        return self.octets.replace(self.id, id.encode())
