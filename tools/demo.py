# SPDX-License-Identifier: Apache-2.0
"""The demo's story: a municipality sends another a decision, and every promise on the way is shown and checked.
Run by tools/demo, which builds first."""
import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

import access_points
import make_sdk_message
from signed_receipt import SignedReceipt

DECISION = pathlib.Path(__file__).parent / "demo_decision.pdf"


def say(text=""):
    print(text, flush=True)


def step(title, *lines):
    say(f"\n{title}")
    for line in lines:
        say(f"   {line}")


def thousands(number):
    return f"{number:,}".replace(",", " ")


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_document(pair):
    """What the message service of A's municipality does before it turns to its access point."""
    sender, recipient = pair.a.folder / "organisation", pair.b.folder / "organisation"
    key, certificate = make_sdk_message.organisation_identity(sender, "Kommun A")
    _, encryption = make_sdk_message.organisation_identity(recipient, "Kommun B")
    # The recipient's certificate reaches the sender by the federation's publication service.
    published = sender / "kommun-b.cert.pem"
    shutil.copy(encryption, published)
    message = make_sdk_message.Message(pair.a.participant, pair.b.participant,
                                       [("beslut.pdf", "application/pdf", DECISION)])
    document = pair.a.folder / "submitted.xml"
    make_sdk_message.make(message, document, key, certificate, published)
    return message, document


def open_document(pair, document):
    """What the message service of B's municipality does with what it fetched: verify, decrypt, take the attachment out."""
    organisation = pair.b.folder / "organisation"
    access_points.run("xmlsec1", "--verify", "--trusted-pem", pair.a.folder / "organisation/organisation.cert.pem", document)
    opened = pair.b.folder / "opened.xml"
    access_points.run("xmlsec1", "--decrypt", "--privkey-pem", organisation / "organisation.key.pem",
                      "--output", opened, document)
    content = re.search(rb"<m:fileName>beslut\.pdf</m:fileName>.*?<m:content>([^<]*)</m:content>", opened.read_bytes(), re.S)
    return make_sdk_message.base64.b64decode(content[1]) if content else None


def story(pair):
    a, b = pair.a, pair.b
    step("1. Two access points, each with its own keys, data folder and trust",
         f"A  {a.party_id}  serves {a.participant}   message services: {a.rest_url}   AS4: {a.as4_url}",
         f"B  {b.party_id}  serves {b.participant}   message services: {b.rest_url}   AS4: {b.as4_url}",
         "They share the CA certificates, and each was handed the other's public certificate, as discovery would do.")

    message, document = make_document(pair)
    step("2. The message service of kommun-a makes an SDK message and hands it to A",
         f"XHE envelope {message.id}, {thousands(document.stat().st_size)} octets: encrypted to kommun-b, signed by kommun-a,",
         f"with the attachment beslut.pdf ({thousands(DECISION.stat().st_size)} octets)")
    service_a, service_b = a.service(), b.service()
    started = time.monotonic()
    submitted = service_a.submit(document)
    say(f"   A answered 202: it will not lose it. MessageId {submitted['message_id']}")

    settled = service_a.wait_for_state(submitted["id"])
    took = time.monotonic() - started
    if settled["state"] != "delivered":
        raise access_points.Failed(f"the message ended as {settled['state']}:\n{json.dumps(settled, indent=2)}")
    receipt_file = a.folder / "receipt.xml"
    receipt_file.write_bytes(service_a.receipt(submitted["id"]))
    receipt = SignedReceipt(receipt_file)
    receipt.verify(a.folder / "ca")
    if receipt.ref_to_message_id != submitted["message_id"]:
        raise access_points.Failed(f"the receipt is for {receipt.ref_to_message_id}")
    step(f"3. B answered with a signed receipt, {1000 * took:.0f} ms after the submission began",
         f"receipt {receipt.message_id}",
         f"signed by {receipt.signer}",
         f"for {receipt.ref_to_message_id}, with the digests of {receipt.references} signed parts",
         "A checked signature, signer and digests. As a stranger would, xmlsec1 verified the signature and",
         "openssl the certificate: both hold.")

    items = access_points.wait_until(lambda: service_b.lease(), "the message in B's inbox")
    [item] = [each for each in items if each["message_id"] == submitted["message_id"]]
    fetched = b.folder / "fetched.xml"
    with open(fetched, "wb") as file:
        service_b.checked(200, "GET", f"/v1/inbox/{item['id']}/payload", into=file)
    if digest_of(fetched) != digest_of(document):
        raise access_points.Failed(f"{fetched} is not {document}")
    service_b.acknowledge(item["id"], item["lease"])
    if open_document(pair, fetched) != DECISION.read_bytes():
        raise access_points.Failed("beslut.pdf is not what was sent")
    step("4. The message service of kommun-b fetches it from B's inbox and acknowledges",
         f"submitted SHA-256 {digest_of(document)}",
         f"fetched   SHA-256 {digest_of(fetched)}   identical",
         "Kommun-b verifies kommun-a's signature and decrypts: beslut.pdf came through unchanged.")
    return submitted


def where_to_look(pair, submitted, kept):
    if not kept:
        step("Where to look next",
             "tools/demo --keep --dir DIR   the same, and both stay up, with keys, logs and DIR/demo.json to go on from",
             "libs/README.md                the map of the code",
             "deploy/kurir.toml             every setting with its default and reason",
             "schemas/openapi.yaml          the REST door, field by field")
        return
    a, kurir = pair.a, pair.programs["kurir"]
    key = f"--cacert {a.folder}/ca/tls-ca.cert.pem --cert {a.key('client.cert.pem')} --key {a.key('client.key.pem')}"
    step("Both are running. Where to look next",
         f"{pair.folder}/demo.json",
         f"{kurir} --socket {a.admin_socket} status",
         f"{kurir} --socket {a.admin_socket} show {submitted['id']}",
         f"curl {key} {a.rest_url}/v1/messages/{submitted['id']}",
         f"tail {a.log} {pair.b.log}",
         f"tools/demo --stop --dir {pair.folder}")


def stop(folder):
    """Ends the two of a --keep, and only those: a process id may long be somebody else's."""
    path = folder / "demo.json"
    if not path.exists():
        raise access_points.Failed(f"{path} is not there: nothing was left running with --keep --dir {folder}")
    sides = json.loads(path.read_text())
    ours = [side["pid"] for side in sides.values() if side["config"] in command_line(side["pid"])]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in ours:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        with contextlib.suppress(access_points.Failed):
            access_points.wait_until(lambda: not any(command_line(pid) for pid in ours), "stopped", 15)
            break
    path.unlink()
    for name, side in sides.items():
        if side["pid"] not in ours:
            say(f"{name.upper()} ran no more as process {side['pid']}; if it was started anew by hand, end that one by hand.")
    say(f"{'Stopped' if ours else 'Nothing to stop'}. Keys, data and logs are still in {folder}")


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0") if pid else []
    except (FileNotFoundError, ProcessLookupError):
        return []


def main():
    parser = argparse.ArgumentParser(prog="tools/demo")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--dir", type=pathlib.Path)
    parser.add_argument("--bits", type=int, default=2048)
    options = parser.parse_args()
    if (options.keep or options.stop) and not options.dir:
        parser.error("--keep and --stop need --dir DIR")
    if options.stop:
        stop(options.dir.resolve())
        return
    if options.dir and (options.dir / "authorities").exists():
        parser.error(f"{options.dir} holds an earlier demo; take a new folder")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    with contextlib.ExitStack() as stack:
        folder = options.dir or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kurir-demo-")))
        pair = access_points.Pair(folder, options.bits)
        stack.callback(pair.stop)
        say("Kurir: two access points on this machine exchange one SDK message.")
        pair.start(outlive=options.keep)
        submitted = story(pair)
        where_to_look(pair, submitted, options.keep)
        if options.keep:
            description = {name: side.description() for name, side in pair.sides.items()}
            (pair.folder / "demo.json").write_text(json.dumps(description, indent=2) + "\n")
            stack.pop_all()
        elif options.dir:
            say(f"\nKeys, data and logs of this run: {pair.folder}")


if __name__ == "__main__":
    try:
        main()
    except access_points.Failed as failure:
        sys.exit(f"demo: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
