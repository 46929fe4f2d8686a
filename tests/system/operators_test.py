# SPDX-License-Identifier: Apache-2.0
"""What operators decide about destinations, by the command line, between two real daemons: pause, drain, resume, flush, and
what is stuck."""
import json
import pathlib
import subprocess
import tempfile
import unittest

import access_points
import make_sdk_message


class Operators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-operators-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = access_points.Group(cls.folder, ("a", "b"), send={"retry_delay": "1h", "retry_max_delay": "2h"},
                                       tables='\n[queue]\nstuck_overdue = "1s"\n')
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.side_a, cls.side_b = cls.pair.sides["a"], cls.pair.sides["b"]
        cls.a = cls.side_a.service()
        cls.addClassCleanup(lambda: cls.a.close())
        cls.sender = make_sdk_message.organisation_identity(cls.folder / "sender", "Kommun A")
        _, cls.recipient_certificate = make_sdk_message.organisation_identity(cls.folder / "recipient", "Kommun B")

    def tearDown(self):
        for side in (self.side_a, self.side_b):
            self.kurir("resume", "--all", side=side)
            for peer in ("access-point-a", "access-point-b"):
                if peer != f"access-point-{side.name.lower()}":
                    self.kurir("resume", peer, side=side)

    def kurir(self, *arguments, side=None, exit=0):
        """What the command prints; it must end with `exit`, or with one of them."""
        done = subprocess.run([self.pair.programs["kurir"], "--socket", (side or self.side_a).admin_socket, *arguments],
                              capture_output=True, text=True)
        self.assertIn(done.returncode, exit if isinstance(exit, tuple) else (exit,), done.stdout + done.stderr)
        return done.stdout

    def document(self):
        attachment, out = self.folder / "bilaga.bin", self.folder / "submitted.xml"
        make_sdk_message.write_attachment(attachment, 500)
        message = make_sdk_message.Message(self.side_a.participant, self.side_b.participant,
                                           [("bilaga.bin", "application/pdf", attachment)], "Beslut")
        make_sdk_message.make(message, out, *self.sender, self.recipient_certificate)
        return out

    def submit(self):
        return self.a.submit(self.document())["id"]

    def refused(self):
        answer = self.a.request("POST", "/v1/messages", self.document().read_bytes(), "application/xml")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (503, "application/problem+json"))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(answer.json()["code"], "drained")

    def restart(self, side):
        self.assertEqual(side.stop(), 0, side.log_tail())
        self.a.close()
        side.start().wait_ready()

    def assert_untouched(self, id):
        message = self.a.message(id)
        self.assertEqual((message["state"], message["attempt_count"]), ("queued", 0), message["last_error"])

    def test_a_paused_destination_keeps_what_is_submitted_over_a_restart_until_it_is_resumed(self):
        shown = self.kurir("pause", "access-point-b", "--reason", "their upgrade")
        self.assertIn("access-point-b: paused since ", shown)
        self.assertIn("their upgrade", shown)
        id = self.submit()
        self.restart(self.side_a)
        peers = json.loads(self.kurir("peers", "--json"))
        self.assertEqual([(peer["name"], peer["admin_state"], peer["reason"]) for peer in peers["items"]],
                         [("access-point-b", "paused", "their upgrade")])
        other = self.submit()  # taken by the new process too
        for _ in range(10):  # each lets the send loop look once more
            self.assertIn("access-point-b is paused", self.kurir("flush", "--all"))
        self.assert_untouched(id)
        self.assert_untouched(other)
        self.assertIn("paused", self.kurir("status", exit=(0, 1)))  # 1 once the messages are overdue
        self.assertRegex(self.kurir("resume", "access-point-b"), "access-point-b +closed +- ")
        for each in (id, other):
            self.assertEqual(self.a.wait_for_state(each)["state"], "delivered")

    def test_what_a_paused_destination_keeps_for_long_is_stuck_and_the_exit_code_says_so(self):
        self.assertIn("Nothing is stuck.", self.kurir("queue", "--stuck"))
        self.kurir("pause", "--all")
        id = self.submit()

        def stuck():
            items = json.loads(subprocess.run(
                [self.pair.programs["kurir"], "--socket", self.side_a.admin_socket, "queue", "--stuck", "--json"],
                capture_output=True, text=True).stdout)["items"]
            return [item for item in items if item["id"] == id]
        [item] = access_points.wait_until(stuck, "the message to be stuck")
        self.assertEqual((item["stuck"], item["state"]), ("overdue", "queued"))
        self.assertIn(id, self.kurir("queue", "--stuck", exit=1))
        self.assertEqual(json.loads(self.kurir("status", "--json", exit=1))["stuck"], 1)
        self.assertIn("1, see kurir queue --stuck", self.kurir("status", exit=1))
        self.kurir("resume", "--all")
        self.a.wait_for_state(id)
        self.assertEqual(json.loads(self.kurir("queue", "--stuck", "--json"))["items"], [])

    def test_a_drained_destination_gets_what_is_queued_and_nothing_more_is_taken_for_it(self):
        self.kurir("pause", "--all")
        queued = self.submit()
        self.kurir("drain", "access-point-b", "--reason", "they close")
        self.refused()
        self.kurir("resume", "--all")
        self.assertEqual(self.a.wait_for_state(queued)["state"], "delivered")
        self.refused()
        self.restart(self.side_a)
        self.refused()
        self.kurir("resume", "access-point-b")
        self.assertEqual(self.a.wait_for_state(self.submit())["state"], "delivered")

    def test_all_drained_takes_nothing_at_any_door_and_a_flush_tries_again_at_once(self):
        self.kurir("drain", "--all", side=self.side_b)
        id = self.submit()
        deferred = self.a.wait_for_state(id, ("deferred",))
        self.assertEqual(deferred["attempts"][-1]["http_status"], 503)
        self.assertIn("Takes more      no", self.kurir("status", side=self.side_b))
        self.kurir("drain", "--all")
        self.refused()
        self.kurir("resume", "--all", side=self.side_b)
        self.assertIn("1 brought forward.", self.kurir("flush", "access-point-b"))
        self.assertEqual(self.a.wait_for_state(id)["state"], "delivered")

    def test_a_submission_may_ask_for_less_time(self):
        self.kurir("pause", "--all")
        sent = json.loads(self.kurir("send", str(self.document()), "--time-to-live", "1s", "--json"))
        over = self.a.wait_for_state(sent["id"])
        self.assertEqual(over["state"], "expired")
        self.assertIn("EBMS:0301", over["last_error"])
        self.kurir("send", str(self.document()), "--time-to-live", "2d", exit=1)

    def test_what_is_not_clear_is_wrong_usage(self):
        for words in (["pause"], ["pause", "--all", "access-point-b"], ["flush"], ["queue", "--stuck", "--state", "queued"]):
            self.kurir(*words, exit=2)
        self.kurir("pause", "nobody", exit=1)

    def test_the_daemon_prints_what_follows_each_outcome(self):
        printed = subprocess.run([self.pair.programs["kurird"], "--judgements"], capture_output=True, text=True)
        self.assertEqual(printed.returncode, 0)
        self.assertIn("| a proven receipt | delivered |", printed.stdout)
        self.assertIn("| EBMS:0303 | DecompressionFailure | bounced |", printed.stdout)


if __name__ == "__main__":
    unittest.main()
