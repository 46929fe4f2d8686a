# SPDX-License-Identifier: Apache-2.0
"""A network namespace for each access point, and a wire to it on which packets get lost, one way or both, and nobody is
told: no RST, no ICMP, as behind a cable that was pulled. Open files hold the namespaces, so all ends with this process,
however it ends."""
import contextlib
import os
import shutil
import subprocess
import time

from chaos import machine

CLONE_NEWNET = 0x40000000
NOBODY = "02:00:00:00:ff:ff"  # whose packets everybody drops
ORPHANED = {"04", "09", "0B"}  # FIN_WAIT1, LAST_ACK, CLOSING in /proc/net/tcp: closed, and the other end does not know


def own_network(names):
    """Gives this process, which must have one thread, a network of its own, and a Wire to each name. None, and why, where
    that is not possible."""
    if not shutil.which("ip"):
        return {}, "no network of its own: iproute2 is not installed"
    if why := refusal(1 + len(names)):
        return {}, f"no network of its own: {why}"
    before = namespace()
    try:
        here, *there = [new_namespace() for _ in range(1 + len(names))]
        machine.enter(here)
        order("link set lo up")
        forget_soon()
        return {name: Wire(number, file) for number, (name, file) in enumerate(zip(names, there), 1)}, None
    except (OSError, subprocess.CalledProcessError) as error:
        with contextlib.suppress(OSError):  # from a user namespace there is no way back, but there is a loopback
            machine.enter(before)
        why = error.strerror if isinstance(error, OSError) else error.stderr.strip()
        return {}, f"no network of its own: {why}"


def refusal(namespaces):
    """Why this machine gives nobody so many, or nothing. Found out by another process: who is refused half-way, in a user
    namespace, is left in a network whose loopback is down and cannot be brought up."""
    heard, told = os.pipe()
    if process := os.fork():
        os.close(told)
        with open(heard, encoding="utf-8") as answer:
            why = answer.read()
        return why if os.waitpid(process, 0)[1] == 0 else why or "the attempt ended early"
    why = ""
    try:
        for _ in range(namespaces):
            new_namespace()
        order("link set lo up")
    except OSError as error:
        why = error.strerror
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip()
    finally:
        os.write(told, why.encode())
        os._exit(0)


def namespace():
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def new_namespace():
    machine.unshare(CLONE_NEWNET)
    return namespace()


def order(*orders, entrance=()):
    """Orders for iproute2, in the namespace behind `entrance`."""
    subprocess.run([*entrance, "ip", "-batch", "-"], input="\n".join(orders) + "\n", stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, text=True, check=True)


def forget_soon(entrance=()):
    """Connections that nobody has open any more are given up after one repetition, not after minutes, so that they are
    half open for the other end afterwards. Only where /proc/sys can be written."""
    subprocess.run([*entrance, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries"], stderr=subprocess.DEVNULL)


class Wire:
    """Between us, at `here`, and an access point, at `there`; its REST door has another network on the same wire, so that
    what gets lost is between access points."""

    def __init__(self, number, file):
        self.device, inside = f"wire{number}", f"/proc/{os.getpid()}/fd/{file}"
        self.entrance = ("nsenter", f"--net={inside}")  # before a command
        self.here, self.there, self.door = f"10.77.{number}.1", f"10.77.{number}.2", f"10.78.{number}.2"
        self.ours, self.theirs = f"02:00:00:00:{number:02}:01", f"02:00:00:00:{number:02}:02"
        order(f"link add {self.device} address {self.ours} type veth peer name wire address {self.theirs} netns {inside}",
              f"address add {self.here}/24 dev {self.device}", f"address add 10.78.{number}.1/24 dev {self.device}",
              f"link set {self.device} up")
        order("link set lo up", f"address add {self.there}/24 dev wire", f"address add {self.door}/24 dev wire",
              "link set wire up", entrance=self.entrance)
        forget_soon(self.entrance)
        self.heal()

    def lose(self, ways):
        """From now on packets from it ("out") or to it ("in") get lost: they go to a machine that is not there. Not by a
        route, of which the sender would be told, nor by the link, which both ends would see."""
        if "out" in ways:
            self.aim_out(NOBODY)
        if "in" in ways:
            self.aim_in(NOBODY)

    def heal(self):
        self.aim_out(self.ours)
        self.aim_in(self.theirs)

    def aim_out(self, machine_address):
        order(f"neighbour replace {self.here} lladdr {machine_address} nud permanent dev wire", entrance=self.entrance)

    def aim_in(self, machine_address):
        order(f"neighbour replace {self.there} lladdr {machine_address} nud permanent dev {self.device}")

    def wait_until_forgotten(self, limit):
        """Until the access point's machine has forgotten the connections of one that was killed. Whether it has."""
        end = time.monotonic() + limit
        while self.orphans() and time.monotonic() < end:
            time.sleep(0.05)
        return not self.orphans()

    def orphans(self):
        told = subprocess.run([*self.entrance, "cat", "/proc/net/tcp"], stdout=subprocess.PIPE, text=True, check=True)
        return sum(line.split()[3] in ORPHANED for line in told.stdout.splitlines()[1:])
