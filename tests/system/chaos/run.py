# SPDX-License-Identifier: Apache-2.0
"""One round: three access points, their message services, the nemesis, rest, audit, verdict."""
import collections
import contextlib
import pathlib
import time

from chaos import audit, checker, history, load, nemesis, proxy, stage, tracing
from chaos.documents import LARGE, SMALL, Template

FLOWS = {("a", "b"): 2, ("b", "a"): 1, ("a", "c"): 1}
# In milliseconds where the defaults are minutes, so that a round sees many of each.
SETTINGS = {"send": {"retry_delay": "30ms", "retry_max_delay": "300ms", "lease": "500ms", "response_timeout": "5s",
                     "progress_timeout": "3s", "connect_timeout": "3s", "failures_to_open": 3, "probe_delay": "100ms",
                     "probe_max_delay": "500ms", "max_retry_after": "500ms"},
            "tables": '\n[pressure]\ndisk_stop = "16MB"\ndisk_resume = "24MB"\nretry_after = "1s"\n'}

Verdict = collections.namedtuple("Verdict", "findings counts seconds")


class Void(Exception):
    """The round itself went wrong; it says nothing of the access points."""


def play(folder, seed, cycles, seconds=float("inf"), with_disks=False, wires={}):
    """A round until so many kills hit somebody at work, or for so many seconds. Its evidence stays in `folder`."""
    folder, begin = pathlib.Path(folder), time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        told, ledger, network = history.History(folder / "history.jsonl"), load.Ledger(), proxy.Network()
        stack.callback(told.close)
        stack.callback(network.close)
        told.note("begin", seed=seed, cycles=cycles, packets_lost=bool(wires))
        scene = stage.Stage(folder, told, ledger, network, seed, with_disks, wires, SETTINGS)
        templates = {(sender, recipient): [Template(folder / "documents" / (sender + recipient),
                                                    scene.PARTIES[sender][1], scene.PARTIES[recipient][1], size)
                                           for size in (SMALL, LARGE)] for sender, recipient in FLOWS}
        stack.callback(scene.stop)
        scene.raise_curtain()
        services = load.Load(scene, ledger, told, seed, FLOWS, templates)
        stack.callback(services.stop)
        services.start()
        killer = nemesis.Killer(scene, seed, cycles, time.monotonic() + seconds, tracing.forbidden() is None)
        disturber = nemesis.Disturber(scene, network, told, seed)
        killer.start()
        disturber.start()
        killer.join()
        disturber.heal()
        services.stop_submitting(audit.LONGEST_REST)
        settled = audit.come_to_rest(scene, ledger)
        told.note("rest", settled=settled)
        services.stop()
        for failure in [killer.failure, disturber.failure, *services.failures]:
            if failure:
                raise Void(f"{type(failure).__name__}: {failure}") from failure
        audit.look(scene, ledger, told, settled)
        told.note("end", settled=settled)
    return judge(folder / "history.jsonl", time.monotonic() - begin)


def judge(path, seconds=0.0):
    events = history.read(path)
    return Verdict(checker.check(events), checker.count(events), seconds)


def in_words(counts, findings):
    """The result, on one line."""
    kinds = ", ".join(f"{many} {how}" for how, many in counts["kills_by_kind"].items())
    by_kind = collections.Counter(finding.kind for finding in findings)
    rest = "".join(f", {many} {kind.replace('_', ' ')}" for kind, many in by_kind.items() if kind not in ("lost", "duplicated"))
    what = ", ".join(f"{many} {what}" for what, many in counts["disturbances"].items() if what != "healed")
    return (f"{counts['kills']} kills at work ({kinds}), {counts['kills_idle']} idle; {what}; {counts['promised']} messages "
            f"promised, {counts['submitted_again']} submitted again, {counts['handed_over_again']} handed over again; "
            f"{by_kind['lost']} lost, {by_kind['duplicated']} doubled{rest}")
