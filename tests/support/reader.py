"""A follower for tests: it remembers every event, and every state of every message."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from midstream.rule import Event, Message
from tests.support.client import Client
from tests.support.follower import CHECK_SECONDS, Follower


class Sample(NamedTuple):
    """A message as it was shown at one time."""

    seq: int
    status: str
    content: str
    thinking: str


class Received(NamedTuple):
    """An event, and when it came by this machine's monotonic clock."""

    event: str
    data: Event
    at: float


class Reader(Follower):
    """Follows a conversation. Events for which `loses(event, data)` is true never reach it."""

    def __init__(
        self, token: str, conversation: str, *, check_seconds: float = CHECK_SECONDS
    ) -> None:
        self.samples: defaultdict[str, list[Sample]] = defaultdict(list)
        self.received: list[Received] = []
        self.joins: list[Event] = []
        self.acks: list[Event] = []
        self.loses: Callable[[str, Event], bool] = lambda event, data: False
        super().__init__(token, conversation, check_seconds)

    def ask(self, event: str, payload: Event) -> Event:
        """Send an event and return its acknowledgement."""
        assert self.client is not None, "not connected"
        return self.client.ask(event, payload)

    def send(self, content: str, **more: str) -> Event:
        """Ask the model a question; return the ids of the question and of its `reply`."""
        ack = self.ask("send", {"conversation": self.log.conversation, "content": content, **more})
        assert ack["ok"], ack
        return ack

    def cut(self) -> None:
        """Close the TCP connection without closing any protocol above it."""
        client, self.client = self.client, None
        if client:
            client.cut()

    @property
    def has_joined(self) -> bool:
        """Return whether what a join was answered is applied, and none is under way. What is sent
        before that may come before the state, for which it would join again."""
        with self._lock:
            return bool(self.acks) and not self._is_joining

    def message(self, message_id: str) -> Message:
        """Return a message that it holds."""
        return self.log.messages[message_id]

    def shows(self, message_id: str, *statuses: str) -> bool:
        """Return whether it shows this message, with one of these statuses if any are given."""
        with self._lock:  # an event is being applied otherwise
            message = self.log.messages.get(message_id)
            return message is not None and (not statuses or message.status in statuses)

    def has_text(self, message_id: str) -> bool:
        """Return whether it shows any text of this message."""
        message = self.log.messages.get(message_id)
        return message is not None and bool(message.content or message.thinking)

    def events(self, event: str, message_id: str | None = None) -> list[Event]:
        """Return the payloads of these events, of one message or of all."""
        return [
            each.data
            for each in list(self.received)
            if each.event == event and message_id in (None, each.data.get("id"))
        ]

    def receive(self, event: str, data: Event) -> None:
        """Apply an event, unless it is lost."""
        if not self.loses(event, data):
            self.received.append(Received(event, data, time.monotonic()))
            super().receive(event, data)

    def changed(self, message: Message) -> None:
        """Remember the message as it is now."""
        sample = Sample(message.seq, message.status, message.content, message.thinking)
        if self.samples[message.id][-1:] != [sample]:
            self.samples[message.id].append(sample)

    def send_join(self, client: Client, request: Event) -> Event:
        """Join, and remember the request and its acknowledgement."""
        self.joins.append(request)
        ack = super().send_join(client, request)
        self.acks.append(ack)
        return ack
