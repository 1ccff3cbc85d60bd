"""Socket.IO's client managers, with a quick way to send one event to many readers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import RLock
from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as EngineIOPacket
from socketio import Manager, RedisManager
from socketio.packet import EVENT

from app.transport.frames import frame_of

CHANNEL = "midstream"
TURN_SECONDS = 0.005


class FanOutManager(Manager):  # type: ignore[misc]  # socketio has no types
    """Sends an event to a room: encoded and framed once, and written by this task.

    All readers get events in the same order, that in which `emit` was called. By itself Socket.IO
    lets two threads that emit at once overtake each other in the middle of a room.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._emitting = RLock()  # an event may end a session, whose end may be told to others

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Send an event to a room of this process, with the parameters of Socket.IO's `emit`."""
        to = to or room
        is_usual = isinstance(data, dict) and isinstance(to, str) and not (skip_sid or callback)
        with self._emitting:
            if not is_usual:
                super().emit(event, data, namespace, to, skip_sid, callback, **kwargs)
            elif members := self.rooms.get(namespace, {}).get(to):
                self._send(members, self._packet(event, data, namespace))

    def _packet(self, event: str, data: Any, namespace: str) -> EngineIOPacket:
        packet = self.server.packet_class(EVENT, namespace=namespace, data=[event, data])
        return EngineIOPacket(MESSAGE, packet.encode())

    def _send(self, members: Mapping[str, str], packet: EngineIOPacket) -> None:
        """Send a packet to the members of a room; others get their turn in between.

        Who leaves meanwhile gets nothing: the right to read may have ended.
        """
        frame, writers = frame_of(packet), self.server.eio.writers
        turn_ends_at = time.monotonic() + TURN_SECONDS
        for sid, session_id in list(members.items()):
            writer = writers.get(session_id)
            if sid in members and (writer is None or not writer.write(frame)):
                self.server._send_eio_packet(session_id, packet)
            if time.monotonic() > turn_ends_at:
                self.server.sleep(0)
                turn_ends_at = time.monotonic() + TURN_SECONDS


class RedisFanOutManager(RedisManager, FanOutManager):  # type: ignore[misc]
    """The same, also for the events of other processes: Redis brings them, and carries ours."""


def client_manager(redis_url: str | None) -> FanOutManager:
    """Return the manager of a server process; with Redis where it has a URL."""
    return RedisFanOutManager(redis_url, channel=CHANNEL) if redis_url else FanOutManager()
