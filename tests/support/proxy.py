"""A TCP proxy between readers and a server: it delays, slices, stalls, holds back and cuts."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from app.transport.tcp import RESET_ON_CLOSE

T = TypeVar("T")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PIECE_BYTES = 65_536


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass
class Network:
    """What the proxy does to all its connections at present."""

    delay: float = 0.0
    """Seconds that each piece waits."""
    piece_bytes: int = PIECE_BYTES
    """The most that is forwarded at once."""
    held: bytes | None = None
    """New connections whose first bytes are these wait for `released`."""
    flows: asyncio.Event = field(default_factory=_open_gate)
    released: asyncio.Event = field(default_factory=_open_gate)


class Link:
    """One connection through the proxy: forwards bytes both ways until one side closes."""

    def __init__(self, reader: Streams, network: Network) -> None:
        self._reader = reader
        self._server: Streams | None = None
        self._network = network
        self._lost_server = False

    async def run(self, host: str, port: int) -> None:
        """Connect to the server and forward; OSError when a side is lost."""
        try:
            first = await self._reader[0].read(self._network.piece_bytes)
            if self._network.held and first.startswith(self._network.held):
                await self._network.released.wait()
            self._server = await asyncio.open_connection(host, port)
            await self._forward(first, self._server)
        finally:
            self._reader[1].close()

    def reset(self) -> None:
        """Reset both sides."""
        for streams in filter(None, (self._reader, self._server)):
            _reset(streams[1])

    def lose_server(self) -> None:
        """Reset the server's side; the reader's stays open and receives nothing more."""
        self._lost_server = True
        if self._server:
            _reset(self._server[1])

    async def _forward(self, first: bytes, server: Streams) -> None:
        server[1].write(first)
        try:
            await asyncio.gather(
                self._pump(self._reader[0], server[1]), self._pump(server[0], self._reader[1])
            )
        finally:
            server[1].close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(self._network.piece_bytes):
            await asyncio.sleep(self._network.delay)
            await self._network.flows.wait()
            await self._send(piece, sink)
        if self._lost_server and source is not self._reader[0]:
            await asyncio.Event().wait()  # for ever: the reader must not notice
        sink.close()

    async def _send(self, piece: bytes, sink: asyncio.StreamWriter) -> None:
        if not (self._lost_server and sink is not self._reader[1]):
            sink.write(piece)
            await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()


class Proxy:
    """Forwards to the server at `target`; readers connect to the proxy's own `url`.

    `network` and `target` may be changed at any time. A new target, such as a restarted server on
    another port, is used by new connections.
    """

    def __init__(self, target: str, address: str = "127.0.0.1") -> None:
        self.target = target
        self.network = Network()
        self.accepted = 0
        self._is_cut = False
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._accept, address, 0))
        self.url = "http://{}:{}".format(*self._server.sockets[0].getsockname())

    def cut(self) -> None:
        """Reset every connection, and every new one until `restore`."""
        self._is_cut = True
        self.reset()

    def restore(self) -> None:
        """Forward new connections again."""
        self._is_cut = False

    def reset(self) -> None:
        """Reset all present connections, on both sides."""
        self._for_each(Link.reset)

    def half_open(self) -> None:
        """Reset the server's side of every connection; the readers notice nothing."""
        self._for_each(Link.lose_server)

    def stall(self) -> None:
        """Forward nothing, either way, until `resume`; connections stay open."""
        self._do(self.network.flows.clear)

    def resume(self) -> None:
        """Forward what has waited, and everything after it."""
        self._do(self.network.flows.set)

    def hold(self, beginning: bytes) -> None:
        """Hold back new connections whose first bytes are these, until `release`."""
        self.network.held = beginning
        self._do(self.network.released.clear)

    def release(self) -> None:
        """Forward the connections that are held back, and all others."""
        self.network.held = None
        self._do(self.network.released.set)

    def close(self) -> None:
        """Close all connections and stop."""
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _accept(self, *reader: Any) -> None:
        link = Link(reader, self.network)
        task = asyncio.current_task()
        assert task is not None
        self._links.add(link)
        self._tasks.add(task)
        self.accepted += 1
        with suppress(OSError, asyncio.CancelledError):  # asyncio logs what leaves here
            await self._connect(link, reader)
        self._links.discard(link)
        self._tasks.discard(task)

    async def _connect(self, link: Link, reader: Streams) -> None:
        if self._is_cut:
            return link.reset()
        address = urlsplit(self.target)
        await link.run(address.hostname or "", address.port or 80)

    async def _close(self) -> None:
        self._server.close()
        for link in list(self._links):
            link.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _for_each(self, action: Callable[[Link], None]) -> None:
        self._do(lambda: [action(link) for link in list(self._links)])

    def _do(self, action: Callable[[], Any]) -> None:
        async def work() -> None:
            action()

        self._wait(work())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
