"""TCP, HTTP and WebSocket frames written by hand, as an attacker may. For loopback only."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

SECONDS = 10.0
ENGINE = "/socket.io/?EIO=4&transport="
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
CONNECT = "40/conversations,"


class Tcp:
    """A TCP connection to a server, to be used as a context manager."""

    receive_buffer = 1_000_000

    def __init__(self, url: str, source: str = "127.0.0.1") -> None:
        parts = urlsplit(url)
        assert parts.hostname == "127.0.0.1", "only this machine may be attacked"
        self.host = f"{parts.hostname}:{parts.port}"
        self.sock = socket.socket()
        self.sock.settimeout(SECONDS)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.sock.bind((source, 0))
        self.sock.connect((parts.hostname, parts.port or 0))

    def request(self, method: str, path: str, body: str = "", **headers: str) -> None:
        """Send a request; `headers`, such as `Content_Length`, override its own."""
        own = {"Host": self.host, "Content-Length": str(len(body.encode()))}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {own[name]}" for name in own)]
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def head(self) -> str:
        """Read the status line and the headers of a response."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.sock.recv(1)
            if not byte:
                break
            head += byte
        return head.decode("latin-1")

    def rest(self) -> bytes:
        """Read until the server closes the connection; after a reset, what came before it."""
        parts = []
        with suppress(ConnectionResetError):
            while part := self.sock.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def is_over(self, seconds: float) -> bool:
        """Return whether the server closes the connection within this time."""
        self.sock.settimeout(seconds)
        try:
            self.rest()
        except TimeoutError:
            return False
        return True

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.sock.close()


def open_session(url: str) -> str:
    """Open an Engine.IO session that polls, and return its id."""
    with Tcp(url) as tcp:
        tcp.request("GET", f"{ENGINE}polling", Connection="close")
        _, _, body = tcp.rest().partition(b"\r\n\r\n")
    return str(json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])["sid"])


class RawWebSocket(Tcp):
    """A WebSocket of Engine.IO whose frames are written by hand."""

    def __init__(
        self, url: str, session: str = "", source: str = "127.0.0.1", **headers: str
    ) -> None:
        super().__init__(url, source)
        key = base64.b64encode(os.urandom(16)).decode()
        own = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        path = f"{ENGINE}websocket" + (f"&sid={session}" if session else "")
        self.request("GET", path, **(own | headers))
        self.answer = self.head()

    def frame(self, payload: bytes | str, opcode: int = TEXT, *, end: bool = True) -> None:
        """Send a frame; the first of a message has its opcode, the others 0."""
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
        """Read up to the server's close frame and return its code."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                return int(struct.unpack_from("!H", payload)[0])

    def sign_in(self, token: str) -> None:
        """Connect to the namespace with an API token."""
        self.frame(CONNECT + json.dumps({"token": token}))
        self.until(CONNECT)

    def until(self, beginning: str) -> str:
        """Read up to a text that begins like this, and return it."""
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
    """Return a frame as a client sends it: masked, here with zeros."""
    length = len(data)
    if length < 126:
        size = struct.pack("!B", 128 | length)
    elif length < 65536:
        size = struct.pack("!BH", 128 | 126, length)
    else:
        size = struct.pack("!BQ", 128 | 127, length)
    return bytes([(128 if end else 0) | opcode]) + size + b"\0\0\0\0" + data


class Poller:
    """An Engine.IO session over HTTP; it polls only when the test does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.path = f"{ENGINE}polling&sid={open_session(url)}"

    def join(self, token: str, conversation: str) -> None:
        """Sign in and join; wait only until both posts are accepted."""
        request = {"conversation": conversation, "after": 0}
        assert self.post(CONNECT + json.dumps({"token": token})) == "200"
        assert self.post("42/conversations,1" + json.dumps(["join", request])) == "200"

    def post(self, packet: str) -> str:
        """Return the status of a post."""
        with Tcp(self._url) as tcp:
            tcp.request("POST", self.path, packet)
            return tcp.head().split()[1]
