# SPDX-License-Identifier: Apache-2.0
"""A daemon whose disk no longer syncs: it answers nothing with yes, says why, syncs nothing twice and ends."""
import http.client
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import access_points
from chaos import tracing
from chaos.documents import SMALL, Template


class LostStore(unittest.TestCase):
    def test_a_failed_sync_ends_the_daemon_with_a_reason_and_is_not_tried_again(self):
        if reason := tracing.forbidden():
            self.skipTest(reason)
        scratch = tempfile.TemporaryDirectory(prefix="kurir-lost-")
        self.addCleanup(scratch.cleanup)
        folder = pathlib.Path(scratch.name)
        pair = access_points.Pair(folder)
        self.addCleanup(pair.stop)
        pair.start()
        side, trace = pair.a, folder / "trace"
        strace = subprocess.Popen(
            ["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync", "-e", "signal=none",
             "-e", "inject=fsync,fdatasync:error=EIO", "-p", str(side.process.pid)], stderr=subprocess.PIPE, text=True)
        self.addCleanup(strace.stderr.close)
        self.addCleanup(strace.kill)
        attached = strace.stderr.readline()
        if "attached" not in attached:
            self.skipTest(f"strace may not attach here: {attached.strip()}")
        document = Template(folder, side.participant, pair.b.participant, SMALL).copy()[1]
        try:
            answer = side.service(timeout=30).request("POST", "/v1/messages", document, "application/xml")
            self.assertIn(answer.status, (500, 503))
        except (OSError, http.client.HTTPException):
            pass  # it ended before it answered
        access_points.wait_until(lambda: not side.alive(), "the end of the daemon")
        self.assertNotEqual(side.process.returncode, 0)
        log = side.log.read_text()
        self.assertIn("store_lost", log)
        self.assertEqual(log.count("store_lost"), 1)
        strace.wait(10)
        synced = re.findall(r"sync\(\d+<([^>]*)>", trace.read_text())
        self.assertTrue(synced)
        self.assertEqual(len(synced), len(set(synced)), f"synced again: {synced}")

        side.start().wait_ready()  # with a disk that works
        service = side.service()
        self.addCleanup(service.close)
        again = service.request("POST", "/v1/messages", document, "application/xml")
        self.assertEqual(again.status, 202)
        self.assertEqual(service.wait_for_state(again.json()["id"])["state"], "delivered")


if __name__ == "__main__":
    unittest.main()
