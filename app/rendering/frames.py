"""What the server and its worker say to each other: a number and a text."""

from __future__ import annotations

import socket
import struct

MOST_BYTES_AT_ONCE = 1 << 20
HEADER = struct.Struct(">qI")  # the number, and the bytes of the text


def send(peer: socket.socket, number: int, text: str = "") -> None:
    """Send a number and a text. Raises OSError."""
    body = text.encode("utf-8", "surrogatepass")
    peer.sendall(HEADER.pack(number, len(body)) + body)


def receive(peer: socket.socket) -> tuple[int, str]:
    """Return the next number and text. Raises OSError, also where the peer has gone."""
    number, length = HEADER.unpack(read_exactly(peer, HEADER.size))
    return number, str(read_exactly(peer, length), "utf-8", "surrogatepass")


def read_exactly(peer: socket.socket, count: int) -> bytearray:
    """Return the next `count` bytes. Raises OSError, also where the peer has gone."""
    data = bytearray()
    while len(data) < count:
        piece = peer.recv(min(count - len(data), MOST_BYTES_AT_ONCE))
        if not piece:
            raise ConnectionError("the peer has gone")
        data += piece
    return data
