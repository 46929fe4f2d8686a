# SPDX-License-Identifier: Apache-2.0
"""The access points of a round: each is kept alive as an operator's service supervisor would, and ended as ordered."""
import os
import random
import signal
import subprocess
import threading
import time
import urllib.parse

import access_points
from chaos import machine, tracing

NAMES = ("a", "b", "c")
LINGER = 5.0       # seconds in which a disk that was full excuses an end
STOP_LIMIT = 60.0  # of an orderly stop
PORT_TAKEN = "address already in use"
FAILED_STARTS = 50  # in a row, until it is taken for one that cannot start


class Keeper(threading.Thread):
    """Starts its access point whenever it is not running. All that ends it goes through here, so that an end of its own
    is known as one."""

    def __init__(self, side, history, ledger, folder, seed, disk=None, wire=None):
        super().__init__(name=f"keeper-{side.name}", daemon=True)
        self.side, self.history, self.ledger, self.disk, self.wire = side, history, ledger, disk, wire
        self.name_of_side = side.name.lower()
        self.clock = machine.Clock(folder / f"{self.name_of_side}.clock") if machine.Clock.preloaded else None
        self.trace_file, self.dice = folder / f"{self.name_of_side}.strace", random.Random(f"{seed} {side.name}")
        self.lock, self.closing = threading.RLock(), threading.Event()
        self.held = self.up = self.plain = False
        self.point = self.next_point = None  # (call, N) before which strace holds a thread
        self.last_full = float("-inf")
        self.hits = 0           # kills while it was at work
        self.failed_starts = 0  # in a row

    def run(self):  # it starts the processes, so they live no longer than this thread
        while not self.closing.wait(0.005):
            with self.lock:
                if not self.held:
                    self.look()
        with self.lock:
            self.side.stop()

    def look(self):
        if self.disk and self.disk.is_full():
            self.last_full = time.monotonic()
        if self.side.alive():
            self.up = self.up or bool(self.side.is_ready())
            self.failed_starts = 0 if self.up else self.failed_starts
            return
        if self.side.process is not None:
            self.ended_without_us()
        self.start_process()

    def start_process(self):
        self.up, self.point, self.next_point, wrapper = False, self.next_point, None, ()
        if self.point:
            wrapper = tracing.wrapper(self.trace_file, [self.point[0]], hold=self.point, aside=True)
        elif self.clock and not self.plain and self.dice.random() < 0.5:
            wrapper = self.clock.wrapper()
        self.side.start([*(self.wire.entrance if self.wire else ()), *wrapper])
        if self.clock and wrapper and not self.point:
            self.clock.users.append(self.side.process.pid)

    def ended_without_us(self):
        status = self.side.process.returncode
        self.failed_starts += not self.up
        self.kill_group()
        if time.monotonic() - self.last_full < LINGER:
            self.history.note("disturb", what="ended on a full disk", side=self.name_of_side, status=status)
            time.sleep(0.05)  # between starts
        elif not self.up and PORT_TAKEN in self.side.log_tail(1).lower():
            self.history.note("disturb", what="port taken", side=self.name_of_side)  # by a stranger, for a moment perhaps
            time.sleep(0.2)
        else:
            self.history.note("died", side=self.name_of_side, status=status, log=self.side.log_tail(3))
            time.sleep(0.2)
        self.side.process = None

    def note_kill(self, how, at_work):
        self.hits += at_work
        self.history.note("kill", side=self.name_of_side, how=how, at_work=at_work)

    def at_work(self):
        return self.up and self.ledger.at_work(self.name_of_side)

    def standing(self):
        """Threads that strace holds, at this moment."""
        with self.lock:
            return tracing.standing(self.side.process.pid) if self.point and self.side.alive() else set()

    def kill_group(self):
        """strace too, if there is one."""
        try:
            os.killpg(self.side.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.side.process.wait()

    def kill(self, how, next_point=None, hold=False):
        with self.lock:
            self.held, self.next_point = hold, next_point
            if self.side.alive():
                at_work = self.at_work()
                self.kill_group()
                self.note_kill(how, at_work)
                self.side.process = None

    def restart(self, plain=False):
        """An orderly one, SIGTERM; `plain`: from now on without strace and with the machine's clock."""
        with self.lock:
            self.plain = self.plain or plain
            self.next_point = None
            if not self.side.alive():
                return
            self.side.process.send_signal(signal.SIGCONT)
            self.side.process.send_signal(signal.SIGTERM)
            try:
                status = self.side.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                status = "nothing: it did not stop"
            self.kill_group()
            self.side.process = None
            excused = time.monotonic() - self.last_full < LINGER or self.point or not self.up
            if status == 0 or excused:
                self.history.note("disturb", what="restart", side=self.name_of_side)
            else:
                self.history.note("died", side=self.name_of_side, status=status, log=self.side.log_tail(3))

    def signal(self, number):
        with self.lock:
            if self.side.alive() and self.up:
                self.side.process.send_signal(number)

    def hold(self):
        """Stops it in order, and keeps it stopped."""
        with self.lock:
            self.held = True
            self.restart()

    def release(self):
        with self.lock:
            self.held = False

    def wait_ready(self, limit=120):
        access_points.wait_until(lambda: (self.up and self.side.alive()) or self.failed_starts >= FAILED_STARTS,
                                 f"access point {self.side.name} up", limit)
        if self.failed_starts >= FAILED_STARTS:
            raise access_points.Failed(f"access point {self.side.name} does not start:\n{self.side.log_tail()}")


class Stage(access_points.Group):
    """A, B and C. What one sends to another goes through the network's links, named "ab", "ba" and so on, and through the
    wires of both, if there are any."""

    def __init__(self, folder, history, ledger, network, seed, with_disks, wires, settings):
        self.network, self.history, self.ledger, self.seed = network, history, ledger, seed
        self.disks, self.with_disks, self.wires = {}, with_disks, wires
        super().__init__(folder, NAMES, send=settings["send"], tables=settings["tables"])

    def choose_addresses(self):
        super().choose_addresses()
        for name, side in self.sides.items():
            if self.with_disks and name != "c":
                self.disks.setdefault(name, None)
                self.disks[name] = self.disks[name] or machine.Disk(side.folder / "disk")
                side.data_dir = self.disks[name].folder / "data"
            if self.wires:
                side.hosts = [host for wire in self.wires.values() for host in (wire.here, wire.door)]
                side.as4_url = side.as4_url.replace("127.0.0.1", self.wires[name].there)
                side.rest_url = side.rest_url.replace("127.0.0.1", self.wires[name].door)

    def address(self, side, other):
        target, name = urllib.parse.urlsplit(other.as4_url), side.name.lower()
        here = self.wires[name].here if self.wires else "127.0.0.1"
        link = self.network.link(name + other.name.lower(), here, (target.hostname, target.port))
        return f"https://{here}:{link.port}{target.path}"

    def configure(self):
        """An orderly stop does not wait for peers that are silent, nor anybody long for the rest of a message."""
        super().configure()
        for side in self.sides.values():
            text = side.config.read_text().replace("[node]\n", '[node]\nshutdown_timeout = "1s"\n')
            side.config.write_text(text.replace("[as4]\n", '[as4]\nprogress_timeout = "3s"\n'))

    def raise_curtain(self):
        """Makes everything, and has it kept from now on; at other ports if somebody took one meanwhile."""
        self.make_keys()
        for attempt in range(3):
            try:
                return self.start_keepers()
            except access_points.Failed as failure:
                if attempt == 2 or PORT_TAKEN not in str(failure).lower():
                    raise
                self.stop()
                self.choose_addresses()

    def start_keepers(self):
        self.configure()
        self.keepers = {name: Keeper(side, self.history, self.ledger, self.folder, self.seed, self.disks.get(name),
                                     self.wires.get(name)) for name, side in self.sides.items()}
        for keeper in self.keepers.values():
            keeper.start()
        for keeper in self.keepers.values():
            keeper.wait_ready()

    def stop(self):
        for keeper in getattr(self, "keepers", {}).values():
            keeper.closing.set()
        for keeper in getattr(self, "keepers", {}).values():
            if keeper.is_alive():
                keeper.join(60)
            if keeper.clock:
                keeper.clock.clean()
