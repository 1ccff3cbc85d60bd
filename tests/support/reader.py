"""A plain reader of the protocol: a program that is no browser."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from socketio.exceptions import SocketIOError

from tests.support.rule import ConversationLog, Event, Message, Outcome
from tests.support.wire import NAMESPACE, Client

EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"]
CHECK_SECONDS = 10.0  # of silence about a message that streams
QUIET_SECONDS = 60.0  # of silence about the conversation
PAUSE_SECONDS = 0.05  # between two joins
GLANCE_SECONDS = 0.1


class Sample(NamedTuple):
    """What was shown of a message at one moment."""

    seq: int
    status: str
    content: str
    thinking: str


class Reader:
    """Follows one conversation by the rule, and remembers all that it ever showed.

    `loses(event, data)` says what is lost on the way to it; it may be changed at any time.
    """

    def __init__(
        self, token: str, conversation: str, *, check_seconds: float = CHECK_SECONDS
    ) -> None:
        self.log = ConversationLog(conversation)
        self.samples: defaultdict[str, list[Sample]] = defaultdict(list)
        self.received: list[tuple[str, Event]] = []
        self.joins: list[Event] = []
        self.acks: list[Event] = []
        self.loses: Callable[[str, Event], bool] = lambda event, data: False
        self._token = token
        self._check_seconds = check_seconds
        self._client: Client | None = None
        self._lock = threading.RLock()
        self._wish = threading.Event()
        self._closed = False
        self._heard: dict[str | None, float] = {}
        threading.Thread(target=self._tend, daemon=True).start()

    def connect(self, url: str) -> Reader:
        """Connect and join."""
        client = Client()
        for event in EVENTS:
            client.on(event, partial(self._receive, client, event), namespace=NAMESPACE)
        self._client = client
        client.open(url, self._token)
        self.join()
        return self

    def join(self) -> None:
        """Join, or once more after the join in flight."""
        self._wish.set()

    def cut(self) -> None:
        """Lose the connection without goodbye."""
        client, self._client = self._client, None
        if client:
            client.cut()

    def close(self) -> None:
        """Leave for good."""
        self._closed = True
        client, self._client = self._client, None
        if client:
            client.disconnect()

    def ask(self, event: str, payload: Event) -> Event:
        """Send an event and return its acknowledgement."""
        assert self._client is not None, "not connected"
        return self._client.ask(event, payload)

    @property
    def is_connected(self) -> bool:
        """Is there a connection, as far as this side knows?"""
        client = self._client
        return client is not None and NAMESPACE in client.namespaces

    def message(self, message_id: str) -> Message | None:
        """Return what it holds of a message."""
        return self.log.messages.get(message_id)

    def shows(self, message_id: str, status: str) -> bool:
        """Does it show this message with this status?"""
        message = self.message(message_id)
        return message is not None and message.status == status

    def heard(self, event: str) -> list[Event]:
        """Return what came as this event."""
        return [data for name, data in list(self.received) if name == event]

    def _receive(self, client: Client, event: str, data: Event) -> None:
        with self._lock:
            if client is not self._client or self.loses(event, data):
                return
            self.received.append((event, data))
            self._heard[None] = self._heard[data.get("id")] = time.monotonic()
            outcome = self.log.apply(event, data)
            if outcome is Outcome.CHANGED:
                self._show(self.log.messages[data["id"]])
            if outcome is Outcome.REJOIN or self.log.horizon.is_behind:
                self.join()

    def _show(self, message: Message) -> None:
        sample = Sample(message.seq, message.status, message.content, message.thinking)
        self.samples[message.id].append(sample)

    def _tend(self) -> None:
        while not self._closed:
            self._wish.wait(GLANCE_SECONDS)
            client = self._client
            if client and self.is_connected and (self._wish.is_set() or self._is_too_silent()):
                self._wish.clear()
                self._join(client)
                time.sleep(PAUSE_SECONDS)
            elif not client:
                time.sleep(GLANCE_SECONDS)

    def _join(self, client: Client) -> None:
        with self._lock:
            wish = self.log.holding()
            self.joins.append(wish)
        try:
            ack = client.ask("join", wish)
        except SocketIOError:
            return self.join()
        with self._lock:
            self._acknowledged(ack)

    def _acknowledged(self, ack: Event) -> None:
        now = time.monotonic()
        self._heard = {None: now} | {message.id: now for message in self.log.streaming}
        if ack.get("reload"):
            self.log.forget()
            self.join()
        elif ack["ok"]:
            self.log.horizon.joined(ack)
            if self.log.horizon.is_behind:
                self.join()
        self.acks.append(ack)

    def _is_too_silent(self) -> bool:
        now = time.monotonic()
        with self._lock:
            quiet = now - self._heard.get(None, now) > QUIET_SECONDS
            last = [self._heard.get(message.id, now) for message in self.log.streaming]
        return quiet or any(now - heard > self._check_seconds for heard in last)
