"""Socket.IO's packets: which ones readers may send, and how compact they are sent.

A reader connects, disconnects and sends events. By itself Socket.IO also keeps announced binary
attachments until they have all come, runs the handlers of `connect` and `disconnect` for events of
these names, and logs a traceback for whatever it can't read.
"""

from __future__ import annotations

from json import JSONEncoder
from typing import Any

from engineio import json
from socketio import packet

from app.text import is_unicode

ALLOWED = (packet.CONNECT, packet.DISCONNECT, packet.EVENT)
# The server's own events, when sockets come and go; a reader's event can't have such a name.
RESERVED_EVENTS = ("connect", "disconnect")


COMPACT = (",", ":")
# Made once: `json.dumps` makes an encoder for each text, which takes as long as to encode an event.
_encode = JSONEncoder(ensure_ascii=False, separators=COMPACT).encode
_encode_escaped = JSONEncoder(separators=COMPACT).encode


class MalformedPacket(ValueError):
    """A packet that no reader sends: its connection is closed."""


class ReaderPacket(packet.Packet):  # type: ignore[misc]  # socketio has no types
    """A Socket.IO packet; when decoded, only one that readers send."""

    uses_binary_events = False

    def decode(self, encoded_packet: Any) -> int:
        """Decode a packet and return its number of attachments, 0; raises MalformedPacket."""
        if not isinstance(encoded_packet, str):
            raise MalformedPacket("not text")
        try:
            attachments = super().decode(encoded_packet)
        except (ValueError, RecursionError) as error:
            raise MalformedPacket("not readable") from error
        if attachments or self.packet_type not in ALLOWED:
            raise MalformedPacket("of a type that readers don't send")
        if self.packet_type == packet.EVENT and not _is_event(self.data):
            raise MalformedPacket("not an event")
        return 0


class UnescapedJSON:
    """JSON in which text is as long as in UTF-8.

    By itself Socket.IO escapes everything that isn't ASCII: an emoji of 4 bytes takes 12.
    """

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        """Return compact JSON; only text that is not valid Unicode is escaped."""
        text = _encode(value)  # with half a surrogate pair, if a reader has sent one
        return text if is_unicode(text) else _encode_escaped(value)


def _is_event(data: Any) -> bool:
    return (
        isinstance(data, list)
        and bool(data)
        and isinstance(data[0], str)
        and data[0] not in RESERVED_EVENTS
    )
