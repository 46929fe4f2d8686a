# SPDX-License-Identifier: Apache-2.0
"""What happened, as lines of JSON in a file: the evidence of a run, which can be judged again without it.

Times are seconds of one monotonic clock. A request is noted when it ended, with its `begin` and `end`: the access point did
what it did somewhere between. A `status` of null is an answer that never came; then nobody knows what was done.

  begin        seed, cycles; packets_lost: partitions lose packets between network namespaces; else only proxies fall silent
  submit       sender, recipient (sides), key (XHE id), sha256, begin, end, status; of a 202 id, message_id, existed
  handover     side, item, key, message_id, count (delivery_count), lease, begin, end
  payload      side, item, key, sha256 of what was fetched
  acknowledge  side, item, lease, begin, end, status
  state        side, id, state of an outbound message, begin, end
  record       side, direction, id, key, message_id, state, receipt (SHA-256 or null): the store at rest
  kill         side, how, at_work: it was up and had messages in work
  died         side, status: an access point ended, and nobody had ended it
  disturb      what, and its particulars: what else was done to them
  wrong        side, text: damage or left-overs in a data folder at rest
  rest         settled: nothing is in work any more, or too long; what follows is the audit
  end          settled: all was at rest, and everything was looked at"""
import json
import threading
import time


class History:
    def __init__(self, path):
        self.file, self.lock = open(path, "a", encoding="utf-8"), threading.Lock()

    def note(self, event, **fields):
        line = json.dumps({"event": event, "at": round(time.monotonic(), 6), **fields}) + "\n"
        with self.lock:
            self.file.write(line)
            self.file.flush()

    def close(self):
        self.file.close()


def read(path):
    """The events of a file, in the order they were noted."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
