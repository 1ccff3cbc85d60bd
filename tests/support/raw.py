"""WebSockets without manners: frames as an attacker writes them. For loopback only."""

from __future__ import annotations

import base64
import json
import os
import struct

from tests.support.raw import ENGINE, Tcp

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
CONNECT = "40/conversations,"


class RawWebSocket(Tcp):
    """A WebSocket of Engine.IO whose frames one writes oneself."""

    def __init__(
        self, url: str, session: str = "", source: str = "127.0.0.1", **headers: str
    ) -> None:
        super().__init__(url, source)
        key = base64.b64encode(os.urandom(16)).decode()
        wishes = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        path = f"{ENGINE}websocket" + (f"&sid={session}" if session else "")
        self.request("GET", path, **(wishes | headers))
        self.answer = self.head()

    def frame(self, payload: bytes | str, opcode: int = TEXT, *, end: bool = True) -> None:
        """Send a frame; the first of a message says its opcode, the others 0."""
        data = payload.encode() if isinstance(payload, str) else payload
        self.sock.sendall(frame(data, opcode, end=end))

    def receive(self) -> tuple[int, bytes]:
        """Return the opcode and the payload of the next frame; OSError where there is none."""
        first, second = self._exactly(2)
        length = second & 127
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        return first & 15, self._exactly(length)

    def close_code(self) -> int:
        """Read on until the server says goodbye, and return its code."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                return int(struct.unpack_from("!H", payload)[0])

    def sign_in(self, token: str) -> None:
        """Connect to the namespace with an API token."""
        self.frame(CONNECT + json.dumps({"token": token}))
        self.until(CONNECT)

    def until(self, beginning: str) -> str:
        """Read on to a text that begins like this, and return it."""
        while True:
            opcode, payload = self.receive()
            if opcode == TEXT and payload.startswith(beginning.encode()):
                return payload.decode()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.sock.recv(count - len(data))
            if not part:
                raise ConnectionResetError("the server has closed")
            data += part
        return data


def frame(data: bytes, opcode: int = TEXT, *, end: bool = True) -> bytes:
    """Return a frame as a client sends it: masked, if only by zeros."""
    length = len(data)
    if length < 126:
        size = struct.pack("!B", 128 | length)
    elif length < 65536:
        size = struct.pack("!BH", 128 | 126, length)
    else:
        size = struct.pack("!BQ", 128 | 127, length)
    return bytes([(128 if end else 0) | opcode]) + size + b"\0\0\0\0" + data
