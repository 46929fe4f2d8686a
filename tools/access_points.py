# SPDX-License-Identifier: Apache-2.0
"""Two access points on loopback, as the demo, the system tests and the measurements use them: their keys, their
configuration, their processes, and a message service's client of the REST door. The sides share no key, no data and no
trust but the CA certificates; each is handed the other's public AS4 certificate, as discovery would do."""
import contextlib
import ctypes
import http.client
import io
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
CA_FILES = ("ap-root.cert.pem", "ap-issuing.cert.pem", "tls-ca.cert.pem", "client-ca.cert.pem")
START_LIMIT = 30.0  # seconds to be ready; the sanitizers need some


class Failed(Exception):
    """Something of the pair did not do what it should; the text is for a person."""


def programs(preset="release"):
    """Where the programs of a build are: build/PRESET, or the folder that KURIR_BUILD names."""
    build = pathlib.Path(os.environ.get("KURIR_BUILD") or ROOT / "build" / preset).resolve()
    return {"kurird": build / "apps/kurird/kurird", "kurir": build / "apps/kurir/kurir", "kurir-pki": build / "pki/kurir-pki",
            "kurir-load": build / "apps/kurir-load/kurir-load"}


def wait_until(condition, what, limit=30.0, pause=0.02):
    """Polls until the condition gives something true, and returns it."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {limit:.0f} s")
        time.sleep(pause)


def run(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def free_ports(count):
    """Ports nobody listens on right now. Both sides' addresses stand in both configurations, so they are chosen first."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Side:
    """One access point: its folder, configuration and process."""

    def __init__(self, folder, name, party_id, participant, rest_port, as4_port, program):
        self.folder, self.name = pathlib.Path(folder).resolve(), name
        self.party_id, self.participant = party_id, participant
        self.rest_url, self.as4_url = f"https://127.0.0.1:{rest_port}", f"https://127.0.0.1:{as4_port}/as4"
        self.hosts = ("127.0.0.1", "localhost")  # in the certificate of its doors
        self.program = program
        self.config, self.log = self.folder / "kurir.toml", self.folder / "kurird.log"
        self.data_dir, self.ready_file = self.folder / "data", self.folder / "ready.json"
        self.token_file = self.folder / "token"
        socket_path = self.folder / "admin.sock"
        if len(str(socket_path)) > 100:  # a Unix socket's path is at most 107 octets long
            socket_path = pathlib.Path(tempfile.gettempdir()) / f"kurir-{uuid.uuid4()}.sock"
        self.admin_socket = socket_path
        self.process = None

    def key(self, name):
        return self.folder / "keys" / name

    def description(self):
        """What demo.json says of this side."""
        return {"rest_url": self.rest_url, "as4_url": self.as4_url, "party_id": self.party_id,
                "participant": self.participant, "client_certificate": str(self.key("client.cert.pem")),
                "client_key": str(self.key("client.key.pem")), "ca": str(self.folder / "ca/tls-ca.cert.pem"),
                "token_file": str(self.token_file), "admin_socket": str(self.admin_socket), "config": str(self.config),
                "data_dir": str(self.data_dir), "pid": self.process.pid, "log": str(self.log)}

    def start(self, wrapper=(), outlive=False):
        """Starts the daemon, under `wrapper` if given; wait_ready() waits. It dies with us unless it is to outlive us."""
        self.ready_file.unlink(missing_ok=True)
        command = [*map(str, wrapper), str(self.program), "--config", str(self.config), "--ready-file", str(self.ready_file)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                            start_new_session=True, preexec_fn=None if outlive else die_with_parent)
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def is_ready(self):
        """Whether the ready file is complete."""
        try:
            return json.loads(self.ready_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def wait_ready(self):
        wait_until(lambda: self.is_ready() or not self.alive(), f"access point {self.name} ready", START_LIMIT, 0.005)
        if not self.alive():
            raise Failed(f"access point {self.name} did not start:\n{self.log_tail()}")
        return self

    def log_tail(self, lines=12):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"

    def stop(self, limit=15.0):
        """SIGTERM, and SIGKILL to the whole group if that does not end it. Returns the exit status."""
        if self.process is None:
            return None
        if self.alive():
            ready = self.is_ready()  # under a wrapper, the daemon's process is another than ours
            with contextlib.suppress(ProcessLookupError):
                os.kill(ready["pid"] if ready else self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def service(self, timeout=30.0):
        return MessageService(self.rest_url, self.folder / "ca/tls-ca.cert.pem", self.key("client.cert.pem"),
                              self.key("client.key.pem"), timeout)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class MessageService:
    """A message service's client of the REST door, over mutual TLS; one connection, kept."""

    def __init__(self, url, ca, certificate, key, timeout=30.0):
        self.address, self.timeout, self.connection = urllib.parse.urlsplit(url), timeout, None
        self.tls = ssl.create_default_context(cafile=str(ca))
        self.tls.load_cert_chain(str(certificate), str(key))

    def request(self, method, path, body=None, content_type=None, into=None):
        """One exchange; OSError or http.client.HTTPException if it breaks. `into`: a file for the body."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.address.hostname, self.address.port,
                                                          timeout=self.timeout, context=self.tls, blocksize=1 << 18)
        try:
            self.connection.request(method, path, body, {"Content-Type": content_type} if content_type else {})
            answer = self.connection.getresponse()
            if into is not None and answer.status == 200:
                shutil.copyfileobj(answer, into, 1 << 18)
            return Answer(answer.status, answer.headers, answer.read())
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def checked(self, status, method, path, *arguments, **named):
        answer = self.request(method, path, *arguments, **named)
        if answer.status != status:
            raise Failed(f"{method} {path}: HTTP {answer.status}, not {status}: {answer.body[:2000].decode(errors='replace')}")
        return answer

    def submit(self, document):
        """Hands over an XHE document (a path): the answer's JSON, once the access point has promised to deliver it."""
        with open(document, "rb") as file:
            small = os.fstat(file.fileno()).st_size < 1 << 20
            body = file.read() if small else file
            return self.checked(202, "POST", "/v1/messages", body, "application/xml").json()

    def submit_form(self, description, paths):
        """Hands over a message of several payloads: `description` as JSON, and each file as a field of its name."""
        boundary = f"form-{uuid.uuid4()}"
        with tempfile.TemporaryFile() as body:
            def field(name, more, octets):
                body.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode())
                shutil.copyfileobj(octets, body, 1 << 20)
                body.write(b"\r\n")
            field("message", "\r\nContent-Type: application/json", io.BytesIO(json.dumps(description).encode()))
            for path in paths:
                with open(path, "rb") as file:
                    field(path.name, f'; filename="{path.name}"\r\nContent-Type: application/octet-stream', file)
            body.write(f"--{boundary}--\r\n".encode())
            body.seek(0)
            return self.checked(202, "POST", "/v1/messages", body, f"multipart/form-data; boundary={boundary}").json()

    def message(self, id):
        return self.checked(200, "GET", f"/v1/messages/{id}").json()

    def receipt(self, id):
        return self.checked(200, "GET", f"/v1/messages/{id}/receipt").body

    def wait_for_state(self, id, states=("delivered", "unproven", "bounced", "expired"), limit=60.0):
        seen = {}

        def settled():
            seen.update(self.message(id))
            return seen if seen["state"] in states else None
        try:
            return wait_until(settled, f"message {id} settled", limit)
        except Failed as failure:
            raise Failed(f"{failure}: {seen.get('state')}, {seen.get('last_error')}") from None

    def lease(self, **options):
        body = json.dumps(options)
        return self.checked(200, "POST", "/v1/inbox/lease", body, "application/json").json()["items"]

    def acknowledge(self, id, lease):
        return self.checked(200, "POST", f"/v1/inbox/{id}/ack", json.dumps({"lease": lease}), "application/json")


def make_side_keys(pki, authorities, side, bits=2048):
    """Gives a side its keys from the test PKI in `authorities`, the CA certificates and a token."""
    keys = side.folder / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    run(pki, "access-point", authorities, side.party_id, "--bits", bits, "--out", keys)
    hosts = [part for host in side.hosts for part in ("--host", host)]
    run(pki, "tls", authorities, side.party_id.lower(), *hosts, "--out", keys)
    run(pki, "client", authorities, f"message-service-{side.name.lower()}", "--out", keys)
    (side.folder / "ca").mkdir(exist_ok=True)
    for name in CA_FILES:
        shutil.copy(authorities / name, side.folder / "ca" / name)
    with open(os.open(side.token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")


class Group:
    """Access points that know each other, each in a folder of its name. Settings are in milliseconds, so that tests need
    not wait."""

    PARTIES = {"a": ("AP0001-OPEN-TEST", "0203:kommun-a.example"), "b": ("AP0002-OPEN-TEST", "0203:kommun-b.example"),
               "c": ("AP0003-OPEN-TEST", "0203:kommun-c.example")}

    def __init__(self, folder, names, bits=2048, preset="release", send=None, tables=""):
        self.folder, self.names, self.bits = pathlib.Path(folder).resolve(), names, bits
        self.programs, self.tables = programs(preset), tables
        self.send = {"retry_delay": "100ms", "retry_max_delay": "1s", "lease": "5s", "probe_delay": "200ms", "probe_max_delay": "1s",
                     **(send or {})}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.choose_addresses()

    def choose_addresses(self):
        ports = free_ports(2 * len(self.names))
        self.sides = {name: Side(self.folder / name, name.upper(), *self.PARTIES[name], ports.pop(), ports.pop(),
                                 self.programs["kurird"]) for name in self.names}

    def others(self, side):
        return [other for other in self.sides.values() if other is not side]

    def make_keys(self):
        """A test PKI in DIR/authorities, which no side reads; each side gets its keys and the CA certificates."""
        authorities, pki = self.folder / "authorities", self.programs["kurir-pki"]
        run(pki, "init", authorities)
        for side in self.sides.values():
            make_side_keys(pki, authorities, side, self.bits)
        for side in self.sides.values():
            (side.folder / "peers").mkdir(exist_ok=True)
            for other in self.others(side):
                shutil.copy(other.key("as4.cert.pem"), side.folder / "peers" / f"{other.party_id}.cert.pem")

    def address(self, side, other):
        """Where `side` sends what is for `other`."""
        return other.as4_url

    def configure(self):
        for side in self.sides.values():
            side.config.write_text(configuration(side, self.send, [peer_table(
                "access-point-" + other.name.lower(), other.party_id, self.address(side, other),
                side.folder / "peers" / f"{other.party_id}.cert.pem", [other.participant])
                for other in self.others(side)], self.tables))

    def start(self, outlive=False):
        """Makes keys, configures and starts all; other ports if somebody else took one meanwhile."""
        self.make_keys()
        for attempt in range(3):
            self.configure()
            try:
                for side in self.sides.values():
                    side.start(outlive=outlive)
                for side in self.sides.values():
                    side.wait_ready()
                return self
            except Failed as failure:
                self.stop()
                taken = re.search(r"listen_failed|address already in use", str(failure), re.IGNORECASE)
                if attempt == 2 or not taken:
                    raise
                self.choose_addresses()
        return self

    def stop(self):
        for side in self.sides.values():
            side.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Pair(Group):
    """Access points A and B in DIR/a and DIR/b."""

    def __init__(self, folder, bits=2048, preset="release", send=None):
        super().__init__(folder, ("a", "b"), bits, preset, send)

    def choose_addresses(self):
        super().choose_addresses()
        self.a, self.b = self.sides.values()


def peer_table(name, party_id, url, certificate, participants, **settings):
    """`settings`: further keys of [[peer]]; its P-Mode is "sdk" unless they name another."""
    keys = {"name": name, "party_id": party_id, "url": url, "encryption_certificate": str(certificate),
            "participants": participants, **settings}
    return "\n[[peer]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def door(url, keys, tls_ca):
    """The address of a door and its TLS, which the URL's scheme says it has or not."""
    if url.scheme == "http":
        return f'listen = "{url.netloc}"\ntls = false\n'
    return f"""listen = "{url.netloc}"
tls_key = "{keys}/tls.key.pem"
tls_certificate = "{keys}/tls.cert.pem"
tls_ca = "{tls_ca}"
"""


def configuration(side, send, peers, tables=""):
    """`send`: keys of [send]; `peers`: texts of [[peer]] tables; `tables`: further tables."""
    rest, as4 = (urllib.parse.urlsplit(url) for url in (side.rest_url, side.as4_url))
    keys, ca = side.folder / "keys", side.folder / "ca"
    send_table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in send.items())
    return f"""# {side.name}: every key is explained in deploy/kurir.toml
[node]
party_id = "{side.party_id}"
key = "{keys}/as4.key.pem"
certificate = "{keys}/as4.cert.pem"
trust = "{ca}/ap-issuing.cert.pem"
data_dir = "{side.data_dir}"

[as4]
path = "{as4.path}"
{door(as4, keys, ca / "tls-ca.cert.pem")}
[rest]
{door(rest, keys, ca / "client-ca.cert.pem")}
[admin]
socket = "{side.admin_socket}"

[send]
{send_table}tls_key = "{keys}/tls.key.pem"
tls_certificate = "{keys}/tls.cert.pem"
tls_ca = "{ca}/tls-ca.cert.pem"

[[participant]]
id = "{side.participant}"

[[client]]
name = "message-service-{side.name.lower()}"
participants = ["{side.participant}"]
certificate = "{keys}/client.cert.pem"
token_file = "{side.token_file}"
{"".join(peers)}{tables}"""
