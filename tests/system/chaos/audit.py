# SPDX-License-Identifier: Apache-2.0
"""Waits until the access points are at rest, and then looks at all they have: every record and receipt through their doors,
every file in their folders."""
import contextlib
import hashlib
import http.client
import time

import access_points
from chaos import folders, load

UNSETTLED = (("outbound", ("queued", "sending", "deferred")), ("inbound", ("received", "leased")))
REST_LIMIT = 90.0      # seconds without any progress
LONGEST_REST = 900.0


def waiting(services):
    """How many messages the access points themselves say are not settled."""
    return sum(len(service.checked(200, "GET", f"/v1/messages?direction={direction}&state={state}&limit=500").json()["items"])
               for service in services.values() for direction, states in UNSETTLED for state in states)


def come_to_rest(stage, ledger):
    """Whether all is settled, before nothing has moved for REST_LIMIT."""
    services = {name: side.service() for name, side in stage.sides.items()}
    begin = moved = time.monotonic()
    least = float("inf")
    while time.monotonic() - moved < REST_LIMIT and time.monotonic() - begin < LONGEST_REST:
        with contextlib.suppress(OSError, http.client.HTTPException, access_points.Failed):
            left = waiting(services) + len(ledger.unsettled())
            if left == 0:
                return True
            if left < least:
                least, moved = left, time.monotonic()
        time.sleep(0.1)
    return False


def look(stage, ledger, history, settled):
    """Notes what is there; the stores are stopped in order afterwards."""
    for keeper in stage.keepers.values():  # at rest after a clean start: what crashes left behind must be gone
        keeper.restart()
    for keeper in stage.keepers.values():
        keeper.wait_ready()
    for document in list(ledger.documents.values()):
        if document.id:
            load.Client(stage.sides[document.sender], history).submit(document)
    files = {name: look_at_records(side, ledger, history) for name, side in stage.sides.items()}
    for name, side in stage.sides.items():
        load.Client(side, history).lease(10, 1)  # there should be nothing
        stage.keepers[name].hold()
        wrong = [folders.damage(side.data_dir)]
        if settled:
            wrong.append(folders.left_over(side.data_dir, files[name]))
        for text in filter(None, wrong):
            history.note("wrong", side=name, text=text)


def look_at_records(side, ledger, history):
    """How many of the messages have a payload that is a file."""
    service, files = side.service(), 0
    for direction in ("outbound", "inbound"):
        path = f"/v1/messages?direction={direction}&limit=500"
        while path:
            page = service.checked(200, "GET", path).json()
            for record in page["items"]:
                receipt = service.request("GET", f"/v1/messages/{record['id']}/receipt")
                history.note("record", side=side.name.lower(), direction=direction, id=record["id"],
                             key=record["conversation_id"], message_id=record["message_id"], state=record["state"],
                             receipt=hashlib.sha256(receipt.body).hexdigest() if receipt.status == 200 else None,
                             cause=record["last_error"])
                document = ledger.documents.get(record["conversation_id"])
                files += bool(document and document.template.is_file)
            path = page["next"]
    return files
