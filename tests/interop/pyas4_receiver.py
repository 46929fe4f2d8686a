# SPDX-License-Identifier: Apache-2.0
"""Runs the receiver of ../shared/interop/pyas4 in the kit's environment: pyas4_receiver.py KIT OPTION... What it shall
do wrong is ordered while it runs, one JSON object a line on standard input: the kit's options for faults, and `headers`
and `unsigned` of ours."""
import json
import sys
import threading

sys.dont_write_bytecode = True
kit_folder = sys.argv.pop(1)
sys.path.insert(0, kit_folder)
import receive  # noqa: E402


class Receiver(receive.Receiver):
    """Adds headers to its answers and takes signatures off them, both for messages that meet a fault only."""
    headers, unsigned = {}, False

    def answer(self, exchange, message, fault):
        status, headers, body = super().answer(exchange, message, fault)
        if not fault:
            return status, headers, body
        return status, headers | self.headers, receive.without_signature(body) if self.unsigned else body


def obey(order):
    receiver = receive.Handler.receiver
    with receiver.lock:
        receiver.headers, receiver.unsigned = order.pop("headers", {}), order.pop("unsigned", False)
        vars(receiver.o).update(order, fault_skip=receiver.number)
        receive.kit.EDeliveryReceipt.language = receiver.o.error_language or None
        digests_raw = receiver.o.raw_digests
        receiver.message_class = receive.kit.RawDigestMessage if digests_raw else receive.kit.EDeliveryMessage


def read_orders():
    for line in sys.stdin:
        obey(json.loads(line))
        receive.emit({"outcome": "obeyed"})


receive.Receiver = Receiver
threading.Thread(target=read_orders, daemon=True).start()
receive.main()
