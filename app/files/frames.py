"""What the server and its worker say to each other: fields, and bytes beside them."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

from app.rendering.frames import read_exactly

HEADER = struct.Struct(">II")  # the bytes of the fields, and of what is beside them
MAX_BYTES = 200_000_000

Fields = Mapping[str, Any]


def send(peer: socket.socket, fields: Fields, data: bytes = b"") -> None:
    """Send fields, as JSON, and bytes. Raises OSError."""
    text = json.dumps(fields).encode()
    peer.sendall(HEADER.pack(len(text), len(data)) + text)
    peer.sendall(data)


def receive(peer: socket.socket, most: int = MAX_BYTES) -> tuple[dict[str, Any], bytes]:
    """Return the next fields and bytes. Raises OSError, also where the peer has gone, and
    ValueError for what is no such message."""
    text_length, data_length = HEADER.unpack(read_exactly(peer, HEADER.size))
    if text_length + data_length > most:
        raise ValueError("the message is too long")
    return json.loads(read_exactly(peer, text_length)), bytes(read_exactly(peer, data_length))
