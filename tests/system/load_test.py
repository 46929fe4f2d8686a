# SPDX-License-Identifier: Apache-2.0
"""kurir-load against two real daemons (release build): a few hundred messages, each accounted for; and the metrics that it
reads, held against a reader of the format that is not ours."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import access_points
import make_sdk_message

try:
    import prometheus_client.parser as prometheus
except ImportError:  # another Python than Debian's
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        import prometheus_client.parser as prometheus
    except ImportError:
        prometheus = None

MESSAGES = 300


def without_proxy(url):
    """The answer to GET: status, headers, text."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read().decode()


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-load-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = access_points.Group(cls.folder, ("a", "b"), tables='\n[metrics]\nlisten = "127.0.0.1:0"\n')
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.a, cls.b = cls.pair.sides["a"], cls.pair.sides["b"]
        cls.demo = cls.folder / "demo.json"
        cls.demo.write_text(json.dumps({name: side.description() for name, side in cls.pair.sides.items()}))
        cls.document = cls.folder / "document.xml"
        key, certificate = make_sdk_message.organisation_identity(cls.folder / "sender", "Kommun A")
        _, encryption = make_sdk_message.organisation_identity(cls.folder / "recipient", "Kommun B")
        attachment = cls.folder / "bilaga.bin"
        make_sdk_message.write_attachment(attachment, 400)
        message = make_sdk_message.Message(cls.a.participant, cls.b.participant,
                                           [(attachment.name, "application/octet-stream", attachment)])
        make_sdk_message.make(message, cls.document, key, certificate, encryption)

    def load(self, *options, exit=0):
        """The report of a run."""
        done = subprocess.run([self.pair.programs["kurir-load"], "--document", self.document, "--json", *options],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, exit, done.stderr + done.stdout)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def metrics(self, side):
        """Every sample of a side's metrics, by name and labels, as another program understands them."""
        text = access_points.run(self.pair.programs["kurir"], "--socket", side.admin_socket, "metrics")
        return self.read(text)

    def read(self, text):
        if prometheus is None:
            self.skipTest("python3-prometheus-client is not installed")
        samples = {}
        for family in prometheus.text_string_to_metric_families(text):
            self.assertNotIn(family.type, ("unknown", "untyped"), family.name)
            self.assertTrue(family.documentation, family.name)
            for sample in family.samples:
                key = sample.name, tuple(sorted(sample.labels.items()))
                self.assertNotIn(key, samples, "one series twice")
                samples[key] = sample.value
        return samples

    def test_every_promised_message_comes_out_once_and_unchanged(self):
        report = self.load("--pair", self.demo, "--rate", "100", "--messages", str(MESSAGES), "--settle", "2m")
        ledger = report["ledger"]
        self.assertTrue(ledger["holds"], ledger)
        self.assertEqual((ledger["promised"], ledger["arrived"]), (MESSAGES, MESSAGES))
        self.assertEqual(ledger["unacknowledged"], 0)
        self.assertEqual(report["submit_to_fetched_ms"]["count"], MESSAGES)
        for side in ("a", "b"):
            self.assertGreater(report[side]["cpu_ms_per_message"], 0)
            self.assertGreater(report[side]["fsyncs_per_message"], 0)
            self.assertGreater(report[side]["memory_mib"], 1)

    def test_an_inbox_that_is_not_empty_is_left_alone(self):
        self.a.service().submit(self.document)
        receiver = self.b.service()
        access_points.wait_until(lambda: receiver.checked(200, "GET", "/v1/messages?state=received").json()["items"],
                                 "the message in the inbox")
        done = subprocess.run([self.pair.programs["kurir-load"], "--document", self.document, "--pair", self.demo,
                               "--messages", "1"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not empty", done.stderr)
        report = self.load("--pair", self.demo, "--messages", "5", "--empty-inbox")
        self.assertTrue(report["ledger"]["holds"], report["ledger"])

    def test_it_tells_what_it_can_do_itself(self):
        report = self.load("--null", "--rate", "max", "--messages", "2000", "--size", "16KB")
        self.assertTrue(report["ledger"]["holds"], report["ledger"])
        self.assertEqual(report["ledger"]["arrived"], 2000)
        self.assertEqual(report["document_octets"], 16 * 1024)

    def test_another_program_reads_the_metrics(self):
        before = self.metrics(self.a)
        self.load("--pair", self.demo, "--messages", "20", "--rate", "50")
        after = self.metrics(self.a)
        for name, least in (("kurir_fsyncs_total", 1), ("kurir_commits_total", 1), ("process_cpu_seconds_total", 0),
                            ("kurir_delivery_seconds_count", 20)):
            self.assertGreaterEqual(after[name, ()] - before[name, ()], least, name)
        peer = ("peer", "access-point-b")
        self.assertGreaterEqual(after["kurir_messages", (peer, ("state", "delivered"))], 20)
        self.assertEqual(after["kurir_destination_breaker", (("breaker", "closed"), peer)], 1)
        self.assertEqual(after["kurir_delivery_seconds_bucket", (("le", "+Inf"),)], after["kurir_delivery_seconds_count", ()])
        steps = sorted((float(labels[0][1]), value) for (name, labels), value in after.items()
                       if name == "kurir_delivery_seconds_bucket")
        self.assertEqual([value for _, value in steps], sorted(value for _, value in steps), "buckets are cumulative")

    def test_the_metrics_door_answers_metrics_and_health_and_nothing_else(self):
        url = self.a.is_ready()["metrics_url"]
        status, headers, text = without_proxy(url)
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        self.assertEqual(set(self.read(text)), set(self.metrics(self.a)))
        root = url.removesuffix("/metrics")
        self.assertEqual(json.loads(without_proxy(root + "/healthz")[2]), {"status": "ok"})
        for path in ("/", "/v1/messages", "/admin/status"):
            self.assertEqual(without_proxy(root + path)[0], 404)


if __name__ == "__main__":
    unittest.main()
