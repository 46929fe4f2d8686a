# SPDX-License-Identifier: Apache-2.0
"""A large payload through two real daemons (release build): memory does not depend on its size, and no octet of it is on disk
twice. tests/bench/stream_bench.py measures the same with larger ones."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import stream_bench

OCTETS = 300_000_000
MEMORY = 64  # MiB
SLACK = 20_000_000  # octets of the store's own files


class Streaming(unittest.TestCase):
    def test_a_large_message_costs_neither_memory_nor_a_second_copy(self):
        with tempfile.TemporaryDirectory(prefix="kurir-streaming-") as folder:
            bench = stream_bench.Bench(folder)
            with bench.pair:
                sender, receiver = bench.pair.a, bench.pair.b
                path = bench.document(sender, receiver, OCTETS, "dense")
                done = bench.exchange(sender, receiver, path)  # what is fetched is compared there
        for side, memory in zip("AB", done.memory):
            self.assertLessEqual(memory, MEMORY, f"{side}'s VmHWM in MiB")
        (sender_read, sender_written), (receiver_read, receiver_written) = done.disk
        self.assertGreater(sender_written, OCTETS * 0.7, "gzip leaves most of such a document")
        self.assertLess(abs(sender_read - sender_written), SLACK, "what was written is read once")
        self.assertLess(abs(receiver_written - sender_written), SLACK, "the same octets, written once")
        self.assertLess(receiver_read, SLACK, "nothing is read again before it is fetched")
