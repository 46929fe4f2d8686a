# SPDX-License-Identifier: Apache-2.0
"""What operators read when a certificate does not do: the reason, the certificate, the configuration key and who must act,
by the command line and in the logs of two real daemons."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import access_points
import make_sdk_message


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-verdicts-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = access_points.Group(cls.folder, ("a", "b"), send={"retry_delay": "200ms", "retry_max_delay": "500ms"})
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.a, cls.b = cls.pair.sides["a"], cls.pair.sides["b"]
        cls.pki = cls.pair.programs["kurir-pki"]
        cls.sender = make_sdk_message.organisation_identity(cls.folder / "sender", "Kommun A")
        _, cls.recipient_certificate = make_sdk_message.organisation_identity(cls.folder / "recipient", "Kommun B")
        access_points.run(cls.pki, "init", cls.folder / "strangers")

    def replace(self, files):
        """Puts other files in the place of those of A, and starts it again; all is as before when the test is over."""
        self.addCleanup(self.restart)
        for file, by in files.items():
            kept = pathlib.Path(str(file) + ".kept")
            shutil.copy(file, kept)
            shutil.copyfile(by, file)
            self.addCleanup(shutil.copyfile, kept, file)
        self.restart()

    def restart(self):
        self.a.stop()
        self.a.start().wait_ready()

    def issued(self, *arguments):
        out = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        access_points.run(self.pki, *arguments, "--out", out)
        return out

    def kurir(self, *arguments, exit=0):
        done = subprocess.run([self.pair.programs["kurir"], "--socket", self.a.admin_socket, *arguments],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, exit, done.stdout + done.stderr)
        return done.stdout

    def submit(self):
        attachment, out = self.folder / "bilaga.bin", self.folder / "submitted.xml"
        make_sdk_message.write_attachment(attachment, 500)
        message = make_sdk_message.Message(self.a.participant, self.b.participant,
                                           [("bilaga.bin", "application/pdf", attachment)], "Beslut")
        make_sdk_message.make(message, out, *self.sender, self.recipient_certificate)
        with_service = self.a.service()
        self.addCleanup(with_service.close)
        return with_service, with_service.submit(out)["id"]

    def logged(self, side, event, id):
        """The last log line of that event that holds `id`."""
        lines = [line for line in side.log.read_text().splitlines() if re.search(rf"\b{event}\b", line) and id in line]
        self.assertTrue(lines, side.log_tail(30))
        return lines[-1]

    def test_an_expired_encryption_certificate_holds_messages_until_it_is_replaced(self):
        expired = self.issued("access-point", self.folder / "authorities", self.b.party_id, "--expired")
        file = self.a.folder / "peers" / f"{self.b.party_id}.cert.pem"
        self.replace({file: expired / "as4.cert.pem"})
        service, id = self.submit()
        held = service.wait_for_state(id, ("deferred",))
        self.assertEqual((held["attempt_count"], held["attempts"]), (0, []))
        shown = self.kurir("show", id)
        for words in ("[[peer]] access-point-b: encryption_certificate", "the certificate has expired",
                      f"CN={self.b.party_id}", "serial 0x", "No attempts."):
            self.assertIn(words, shown)
        self.assertIn("messages to access-point-b are held", self.kurir("status", exit=1))
        peers = self.kurir("peers")
        self.assertIn("access-point-b: messages are held", peers)
        self.assertIn("closed", peers)
        self.assertIn("act=\"operator: replace the certificate that cause names", self.logged(self.a, "deferred", id))
        self.assertIn("encryption certificate expired", subprocess.run(
            [self.pair.programs["kurird"], "--check", self.a.config], capture_output=True, text=True).stdout)
        self.assertRegex(self.kurir("queue", "--stuck", exit=1), rf"{id}.*\bcertificate\b")
        service.close()
        shutil.copyfile(str(file) + ".kept", file)
        self.restart()
        self.assertEqual(self.a.service().wait_for_state(id)["state"], "delivered")
        self.kurir("status")

    def test_a_signer_of_an_unknown_ca_is_the_receivers_to_act_on(self):
        stranger = self.issued("access-point", self.folder / "strangers", self.a.party_id)
        self.replace({self.a.key(name): stranger / name for name in ("as4.cert.pem", "as4.key.pem")})
        service, id = self.submit()
        bounced = service.wait_for_state(id)
        self.assertEqual(bounced["state"], "bounced")
        self.assertIn("EBMS:0101", bounced["last_error"])
        self.assertIn("the signing certificate is not trusted here", bounced["last_error"])
        self.assertNotIn("node.trust", bounced["last_error"])
        self.assertIn("act=\"peer: accept our signing certificate", self.logged(self.a, "bounced", id))
        refused = self.logged(self.b, "refused", bounced["message_id"])
        self.assertIn("act=\"operator: if the peer confirms", refused)
        self.assertIn("node.trust", refused)
        self.assertIn(f"CN={self.a.party_id}", refused)

    def test_a_wrong_tls_ca_is_named_with_its_key(self):
        self.replace({self.a.folder / "ca/tls-ca.cert.pem": self.folder / "strangers/tls-ca.cert.pem"})
        said = self.kurir("ping", "access-point-b", exit=1)
        for words in ("the peer's TLS certificate is not accepted", "issued by", "send.tls_ca", "Who must act"):
            self.assertIn(words, said)

    def test_check_tells_expired_tls_certificates_and_what_peers_are_shown(self):
        expired = self.issued("tls", self.folder / "authorities", "door", "--host", "localhost", "--expired")
        config = self.a.config.read_text()
        names = {path.name: path for path in expired.iterdir()}
        other = self.a.folder / "other.toml"
        key = next(name for name in names if name.endswith("key.pem"))
        certificate = next(name for name in names if name.endswith("cert.pem"))
        changed = re.sub(r'(?m)^tls_key = .*$', f'tls_key = "{expired / key}"', config, count=1)
        changed = re.sub(r'(?m)^tls_certificate = .*$', f'tls_certificate = "{expired / certificate}"', changed, count=1)
        other.write_text(changed)
        done = subprocess.run([self.pair.programs["kurird"], "--check", other], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"Warning: \[(as4|rest|send)\] tls_certificate expired")
        self.assertIn("is shown the TLS client certificate", done.stdout)


if __name__ == "__main__":
    unittest.main()
