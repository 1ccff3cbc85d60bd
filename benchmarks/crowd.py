"""Readers by the thousand: as little of a Socket.IO client as can join and listen."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

NAMESPACE = "/conversations"
READ_BYTES = 1 << 16


class Onlooker:
    """One connection."""

    def __init__(self) -> None:
        self._socket = WSConnection(ConnectionType.CLIENT)
        self._parts: list[str] = []
        self.packets: asyncio.Queue[str] = asyncio.Queue()
        self.bytes_read = 0

    async def open(self, url: str, token: str) -> Onlooker:
        """Connect and sign in."""
        where = urlsplit(url)
        self._reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
        target = "/socket.io/?EIO=4&transport=websocket"
        self._writer.write(self._socket.send(Request(host=where.netloc, target=target)))
        self._listening = asyncio.create_task(self._listen())
        await self.heard("0")
        self._say("40" + NAMESPACE + "," + json.dumps({"token": token}))
        await self.heard(f"40{NAMESPACE},")
        return self

    async def join(self, wish: dict[str, Any]) -> None:
        """Join, and wait for the state and the acknowledgement, which comes last."""
        self._say(f"42{NAMESPACE},1" + json.dumps(["join", wish]))
        await self.heard(f'42{NAMESPACE},["current_state"')
        await self.heard(f'43{NAMESPACE},1[{{"ok":true')

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
            self._socket.receive_data(data)
            for event in self._socket.events():
                if isinstance(event, TextMessage):
                    self._take(event)
                else:
                    assert isinstance(event, AcceptConnection), event

    def _take(self, event: TextMessage) -> None:
        self._parts.append(event.data)
        if event.message_finished:
            self.packets.put_nowait("".join(self._parts))
            self._parts.clear()
