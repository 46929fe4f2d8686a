# SPDX-License-Identifier: Apache-2.0
"""Breaks the access points and what is around them, by dice that a seed throws: what is done, and for how long it is
meant, is the same for the same seed; when exactly it hits is not."""
import collections
import random
import signal
import threading
import time

# What dies before its N-th such call, up to which N, and how often of all; every call is one step between a promise and its
# keeping.
POINTS = {
    "pwrite64": (60, 4),   # in the middle of a commit
    "fdatasync": (12, 2),  # before the log of the store is safe
    "fsync": (12, 1),      # before a payload or its folder is
    "write": (40, 1),      # of a payload
    "rename": (4, 1),      # before a payload gets its name
    "unlink": (4, 1),      # before what is not needed is removed
    "sendmsg": (40, 1),    # after the commit, before the answer leaves
}
POINT_LIMIT = 2.0     # seconds until a point is given up
STANDING = 0.1        # seconds of one thread before its call, in which the others say all they have to say
LOOK = 0.01           # seconds between looks
GAP = (0.05, 0.8)     # between kills
IDLE_LIMIT = 120      # without one that hit anything
LEFT = ((0, 400_000), (8 << 20, 20 << 20))  # octets left on a full disk: so few that it says no itself; or about the watermark
JUMP = (-600, 43_200) # seconds that a clock is set back, or forward, at most; peers bear messages of a day ahead
BREATH = (0.1, 1.0)   # between disturbances
SLOW = 0.2            # seconds for each piece of a message, so that many are on their way
UNDER_WAY = 0.8       # seconds until they are
FORGOTTEN_LIMIT = 10.0


class Killer(threading.Thread):
    """kill -9, again and again, until `cycles` of them hit an access point at work, or until `end` (monotonic)."""

    def __init__(self, stage, seed, cycles, end, may_trace):
        super().__init__(name="killer", daemon=True)
        self.stage, self.dice, self.cycles, self.end = stage, random.Random(f"{seed} killer"), cycles, end
        self.ways = {"random": 11, "both": 2, "at start": 2, "stopped": 1, "in order": 2, "point": 6 if may_trace else 0}
        self.failure = None

    def run(self):
        try:
            last, moved = 0, time.monotonic()
            while self.hits() < self.cycles and time.monotonic() < self.end:
                if self.hits() > last:
                    last, moved = self.hits(), time.monotonic()
                if time.monotonic() - moved > IDLE_LIMIT:
                    raise TimeoutError(f"nobody was at work for {IDLE_LIMIT} s")
                time.sleep(self.dice.uniform(*GAP))
                way = self.dice.choices(list(self.ways), list(self.ways.values()))[0]
                keeper = self.stage.keepers[self.dice.choice("ab")]
                getattr(self, way.replace(" ", "_"))(keeper)
        except Exception as failure:
            self.failure = failure

    def hits(self):
        return sum(self.stage.keepers[name].hits for name in "ab")

    def random(self, keeper):
        keeper.kill("random")

    def both(self, keeper):
        for each in "ab":
            self.stage.keepers[each].kill("both")

    def at_start(self, keeper):
        """While it takes up what the kill before left."""
        keeper.kill("random")
        time.sleep(self.dice.uniform(0.0, 0.05))
        keeper.kill("at start")

    def stopped(self, keeper):
        keeper.signal(signal.SIGSTOP)
        time.sleep(self.dice.uniform(0.0, 0.3))
        keeper.kill("stopped")

    def in_order(self, keeper):
        keeper.restart()

    def point(self, keeper):
        """One thread stands before its call while the others go on; whatever they say too early is said then."""
        call = self.dice.choices(list(POINTS), [often for _, often in POINTS.values()])[0]
        point = (call, self.dice.randint(1, POINTS[call][0]))
        keeper.kill("random", point)
        end, looks = time.monotonic() + POINT_LIMIT, collections.Counter()
        while time.monotonic() < end and point in (keeper.point, keeper.next_point):
            time.sleep(LOOK)
            looks = collections.Counter({thread: looks[thread] + 1 for thread in keeper.standing()})
            if any(many * LOOK >= STANDING for many in looks.values()):
                return keeper.kill(f"before {call}")


class Disturber(threading.Thread):
    """All else, one thing after the other, meanwhile."""

    def __init__(self, stage, network, history, seed):
        super().__init__(name="disturber", daemon=True)
        self.stage, self.network, self.history = stage, network, history
        self.dice, self.over, self.failure = random.Random(f"{seed} disturber"), threading.Event(), None
        self.ways = {"partition": 5 if stage.wires else 0, "silence": 1 if stage.wires else 3, "refusal": 1, "delay": 2,
                     "cut": 4, "stop": 2, "third": 3,
                     "full_disk": 3 if stage.disks else 0,
                     "jump": 3 if all(stage.keepers[name].clock for name in "ab") else 0}

    def run(self):
        try:
            self.stage.keepers["c"].kill("random", hold=True)  # dead, but for when it flaps
            while not self.over.wait(self.dice.uniform(*BREATH)):
                way = self.dice.choices(list(self.ways), list(self.ways.values()))[0]
                getattr(self, way)(self.dice.uniform(0.3, 2.5))
        except Exception as failure:
            self.failure = failure

    def note(self, what, **particulars):
        self.history.note("disturb", what=what, **particulars)

    def link(self):
        name = self.dice.choice(("ab", "ba"))
        return name, self.network.links[name]

    def partition(self, seconds):
        """Packets get lost, of one or both, one way or both; up to more seconds than anybody waits."""
        sides, ways = self.dice.choice(("a", "b", "ab")), self.dice.choice((["in"], ["out"], ["in", "out"]))
        self.note("partition", sides=sides, ways=ways, seconds=2 * seconds)
        for name in sides:
            self.stage.wires[name].lose(ways)
        self.over.wait(2 * seconds)
        for name in sides:
            self.stage.wires[name].heal()

    def silence(self, seconds):
        """Connections are made, and what is on them waits."""
        links = [("ab", self.network.links["ab"]), ("ba", self.network.links["ba"])]
        if self.dice.random() < 0.4:
            links = [self.dice.choice(links)]  # one of two can still be reached
        self.note("silence", links=[name for name, _ in links], seconds=seconds)
        for _, link in links:
            link.silent = True
        self.over.wait(seconds)
        for _, link in links:
            link.silent = False

    def refusal(self, seconds):
        name, link = self.link()
        self.note("refusal", link=name, seconds=seconds)
        link.refusing = True
        self.over.wait(seconds)
        link.refusing = False

    def delay(self, seconds):
        name, link = self.link()
        link.delay = self.dice.uniform(0.005, 0.1)
        self.note("delay", link=name, seconds=seconds, each=link.delay)
        self.over.wait(seconds)
        link.delay = 0.0

    def cut(self, seconds):
        """In the middle of messages, or of their answers; again each time as many octets passed."""
        name, link = self.link()
        for _ in range(self.dice.randint(1, 6)):
            octets, before = self.dice.randint(1, 60_000), link.cuts
            self.note("cut", link=name, after=octets)
            link.cut_after = octets
            end = time.monotonic() + 0.5
            while link.cuts == before and time.monotonic() < end:
                time.sleep(0.01)
            link.cut_after = None

    def stop(self, seconds):
        keeper = self.stage.keepers[self.dice.choice("ab")]
        self.note("stop", side=keeper.name_of_side, seconds=seconds)
        keeper.signal(signal.SIGSTOP)
        self.over.wait(seconds)
        keeper.signal(signal.SIGCONT)

    def third(self, seconds):
        """C comes up for a moment, often too short a one."""
        keeper = self.stage.keepers["c"]
        self.note("third", seconds=seconds)
        keeper.release()
        self.over.wait(seconds)
        keeper.kill("random", hold=True)

    def full_disk(self, seconds):
        name = self.dice.choice(sorted(self.stage.disks))
        disk, left = self.stage.disks[name], self.dice.randint(*self.dice.choice(LEFT))
        self.note("full disk", side=name, left=left, seconds=seconds)
        disk.fill(left)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.over.wait(0.1):
            disk.fill(left)  # what is removed meanwhile is taken too
        disk.free()

    def jump(self, seconds):
        keeper, by = self.stage.keepers[self.dice.choice("ab")], self.dice.randint(*JUMP)
        self.note("clock", side=keeper.name_of_side, by=by)
        keeper.clock.set(by)

    def heal(self):
        """All is well again; every daemon is started anew, without strace and with the machine's clock."""
        self.over.set()
        self.join(60)
        self.network.heal()
        for wire in self.stage.wires.values():
            wire.heal()
        for disk in self.stage.disks.values():
            disk.free()
        for keeper in self.stage.keepers.values():
            if keeper.clock:
                keeper.clock.set(0)
            keeper.signal(signal.SIGCONT)
            keeper.release()
            keeper.restart(plain=True)
        for keeper in self.stage.keepers.values():
            keeper.wait_ready()
        if self.stage.wires:
            self.half_open(*self.dice.sample("ab", 2))
        self.note("healed")

    def half_open(self, dead, survivor):
        """The machine of one is gone in the middle of messages, and comes back without having told anybody. The other is
        not restarted after this: it has to find out by itself that its connections lead nowhere."""
        links, wire, keeper = [self.network.links[name] for name in ("ab", "ba")], self.stage.wires[dead], self.stage.keepers[dead]
        for link in links:
            link.delay = SLOW
        time.sleep(UNDER_WAY)
        keeper.signal(signal.SIGSTOP)  # its machine takes what comes, and nobody answers
        time.sleep(UNDER_WAY)
        wire.lose(["in", "out"])
        keeper.kill("cut off", hold=True)
        forgotten = wire.wait_until_forgotten(FORGOTTEN_LIMIT)
        self.note("half open", dead=dead, survivor=survivor, forgotten=forgotten)
        self.network.heal()
        wire.heal()
        keeper.release()
        keeper.wait_ready()
