"""One connection through the proxy: the reader's, and behind it one to the server."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

WITHOUT_GOODBYE = struct.pack("ii", 1, 0)  # SO_LINGER: closing is a reset
PIECE_BYTES = 65_536


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass
class Network:
    """How all connections are treated at this moment."""

    delay: float = 0.0
    """Seconds that each piece waits."""
    piece_bytes: int = PIECE_BYTES
    """The most that goes on at once."""
    held: bytes | None = None
    """New connections that begin so wait for `released`."""
    flows: asyncio.Event = field(default_factory=_open_gate)
    released: asyncio.Event = field(default_factory=_open_gate)


class Link:
    """Carries bytes both ways until one side ends."""

    def __init__(self, reader: Streams, network: Network) -> None:
        self._reader = reader
        self._server: Streams | None = None
        self._network = network
        self._lost_server = False

    async def run(self, host: str, port: int) -> None:
        """Connect to the server and carry; OSError when a side is lost."""
        try:
            first = await self._reader[0].read(self._network.piece_bytes)
            if self._network.held and first.startswith(self._network.held):
                await self._network.released.wait()
            self._server = await asyncio.open_connection(host, port)
            await self._carry(first, self._server)
        finally:
            self._reader[1].close()

    def reset(self) -> None:
        """Reset both sides."""
        for streams in filter(None, (self._reader, self._server)):
            _reset(streams[1])

    def lose_server(self) -> None:
        """Reset the server's side; the reader's stays open and is silent from now on."""
        self._lost_server = True
        if self._server:
            _reset(self._server[1])

    async def _carry(self, first: bytes, server: Streams) -> None:
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
            await self._pass_on(piece, sink)
        if self._lost_server and source is not self._reader[0]:
            await asyncio.Event().wait()  # for ever: nobody tells the reader
        sink.close()

    async def _pass_on(self, piece: bytes, sink: asyncio.StreamWriter) -> None:
        if not (self._lost_server and sink is not self._reader[1]):
            sink.write(piece)
            await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, WITHOUT_GOODBYE)
    writer.transport.abort()
