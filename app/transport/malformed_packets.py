"""Against packets that no reader of ours sends: the connection they come on is closed.

A reader connects, disconnects and sends events. By itself Socket.IO also keeps announced binary
attachments until they have all come, runs handlers of `connect` and `disconnect` for events of
these names, and writes a traceback into the log for whatever it can't read.
"""

from __future__ import annotations

from typing import Any

from socketio import packet

ALLOWED = (packet.CONNECT, packet.DISCONNECT, packet.EVENT)
# What the server calls when sockets come and go: a reader's own event can't have such a name.
RESERVED_EVENTS = ("connect", "disconnect")


class Malformed(ValueError):
    """A packet that is closed upon."""


class ReaderPacket(packet.Packet):  # type: ignore[misc]  # socketio has no types
    """A Socket.IO packet; from a reader only what readers send."""

    uses_binary_events = False

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet; raises Malformed. Returns the number of attachments to come: none."""
        if not isinstance(encoded_packet, str):
            raise Malformed("not text")
        try:
            attachments = super().decode(encoded_packet)
        except (ValueError, RecursionError) as error:
            raise Malformed("not readable") from error
        if attachments or self.packet_type not in ALLOWED:
            raise Malformed("not what readers send")
        if self.packet_type == packet.EVENT and not _is_event(self.data):
            raise Malformed("not an event")
        return 0


def refuse_malformed_packets(engine: Any) -> None:
    """Close a connection at its first packet that no reader sends."""

    take_in = engine.handlers["message"]

    def on_message(session: str, data: Any) -> None:
        try:
            if not data:
                raise Malformed("nothing")
            take_in(session, data)
        except Malformed:
            engine.disconnect(session)

    engine.on("message", on_message)


def _is_event(data: Any) -> bool:
    return (
        isinstance(data, list)
        and bool(data)
        and isinstance(data[0], str)
        and data[0] not in RESERVED_EVENTS
    )
