"""Redis channels, one for each room: a process hears only of rooms in which it has readers.

Each room's subscription goes through these states. A room that is needed again while it is being
unsubscribed from is subscribed to once that is confirmed, so that a confirmation is always that of
the last command.

    none → SUBSCRIBING → SUBSCRIBED → UNSUBSCRIBING → none

A process also has a channel of its own, on which it hears what it has published itself (`beat`):
as long as that comes, the connections work both ways.
"""

from __future__ import annotations

import logging
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum, auto
from threading import Condition, Event, Lock
from typing import Any, TypeGuard

from app.errors import attempt
from app.models.conversation import ROOM
from app.models.membership import LIST_ROOM
from app.shared_redis import SharedRedis
from app.shared_redis.health import REDIS_ERRORS
from app.transport.heartbeat import Heartbeat
from app.transport.redis_publisher import Publisher
from app.transport.redis_subscriptions import AT_ONCE, Subscriptions

logger = logging.getLogger(__name__)

SUBSCRIBE_SECONDS = 0.1  # for so long a join waits; after that the database is looked at again
RETRY_SECONDS = 1.0
TIMEOUT_SECONDS = 2.0

OWN_CHANNEL = "process:"
SHARED_ROOMS = (ROOM, LIST_ROOM)  # how the names of rooms begin that span processes

Rooms = Callable[[], Mapping[Any, Any]]
Receive = Callable[[str, str], None]


class State(Enum):
    """What is known of a room's subscription."""

    SUBSCRIBING = auto()
    SUBSCRIBED = auto()
    UNSUBSCRIBING = auto()


class RoomChannels:
    """Sends packets to the rooms of other processes, and calls `receive(room, packet)` with theirs.

    `rooms()` are those in which this process has readers; for each one that comes or goes `check`
    must be called. No method waits for Redis, except for `wait`, and that only for a moment.
    """

    def __init__(self, redis: SharedRedis, rooms: Rooms, receive: Receive) -> None:
        self._redis = redis
        self._health = redis.health
        self._publisher = Publisher(redis)
        self._pubsub: Any = None  # while there is a connection
        self._is_down = False  # where there was none the last time
        self._rooms = rooms
        self._receive = receive
        self._prefix = ""
        self._sender = uuid.uuid4().hex
        self._heartbeat = Heartbeat(redis.health)
        self._states: dict[str, State] = {}
        self._changed = Condition()  # is held where `_states` and `_late` change
        self._late: set[str] = set()  # rooms whose readers have not waited for the confirmation
        self._unsure: set[str] = set()  # those of them that are confirmed by now
        self._unchecked: deque[str] = deque()
        self._is_unchecked = Event()
        self._starting = Lock()
        self._is_running = False

    def start(self, start_task: Callable[[Callable[[], None]], Any]) -> None:
        """Start the tasks that talk with Redis, once; in an app's context."""
        with self._starting:
            was_running, self._is_running = self._is_running, True
        if not was_running:
            self._prefix = f"{self._redis.prefix}:"  # now: the tasks have no context to read it in
            for task in (self._publisher.run, self._run_checks, self._listen):
                start_task(task)

    def publish(self, room: str, packet: str) -> None:
        """Send a packet to the readers that other processes have in a room."""
        self._publisher.add(self.channel_of(room), f"{self._sender}\n{packet}")

    def channel_of(self, room: str) -> str:
        """Return the name of a room's channel."""
        return f"{self._redis.prefix}:{room}"

    def beat(self) -> None:
        """Send this process a message, by which it knows whether those of others come. Call it
        every BEAT_SECONDS."""
        number = self._heartbeat.next(is_down=self._is_down)
        if self._health.is_silent:
            with self._changed:
                self._changed.notify_all()  # nobody waits any longer
        if self._heartbeat.is_lost:
            self._break()
        self._publisher.add(self.channel_of(self._own), str(number))

    def check(self, *rooms: str | None) -> None:
        """Subscribe to rooms, or unsubscribe from them, as is needed now."""
        if shared := [room for room in rooms if is_shared(room)]:
            self._unchecked += shared
            self._is_unchecked.set()

    def wait(self, room: str) -> None:
        """Wait until a room is subscribed to; for a moment, and not while Redis does not answer.

        Where it is not by then, the room is `take_unsure`'s as soon as it is.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_ready(room), SUBSCRIBE_SECONDS)
            if self._states.get(room) is not State.SUBSCRIBED:
                self._late.add(room)

    def take_unsure(self) -> set[str]:
        """Return the rooms that are subscribed to since the last call, and whose readers have read
        the database before: what was published in between they may lack."""
        with self._changed:
            unsure, self._unsure = self._unsure, set()
        return unsure

    @property
    def _own(self) -> str:
        return f"{OWN_CHANNEL}{self._sender}"

    def _is_ready(self, room: str) -> bool:
        is_away = self._is_down or self._health.is_silent
        return is_away or self._states.get(room) is State.SUBSCRIBED

    def _run_checks(self) -> None:
        """The task that subscribes and unsubscribes, for ever."""
        while True:
            self._is_unchecked.wait()
            self._is_unchecked.clear()
            _, error = attempt(self._check_all)
            if error:
                self._note_failure(error)
                self._break()

    def _check_all(self) -> None:
        rooms = {self._unchecked.popleft() for _ in range(len(self._unchecked))}
        here = self._rooms()
        needed = {room for room in rooms if room in here}
        with self._changed:
            pubsub = self._pubsub
            if pubsub is None:
                return  # with the next connection all are checked
            added = [room for room in needed if room not in self._states]
            gone = [r for r in rooms - needed if self._states.get(r) is State.SUBSCRIBED]
            self._states |= dict.fromkeys(added, State.SUBSCRIBING)
            self._states |= dict.fromkeys(gone, State.UNSUBSCRIBING)
        if added:
            pubsub.subscribe(*map(self.channel_of, added))
        if gone:
            pubsub.unsubscribe(*map(self.channel_of, gone))

    def _listen(self) -> None:
        """The task that receives, for ever."""
        while True:
            _, error = attempt(self._receive_all)
            self._note_failure(error)
            self._disconnect()
            time.sleep(RETRY_SECONDS)

    def _receive_all(self) -> None:
        client = self._redis.channels_client(TIMEOUT_SECONDS, AT_ONCE)
        pubsub: Any = Subscriptions(client.connection_pool)
        with self._changed:
            rooms = [room for room in list(self._rooms()) if is_shared(room)]
            self._states = dict.fromkeys(rooms, State.SUBSCRIBING)
            self._late = set(rooms)  # what was published before they may lack
        # its own channel last: when a beat comes back all the others are subscribed to
        pubsub.subscribe(*map(self.channel_of, (*rooms, self._own)))
        self._pubsub, self._is_down = pubsub, False
        self.check(*list(self._rooms()))
        for message in pubsub.listen():
            _, error = attempt(lambda message=message: self._take(**message))  # type: ignore[misc]
            if error:
                logger.error("An event of another process could not be sent.", exc_info=error)

    def _take(self, type: str, channel: bytes, data: Any, **_: Any) -> None:
        """Handle one message from Redis."""
        room = channel.decode().removeprefix(self._prefix)
        if type == "message" and room == self._own:
            self._heartbeat.heard(int(data))
        elif type == "message":
            sender, _, packet = data.decode(errors="replace").partition("\n")
            if sender != self._sender:
                self._receive(room, packet)
        elif room != self._own:
            self._note(room, State.SUBSCRIBED if type == "subscribe" else None)

    def _note(self, room: str, state: State | None) -> None:
        """Note that Redis has confirmed a room's last command."""
        with self._changed:
            if state:
                self._states[room] = state
                self._unsure |= self._late & {room}
            else:
                self._states.pop(room, None)
            if state or room not in self._rooms():
                self._late.discard(room)
            self._changed.notify_all()
        self.check(room)

    def _note_failure(self, error: BaseException | None) -> None:
        if isinstance(error, REDIS_ERRORS):
            self._health.failed(error)
        else:
            logger.error("Events of other processes do not come.", exc_info=error)

    def _break(self) -> None:
        """Let `_listen` find its connection lost, however long it would wait. It alone closes it:
        one that is closed while it is being read would be read on."""
        connection = self._pubsub and self._pubsub.connection
        if connection and connection._sock:
            with suppress(OSError):  # it is lost already
                connection._sock.shutdown(socket.SHUT_RDWR)

    def _disconnect(self) -> None:
        with self._changed:
            pubsub, self._pubsub, self._is_down = self._pubsub, None, True
            self._states.clear()
            self._changed.notify_all()
        if pubsub:
            pubsub.close()


def is_shared(room: Any) -> TypeGuard[str]:
    """Return whether a room has readers of several processes."""
    return isinstance(room, str) and room.startswith(SHARED_ROOMS)
