"""Follows one conversation over Socket.IO by the protocol's rule, as a program does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from socketio.exceptions import SocketIOError

from midstream.rule import Event, Message, MessageLog, Outcome
from tests.support.client import NAMESPACE, Client, ConnectionLost

EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"]
ABOUT_PEOPLE = ["present", "seen"]
CHECK_SECONDS = 10.0  # without events of a message that streams
QUIET_SECONDS = 60.0  # without events of the conversation
PAUSE_SECONDS = 0.05  # between two joins
GLANCE_SECONDS = 0.1
RETRY_SECONDS = 1.0  # after an error without `retry_after`
FINAL = {"not_found", "unauthorized"}  # errors that no second join changes


class Follower:
    """Joins, and joins again whenever an event may be lost; one join at a time is in flight."""

    make_client: Callable[[], Client] = Client

    def __init__(self, token: str, conversation: str, check_seconds: float = CHECK_SECONDS) -> None:
        self.log = MessageLog(conversation)
        self.client: Client | None = None
        self.refused: str | None = None
        self.disconnect_reasons: list[str] = []
        self._token = token
        self._check_seconds = check_seconds
        self._lock = threading.RLock()
        self._pending_join = threading.Event()
        self._is_joining = False
        self._closed = False
        self._not_before = 0.0
        self._last_event: dict[str | None, float] = {}
        threading.Thread(target=self._run, daemon=True).start()

    def changed(self, message: Message) -> None:
        """Called after each change of a message."""

    def connect(self, url: str) -> None:
        """Connect and join."""
        client = self.make_client()
        for event in [*EVENTS, *ABOUT_PEOPLE]:
            client.on(event, partial(self._receive, client, event), namespace=NAMESPACE)
        client.on("disconnect", self.disconnect_reasons.append, namespace=NAMESPACE)
        self.client = client
        client.open(url, self._token)
        self.join()

    def close(self) -> None:
        """Disconnect for good."""
        self._closed = True
        client, self.client = self.client, None
        if client:
            client.close()

    def join(self) -> None:
        """Join, or join again after the join in flight."""
        if not self.refused:
            self._pending_join.set()

    @property
    def is_connected(self) -> bool:
        """Return whether there is a connection, as far as this side knows."""
        client = self.client
        return client is not None and NAMESPACE in client.namespaces

    def receive(self, event: str, data: Event) -> None:
        """Apply an event; those about people change no message."""
        if event in ABOUT_PEOPLE:
            return
        self._last_event[None] = self._last_event[data.get("id")] = time.monotonic()
        outcome = self.log.apply(event, data)
        if outcome is Outcome.CHANGED:
            self.changed(self.log.messages[data["id"]])
        if outcome is Outcome.REJOIN or (self.log.is_behind and not self._is_joining):
            self.join()

    def send_join(self, client: Client, request: Event) -> Event:
        """Join and return the acknowledgement."""
        return client.ask("join", request)

    def _receive(self, client: Client, event: str, data: Event) -> None:
        with self._lock:
            if client is self.client:
                self.receive(event, data)

    def _run(self) -> None:
        while not self._closed:
            self._pending_join.wait(GLANCE_SECONDS)
            client = self.client
            if (
                client
                and self.is_connected
                and (self._pending_join.is_set() or self._is_inactive())
            ):
                self._pending_join.clear()
                self._join(client)
            time.sleep(max(PAUSE_SECONDS, self._not_before - time.monotonic()))

    def _join(self, client: Client) -> None:
        with self._lock:
            self.log.joining()
            self._is_joining, request = True, self.log.join_request()
        try:
            ack = self.send_join(client, request)
        except (SocketIOError, ConnectionLost):
            self._is_joining = False
            return self.join()
        with self._lock:
            self._is_joining = False
            if client is self.client:
                return self._acknowledged(ack)
        self.join()  # the events before it were ignored, so it is, too

    def _acknowledged(self, ack: Event) -> None:
        now = time.monotonic()
        self._last_event = {None: now} | {message.id: now for message in self.log.streaming}
        if ack.get("error") in FINAL:
            self.refused = ack["error"]
        elif not ack["ok"]:
            self._not_before = now + ack.get("retry_after", RETRY_SECONDS)
            self.join()
        elif ack.get("reload"):
            self.log.forget()
            self.join()
        else:
            self.log.joined(ack)
            if self.log.is_behind:
                self.join()

    def _is_inactive(self) -> bool:
        now = time.monotonic()
        with self._lock:
            quiet = now - self._last_event.get(None, now) > QUIET_SECONDS
            last = [self._last_event.get(message.id, now) for message in self.log.streaming]
        return quiet or any(now - at > self._check_seconds for at in last)
