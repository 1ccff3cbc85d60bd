"""TCP without manners: requests as an attacker writes them. For loopback only."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

SECONDS = 10.0
ENGINE = "/socket.io/?EIO=4&transport="


class Tcp:
    """A TCP connection to a server, to be used as a context manager."""

    receive_buffer = 1_000_000

    def __init__(self, url: str, source: str = "127.0.0.1") -> None:
        parts = urlsplit(url)
        assert parts.hostname == "127.0.0.1", "only this machine is ever attacked"
        self.host = f"{parts.hostname}:{parts.port}"
        self.sock = socket.socket()
        self.sock.settimeout(SECONDS)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.sock.bind((source, 0))
        self.sock.connect((parts.hostname, parts.port or 0))

    def request(self, method: str, path: str, body: str = "", **headers: str) -> None:
        """Send a request; `Content_Length` and the like override what it would say."""
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
        """Read all that comes until the server closes; what a reset cuts off is missing."""
        parts = []
        with suppress(ConnectionResetError):
            while part := self.sock.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def is_over(self, seconds: float) -> bool:
        """Tell whether the server closes the connection in this time, whatever it says before."""
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
