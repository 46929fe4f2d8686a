# SPDX-License-Identifier: Apache-2.0
"""The wires of the chaos: packets on them get lost, and nobody is told. Each test has a process with a network of its own."""
import concurrent.futures
import contextlib
import errno
import multiprocessing
import os
import pathlib
import socket
import subprocess
import sys
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from chaos import machine, wires

PORT = 7000
NOBODY = 65534
SHORT, LONG = 0.5, 20.0  # seconds in which nothing comes; in which something does
ECHO = f"""import socket, sys, threading
listener = socket.create_server((sys.argv[1], {PORT}))
print("ready", flush=True)
def answer(connection):
    while piece := connection.recv(100):
        connection.send(piece)
while True:
    threading.Thread(target=answer, args=[listener.accept()[0]], daemon=True).start()
"""


@contextlib.contextmanager
def echo(wire, address):
    """A server at the other end of the wire."""
    with subprocess.Popen([*wire.entrance, sys.executable, "-c", ECHO, address], stdout=subprocess.PIPE) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def connected(wire):
    with echo(wire, wire.there) as server, socket.create_connection((wire.there, PORT), LONG) as connection:
        connection.send(b"1")
        connection.recv(1)
        yield server, connection


def comes(connection, limit):
    """What comes within the limit, b"" if it was closed; or nothing."""
    connection.settimeout(limit)
    try:
        return connection.recv(1)
    except TimeoutError:
        return None


def of_a_new_connection(wire):
    told = []
    with echo(wire, wire.there):
        for ways in (["in"], ["out"]):
            wire.lose(ways)
            try:
                socket.create_connection((wire.there, PORT), SHORT)
            except OSError as error:
                told.append(type(error))
            wire.heal()
        socket.create_connection((wire.there, PORT), LONG).close()
    return told


def of_an_open_connection(wire):
    told = []
    with connected(wire) as (_, connection):
        for ways in (["in"], ["out"], ["in", "out"]):
            wire.lose(ways)
            connection.send(b"2")
            told.append(comes(connection, SHORT))
            wire.heal()
            told.append(comes(connection, LONG))
    return told


def of_the_door(wire):
    with echo(wire, wire.door):
        wire.lose(["in", "out"])
        with socket.create_connection((wire.door, PORT), LONG) as connection:
            connection.send(b"3")
            return comes(connection, LONG)


def of_a_machine_that_is_gone(wire):
    with connected(wire) as (server, connection):
        wire.lose(["in", "out"])
        server.kill()
        server.wait()
        forgotten = wire.wait_until_forgotten(LONG)
        wire.heal()
        told = comes(connection, SHORT)
        connection.send(b"4")
        try:
            return forgotten, told, comes(connection, LONG)
        except ConnectionResetError:
            return forgotten, told, "reset"


def with_a_wire(work):
    """What the work returns, or a text: why there is no wire."""
    own, why = wires.own_network(["a"])
    return work(own["a"]) if own else why


FORBIDDEN = {"chaos.machine.unshare": (PermissionError(1, "Operation not permitted"), "Operation not permitted"),
             "chaos.wires.Wire": (subprocess.CalledProcessError(1, "ip", stderr="Unknown device type.\n"), "Unknown device type."),
             "shutil.which": ([None], "iproute2 is not installed")}


def without(what):
    """Why there are no wires; then whether the loopback is as it was."""
    with contextlib.ExitStack() as patched:
        if what != "shutil.which":  # what is not reached needs no iproute2
            patched.enter_context(unittest.mock.patch("shutil.which", return_value="/bin/ip"))
        patched.enter_context(unittest.mock.patch(what, side_effect=FORBIDDEN[what][0]))
        own, why = wires.own_network(["a"])
    return why, not own and loopback_works()


def loopback_works():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname(), LONG):
        return True


def refused_half_way():
    """As somebody who may not, who gets the first namespace, in one of users, and then no other."""
    loopback_works()  # which imports what nobody may not read everywhere
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    given, unshare = [], machine.unshare

    def once(flags):
        if given:
            raise OSError(errno.ENOSPC, "No space left on device")
        given.append(flags)
        unshare(flags)

    with unittest.mock.patch("shutil.which", return_value="/bin/ip"), unittest.mock.patch("chaos.machine.unshare", once):
        own, _ = wires.own_network(["a"])
    return not own and loopback_works()


def in_a_process(work, *arguments):
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as process:
        return process.submit(work, *arguments).result()


class Wires(unittest.TestCase):
    def told(self, work):
        told = in_a_process(with_a_wire, work)
        if isinstance(told, str):
            self.skipTest(told)
        return told

    def test_who_connects_is_told_nothing(self):
        self.assertEqual(self.told(of_a_new_connection), [TimeoutError, TimeoutError])

    def test_an_open_connection_hangs_and_goes_on_afterwards(self):
        self.assertEqual(self.told(of_an_open_connection), [None, b"2"] * 3)

    def test_the_rest_door_can_be_reached_meanwhile(self):
        self.assertEqual(self.told(of_the_door), b"3")

    def test_the_end_of_one_that_is_cut_off_is_not_heard_of(self):
        if not os.access("/proc/sys/net/ipv4/tcp_orphan_retries", os.W_OK):
            self.skipTest("/proc/sys cannot be written, so the machine tells of it afterwards")
        self.assertEqual(self.told(of_a_machine_that_is_gone), (True, None, "reset"))

    def test_a_machine_that_forbids_them_says_why_and_keeps_its_loopback(self):
        for what, (_, why) in FORBIDDEN.items():
            if what == "chaos.wires.Wire" and isinstance(in_a_process(with_a_wire, bool), str):
                continue  # forbidden here anyway, and earlier
            self.assertEqual(in_a_process(without, what), (f"no network of its own: {why}", True))

    def test_who_is_refused_half_way_keeps_its_loopback(self):
        self.assertTrue(in_a_process(refused_half_way))


if __name__ == "__main__":
    unittest.main()
