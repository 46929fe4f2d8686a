# SPDX-License-Identifier: Apache-2.0
"""Drives the phase4 kit of ../shared/interop/phase4: its keys, its receiver with faults to order, its sender."""
import os
import pathlib
import subprocess
import urllib.parse
import urllib.request

import access_points
import harness
from access_points import wait_until

PROGRAMS = ("javac", "mvn", "openssl")
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"


def build(kit):
    built = pathlib.Path(os.environ.get("KURIR_PHASE4_DIR") or pathlib.Path(
        os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "kurir-peers/phase4"))
    if not (built / "target/lib").is_dir():
        print("building the phase4 kit", flush=True)
        access_points.run(kit / "build")


class Keys:
    """A key of phase4's under the CA of `folder`, made if it is not there: for AS4 and for TLS."""

    def __init__(self, kit, folder, name, bits=2048):
        self.name, self.folder = name, pathlib.Path(folder)
        if not self.certificate.exists():
            access_points.run(kit / "make-keys", folder, bits, name)

    @property
    def certificate(self):
        return self.folder / f"{self.name}.cert.pem"

    @property
    def ca(self):
        return self.folder / "ca.cert.pem"

    @property
    def key(self):
        return self.folder / f"{self.name}.test-only.key.pem"

    @property
    def chain(self):
        return self.folder / f"{self.name}.chain.pem"

    def options(self):
        return ["--key", self.key, "--cert", self.chain]


class Trust:
    """Whom phase4 trusts: options for AS4 signatures and for TLS."""

    def __init__(self, as4=(), tls=()):
        self.as4 = [word for path in as4 for word in ("--ca", path)]
        self.tls = [word for path in tls for word in ("--tls-ca", path)]


class Receiver:
    """phase4 as receiver, over mutual TLS and plain HTTP at once."""

    def __init__(self, kit, folder, keys, trust, duplicates="native", peer_certificates=()):
        self.folder, self.keys = pathlib.Path(folder), keys
        self.folder.mkdir(parents=True)
        self.sink, self.told, self.log = (self.folder / name for name in ("sink", "receive.jsonl", "receive.log"))
        command = [kit / "receive", "--http", "0", "--https", "0", "--admin", "0", "--provider", "bc", "--sink", self.sink,
                   "--demand-security", "--duplicates", duplicates, *keys.options(), *trust.as4, *trust.tls,
                   *(word for path in peer_certificates for word in ("--peer-cert", path))]
        with open(self.told, "wb") as out, open(self.log, "wb") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=log,
                                            env={**os.environ, "JAVA_OPTS": "-XX:+UseSerialGC"},
                                            preexec_fn=access_points.die_with_parent)

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise access_points.Failed(f"phase4 did not start:\n{self.log.read_text()}")
            return self.lines("ready")
        [addresses] = wait_until(ready, "phase4 ready", 120)
        self.http, self.tls, self.admin = addresses["http"], addresses["https"], addresses["admin"]
        return self

    def url(self, transport):
        return self.tls if transport == "tls" else self.http

    def lines(self, event="message"):
        return [line for line in harness.json_lines(self.told.read_text()) if line.get("event") == event]

    def line(self, message_id):
        """What phase4 says of the first request with that MessageId; it writes that after it has answered."""
        def told():
            return [line for line in self.lines() if line.get("message_id") == message_id]
        return wait_until(told, f"phase4's line of {message_id}")[0]

    def delivered(self, message_id):
        """The requests with that MessageId that phase4 delivered to its back end."""
        return [line for line in self.lines()
                if line.get("message_id") == message_id and line.get("delivered")]

    def fault(self, fault, count=1):
        """The next `count` requests meet this fault."""
        query = urllib.parse.urlencode({"set": fault, "count": count})
        urllib.request.urlopen(f"{self.admin}/fault?{query}", data=b"", timeout=30).close()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Sender:
    """phase4 as sender; a JVM for each call."""

    def __init__(self, kit, trust):
        self.kit, self.trust = kit, trust

    def send(self, url, keys, to_certificate, *options):
        """The lines it printed of messages, in order; the exit status tells nothing that they do not. `options` say whom
        it trusts in TLS."""
        command = [self.kit / "send", "--url", url, *keys.options(), *self.trust.as4, "--to-cert", to_certificate,
                   *options]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              env={**os.environ, "JAVA_OPTS": SHORT_LIVED})
        sent = [line for line in harness.json_lines(done.stdout) if line.get("event") != "summary"]
        if not sent:
            raise access_points.Failed(f"phase4 sent nothing:\n{done.stdout}{done.stderr}")
        return sent
