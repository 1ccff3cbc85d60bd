"""An Engine.IO WebSocket without a Socket.IO library, for what no library would do."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

import websocket

from tests.support.waiting import eventually

SECONDS = 10.0
HERE = "/conversations,"


class Packet(NamedTuple):
    """A packet, and when it came by this machine's monotonic clock."""

    text: str
    at: float


class Transport:
    """An open connection, to be used as a context manager; a thread reads its packets."""

    def __init__(self, url: str, **headers: str) -> None:
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.wire = websocket.create_connection(address, timeout=SECONDS, header=headers)
        self.packets: list[Packet] = []
        self._ids = count(1)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.abort()  # wakes the thread that reads; closing alone doesn't
        self._reading.join(SECONDS)
        self.wire.shutdown()

    def connect(self, **auth: Any) -> str:
        """Connect to the namespace; return `0`, or the message with which it was refused."""
        before = len(self.packets)
        self.wire.send(f"40{HERE}{json.dumps(auth)}")
        answer = self._packet(before, "40" + HERE, "44" + HERE)
        return (
            "0"
            if answer.startswith("40")
            else str(json.loads(answer[len("44" + HERE) :])["message"])
        )

    def send(self, event: str, payload: Any, number: int | None = None) -> None:
        """Send an event without waiting for anything."""
        self.wire.send(f"42{HERE}{'' if number is None else number}{json.dumps([event, payload])}")

    def ask(self, event: str, payload: Any) -> dict[str, Any]:
        """Send an event and return its acknowledgement."""
        before, number = len(self.packets), next(self._ids)
        self.send(event, payload, number)
        answer = self._packet(before, f"43{HERE}{number}[")
        return dict(json.loads(answer[len(f"43{HERE}{number}") :])[0])

    def times_of(self, event: str) -> list[float]:
        """Return the times at which events of this name came."""
        start = f'42{HERE}["{event}"'
        return [packet.at for packet in list(self.packets) if packet.text.startswith(start)]

    @property
    def is_disconnected(self) -> bool:
        """Return whether the namespace, or the whole connection, was closed."""
        closed = any(packet.text.startswith("41" + HERE) for packet in list(self.packets))
        return closed or self.is_over

    @property
    def is_over(self) -> bool:
        """Return whether the whole connection was closed."""
        return not self._reading.is_alive()

    def _packet(self, before: int, *starts: str) -> str:
        def come() -> str | None:
            new = self.packets[before:]
            return next((packet.text for packet in new if packet.text.startswith(starts)), None)

        return eventually(come, SECONDS, f"no {starts}") or ""

    def _read(self) -> None:
        with suppress(websocket.WebSocketException, OSError):
            while text := self._receive():
                self.packets.append(Packet(str(text), time.monotonic()))
                if text == "2":
                    self.wire.send("3")

    def _receive(self) -> str | bytes:
        """Return the next packet, however long it takes: silence is not the end."""
        while True:
            with suppress(websocket.WebSocketTimeoutException):
                return self.wire.recv()
