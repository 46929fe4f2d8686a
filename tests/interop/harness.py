# SPDX-License-Identifier: Apache-2.0
"""One or more kurird against an access point that is not ours: keys, configuration, submission, what became of a
message, the inbox, and the table of results that is printed at the end. What is particular to a peer is in its test.

A kit that cannot run here is one skipped line; with CI=true and ../shared beside the checkout that is a failure."""
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import access_points
import make_sdk_message
from access_points import Failed, wait_until

SHARED = access_points.ROOT.parent / "shared"
SETTLED = ("delivered", "unproven", "bounced", "expired")


def cause(text):
    """The line of a build's output that says why: its first error, else its last line; without colours."""
    lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines() if line.strip()]
    return next((line for line in lines if "ERROR" in line), lines[-1])[:300]


def need_kit(name, programs, build):
    """The folder of a kit in ../shared/interop, after `build(folder)`; or the tests are skipped."""
    folder, reason = SHARED / "interop" / name, None
    absent = [program for program in programs if not shutil.which(program)]
    if not folder.is_dir():
        reason = f"no ../shared/interop/{name} beside the checkout"
    elif absent:
        reason = f"{', '.join(absent)} not installed (tools/setup interop)"
    else:
        try:
            build(folder)
        except Failed as failure:
            reason = f"the kit {name} cannot be built: {cause(str(failure))}"
    if not reason:
        return folder
    if os.environ.get("CI") == "true" and SHARED.is_dir():
        raise AssertionError(f"continuous integration must run against {name}: {reason}")
    print(f"SKIPPED: {reason}", flush=True)
    raise unittest.SkipTest(reason)


@dataclasses.dataclass
class Case:
    """A row of a table of tests. `direction`: "to PEER" or "from PEER"; `transport`: "tls" or "http". What else a table
    needs is in `details`, read as attributes."""
    name: str
    direction: str
    transport: str
    details: dict = dataclasses.field(default_factory=dict)

    def __getattr__(self, name):
        try:
            return self.__dict__["details"][name]
        except KeyError:
            raise AttributeError(name) from None

    def get(self, name, otherwise):
        return self.details.get(name, otherwise)

    def method(self):
        return "test_" + re.sub(r"\W+", "_", f"{self.direction} {self.transport} {self.name}")


class Ledger:
    """What was found, as a table: case, direction, transport, outcome."""

    def __init__(self):
        self.rows = []

    def add(self, case, outcome):
        self.rows.append((case.name, case.direction, case.transport, outcome))

    def text(self):
        rows = [("case", "direction", "transport", "outcome"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)) + "  " + row[3] for row in rows)


def table_driven(*rows):
    """Makes a test method of each row, so that -k finds it by name; `self.check_KIND(case)`, KIND from the row's
    details, runs it and returns the outcome for the ledger."""
    def of(case):
        def test(self):
            outcome = "FAILED"
            try:
                outcome = getattr(self, f"check_{case.kind}")(case) or "as expected"
            except unittest.SkipTest as skipped:
                outcome = f"skipped: {skipped}"
                raise
            finally:
                self.ledger.add(case, outcome)
        test.__doc__ = f"{case.direction}, {case.transport}: {case.name}"
        return test

    def decorate(cls):
        for case in rows:
            if hasattr(cls, case.method()):
                raise ValueError(f"two cases are called {case.method()}")
            setattr(cls, case.method(), of(case))
        return cls
    return decorate


class InteropTest(unittest.TestCase):
    """A scratch folder, a test PKI and a ledger for each class; what the class starts it hands to addClassCleanup."""
    PEER = "the peer"

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-interop-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder, cls.ledger, cls.access_points = pathlib.Path(scratch.name), Ledger(), []
        cls.addClassCleanup(lambda: print(f"\n{cls.PEER}:\n{cls.ledger.text()}", flush=True))
        cls.authorities = cls.make_authorities("authorities")

    @classmethod
    def make_authorities(cls, name):
        """A test PKI of that name."""
        access_points.run(access_points.programs()["kurir-pki"], "init", cls.folder / name)
        return cls.folder / name

    @classmethod
    def add_kurir(cls, name, party_id, participant, authorities=None, **options):
        """An AccessPoint with keys, stopped with the class; configure() and ready() are still to come."""
        kurir = AccessPoint(cls.folder / name, authorities or cls.authorities, name, party_id, participant, **options)
        cls.addClassCleanup(kurir.stop)
        cls.access_points.append(kurir)
        return kurir

    def tearDown(self):
        for kurir in self.access_points:  # until it is their turn again, a kept connection would have been idle too long
            kurir.rest.close()


class AccessPoint(access_points.Side):
    """One kurird; its AS4 door speaks mutual TLS ("tls") or plain HTTP ("http"). `send`: keys of [send]."""

    def __init__(self, folder, authorities, name, party_id, participant, transport="tls", bits=2048, send=None):
        programs = access_points.programs()
        super().__init__(folder, name, party_id, participant, 0, 0, programs["kurird"])
        self.transport, self.leased = transport, {}
        self.send = {"retry_delay": "100ms", "retry_max_delay": "1s", "lease": "5s", **(send or {})}
        access_points.make_side_keys(programs["kurir-pki"], pathlib.Path(authorities), self, bits)

    def configure(self, peers, tables="", tls_ca=(), trust=()):
        """`peers`: texts of access_points.peer_table; `tls_ca`, `trust`: files of further CAs for TLS and for AS4."""
        for name, more in (("tls-ca.cert.pem", tls_ca), ("ap-issuing.cert.pem", trust)):
            file = self.folder / "ca" / name
            file.write_bytes(b"".join(pathlib.Path(path).read_bytes() for path in (file, *more)))
        rest, as4 = access_points.free_ports(2)
        scheme = "https" if self.transport == "tls" else "http"
        self.rest_url, self.as4_url = f"https://127.0.0.1:{rest}", f"{scheme}://127.0.0.1:{as4}/as4"
        self.config.write_text(access_points.configuration(self, self.send, peers, tables))
        return self

    def ready(self):
        self.start().wait_ready()
        self.rest = self.service(timeout=120.0)
        return self

    def document(self, recipient, octets=2000, sender=None):
        """An SDK message with an attachment of that size: (make_sdk_message.Message, path)."""
        keys = self.folder / "organisations"
        identity = make_sdk_message.organisation_identity(keys / "sender", "Kommun A")
        _, encryption = make_sdk_message.organisation_identity(keys / "recipient", "Kommun B")
        attachment = self.folder / "bilaga.pdf"
        make_sdk_message.write_attachment(attachment, octets)
        message = make_sdk_message.Message(sender or self.participant, recipient,
                                           [("bilaga.pdf", "application/pdf", attachment)])
        path = self.folder / f"{message.id}.xml"
        make_sdk_message.make(message, path, *identity, encryption)
        attachment.unlink()
        return message, path

    def settled(self, id, limit=60.0):
        """The message once its life has ended: the API's JSON, with attempts and events."""
        try:
            return self.rest.wait_for_state(id, SETTLED, limit)
        except Failed as failure:
            raise Failed(f"{failure}\n{self.log_tail()}") from None

    def attempts(self, id, count, limit=60.0):
        """The message once it has that many attempts behind it."""
        def enough():
            message = self.rest.message(id)
            return message if len(message["attempts"]) >= count else None
        return wait_until(enough, f"attempt {count} of {id}", limit)

    def from_inbox(self, message_id, limit=30.0):
        """The inbox item of that eb:MessageId, leased; the others that were leased meanwhile stay for their tests."""
        def found():
            for item in self.rest.lease(max=100, seconds=3600):
                self.leased.setdefault(item["message_id"], []).append(item)
            return self.leased.get(message_id)
        return wait_until(found, f"{message_id} in the inbox\n{self.log_tail()}", limit)[0]

    def deliveries(self, message_id):
        """How many inbox items bear this eb:MessageId."""
        for item in self.rest.lease(max=100, seconds=3600):
            self.leased.setdefault(item["message_id"], []).append(item)
        return len(self.leased.get(message_id, ()))

    def payload_sha256(self, item, index=0):
        """SHA-256 of a payload of an inbox item as its message service gets it."""
        path = f"/v1/inbox/{item['id']}/payload" if index == 0 else f"/v1/inbox/{item['id']}/payloads/{index}"
        with tempfile.TemporaryFile(dir=self.folder) as file:
            self.rest.checked(200, "GET", path, into=file)
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()

    def acknowledge(self, item):
        self.rest.acknowledge(item["id"], item["lease"])

    def ping(self, peer):
        """What `kurir ping` says of a peer: JSON."""
        done = subprocess.run([access_points.programs()["kurir"], "--socket", self.admin_socket, "--json", "ping", peer],
                              capture_output=True, text=True)
        [told] = json_lines(done.stdout) or [{"exit": done.returncode, "says": done.stderr}]
        return told


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def json_lines(text):
    """The lines of a kit's output that are JSON objects; what is half written is left out."""
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return [line for line in lines if isinstance(line, dict)]
