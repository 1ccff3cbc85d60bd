"""Readers by the thousand: as little of a Socket.IO client as can join and listen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

NAMESPACE = "/conversations"
PING, PONG = "2", "3"
READ_BYTES = 1 << 16
FINAL_TEXT = 0x81
LONGER_SIZES = {126: 2, 127: 8}


class Onlooker:
    """One connection."""

    def __init__(self) -> None:
        self._socket = WSConnection(ConnectionType.CLIENT)
        self._unread = bytearray()
        self.packets: asyncio.Queue[str] = asyncio.Queue()
        self.bytes_read = 0

    async def open(self, url: str, token: str) -> Onlooker:
        """Connect and sign in."""
        where = urlsplit(url)
        self._reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
        target = "/socket.io/?EIO=4&transport=websocket"
        self._writer.write(self._socket.send(Request(host=where.netloc, target=target)))
        await self._switch()
        self._listening = asyncio.create_task(self._listen())
        await self.events("0")
        self._say("40" + NAMESPACE + "," + json.dumps({"token": token}))
        await self.events(f"40{NAMESPACE},")
        return self

    async def _switch(self) -> None:
        """Wait until the server speaks WebSocket."""
        answer = await self._reader.readuntil(b"\r\n\r\n")
        self._socket.receive_data(answer)
        assert isinstance(next(self._socket.events()), AcceptConnection), answer

    async def join(self, wish: dict[str, Any]) -> None:
        """Join, and wait for the state and the acknowledgement, which comes last."""
        self.say("join", wish)
        await self.events(f'42{NAMESPACE},["current_state"')
        await self.events(f'43{NAMESPACE},1[{{"ok":true')

    async def ask(self, event: str, payload: dict[str, Any]) -> None:
        """Emit an event, and wait for its acknowledgement."""
        self.say(event, payload)
        await self.events(f'43{NAMESPACE},1[{{"ok":true')

    def say(self, event: str, payload: dict[str, Any]) -> None:
        """Emit an event that asks to be acknowledged."""
        self._say(f"42{NAMESPACE},1" + json.dumps([event, payload]))

    async def heard(self, beginning: str) -> str:
        """Wait for the next packet that begins so; others are dropped."""
        while not (packet := await self.packets.get()).startswith(beginning):
            pass
        return packet

    def close(self) -> None:
        """Go."""
        self._listening.cancel()
        self._writer.close()

    def _say(self, packet: str) -> None:
        self._writer.write(self._socket.send(TextMessage(packet)))

    async def _listen(self) -> None:
        while data := await self._reader.read(READ_BYTES):
            self.bytes_read += len(data)
            self._unread += data
            for packet in _frames(self._unread):
                if packet == PING:
                    self._say(PONG)
                self.packets.put_nowait(packet)


def _frames(unread: bytearray) -> Iterator[str]:
    """Take whole frames off `unread`: unmasked text, never in fragments, as our server sends it.

    The layout is RFC 6455's, section 5.2. A library that checks everything else as well would be
    busier than the server that it is to measure.
    """
    at = 0
    while len(unread) >= at + 2:
        size, head = unread[at + 1], 2
        if size in LONGER_SIZES:
            head += LONGER_SIZES[size]
            size = int.from_bytes(unread[at + 2 : at + head])
        if len(unread) < at + head + size:
            break
        assert unread[at] == FINAL_TEXT, "a frame of another kind"
        yield unread[at + head : at + head + size].decode()
        at += head + size
    del unread[:at]
