# SPDX-License-Identifier: Apache-2.0
"""An access point behind HAProxy, which is not ours: it does TLS for the AS4 door, tells of the client's certificate by header
and of its address by the PROXY protocol; before the REST door it passes TLS through."""
import base64
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
import urllib.parse

import access_points
import make_sdk_message

HAPROXY = shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")


def netloc(url):
    return urllib.parse.urlsplit(url).netloc


class BehindProxy(access_points.Pair):
    """B's doors have addresses of their own; those that A and the message services know are HAProxy's."""

    haproxy = None

    def configure(self):
        super().configure()
        self.as4_port, self.rest_port = access_points.free_ports(2)
        before = '\nproxies = ["127.0.0.1"]\nproxy_protocol = true'
        text = self.b.config.read_text()
        text = text.replace(f'listen = "{netloc(self.b.rest_url)}"', f'listen = "127.0.0.1:{self.rest_port}"{before}')
        as4 = re.search(r'listen = "%s"\ntls_key.*\ntls_certificate.*' % re.escape(netloc(self.b.as4_url)), text)[0]
        text = text.replace(as4, f'listen = "127.0.0.1:{self.as4_port}"\ntls = false{before}\n'
                                 'client_certificate_header = "Client-Cert"')
        self.b.config.write_text(text)
        self.start_haproxy()

    def start_haproxy(self):
        self.stop_haproxy()
        keys, folder = self.b.folder / "keys", self.folder / "haproxy"
        folder.mkdir(exist_ok=True)
        pem = folder / "server.pem"
        pem.write_bytes((keys / "tls.cert.pem").read_bytes() + (keys / "tls.key.pem").read_bytes())
        # HAProxy takes any certificate, so that it is the access point that judges.
        (folder / "haproxy.cfg").write_text(f"""
defaults
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend as4
    mode http
    bind {netloc(self.b.as4_url)} ssl crt {pem} ca-file {self.b.folder}/ca/tls-ca.cert.pem verify optional """
            f"""crt-ignore-err all ca-ignore-err all
    http-request del-header Client-Cert
    http-request set-header Client-Cert :%[ssl_c_der,base64]: if {{ ssl_c_used }}
    default_backend as4
backend as4
    mode http
    server b 127.0.0.1:{self.as4_port} send-proxy-v2
frontend rest
    mode tcp
    bind {netloc(self.b.rest_url)}
    default_backend rest
backend rest
    mode tcp
    server b 127.0.0.1:{self.rest_port} send-proxy-v2
""")
        self.haproxy = subprocess.Popen([HAPROXY, "-db", "-f", folder / "haproxy.cfg"], stderr=open(folder / "log", "wb"),
                                        preexec_fn=access_points.die_with_parent)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", urllib.parse.urlsplit(self.b.as4_url).port)) == 0
        access_points.wait_until(listens, "HAProxy listens")

    def stop_haproxy(self):
        if self.haproxy:
            self.haproxy.kill()
            self.haproxy.wait()

    def stop(self):
        super().stop()
        self.stop_haproxy()


@unittest.skipUnless(HAPROXY, "SKIPPED: haproxy is not installed (tools/setup test)")
class Proxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kurir-proxy-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.pair = BehindProxy(cls.folder, preset="asan")
        cls.addClassCleanup(cls.pair.stop)
        cls.pair.start()
        cls.key, cls.certificate = make_sdk_message.organisation_identity(cls.folder, "Kommun")

    def request(self, address, request, source, certificate=None):
        """The answer to a raw request over TLS from an address of our choice."""
        context = ssl.create_default_context(cafile=str(self.pair.b.folder / "ca/tls-ca.cert.pem"))
        if certificate:
            context.load_cert_chain(*map(str, certificate))
        with socket.create_connection(address, timeout=20, source_address=(source, 0)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(request)
                return b"".join(iter(lambda: tls.recv(65536), b"")).decode()

    def logged(self, pattern):
        return access_points.wait_until(lambda: re.search(pattern, self.pair.b.log.read_text()), pattern)

    def as4(self):
        address = urllib.parse.urlsplit(self.pair.b.as4_url)
        return (address.hostname, address.port)

    POST = b"POST /as4 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n%s\r\n"

    def test_messages_come_through_both_doors(self):
        document = self.folder / "document.xml"
        make_sdk_message.make(make_sdk_message.Message(self.pair.a.participant, self.pair.b.participant), document,
                              self.key, self.certificate, self.certificate)
        sender, receiver = self.pair.a.service(), self.pair.b.service()
        submitted = sender.submit(document)
        self.assertEqual(sender.wait_for_state(submitted["id"])["state"], "delivered")
        [item] = access_points.wait_until(lambda: receiver.lease(max=1), "the item in the inbox")
        payload = receiver.checked(200, "GET", f"/v1/inbox/{item['id']}/payload").body
        self.assertEqual(payload, document.read_bytes())
        sender.close()
        receiver.close()

    def test_a_client_without_certificate_is_refused_and_known_by_its_own_address(self):
        answer = self.request(self.as4(), self.POST % b"", "127.0.0.2")
        self.assertIn(" 403 ", answer.splitlines()[0])
        self.logged(r"client_refused remote=127\.0\.0\.2:")

    def test_a_clients_own_header_is_no_certificate(self):
        peer = ssl.PEM_cert_to_DER_cert(self.pair.a.key("tls.cert.pem").read_text())
        header = b"Client-Cert: :" + base64.b64encode(peer) + b":\r\n"
        answer = self.request(self.as4(), self.POST % header, "127.0.0.3")
        self.assertIn(" 403 ", answer.splitlines()[0])

    def test_a_certificate_of_another_authority_is_refused_though_the_proxy_took_it(self):
        answer = self.request(self.as4(), self.POST % b"", "127.0.0.4", (self.certificate, self.key))
        self.assertIn(" 403 ", answer.splitlines()[0])
        self.logged(r"client_refused remote=127\.0\.0\.4:\d+ reason=.*tls_ca of this listener")

    def test_who_is_no_proxy_is_not_talked_to(self):
        for source, said in (("127.0.0.5", "not a listed proxy"), ("127.0.0.1", "no PROXY protocol version 2")):
            with socket.create_connection(("127.0.0.1", self.pair.as4_port), 20, (source, 0)) as plain:
                plain.sendall(self.POST % b"")
                try:
                    self.assertEqual(plain.recv(100), b"")
                except ConnectionResetError:
                    pass
            self.logged(rf'connection_refused remote={re.escape(source)}:\d+ reason="{said}"')
