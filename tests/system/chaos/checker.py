# SPDX-License-Identifier: Apache-2.0
"""Judges a history: what was promised, against what was done. Pure: events in, findings out.

  lost                     answered 202, and never handed over; or forgotten, and only taken when it was submitted again
  duplicated               two inbox items of one message; handed over after it was acknowledged; a delivery_count twice
  phantom                  handed over, and nobody had submitted it
  changed                  handed over with other octets than were submitted
  receipt_without_message  delivered, says the sender; the receiver has nothing
  message_without_receipt  the receiver has it; the sender ended without its receipt, or not at all
  different_receipts       the two sides keep different receipts, or one side two
  two_message_ids          one submission became two messages
  backwards                what was final is no more, or an acknowledgement that was answered was forgotten
  refused                  a proper submission got an answer that is neither 202 nor 5xx
  crashed                  an access point ended by itself
  damaged                  a data folder at rest is not as it must be
  unfinished               the run did not come to rest, or the history has no end"""
import collections
import itertools

KINDS = ("lost", "duplicated", "phantom", "changed", "receipt_without_message", "message_without_receipt",
         "different_receipts", "two_message_ids", "backwards", "refused", "crashed", "damaged", "unfinished")
FINAL = ("delivered", "unproven", "bounced", "expired")

Finding = collections.namedtuple("Finding", "kind key text")


class Message:
    """All that the history has of one submission."""

    def __init__(self, key):
        self.key = key
        self.submits, self.handovers, self.payloads = [], [], []
        self.sent, self.received = [], []  # records at rest

    @property
    def promised(self):
        return [each for each in self.submits if each["status"] == 202]


def gather(events):
    """Messages by key, acknowledgements by (side, item), states by (side, id), and the rest by name."""
    messages, by_item, by_id, rest = {}, collections.defaultdict(list), collections.defaultdict(list), collections.defaultdict(list)
    for event in events:
        name = event["event"]
        if name == "acknowledge":
            by_item[event["side"], event["item"]].append(event)
        elif name == "state":
            by_id[event["side"], event["id"]].append(event)
        elif name in ("submit", "handover", "payload", "record"):
            message = messages.setdefault(event["key"], Message(event["key"]))
            {"submit": message.submits, "handover": message.handovers, "payload": message.payloads,
             "record": message.sent if event.get("direction") == "outbound" else message.received}[name].append(event)
        else:
            rest[name].append(event)
    return messages, by_item, by_id, rest


def strangers(message):
    """What nobody submitted, or not to this side, or what was refused."""
    taken = {each["recipient"] for each in message.submits if each["status"] is None or each["status"] == 202
             or each["status"] >= 500}
    for event in message.handovers + message.received:
        if event["side"] not in taken:
            return [Finding("phantom", message.key, f"at {event['side']}, {event['event']} "
                            f"{event.get('item', event.get('id'))}: nobody submitted it to there")]
    return []


def identities(message):
    ids = {(each["sender"], each["id"], each["message_id"]) for each in message.promised}
    ids |= {(each["side"], each["id"], each["message_id"]) for each in message.sent}
    first = min(message.promised, key=lambda each: each["end"], default=None)
    if first and message.sent and first["id"] not in {each["id"] for each in message.sent}:
        yield Finding("lost", message.key, f"promised as {first['id']}, which its sender does not have; later as another")
    elif len(ids) > 1:
        yield Finding("two_message_ids", message.key, f"{sorted(ids)}")


def contents(message):
    octets, ids = {each["sha256"] for each in message.submits}, {each["message_id"] for each in message.promised}
    wrong = [f"item {each['item']} has octets {each['sha256']}" for each in message.payloads if each["sha256"] not in octets]
    if len(ids) == 1:
        wrong += [f"item {each['item']} has MessageId {each['message_id']}, not {ids}" for each in message.handovers
                  if each["message_id"] not in ids]
    if wrong:
        yield Finding("changed", message.key, wrong[0])


def repeats(message, acknowledgements):
    items = {each["item"] for each in message.handovers} | {each["id"] for each in message.received}
    if len(items) > 1:
        yield Finding("duplicated", message.key, f"items {sorted(items)}")
        return
    told = sorted(message.handovers, key=lambda each: each["end"])
    for index, later in enumerate(told):
        for earlier in told[:index]:
            in_order = earlier["end"] < later["begin"]
            if later["count"] == earlier["count"] or (in_order and later["count"] < earlier["count"]):
                yield Finding("duplicated", message.key, f"item {later['item']} with delivery_count {earlier['count']}, "
                              f"then {later['count']}")
                return
    # An acknowledgement counts only for the lease in force, so a later hand-over, in any order of answers, came after it.
    counts = {each["lease"]: each["count"] for each in told}
    done = [each for item in items for side in {event["side"] for event in told} for each in acknowledgements[side, item]
            if each["status"] == 200]
    for each in done:
        again = [later for later in told if later["begin"] > each["end"] or later["count"] > counts.get(each["lease"], 1 << 62)]
        if again:
            yield Finding("duplicated", message.key, f"item {each['item']} handed over again (delivery_count "
                          f"{again[0]['count']}) after it was acknowledged")
            return


def order_of_states(key, states, sent):
    """Final states stay; but a proof may still come for what was given up for want of one."""
    last = None
    told = sorted(states, key=lambda each: each["end"]) + [{"state": each["state"]} for each in sent]
    for each in told:
        late_proof = last in ("unproven", "expired") and each["state"] == "delivered"
        if last in FINAL and each["state"] != last and not late_proof:
            return [Finding("backwards", key, f"{last}, then {each['state']}")]
        last = each["state"]
    return []


def forgotten(message, acknowledgements):
    for record in message.received:
        answered = any(each["status"] == 200 for each in acknowledgements[record["side"], record["id"]])
        if answered and record["state"] != "acknowledged":
            yield Finding("backwards", message.key, f"item {record['id']} was acknowledged and is {record['state']}")


def at_rest(message):
    """The two stores against the promise; one finding, the one that says most."""
    sent, received = message.sent[:1], message.received[:1]
    state = sent[0]["state"] if sent else "not in the store"
    if state == "delivered" and not received:
        return [Finding("receipt_without_message", message.key, "the receiver has no record of it")]
    if message.promised and not message.handovers:
        return [Finding("lost", message.key, f"promised and never handed over; the sender's record: {state}")]
    if received and state not in ("delivered", "unproven"):
        return [Finding("message_without_receipt", message.key, f"the receiver has it, the sender's record: {state}")]
    if state == "delivered" and sent[0]["receipt"] is None:
        return [Finding("message_without_receipt", message.key, "delivered, and the sender keeps no receipt")]
    if state == "delivered" and sent[0]["receipt"] != received[0]["receipt"]:
        return [Finding("different_receipts", message.key, f"sender {sent[0]['receipt']}, receiver {received[0]['receipt']}")]
    return []


def check(events):
    """Findings, none of a history in which every promise was kept."""
    messages, acknowledgements, states, rest = gather(events)
    findings = []
    for message in messages.values():
        if phantom := strangers(message):
            findings += phantom
            continue
        findings += identities(message)
        findings += contents(message)
        findings += repeats(message, acknowledgements)
        findings += forgotten(message, acknowledgements)
        findings += [Finding("refused", message.key, f"a submission got {each['status']}") for each in message.submits
                     if each["status"] is not None and each["status"] != 202 and each["status"] < 500]
        for side, id in {(each["sender"], each["id"]) for each in message.promised}:
            findings += order_of_states(message.key, states[side, id], [each for each in message.sent if each["id"] == id])
        if rest["end"]:
            findings += at_rest(message)
    findings += [Finding("crashed", None, f"{each['side']} ended with {each['status']}") for each in rest["died"]]
    findings += [Finding("damaged", None, f"{each['side']}: {each['text']}") for each in rest["wrong"]]
    if not rest["end"] or not rest["end"][-1]["settled"]:
        findings.append(Finding("unfinished", None, "not everything came to rest" if rest["end"] else "the history has no end"))
    return findings


def count(events):
    """The figures of a history, by name."""
    messages, _, _, rest = gather(events)
    at_work = gather(itertools.takewhile(lambda event: event["event"] != "rest", events))[0]
    kills = [each for each in rest["kill"] if each["at_work"]]
    return {
        "promised": sum(1 for each in messages.values() if each.promised),
        "delivered": sum(1 for each in messages.values() if any(sent["state"] == "delivered" for sent in each.sent)),
        "handed_over": sum(1 for each in messages.values() if each.handovers),
        "handed_over_again": sum(len(each.handovers) - 1 for each in at_work.values() if each.handovers),
        "submitted_again": sum(1 for each in at_work.values() for submit in each.submits if submit.get("existed")),
        "answers_broken": sum(1 for each in at_work.values() for submit in each.submits if submit["status"] is None),
        "kills": len(kills), "kills_idle": len(rest["kill"]) - len(kills),
        "kills_by_kind": dict(sorted(collections.Counter(each["how"] for each in kills).items())),
        "disturbances": dict(sorted(collections.Counter(each["what"] for each in rest["disturb"]).items())),
    }


def too_little(counts, messages, kills):
    """Why a history proves nothing although nothing was found; empty if it proves something."""
    wanted = {"promised": messages, "handed_over": messages, "kills": kills, "handed_over_again": 1, "submitted_again": 1,
              "answers_broken": 1}
    return [f"{name} {counts[name]}, not {least}" for name, least in wanted.items() if counts[name] < least]
