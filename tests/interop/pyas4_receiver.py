# SPDX-License-Identifier: Apache-2.0
"""Runs the receiver of ../shared/interop/pyas4 in the kit's environment: pyas4_receiver.py KIT OPTION... What it shall
do is ordered while it runs, one JSON object a line on standard input: the kit's options for faults, and what follows.

headers, unsigned   headers of the answer to a message that meets a fault; its signature taken off
callback            answers are an empty 202, and the signal is kept: to be posted to this `url` (`ca`, `certificate` and
                    `key` for TLS), before the 202 if `early` says so, else when ordered
post                only this: posts the kept signal, "spoiled" (what the fault made of it) or "right"
"""
import http.client
import json
import ssl
import sys
import threading
import urllib.parse

sys.dont_write_bytecode = True
kit_folder = sys.argv.pop(1)
sys.path.insert(0, kit_folder)
import receive  # noqa: E402


class Receiver(receive.Receiver):
    headers, unsigned, callback, kept = {}, False, None, {}

    def answer(self, exchange, message, fault):
        status, headers, body = super().answer(exchange, message, fault)
        if fault:
            headers |= self.headers
            body = receive.without_signature(body) if self.unsigned else body
        if not self.callback:
            return status, headers, body
        self.kept = {"spoiled": (headers, body), "right": super().answer(exchange, message, None)[1:]}
        if self.callback["early"]:
            self.post("right")
        return 202, {}, b""

    def post(self, which):
        url, headers, body = urllib.parse.urlsplit(self.callback["url"]), *self.kept[which]
        if url.scheme == "https":
            tls = ssl.create_default_context(cafile=self.callback["ca"])
            tls.load_cert_chain(self.callback["certificate"], self.callback["key"])
            link = http.client.HTTPSConnection(url.netloc, timeout=60, context=tls)
        else:
            link = http.client.HTTPConnection(url.netloc, timeout=60)
        link.request("POST", url.path, body, headers)
        answer = link.getresponse()
        receive.emit({"outcome": "posted", "http_status": answer.status, "body": answer.read().decode(errors="replace")})
        link.close()


def obey(order):
    receiver = receive.Handler.receiver
    if "post" in order:
        receiver.post(order["post"])
        return
    with receiver.lock:
        for name, usual in (("headers", {}), ("unsigned", False), ("callback", None)):
            setattr(receiver, name, order.pop(name, usual))
        vars(receiver.o).update(order, fault_skip=receiver.number)
        receive.kit.EDeliveryReceipt.language = receiver.o.error_language or None
        raw = receiver.o.raw_digests
        receiver.message_class = receive.kit.RawDigestMessage if raw else receive.kit.EDeliveryMessage
    receive.emit({"outcome": "obeyed"})


def read_orders():
    for line in sys.stdin:
        obey(json.loads(line))


receive.Receiver = Receiver
threading.Thread(target=read_orders, daemon=True).start()
receive.main()
