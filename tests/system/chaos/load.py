# SPDX-License-Identifier: Apache-2.0
"""The message services: they submit until they are promised delivery, watch what becomes of it, and fetch and acknowledge
what arrives, as real ones do, bad habits included. Everything they see goes into the history."""
import contextlib
import hashlib
import http.client
import json
import random
import threading
import time

from chaos import checker

BROKEN = (OSError, http.client.HTTPException)
PAUSE = 0.02         # seconds, after a broken answer
ANSWER_LIMIT = 10.0
MOST_OPEN = 24       # documents of one flow that are not settled
LARGE_SHARE = 0.15
HABIT = 0.1          # share of abandoned, repeated and forgotten requests


class Document:
    def __init__(self, sender, recipient, template):
        self.sender, self.recipient, self.template = sender, recipient, template
        self.key, octets = template.copy()
        self.sha256 = hashlib.sha256(octets).hexdigest()
        self.id = None            # of the sender's record, once it is promised
        self.final = self.acknowledged = False

    @property
    def settled(self):
        return self.final and self.acknowledged


class Ledger:
    """What the message services know together."""

    def __init__(self):
        self.lock, self.documents, self.open, self.requests = threading.Lock(), {}, {}, {}

    def add(self, document):
        with self.lock:
            self.documents[document.key] = self.open[document.key] = document

    def drop(self, document):
        """Its service gave up; it may have been taken all the same."""
        with self.lock:
            self.open.pop(document.key, None)

    def unsettled(self):
        """Documents somebody waits for."""
        with self.lock:
            for document in [each for each in self.open.values() if each.settled]:
                del self.open[document.key]
            return list(self.open.values())

    def at_work(self, side):
        return any(side in (each.sender, each.recipient) for each in self.unsettled())


class Client:
    """One connection to one side; an answer that breaks is None."""

    def __init__(self, side, history):
        self.name, self.history, self.service = side.name.lower(), history, side.service(ANSWER_LIMIT)

    def request(self, *arguments):
        self.begin = time.monotonic()
        try:
            answer = self.service.request(*arguments)
        except BROKEN:
            answer = None
        self.end = time.monotonic()
        if answer is None or answer.status >= 500:
            time.sleep(PAUSE)
        return answer

    def note(self, event, answer, **fields):
        self.history.note(event, begin=self.begin, end=self.end, status=answer and answer.status, **fields)

    def submit(self, document):
        """The answer's status, 0 if none came."""
        answer = self.request("POST", "/v1/messages", document.template.under(document.key), "application/xml")
        told = answer.json() if answer and answer.status == 202 else {}
        self.note("submit", answer, sender=self.name, recipient=document.recipient, key=document.key, sha256=document.sha256,
                  **{name: told.get(name) for name in ("id", "message_id", "existed")})
        document.id = document.id or told.get("id")
        return answer.status if answer else 0

    def lease(self, most, seconds):
        """Items that were handed over."""
        body = json.dumps({"max": most, "seconds": seconds})
        answer = self.request("POST", "/v1/inbox/lease", body, "application/json")
        items = answer.json()["items"] if answer and answer.status == 200 else []
        for item in items:
            self.history.note("handover", side=self.name, item=item["id"], key=item["conversation_id"],
                              message_id=item["message_id"], count=item["delivery_count"], lease=item["lease"],
                              begin=self.begin, end=self.end)
        return items

    def fetch(self, item):
        answer = self.request("GET", f"/v1/inbox/{item['id']}/payload")
        if answer is None or answer.status != 200:
            return False
        self.history.note("payload", side=self.name, item=item["id"], key=item["conversation_id"],
                          sha256=hashlib.sha256(answer.body).hexdigest())
        return True

    def acknowledge(self, item):
        """The answer's status, 0 if none came."""
        body = json.dumps({"lease": item["lease"]})
        answer = self.request("POST", f"/v1/inbox/{item['id']}/ack", body, "application/json")
        self.note("acknowledge", answer, side=self.name, item=item["id"], lease=item["lease"])
        return answer.status if answer else 0

    def state(self, id):
        answer = self.request("GET", f"/v1/messages/{id}")
        if answer is None or answer.status != 200:
            return None
        state = answer.json()["state"]
        self.history.note("state", side=self.name, id=id, state=state, begin=self.begin, end=self.end)
        return state


class Load:
    """`flows`: (sender, recipient) and how many submit there; `templates`: of each flow, a small and a large one."""

    def __init__(self, stage, ledger, history, seed, flows, templates):
        self.stage, self.ledger, self.history, self.seed = stage, ledger, history, seed
        self.templates, self.quiet, self.over = templates, threading.Event(), threading.Event()
        self.failures = []
        self.submitters = [self.thread(self.submit_all, number, flow) for flow, many in flows.items() for number in range(many)]
        self.others = [self.thread(self.watch_all, 0, name) for name in sorted({sender for sender, _ in flows})]
        self.others += [self.thread(self.consume_all, number, name) for name in sorted({recipient for _, recipient in flows})
                        for number in range(2)]

    def thread(self, work, number, what):
        dice = random.Random(f"{self.seed} {work.__name__} {number} {what}")

        def run():
            try:
                work(dice, what)
            except Exception as failure:  # of the load itself: the round is void
                self.failures.append(failure)
        return threading.Thread(target=run, name=f"{work.__name__}-{what}-{number}", daemon=True)

    def start(self):
        for thread in self.submitters + self.others:
            thread.start()

    def submit_all(self, dice, flow):
        client = Client(self.stage.sides[flow[0]], self.history)
        while not self.quiet.is_set():
            if sum((each.sender, each.recipient) == flow for each in self.ledger.unsettled()) >= MOST_OPEN:
                time.sleep(PAUSE)
                continue
            large = dice.random() < LARGE_SHARE
            document = Document(*flow, self.templates[flow][large])
            self.ledger.add(document)
            while (status := client.submit(document)) != 202:
                refused = 0 < status < 500
                if refused or (status == 0 and not large and dice.random() < HABIT):
                    self.ledger.drop(document)
                    break
                if self.over.is_set():
                    return
            if status == 202 and dice.random() < HABIT:
                client.submit(document)
            time.sleep(dice.uniform(0, 2 * PAUSE))

    def watch_all(self, dice, name):
        client, ended = Client(self.stage.sides[name], self.history), []
        while not self.over.is_set():
            waiting = [each for each in self.ledger.unsettled() if each.sender == name and each.id and not each.final]
            for document in dice.sample(waiting, min(len(waiting), 10)) + dice.sample(ended, min(len(ended), 2)):
                if client.state(document.id) in checker.FINAL:
                    if not document.final:
                        ended.append(document)
                    document.final = True
            time.sleep(PAUSE)

    def consume_all(self, dice, name):
        client, unanswered = Client(self.stage.sides[name], self.history), []
        while not self.over.is_set():
            for item in client.lease(dice.randint(1, 10), dice.randint(1, 2)):
                careless = not self.quiet.is_set() and dice.random() < HABIT
                if careless or not client.fetch(item):
                    continue  # the lease lapses
                if not self.quiet.is_set() and dice.random() < HABIT / 4:
                    time.sleep(1.5)  # and here perhaps, before it is acknowledged
                unanswered.append(item)
                unanswered = [each for each in unanswered if not self.acknowledged(client, each, dice)]
            unanswered = [each for each in unanswered if not self.acknowledged(client, each, dice)]
            time.sleep(PAUSE)

    def acknowledged(self, client, item, dice):
        """Whether it is settled: acknowledged, or the lease is somebody else's by now and the item will come again."""
        status = client.acknowledge(item)
        if status == 200:
            if dice.random() < HABIT:
                client.acknowledge(item)
            if document := self.ledger.documents.get(item["conversation_id"]):
                document.acknowledged = True
        return 200 <= status < 500

    def stop_submitting(self, limit):
        """Every submitter still gets its last document promised."""
        self.quiet.set()
        end = time.monotonic() + limit
        for thread in self.submitters:
            thread.join(max(0.0, end - time.monotonic()))

    def stop(self):
        self.quiet.set()
        self.over.set()
        for thread in self.submitters + self.others:
            with contextlib.suppress(RuntimeError):  # never started
                thread.join(60)
