# SPDX-License-Identifier: Apache-2.0
"""The checker of histories: each kind of broken promise, planted once in a good history, is found, and nothing else is."""
import copy
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from chaos import checker, history


def submit(key, at, status=202, **more):
    told = {"id": f"out-{key}", "message_id": f"{key}@a", "existed": False} if status == 202 else {}
    return {"event": "submit", "key": key, "sender": "a", "recipient": "b", "sha256": f"sha-{key}", "begin": at,
            "end": at + 1, "status": status, **told, **more}


def handover(key, at, count=1, **more):
    return {"event": "handover", "side": "b", "item": f"in-{key}", "key": key, "message_id": f"{key}@a", "count": count,
            "lease": f"lease-{key}-{count}", "begin": at, "end": at + 1, **more}


def payload(key, **more):
    return {"event": "payload", "side": "b", "item": f"in-{key}", "key": key, "sha256": f"sha-{key}", **more}


def acknowledge(key, at, count=1, status=200):
    return {"event": "acknowledge", "side": "b", "item": f"in-{key}", "lease": f"lease-{key}-{count}", "begin": at,
            "end": at + 1, "status": status}


def state(key, at, name):
    return {"event": "state", "side": "a", "id": f"out-{key}", "state": name, "begin": at, "end": at + 1}


def sent(key, name="delivered", **more):
    return {"event": "record", "side": "a", "direction": "outbound", "id": f"out-{key}", "key": key,
            "message_id": f"{key}@a", "state": name, "receipt": f"receipt-{key}" if name == "delivered" else None, **more}


def received(key, name="acknowledged", **more):
    return {"event": "record", "side": "b", "direction": "inbound", "id": f"in-{key}", "key": key,
            "message_id": f"{key}@a", "state": name, "receipt": f"receipt-{key}", **more}


def good():
    """One message each: plain; whose answer was lost and which was submitted again; whose lease lapsed and whose
    acknowledgement was repeated; abandoned and delivered; abandoned and never taken; unproven."""
    return [
        {"event": "kill", "side": "a", "how": "random", "at_work": True},
        submit("plain", 0), state("plain", 2, "queued"), handover("plain", 4), payload("plain"), acknowledge("plain", 6),
        state("plain", 8, "delivered"), state("plain", 10, "delivered"),
        submit("again", 0, None), submit("again", 2, 503), submit("again", 4, existed=True), handover("again", 6),
        payload("again"), acknowledge("again", 8, status=None), acknowledge("again", 10), state("again", 12, "delivered"),
        submit("lapsed", 0), handover("lapsed", 2), payload("lapsed"), handover("lapsed", 20, 2), payload("lapsed"),
        acknowledge("lapsed", 21, 1, 409), acknowledge("lapsed", 22, 2), acknowledge("lapsed", 24, 2),
        submit("abandoned", 0, None), handover("abandoned", 2), payload("abandoned"), acknowledge("abandoned", 4),
        submit("never", 0, 503), submit("never", 2, None),
        submit("unproven", 0), handover("unproven", 2), payload("unproven"), acknowledge("unproven", 4),
        *(sent(key) for key in ("plain", "again", "lapsed", "abandoned")), sent("unproven", "unproven"),
        *(received(key) for key in ("plain", "again", "lapsed", "abandoned", "unproven")),
        {"event": "end", "settled": True}]


class Checker(unittest.TestCase):
    def found(self, events):
        return [(finding.kind, finding.key) for finding in checker.check(events)]

    def planted(self, *more, without=lambda event: False):
        """The good history without some events and with others before its end."""
        *events, end = [event for event in good() if not without(event)]
        return [*events, *copy.deepcopy(list(more)), end]

    @staticmethod
    def of(key, *names):
        return lambda event: event.get("key") == key and event["event"] in names

    def test_a_good_history_has_no_findings(self):
        self.assertEqual(self.found(good()), [])

    def test_a_promise_that_nobody_kept_is_lost(self):
        self.assertEqual(self.found(self.planted(submit("x", 0), sent("x", "deferred"))), [("lost", "x")])
        self.assertEqual(self.found(self.planted(submit("x", 0), sent("x", "bounced"))), [("lost", "x")])
        self.assertEqual(self.found(self.planted(submit("x", 0))), [("lost", "x")])

    def test_a_promise_that_was_forgotten_is_lost_although_it_is_kept_when_it_is_asked_for_again(self):
        again = [submit("x", 30, id="out-2", message_id="2@a"), handover("x", 40, message_id="2@a"), payload("x"),
                 sent("x", id="out-2", message_id="2@a"), received("x", message_id="2@a")]
        self.assertEqual(self.found(self.planted(submit("x", 0), *again)), [("lost", "x")])

    def test_a_message_that_the_receiver_holds_back_is_lost(self):
        self.assertEqual(self.found(self.planted(submit("x", 0), sent("x"), received("x", "received"))), [("lost", "x")])

    def test_what_was_never_promised_may_be_given_up(self):
        self.assertEqual(self.found(self.planted(submit("x", 0, None), sent("x", "bounced"))), [])

    def test_two_inbox_items_are_a_double(self):
        self.assertEqual(self.found(self.planted(handover("plain", 30, item="other"))), [("duplicated", "plain")])
        self.assertEqual(self.found(self.planted(received("plain", id="other"))), [("duplicated", "plain")])

    def test_a_hand_over_after_an_acknowledgement_is_a_double(self):
        self.assertEqual(self.found(self.planted(handover("plain", 30, 2))), [("duplicated", "plain")])

    def test_answers_that_crossed_do_not_hide_a_hand_over_after_an_acknowledgement(self):
        self.assertEqual(self.found(self.planted(handover("plain", 6.5, 2))), [("duplicated", "plain")])

    def test_a_hand_over_that_does_not_count_up_is_a_double(self):
        without = self.of("lapsed", "handover", "acknowledge")
        for counts in ((1, 1), (2, 1)):
            events = self.planted(handover("lapsed", 2, counts[0]), handover("lapsed", 20, counts[1], lease="l"), without=without)
            self.assertEqual(self.found(events), [("duplicated", "lapsed")], counts)

    def test_hand_overs_at_the_same_time_may_be_answered_in_any_order(self):
        without = self.of("lapsed", "handover", "acknowledge")
        events = self.planted(handover("lapsed", 2, 2), handover("lapsed", 2.5, 1), without=without)
        self.assertEqual(self.found(events), [])

    def test_what_nobody_submitted_is_a_phantom(self):
        self.assertEqual(self.found(self.planted(handover("x", 0), payload("x"), acknowledge("x", 2))), [("phantom", "x")])
        self.assertEqual(self.found(self.planted(received("x"))), [("phantom", "x")])

    def test_what_was_refused_and_handed_over_all_the_same_is_a_phantom(self):
        self.assertEqual(self.found(self.planted(submit("x", 0, 422), handover("x", 2), payload("x"))), [("phantom", "x")])

    def test_what_came_to_somebody_else_is_a_phantom(self):
        self.assertEqual(self.found(self.planted(handover("plain", 30, 2, side="a"))), [("phantom", "plain")])

    def test_other_octets_and_another_message_id_are_changes(self):
        self.assertEqual(self.found(self.planted(payload("plain", sha256="other"))), [("changed", "plain")])
        without = self.of("plain", "handover")
        self.assertEqual(self.found(self.planted(handover("plain", 4, message_id="y@a"), without=without)), [("changed", "plain")])

    def test_delivered_without_a_message_at_the_receiver(self):
        self.assertEqual(self.found(self.planted(submit("x", 0), sent("x"))), [("receipt_without_message", "x")])

    def test_a_message_whose_sender_ended_without_its_receipt(self):
        for name in ("bounced", "expired", "deferred", "sending"):
            without = lambda event: event["event"] == "record" and event["id"] == "out-again" or (
                event["event"] == "state" and event["id"] == "out-again")
            self.assertEqual(self.found(self.planted(sent("again", name), without=without)),
                             [("message_without_receipt", "again")], name)

    def test_a_message_that_its_sender_no_longer_has(self):
        without = lambda event: event["event"] == "record" and event["id"] == "out-abandoned"
        self.assertEqual(self.found(self.planted(without=without)), [("message_without_receipt", "abandoned")])

    def test_delivered_and_no_receipt_kept(self):
        without = lambda event: event["event"] == "record" and event["id"] == "out-plain"
        self.assertEqual(self.found(self.planted(sent("plain", receipt=None), without=without)),
                         [("message_without_receipt", "plain")])

    def test_receipts_that_differ(self):
        without = lambda event: event["event"] == "record" and event["id"] == "in-plain"
        self.assertEqual(self.found(self.planted(received("plain", receipt="other"), without=without)),
                         [("different_receipts", "plain")])

    def test_one_submission_that_became_two_messages(self):
        self.assertEqual(self.found(self.planted(submit("plain", 30, id="out-2"))), [("two_message_ids", "plain")])
        without = self.of("again", "handover")  # its MessageId could not say which of the two it is of
        self.assertIn(("two_message_ids", "again"), self.found(self.planted(submit("again", 30, message_id="2@a"), without=without)))
        self.assertEqual(self.found(self.planted(sent("plain", id="out-2"))), [("two_message_ids", "plain")])

    def test_a_final_state_that_did_not_last(self):
        self.assertEqual(self.found(self.planted(state("plain", 30, "deferred"), state("plain", 32, "delivered"))),
                         [("backwards", "plain")])
        self.assertEqual(self.found(self.planted(state("unproven", 30, "bounced"))), [("backwards", "unproven")])

    def test_a_late_proof_is_no_fault(self):
        self.assertEqual(self.found(self.planted(state("plain", 0.5, "expired"), without=lambda event: event["event"] == "state"
                                                 and event["state"] == "queued")), [])

    def test_an_acknowledgement_that_was_forgotten(self):
        without = lambda event: event["event"] == "record" and event["id"] == "in-plain"
        self.assertEqual(self.found(self.planted(received("plain", "leased"), without=without)), [("backwards", "plain")])

    def test_a_proper_submission_that_was_refused(self):
        self.assertEqual(self.found(self.planted(submit("x", 0, 409))), [("refused", "x")])

    def test_an_end_that_nobody_brought_about(self):
        self.assertEqual(self.found(self.planted({"event": "died", "side": "b", "status": -11})), [("crashed", None)])

    def test_a_damaged_folder(self):
        self.assertEqual(self.found(self.planted({"event": "wrong", "side": "b", "text": "1 spool files"})), [("damaged", None)])

    def test_a_history_without_rest(self):
        self.assertEqual(self.found(good()[:-1]), [("unfinished", None)])
        self.assertEqual(self.found([submit("x", 0)]), [("unfinished", None)])
        self.assertEqual(self.found([*good()[:-1], {"event": "end", "settled": False}]), [("unfinished", None)])

    def test_every_kind_has_been_planted(self):
        source = pathlib.Path(__file__).read_text()
        self.assertEqual([kind for kind in checker.KINDS if f'("{kind}", ' not in source], [])

    def test_counts_are_those_of_the_history(self):
        counts = checker.count(self.planted({"event": "kill", "side": "b", "how": "random", "at_work": False},
                                            {"event": "disturb", "what": "partition"}, {"event": "rest"},
                                            submit("plain", 50, existed=True)))
        self.assertEqual((counts["promised"], counts["delivered"], counts["handed_over"]), (4, 4, 5))
        self.assertEqual((counts["handed_over_again"], counts["submitted_again"], counts["answers_broken"]), (1, 1, 3))
        self.assertEqual((counts["kills"], counts["kills_idle"], counts["kills_by_kind"]), (1, 1, {"random": 1}))
        self.assertEqual(counts["disturbances"], {"partition": 1})

    def test_a_history_of_little_proves_nothing(self):
        counts = checker.count(good())
        self.assertEqual(checker.too_little(counts, messages=4, kills=1), [])
        self.assertEqual(len(checker.too_little(counts, messages=5, kills=2)), 2)
        self.assertTrue(checker.too_little(checker.count([{"event": "end", "settled": True}]), 1, 1))

    def test_a_history_is_read_as_it_was_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "history.jsonl"
            written = history.History(path)
            for event in good():
                written.note(event["event"], **{name: value for name, value in event.items() if name != "event"})
            written.close()
            self.assertEqual(self.found(history.read(path)), [])
            self.assertEqual(checker.count(history.read(path)), checker.count(good()))


if __name__ == "__main__":
    unittest.main()
