# SPDX-License-Identifier: Apache-2.0
"""Drives the kit of ../shared/interop/pyas4, the Python AS4 stack `as4`: its keys, its receiver with faults to order,
its sender."""
import json
import os
import pathlib
import subprocess

import access_points
import harness
from access_points import wait_until

PROGRAMS = ("openssl",)
RECEIVER = pathlib.Path(__file__).with_name("pyas4_receiver.py")
ENVIRONMENT = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "kurir-peers/pyas4")
PYTHON = ENVIRONMENT / "bin/python"


def build(kit):
    """The kit's virtual environment; it asks PyPI the first time."""
    access_points.run(kit / "setup", ENVIRONMENT)


class Keys:
    """An AS4 key of the party under a CA of its own, TLS keys under another, and a colleague's AS4 key under the same CA."""

    def __init__(self, kit, folder, party, bits=2048):
        self.party, self.folder = party, pathlib.Path(folder) / party
        self.ca, self.tls_ca, self.certificate = (self.folder / name for name in ("ca.pem", "tls-ca.pem", "a.pem"))
        access_points.run("env", f"AP_A={party}", f"AP_B={party}-COLLEAGUE", kit / "make-keys", self.folder, bits)

    def options(self, signer="a"):
        """`signer`: "a", the party, or "b", its colleague."""
        return ["--key", self.folder / f"{signer}.key", "--cert", self.folder / f"{signer}.pem"]

    def tls(self, role):
        """`role`: "server" or "client"."""
        return ["--tls-key", self.folder / f"tls-{role}.key", "--tls-cert", self.folder / f"tls-{role}.pem"]


class Receiver:
    """A receiver over mutual TLS if `tls` names its options, else over plain HTTP."""

    def __init__(self, kit, folder, keys, trust, tls=()):
        self.keys = keys
        self.told, self.log = pathlib.Path(f"{folder}.jsonl"), pathlib.Path(f"{folder}.log")
        command = [PYTHON, RECEIVER, kit, "--listen", "127.0.0.1:0", *keys.options(), *trust, *tls]
        with open(self.told, "wb") as out, open(self.log, "wb") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=out, stderr=log,
                                            text=True, preexec_fn=access_points.die_with_parent)

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise access_points.Failed(f"pyas4 did not start:\n{self.log.read_text()}")
            return self.lines("listening")
        self.url = wait_until(ready, "pyas4 ready", 60)[0]["url"]
        return self

    def lines(self, *outcomes):
        """What it said, of these outcomes if any are named."""
        lines = harness.json_lines(self.told.read_text())
        return [line for line in lines if line["outcome"] in outcomes] if outcomes else lines

    def received(self, message_id, times=1):
        """Its lines of that MessageId, once there are as many; it writes one before it answers."""
        def told():
            lines = [line for line in self.lines() if line.get("message_id") == message_id]
            return lines if len(lines) >= times else None
        return wait_until(told, f"{times} lines of pyas4 about {message_id}")

    def order(self, fault=None, count=1, **settings):
        """The next `count` messages meet the fault; settings that are not named are the usual ones again."""
        usual = {"error_code": "EBMS:0004", "error_short": "Other", "error_severity": "failure",
                 "error_detail": "NOT_SERVICED", "error_language": "en", "error_status": 200, "http_code": 503,
                 "other_key": None, "other_cert": None, "raw_digests": False}
        self.tell({**usual, "fault": fault, "fault_count": count, **settings}, "obeyed")

    def post(self, which):
        """Its line of having posted the signal it kept: "spoiled" or "right"."""
        return self.tell({"post": which}, "posted")

    def tell(self, order, outcome):
        before = len(self.lines(outcome))
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return wait_until(lambda: self.lines(outcome)[before:], f"pyas4: {outcome}")[0]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


class Sender:
    """`tls`: the options of mutual TLS, left out towards plain HTTP."""

    def __init__(self, kit, tls):
        self.kit, self.tls = kit, tls

    def send(self, url, keys, receiver_certificate, *options, signer="a", tls=None):
        """The lines it printed, one for each message."""
        client = (self.tls if tls is None else tls) if url.startswith("https:") else ()
        command = [PYTHON, self.kit / "send.py", url, *keys.options(signer), *client,
                   "--receiver-cert", receiver_certificate, *options]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        sent = harness.json_lines(done.stdout)
        if not sent:
            raise access_points.Failed(f"pyas4 sent nothing:\n{done.stdout}{done.stderr}")
        return sent
