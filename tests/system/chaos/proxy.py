# SPDX-License-Identifier: Apache-2.0
"""The network between access points: a TCP proxy for each direction of each pair, in which silence, refusal, delay and cut
connections can be ordered. Its ports stay, whatever happens behind them. What it cannot do, for it answers every SYN and
passes on every end of a connection, wires.py does."""
import asyncio
import contextlib
import socket
import struct
import threading

PIECE = 16 * 1024
HELD = 32 * 1024  # octets that a link reads ahead at most, so that who is cut off is in the middle of a message
STEP = 0.02  # seconds between looks at an order


class Link:
    """The way to one address and port. Its orders may be changed from any thread."""

    def __init__(self, here, target):
        self.target = target
        self.heal()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)  # connections inherit it
        self.listener.bind((here, 0))
        self.port = self.listener.getsockname()[1]

    def heal(self):
        self.silent = False      # octets wait, and so do new connections
        self.refusing = False    # connections are closed at once
        self.delay = 0.0         # seconds, of each piece
        self.cut_after = None    # octets of both directions until every connection that carries some is reset
        self.cuts = 0

    async def serve(self):
        await asyncio.start_server(self.connect, sock=self.listener, backlog=128, limit=HELD // 2)

    async def connect(self, reader, writer):
        ends = [writer]
        try:
            await self.hold()
            if self.refusing:
                return
            there_reader, there_writer = await asyncio.open_connection(*self.target)
            ends.append(there_writer)
            ways = {asyncio.ensure_future(self.pump(reader, there_writer)),
                    asyncio.ensure_future(self.pump(there_reader, writer))}
            done, running = await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
            for way in running:
                way.cancel()
            if any(way.exception() for way in done):
                for end in ends:
                    reset(end)
        except OSError:  # nobody listens there now
            reset(writer)
        finally:
            for end in ends:
                end.close()

    async def hold(self):
        while self.silent:
            await asyncio.sleep(STEP)

    async def pump(self, reader, writer):
        while piece := await reader.read(PIECE):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self.hold()
            if self.cut_after is not None:
                passed = min(len(piece), max(self.cut_after, 0))
                self.cut_after -= len(piece)
                if self.cut_after <= 0:
                    writer.write(piece[:passed])  # a part of a message, then nothing
                    self.cuts += 1
                    raise ConnectionResetError("cut")
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()


def reset(writer):
    """Closes with RST, as a machine does that lost its state."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Network:
    """All links, run by a thread of its own."""

    def __init__(self):
        self.links, self.loop = {}, asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # connections that break are its purpose
        self.thread = threading.Thread(target=self.loop.run_forever, name="network", daemon=True)
        self.thread.start()

    def link(self, name, here, target):
        """The link of this name, which listens at the address `here` and leads to `target`, (address, port), from now on."""
        if name not in self.links:
            self.links[name] = Link(here, target)
            asyncio.run_coroutine_threadsafe(self.links[name].serve(), self.loop).result(10)
        self.links[name].target = target
        return self.links[name]

    def heal(self):
        for link in self.links.values():
            link.heal()

    async def end(self):
        """Of all connections; some would wait for ever."""
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def close(self):
        for link in self.links.values():
            link.listener.close()
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
