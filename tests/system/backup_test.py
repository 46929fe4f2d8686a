# SPDX-License-Identifier: Apache-2.0
"""Two real daemons are backed up while they work, killed, wiped and restored: nothing that was in a backup is lost, nothing
is delivered a second time, and repeats get the receipts of the first time."""
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import uuid

import access_points
import make_sdk_message


class Backup(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-backup-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.pair = access_points.Pair(self.folder, send={"retry_delay": "50ms", "retry_max_delay": "200ms", "lease": "1s"})
        self.addCleanup(self.pair.stop)
        self.pair.start()
        self.connect()
        self.sender = make_sdk_message.organisation_identity(self.folder / "sender", "Kommun A")
        _, self.recipient_certificate = make_sdk_message.organisation_identity(self.folder / "recipient", "Kommun B")
        self.templates = [self.template(size) for size in (1_000, 150_000)]

    def connect(self):
        self.a, self.b = self.pair.a.service(), self.pair.b.service()

    def template(self, octets):
        attachment, out = self.folder / "bilaga.bin", self.folder / "submitted.xml"
        make_sdk_message.write_attachment(attachment, octets)
        message = make_sdk_message.Message(self.pair.a.participant, self.pair.b.participant,
                                           [("bilaga.bin", "application/pdf", attachment)], "Beslut")
        make_sdk_message.make(message, out, *self.sender, self.recipient_certificate)
        return message.id.encode(), out.read_bytes()

    def submit(self, service, n):
        """One of the templates under an id of its own: the answer, and what was handed over."""
        id, octets = self.templates[n % len(self.templates)]
        document = octets.replace(id, str(uuid.uuid4()).encode())
        return service.checked(202, "POST", "/v1/messages", document, "application/xml").json(), document

    def kurir(self, side, *arguments, exit=0):
        done = subprocess.run([self.pair.programs["kurir"], "--socket", side.admin_socket, *map(str, arguments)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, exit, done.stdout + done.stderr + side.log_tail())
        return done.stdout + done.stderr

    def restore(self, side, backup, exit=0):
        done = subprocess.run([side.program, "--restore", backup, "--config", side.config], capture_output=True, text=True)
        self.assertEqual(done.returncode, exit, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def kill_and_wipe(self, side):
        side.process.send_signal(signal.SIGKILL)
        side.process.wait()
        said = self.restore(side, self.folder / f"backup-{side.name}", exit=1)  # never over a store
        self.assertIn("There is a store already", said)
        shutil.rmtree(side.data_dir)

    def lease_all(self):
        items = []
        while leased := self.b.lease(max=100, seconds=600):
            items += leased
        return items

    def load(self, taken, over):
        service = self.pair.a.service()
        n = 0
        while not over.is_set():
            submitted, document = self.submit(service, n)
            taken[submitted["id"]] = (submitted["message_id"], document)
            n += 1
        service.close()

    def back_up_under_load(self):
        """All that was taken, by id: MessageId and document; and the ids of what was there when the backup began."""
        taken, over = {}, threading.Event()
        loading = threading.Thread(target=self.load, args=(taken, over))
        loading.start()
        try:
            access_points.wait_until(lambda: len(taken) >= 8, "load")
            before = set(taken)
            said = self.kurir(self.pair.a, "backup", self.folder / "backup-A")
        finally:
            over.set()
            loading.join()
        self.assertIn("Configuration, keys and certificates are not in it", said)
        return taken, before

    def test_what_was_backed_up_under_load_is_restored_and_goes_on_where_it_was(self):
        pair = self.pair
        self.kurir(pair.a, "pause", "access-point-b")  # so that the backup has messages in flight
        taken, before = self.back_up_under_load()
        refused = self.kurir(pair.a, "backup", self.folder / "backup-A", exit=1)
        self.assertIn("already", refused)

        # After the backup all of it goes out, and is received; some of it is acknowledged.
        self.kurir(pair.a, "resume", "access-point-b")
        receipts = {}
        for id in taken:
            self.assertEqual(self.a.wait_for_state(id)["state"], "delivered")
            receipts[id] = self.a.receipt(id)
        items = {item["message_id"]: item for item in self.lease_all()}
        self.assertEqual(set(items), {message_id for message_id, _ in taken.values()})
        done = set(list(items)[::2])
        for message_id in done:
            self.b.acknowledge(items[message_id]["id"], items[message_id]["lease"])
        self.kurir(pair.b, "backup", self.folder / "backup-B")
        late = next(message_id for message_id in items if message_id not in done)
        self.b.acknowledge(items[late]["id"], items[late]["lease"])

        for side in (pair.a, pair.b):
            self.kill_and_wipe(side)
            said = self.restore(side, self.folder / f"backup-{side.name}")
            self.assertIn("Configuration, keys and certificates are not part", said)
        self.a.close()
        self.b.close()
        for side in (pair.a, pair.b):
            side.start().wait_ready()

        # A sends again what it had not sent then; B knows it all, and answers with the receipts of the first time.
        self.kurir(pair.a, "resume", "access-point-b")
        for id in before:
            message = self.a.wait_for_state(id)
            self.assertEqual(message["state"], "delivered", message["last_error"])
            self.assertIn("restored", [event["name"] for event in message["events"]])
            self.assertEqual(self.a.receipt(id), receipts[id])

        # B hands over again what was not acknowledged when it was backed up, and says so; nothing else, nothing twice.
        again = self.lease_all()
        self.assertEqual(len(again), len(items) - len(done))
        self.assertEqual({item["message_id"] for item in again}, set(items) - done)
        documents = dict(taken.values())
        for item in again:
            self.assertGreater(item["delivery_count"], 1)
            payload = self.b.checked(200, "GET", f"/v1/inbox/{item['id']}/payload").body
            self.assertTrue(payload == documents[item["message_id"]], "the payload is not what was submitted")
            self.b.acknowledge(item["id"], item["lease"])
        self.assertEqual(self.b.lease(max=100), [])
        inbox = json.loads(self.kurir(pair.b, "--json", "queue", "--limit", 500))["items"]
        self.assertEqual(len(inbox), len(items), "an item for each message, and no second")

        # Both can be backed up and restored again.
        for side in (pair.a, pair.b):
            self.kurir(side, "backup", self.folder / f"again-{side.name}")

    def test_a_backup_that_was_damaged_is_refused_and_the_folder_says_so(self):
        side = self.pair.a
        self.kurir(side, "backup", self.folder / "backup-A")
        self.kill_and_wipe(side)
        database = self.folder / "backup-A" / "kurir.db"
        octets = bytearray(database.read_bytes())
        octets[len(octets) // 2] ^= 1
        database.write_bytes(octets)
        self.assertIn("is not what was written", self.restore(side, self.folder / "backup-A", exit=1))
        with self.assertRaisesRegex(access_points.Failed, "a restore was begun here and did not end"):
            side.start().wait_ready()


if __name__ == "__main__":
    unittest.main()
