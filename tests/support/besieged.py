# SPDX-License-Identifier: Apache-2.0
"""Two access points of which one, B, is under attack by tests/support/attacker.py, and how long A's messages take meanwhile."""
import contextlib
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse

import access_points
import make_sdk_message

ATTACKER = pathlib.Path(__file__).resolve().parent / "attacker.py"
# One stranger, and several: the second fill a door although each stays below its share.
ONE, MANY = ("127.0.0.2",), tuple(f"127.0.0.{n}" for n in range(2, 7))


class Besieged(access_points.Pair):
    """A connects to B anew for each message, since B ends idle connections soon and resumes no TLS session. Not so soon that
    an attacker's connection ends before it has said anything."""

    def configure(self):
        super().configure()
        text = self.b.config.read_text()
        text = text.replace("[as4]\n", '[as4]\nidle_timeout = "1s"\ntls_resumption = "0s"\n')
        self.b.config.write_text(text)

    def make_keys(self):
        super().make_keys()
        authorities, pki = self.folder / "authorities", self.programs["kurir-pki"]
        self.attackers = []
        for n in range(len(MANY)):
            self.attackers.append(self.folder / f"attacker-{n}")
            access_points.run(pki, "tls", authorities, f"attacker-{n}", "--host", "localhost", "--out", self.attackers[-1])
        self.key, self.certificate = make_sdk_message.organisation_identity(self.folder, "Kommun")

    @contextlib.contextmanager
    def attacked(self, kind, door, sources, connections=300, seconds=60):
        """The attack is under way while the context lasts; what is yielded has the attacker's counts afterwards."""
        url = urllib.parse.urlsplit(self.b.as4_url if door == "as4" else self.b.rest_url)
        command = [sys.executable, ATTACKER, kind, url.netloc, "--ca", self.b.folder / "ca/tls-ca.cert.pem", "--sources",
                   *sources, "--connections", connections, "--seconds", seconds,
                   *(["--path", "/v1/messages", "--content-type", "application/xml"] if door == "rest" else [])]
        if door == "as4":  # which demands a certificate; strangers at the REST door have none
            for keys in self.attackers[:len(sources)]:
                command += ["--keys", keys]
        counts = {}
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as attacker:
            try:
                if attacker.stdout.readline() != "ready\n":
                    raise access_points.Failed(f"the attacker ({kind}) did not begin")
                time.sleep(1)  # the attack gains its full strength
                yield counts
                if attacker.poll() is not None:
                    raise access_points.Failed("the attack ended before its victims were asked")
                attacker.terminate()
                counts.update(json.loads(attacker.communicate(timeout=30)[0]))
            finally:
                attacker.kill()

    def document(self):
        path = self.folder / "document.xml"
        make_sdk_message.make(make_sdk_message.Message(self.a.participant, self.b.participant), path, self.key,
                              self.certificate, self.certificate)
        return path

    def seconds_to_receipt(self, limit=15.0):
        """From the submission at A to B's receipt, and after how many attempts; nothing if there was none in time."""
        service, document = self.a.service(), self.document()
        time.sleep(1.1)  # B ends the connection of the message before
        try:
            begun = time.monotonic()
            id = service.submit(document)["id"]
            with contextlib.suppress(access_points.Failed):
                message = service.wait_for_state(id, limit=limit)
                if message["state"] == "delivered":
                    return time.monotonic() - begun, len(message["attempts"])
            return None
        finally:
            service.close()

    def seconds_to_answer(self, limit=15.0):
        """From a new connection to B's REST door to the answer to a request there; nothing if there was none in time."""
        service = self.b.service(timeout=limit)
        begun = time.monotonic()
        try:
            service.lease(max=1)
            return time.monotonic() - begun, 1
        except OSError:
            return None
        finally:
            service.close()

    def doors(self):
        """What `kurir status` says of B's doors."""
        status = json.loads(access_points.run(self.programs["kurir"], "--socket", self.b.admin_socket, "status", "--json"))
        return {door["name"]: door for door in status["doors"]}
