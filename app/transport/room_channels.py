"""Redis channels, one for each room: a process hears only of rooms in which it has readers.

Each room's subscription goes through these states. A room that is needed again while it is being
unsubscribed from is subscribed to once that is confirmed, so that a confirmation is always that of
the last command.

    none → SUBSCRIBING → SUBSCRIBED → UNSUBSCRIBING → none
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
from threading import Condition, Event, Lock
from typing import Any, TypeGuard

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import ConnectionError
from redis.retry import Retry

from app.errors import attempt
from app.models.conversation import ROOM
from app.models.membership import LIST_ROOM
from app.transport.redis_publisher import Publisher

logger = logging.getLogger(__name__)

CHANNEL = "midstream"  # that of a room is this, a colon, and the room's name
SUBSCRIBE_SECONDS = 1.0  # after which a reader does without the events of other processes
RETRY_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0

SHARED_ROOMS = (ROOM, LIST_ROOM)  # how the names of rooms begin that span processes

Rooms = Callable[[], Mapping[Any, Any]]
Receive = Callable[[str, str], None]


class AtOnce(Retry):
    """Fails at once, while redis-py would connect again: in two tasks, which lose a socket."""

    def call_with_retry(self, do: Any, fail: Any, *_: Any, **__: Any) -> Any:
        return do()


class Subscriptions(PubSub):
    """One connection's subscriptions: a lost one is replaced by `_listen` alone, which asks again
    for all rooms. redis-py would subscribe from within connecting, and connect from within that."""

    def on_connect(self, connection: Any) -> None:
        connection.disconnect()
        raise ConnectionError("The connection with its subscriptions is lost.")


class State(Enum):
    """What is known of a room's subscription."""

    SUBSCRIBING = auto()
    SUBSCRIBED = auto()
    UNSUBSCRIBING = auto()


class RoomChannels:
    """Sends packets to the rooms of other processes, and calls `receive(room, packet)` with theirs.

    `rooms()` are those in which this process has readers; for each one that comes or goes `check`
    must be called. No method waits for Redis, except for `wait`.
    """

    def __init__(self, url: str, rooms: Rooms, receive: Receive) -> None:
        timeouts = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
        self._subscriber = Redis.from_url(url, retry=AtOnce(NoBackoff(), 0), **timeouts)
        self._publisher = Publisher(Redis.from_url(url, **timeouts))
        self._pubsub: Any = None  # while there is a connection
        self._is_down = False  # where there was none the last time
        self._rooms = rooms
        self._receive = receive
        self._sender = uuid.uuid4().hex
        self._states: dict[str, State] = {}
        self._changed = Condition()  # is held where `_states` changes
        self._unchecked: deque[str] = deque()
        self._is_unchecked = Event()
        self._starting = Lock()
        self._is_running = False

    def start(self, start_task: Callable[[Callable[[], None]], Any]) -> None:
        """Start the tasks that talk with Redis, once."""
        with self._starting:
            was_running, self._is_running = self._is_running, True
        if not was_running:
            for task in (self._publisher.run, self._run_checks, self._listen):
                start_task(task)

    def publish(self, room: str, packet: str) -> None:
        """Send a packet to the readers that other processes have in a room."""
        self._publisher.add(channel_of(room), f"{self._sender}\n{packet}")

    def check(self, *rooms: str | None) -> None:
        """Subscribe to rooms, or unsubscribe from them, as is needed now."""
        if shared := [room for room in rooms if is_shared(room)]:
            self._unchecked += shared
            self._is_unchecked.set()

    def wait(self, room: str) -> None:
        """Wait until a room is subscribed to; for a moment, and not while Redis does not answer."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_ready(room), SUBSCRIBE_SECONDS)

    def _is_ready(self, room: str) -> bool:
        return self._states.get(room) is State.SUBSCRIBED or self._is_down

    def _run_checks(self) -> None:
        """The task that subscribes and unsubscribes, for ever."""
        while True:
            self._is_unchecked.wait()
            self._is_unchecked.clear()
            _, error = attempt(self._check_all)
            if error:
                logger.error("Redis takes no subscriptions: %s.", type(error).__name__)
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
            pubsub.subscribe(*map(channel_of, added))
        if gone:
            pubsub.unsubscribe(*map(channel_of, gone))

    def _listen(self) -> None:
        """The task that receives, for ever."""
        while True:
            _, error = attempt(self._receive_all)
            if self._pubsub:
                logger.error("Redis sends no events any more: %s.", type(error).__name__)
            self._disconnect()
            time.sleep(RETRY_SECONDS)

    def _receive_all(self) -> None:
        pubsub: Any = Subscriptions(self._subscriber.connection_pool)
        pubsub.subscribe(CHANNEL)  # there must be one
        self._pubsub, self._is_down = pubsub, False
        self.check(*list(self._rooms()))
        for message in pubsub.listen():
            _, error = attempt(lambda message=message: self._take(**message))  # type: ignore[misc]
            if error:
                logger.error("An event of another process could not be sent.", exc_info=error)

    def _take(self, type: str, channel: bytes, data: Any, **_: Any) -> None:
        """Handle one message from Redis."""
        room = channel.decode().partition(":")[2]
        if type == "message":
            sender, _, packet = data.decode().partition("\n")
            if sender != self._sender:
                self._receive(room, packet)
        elif room:
            self._note(room, State.SUBSCRIBED if type == "subscribe" else None)

    def _note(self, room: str, state: State | None) -> None:
        """Note that Redis has confirmed a room's last command."""
        with self._changed:
            if state:
                self._states[room] = state
            else:
                self._states.pop(room, None)
            self._changed.notify_all()
        self.check(room)

    def _break(self) -> None:
        """Let `_listen` find its connection lost. It alone closes it: a connection that is closed
        while it is waited at would be connected again by redis-py, without any subscriptions."""
        connection = self._pubsub and self._pubsub.connection
        if connection:
            connection.disconnect()

    def _disconnect(self) -> None:
        with self._changed:
            pubsub, self._pubsub, self._is_down = self._pubsub, None, True
            self._states.clear()
            self._changed.notify_all()
        if pubsub:
            pubsub.close()


def channel_of(room: str) -> str:
    """Return the name of a room's channel."""
    return f"{CHANNEL}:{room}"


def is_shared(room: Any) -> TypeGuard[str]:
    """Return whether a room has readers of several processes."""
    return isinstance(room, str) and room.startswith(SHARED_ROOMS)
