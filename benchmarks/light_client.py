"""A Socket.IO client so small that a benchmark can run a thousand: it connects, joins, receives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

NAMESPACE = "/conversations"
PING, PONG = "2", "3"
READ_BYTES = 1 << 16
FINAL_TEXT, CLOSE = 0x81, 0x88
ENDED = ""  # comes as the last packet
LONGER_SIZES = {126: 2, 127: 8}


class LightClient:
    """One connection. Its methods raise ConnectionError where it is refused or has ended."""

    def __init__(self) -> None:
        self._socket = WSConnection(ConnectionType.CLIENT)
        self._unread = bytearray()
        self.packets: asyncio.Queue[str] = asyncio.Queue()
        self.bytes_read = 0
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    async def open(self, url: str, token: str) -> LightClient:
        """Connect and sign in."""
        where = urlsplit(url)
        self._reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
        target = "/socket.io/?EIO=4&transport=websocket"
        self._writer.write(self._socket.send(Request(host=where.netloc, target=target)))
        await self._upgrade()
        self._listening = asyncio.create_task(self._listen())
        await self.receive("0")
        self._send("40" + NAMESPACE + "," + json.dumps({"token": token}))
        if not (answer := await self.receive("4")).startswith("40"):
            raise ConnectionError(answer)
        return self

    async def _upgrade(self) -> None:
        """Wait until the server has accepted the WebSocket."""
        try:
            response = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("no response") from error
        self._socket.receive_data(response)
        if not isinstance(next(self._socket.events()), AcceptConnection):
            raise ConnectionError(response)

    async def join(self, payload: dict[str, Any]) -> None:
        """Join, and wait for the state and then the acknowledgement."""
        self.send("join", payload)
        await self.receive(f'42{NAMESPACE},["current_state"')
        await self.receive(f'43{NAMESPACE},1[{{"ok":true')

    async def request(self, event: str, payload: dict[str, Any]) -> None:
        """Send a request, and wait for its acknowledgement."""
        self.send(event, payload)
        await self.receive(f'43{NAMESPACE},1[{{"ok":true')

    def send(self, event: str, payload: dict[str, Any], number: int = 1) -> None:
        """Send a request without waiting for its acknowledgement, which has the same number."""
        self._send(f"42{NAMESPACE},{number}" + json.dumps([event, payload]))

    async def receive(self, prefix: str) -> str:
        """Return the next packet with this prefix; drop the others."""
        while not (packet := await self.packets.get()).startswith(prefix):
            if packet == ENDED:
                raise ConnectionError("it has ended")
        return packet

    def close(self) -> None:
        """Close the connection."""
        if self._listening:
            self._listening.cancel()
        if self._writer:
            self._writer.close()

    def _send(self, packet: str) -> None:
        assert self._writer
        self._writer.write(self._socket.send(TextMessage(packet)))

    async def _listen(self) -> None:
        with suppress(ConnectionError):
            while data := await self._reader.read(READ_BYTES):
                self.bytes_read += len(data)
                self._unread += data
                for packet in _frames(self._unread):
                    if packet == PING:
                        self._send(PONG)
                    self.packets.put_nowait(packet)
        self.packets.put_nowait(ENDED)


def _frames(unread: bytearray) -> Iterator[str]:
    """Remove complete frames from `unread`: unmasked text in one fragment, as our server sends it.

    The layout is that of RFC 6455, section 5.2. A library that also checks everything else would
    use more time than the server that it measures.
    """
    at = 0
    while len(unread) >= at + 2:
        size, head = unread[at + 1], 2
        if size in LONGER_SIZES:
            head += LONGER_SIZES[size]
            size = int.from_bytes(unread[at + 2 : at + head])
        if len(unread) < at + head + size:
            break
        assert unread[at] in (FINAL_TEXT, CLOSE), "not a frame of text"
        if unread[at] == FINAL_TEXT:  # else the end of the connection follows
            yield unread[at + head : at + head + size].decode()
        at += head + size
    del unread[:at]
