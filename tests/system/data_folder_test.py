# SPDX-License-Identifier: Apache-2.0
"""The data folder changes under a running daemon: files removed, permissions taken away, no inodes, a file system that is
read-only. Each time the log and the answer say what happened and what to do, and nothing that was answered is lost."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import access_points
from access_points import wait_until
from chaos import tracing
from chaos.documents import LARGE, SMALL, Template

NOBODY = 65534


class DataFolder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-folder-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.pair = access_points.Pair(self.folder)
        self.addCleanup(self.pair.stop)
        self.a, self.b = self.pair.a, self.pair.b

    def start(self):
        self.pair.start()
        self.templates = {size: Template(self.folder, self.a.participant, self.b.participant, size)
                          for size in (SMALL, LARGE)}
        self.connect()

    def connect(self):
        self.service = self.a.service()
        self.addCleanup(self.service.close)

    def submit(self, size=SMALL):
        return self.service.request("POST", "/v1/messages", self.templates[size].copy()[1], "application/xml")

    def delivered(self, size=SMALL):
        answer = self.submit(size)
        self.assertEqual(answer.status, 202, answer.body)
        return self.service.wait_for_state(answer.json()["id"])["id"]

    def refused(self, status, code, size=SMALL):
        answer = self.submit(size)
        self.assertEqual((answer.status, answer.json()["code"]), (status, code))
        return answer.json()

    def ends(self, side):
        wait_until(lambda: not side.alive(), "the end of the daemon", 20)
        self.assertNotEqual(side.process.returncode, 0)

    def lines(self, event, side=None):
        return [line for line in (side or self.a).log.read_text().splitlines() if line.split(" ", 3)[2:3] == [event]]

    def test_a_database_that_is_removed_is_saved_and_brought_back(self):
        self.start()
        id = self.delivered()
        (self.a.data_dir / "kurir.db").unlink()
        self.ends(self.a)
        [lost] = self.lines("store_lost")
        self.assertIn("kurir.db was removed, moved or replaced", lost)
        [saved] = self.a.data_dir.glob("kurir.db.saved-*")
        self.assertIn(str(saved), lost)

        self.a.start()
        self.ends(self.a)
        self.assertIn(str(saved), self.lines("cannot_start")[0])
        saved.rename(self.a.data_dir / "kurir.db")
        self.a.start().wait_ready()
        self.connect()
        self.assertEqual(self.service.message(id)["state"], "delivered")
        self.delivered()

    def test_a_folder_that_is_moved_away_is_named_and_is_whole_where_it_is(self):
        self.start()
        id = self.delivered()
        self.a.data_dir.rename(self.folder / "elsewhere")
        self.ends(self.a)
        [lost] = self.lines("store_lost")
        self.assertIn(f"{self.a.data_dir} is not the folder that was opened", lost)
        (self.folder / "elsewhere").rename(self.a.data_dir)
        self.a.start().wait_ready()
        self.connect()
        self.assertEqual(self.service.message(id)["state"], "delivered")

    def test_a_payload_file_that_is_removed_is_an_error_of_ours_until_it_is_back(self):
        self.start()
        self.delivered(LARGE)
        inbox = self.b.service()
        self.addCleanup(inbox.close)
        [item] = inbox.lease(seconds=600)
        [payload] = (self.b.data_dir / "payloads").iterdir()
        kept = self.folder / "kept"
        shutil.move(payload, kept)
        path = f"/v1/inbox/{item['id']}/payload"
        answer = inbox.request("GET", path)
        self.assertEqual((answer.status, answer.json()["code"]), (500, "payload_lost"))
        [line] = self.lines("request_failed", self.b)
        self.assertIn(payload.name, line)
        self.assertIn("bring the file back from a backup", line)
        shutil.move(kept, payload)
        self.assertGreater(len(inbox.checked(200, "GET", path).body), LARGE)

    def test_without_free_inodes_nothing_is_taken_and_the_cause_is_said(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a file system with few inodes needs root")
        self.a.data_dir.mkdir(parents=True, mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=2000,size=2g,mode=700", "kurir-test",
                                  self.a.data_dir], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no tmpfs of our own: {mounted.stderr.strip()}")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", self.a.data_dir], check=True))
        self.start()
        self.delivered(LARGE)
        for number in range(1200):
            (self.a.data_dir / f"filler-{number}").touch()
        wait_until(lambda: "of=inodes" in "".join(self.lines("shortage_begins")), "the shortage", 10)
        answer = self.refused(503, "disk_full", LARGE)
        self.assertIn("inodes", answer["title"])
        self.assertIn("free inodes on the disk of node.data_dir", self.lines("shortage_begins")[0])
        for number in range(1200):
            (self.a.data_dir / f"filler-{number}").unlink()
        wait_until(lambda: self.lines("shortage_ends"), "the end of the shortage", 10)
        self.delivered(LARGE)

    def test_a_file_system_that_turned_read_only_is_named_and_nothing_is_lost(self):
        if reason := tracing.forbidden():
            self.skipTest(reason)
        self.start()
        id = self.delivered()
        strace = subprocess.Popen(
            ["strace", "-f", "-o", self.folder / "trace", "-e", "trace=pwrite64", "-e", "signal=none",
             "-e", "inject=pwrite64:error=EROFS", "-p", str(self.a.process.pid)], stderr=subprocess.PIPE, text=True)
        self.addCleanup(strace.stderr.close)
        self.addCleanup(strace.kill)
        attached = strace.stderr.readline()
        if "attached" not in attached:
            self.skipTest(f"strace may not attach here: {attached.strip()}")
        self.assertIn(self.submit().status, (500, 503))
        self.ends(self.a)
        [lost] = self.lines("store_lost")
        self.assertIn("kurir.db-wal: Read-only file system", lost)
        strace.wait(10)
        self.a.start().wait_ready()
        self.connect()
        self.assertEqual(self.service.message(id)["state"], "delivered")
        self.delivered()

    def test_permissions_that_are_taken_away_are_named_and_nothing_is_lost(self):
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("another user than root is needed, for whom permissions count")
        self.start()
        self.a.stop()
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        self.a.start(as_nobody)
        try:
            self.a.wait_ready()
        except access_points.Failed as failure:
            self.skipTest(f"the programs are not for every user: {failure}")
        self.connect()
        id = self.delivered(LARGE)
        spool = self.a.data_dir / "spool"
        spool.chmod(0)
        self.assertEqual(self.refused(503, "store_unavailable", LARGE)["fault"], "kurir")
        self.assertIn(str(spool), self.lines("request_failed")[-1])
        self.assertIn("Permission denied", self.lines("request_failed")[-1])
        spool.chmod(0o700)
        self.delivered(LARGE)

        self.a.data_dir.chmod(0)
        self.refused(503, "store_unavailable", LARGE)
        self.a.data_dir.chmod(0o700)
        self.delivered(LARGE)
        self.a.stop()
        self.a.data_dir.chmod(0)
        self.a.start(as_nobody)
        self.ends(self.a)
        self.assertIn("Permission denied", self.lines("cannot_start")[0])
        self.a.data_dir.chmod(0o700)
        self.a.start(as_nobody).wait_ready()
        self.connect()
        self.assertEqual(self.service.message(id)["state"], "delivered")
        self.assertEqual(self.lines("store_lost"), [])


if __name__ == "__main__":
    unittest.main()
