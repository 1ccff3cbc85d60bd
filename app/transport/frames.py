"""Frames of the WebSocket protocol (RFC 6455, 5.2) as a server sends them: whole, unmasked."""

from __future__ import annotations

import struct

from engineio.packet import Packet

FRAME = "midstream_frame"  # the attribute of a packet that holds its frame


def frame_of(packet: Packet) -> bytes:
    """Return the frame of a packet; built once, however many readers it is sent to."""
    frame: bytes | None = getattr(packet, FRAME, None)
    if frame is None:
        frame = encode_frame(packet.encode())
        setattr(packet, FRAME, frame)
    return frame


def encode_frame(message: str | bytes) -> bytes:
    """Return a message as one frame. wsproto takes twice as long."""
    first, data = (0x81, message.encode()) if isinstance(message, str) else (0x82, message)
    length = len(data)
    if length < 126:
        return struct.pack("!BB", first, length) + data
    if length < 65536:
        return struct.pack("!BBH", first, 126, length) + data
    return struct.pack("!BBQ", first, 127, length) + data
