"""Socket.IO's client managers, with a quick way to send one event to many readers."""

from __future__ import annotations

import json
import logging
import time
from collections import ChainMap
from collections.abc import Mapping
from functools import partial
from threading import RLock
from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as EngineIOPacket
from socketio import Manager
from socketio.packet import EVENT

from app import counts
from app.errors import attempt
from app.shared_redis import SharedRedis
from app.transport.frames import frame_of
from app.transport.room_channels import RoomChannels, is_shared
from app.transport.room_views import RoomViews, View

logger = logging.getLogger(__name__)

TURN_SECONDS = 0.005
CHUNK = "chunk"  # the event that comes again and again


class FanOutManager(Manager):  # type: ignore[misc]  # socketio has no types
    """Sends an event to a room: encoded and framed once, and written by this task.

    All readers in a room get its events in the same order, that in which `emit` was called. By
    itself Socket.IO lets two threads that emit at once overtake each other in the middle of a room.
    Rooms don't wait for each other: sending to many readers takes a while.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._locks: dict[Any, Any] = {}  # of rooms to which something was sent
        self._in_step: set[str] = set()  # rooms that got a chunk since `take_in_step`
        self.views = RoomViews()

    def emit(
        self, event: str, data: Any, namespace: str, room: str | None = None, **options: Any
    ) -> None:
        """Send an event to a room of this process, with the parameters of Socket.IO's `emit`."""
        to = options.pop("to", None) or room
        if event == CHUNK and not options.get("ignore_queue") and isinstance(to, str):
            self._in_step.add(to)
        is_unusual = options.get("skip_sid") or options.get("callback")
        if is_unusual or not isinstance(data, dict) or not isinstance(to, str):
            with self._lock_of(None):  # the app emits nothing like this
                super().emit(event, data, namespace, to, **options)
        elif to in self.followed(namespace):
            self.send(to, self._packet(event, data, namespace), namespace)

    def send(self, room: str, packet: EngineIOPacket, namespace: str) -> None:
        """Send a packet to a room of this process."""
        with self._lock_of(room):
            if members := self.rooms.get(namespace, {}).get(room):
                self._send(members, packet)
            if room in self.views.by_room:
                self.show(room, *_event_in(packet), namespace)
            elif not members:
                self._locks.pop(room, None)

    def followed(self, namespace: str) -> Mapping[Any, Any]:
        """Return the rooms whose events somebody here gets: all of them, or a part."""
        return ChainMap(self.rooms.get(namespace, {}), self.views.by_room)

    def add_view(self, of: str, room: str, view: View) -> None:
        """Send to a room, as long as sockets are in it, what a view shows of another room."""
        self.views.add(of, room, view)

    def show(self, of: str, event: str, data: Any, namespace: str) -> None:
        """Send an event to those in the views of a room, and not to those in it.

        Whatever goes wrong with that is not the trouble of those in the room: they have got it.
        """
        here = self.rooms.get(namespace, {})
        for room, view in self.views.of(of):
            if room not in here:  # all have left before there was this view
                self.views.remove(room)
                continue
            _, error = attempt(partial(self._show_in, room, view, event, data, namespace))
            if error:
                logger.error("An event was not shown in a view of its room.", exc_info=error)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Remove a socket from a room. With the last one the room ends, and its lock: who enters
        then is in another room of this name, which does not wait for what is sent to this one."""
        super().basic_leave_room(sid, namespace, room)
        if room not in self.rooms.get(namespace, {}):
            shown = self.views.remove(room)
            for each in (room,) if shown is None else (room, shown):
                if each not in self.followed(namespace):
                    self.unfollow(each)

    def unfollow(self, room: str | None) -> None:
        """Forget a room whose events nobody here gets any more."""
        self._locks.pop(room, None)

    def _show_in(self, room: str, view: View, event: str, data: Any, namespace: str) -> None:
        if shown := view(event, data):
            self.emit(*shown, namespace, room)

    def await_events(self, room: str) -> None:
        """Wait until what other processes send to a room arrives; here there are no others."""

    @property
    def is_silent(self) -> bool:
        """Return whether what other processes send may not arrive, and they may not get what this
        one sends."""
        return False

    def beat(self) -> None:
        """Check that again; call it every heartbeat.BEAT_SECONDS."""

    def take_in_step(self) -> set[str]:
        """Return the rooms that got a chunk since the last call, other than from the database."""
        rooms, self._in_step = self._in_step, set()
        return rooms

    def take_unsure(self) -> set[str]:
        """Return the rooms that may lack what was sent before they could get it."""
        return set()

    def _lock_of(self, room: Any) -> Any:
        """Return the lock of who emits to a room. It may be taken again by its holder: an event may
        end a session, whose end may be told to the room."""
        return self._locks.get(room) or self._locks.setdefault(room, RLock())

    def _packet(self, event: str, data: Any, namespace: str) -> EngineIOPacket:
        packet = self.server.packet_class(EVENT, namespace=namespace, data=[event, data])
        return EngineIOPacket(MESSAGE, packet.encode())

    def _send(self, members: Mapping[str, str], packet: EngineIOPacket) -> None:
        """Send a packet to the members of a room; others get their turn in between.

        Who leaves meanwhile gets nothing: the right to read may have ended.
        """
        counts.EVENTS.value += 1
        counts.DELIVERIES.value += len(members)
        frame, writers = frame_of(packet), self.server.eio.writers
        turn_ends_at = time.monotonic() + TURN_SECONDS
        for sid, session_id in list(members.items()):
            writer = writers.get(session_id)
            if sid in members and (writer is None or not writer.write(frame)):
                self.server._send_eio_packet(session_id, packet)
            if time.monotonic() > turn_ends_at:
                self.server.sleep(0)
                turn_ends_at = time.monotonic() + TURN_SECONDS


class RedisFanOutManager(FanOutManager):
    """The same for several processes. Packets go to the others through Redis as they are: encoded
    once for all readers of all processes."""

    def __init__(self, redis: SharedRedis, namespace: str) -> None:
        super().__init__()
        self._namespace = namespace
        self._event = f'{EVENT}{namespace},["'  # how the packets of events begin
        self._chunk = f'{self._event}{CHUNK}"'
        self._health = redis.health
        self._channels = RoomChannels(redis, lambda: self.followed(namespace), self._receive)

    def emit(
        self, event: str, data: Any, namespace: str, room: str | None = None, **options: Any
    ) -> None:
        """Send an event to a room of all processes; with `ignore_queue` only of this one."""
        if options.get("ignore_queue") or not is_shared(room):
            return super().emit(event, data, namespace, room, **options)
        if event == CHUNK:
            self._in_step.add(room)
        packet = self._packet(event, data, namespace)
        self.send(room, packet, namespace)
        self._start()
        self._channels.publish(room, packet.data)

    def await_events(self, room: str) -> None:
        """Wait until what other processes send to a room arrives, for a moment at most."""
        self._start()
        self._channels.wait(room)

    @property
    def is_silent(self) -> bool:
        """Return whether Redis carries nothing, as far as is known."""
        return self._health.is_silent

    def beat(self) -> None:
        """Check that again."""
        self._start()
        self._channels.beat()

    def take_unsure(self) -> set[str]:
        """Return the rooms whose readers have not waited until they were subscribed to."""
        return self._channels.take_unsure()

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Add a socket to a room."""
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self._channels.check(room)

    def add_view(self, of: str, room: str, view: View) -> None:
        """Send to a room what a view shows of another room, whichever process it comes from."""
        super().add_view(of, room, view)
        self._channels.check(of)

    def unfollow(self, room: str | None) -> None:
        """Forget a room whose events nobody here gets any more."""
        super().unfollow(room)
        self._channels.check(room)

    def _start(self) -> None:
        self._channels.start(self.server.start_background_task)

    def _receive(self, room: str, packet: str) -> None:
        if not packet.startswith(self._event):
            return  # nothing of ours
        if packet.startswith(self._chunk):
            self._in_step.add(room)
        self.send(room, EngineIOPacket(MESSAGE, packet), self._namespace)


def _event_in(packet: EngineIOPacket) -> tuple[str, Any]:
    """Return the name and the payload of the event in a packet, as `_packet` has made it."""
    event, data = json.loads(packet.data.partition(",")[2])
    return event, data


def client_manager(redis: SharedRedis | None, namespace: str) -> FanOutManager:
    """Return the manager of a server process; with Redis where there is one."""
    return RedisFanOutManager(redis, namespace) if redis else FanOutManager()
