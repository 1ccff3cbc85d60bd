"""Follows one conversation over Socket.IO by the rule, as a program that is no browser does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from socketio.exceptions import SocketIOError

from midstream.rule import Event, Message, MessageLog, Outcome
from tests.support.client import NAMESPACE, Client, ConnectionLost

EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"]
CHECK_SECONDS = 10.0  # of silence about a message that streams
QUIET_SECONDS = 60.0  # of silence about the conversation
PAUSE_SECONDS = 0.05  # between two joins
GLANCE_SECONDS = 0.1
RETRY_SECONDS = 1.0  # after a refusal that says nothing of it
FINAL = {"not_found", "unauthorized"}  # what no second try changes


class Follower:
    """Joins, and joins again whenever something may be lost. One join at a time is in flight."""

    make_client: Callable[[], Client] = Client

    def __init__(self, token: str, conversation: str, check_seconds: float = CHECK_SECONDS) -> None:
        self.log = MessageLog(conversation)
        self.client: Client | None = None
        self.refused: str | None = None
        self.disconnect_reasons: list[str] = []  # why connections have ended
        self._token = token
        self._check_seconds = check_seconds
        self._lock = threading.RLock()
        self._wish = threading.Event()
        self._closed = False
        self._not_before = 0.0
        self._heard: dict[str | None, float] = {}
        threading.Thread(target=self._tend, daemon=True).start()

    def changed(self, message: Message) -> None:
        """A message is another than before."""

    def connect(self, url: str) -> None:
        """Connect and join."""
        client = self.make_client()
        for event in EVENTS:
            client.on(event, partial(self._receive, client, event), namespace=NAMESPACE)
        client.on("disconnect", self.disconnect_reasons.append, namespace=NAMESPACE)
        self.client = client
        client.open(url, self._token)
        self.join()

    def close(self) -> None:
        """Leave for good."""
        self._closed = True
        client, self.client = self.client, None
        if client:
            client.close()

    def join(self) -> None:
        """Join, or once more after the join in flight."""
        if not self.refused:
            self._wish.set()

    @property
    def is_connected(self) -> bool:
        """Is there a connection, as far as this side knows?"""
        client = self.client
        return client is not None and NAMESPACE in client.namespaces

    def receive(self, event: str, data: Event) -> None:
        """Take an event in."""
        self._heard[None] = self._heard[data.get("id")] = time.monotonic()
        outcome = self.log.apply(event, data)
        if outcome is Outcome.CHANGED:
            self.changed(self.log.messages[data["id"]])
        if outcome is Outcome.REJOIN or self.log.is_behind:
            self.join()

    def send_join(self, client: Client, wish: Event) -> Event:
        """Join and return the acknowledgement."""
        return client.ask("join", wish)

    def _receive(self, client: Client, event: str, data: Event) -> None:
        with self._lock:
            if client is self.client:
                self.receive(event, data)

    def _tend(self) -> None:
        while not self._closed:
            self._wish.wait(GLANCE_SECONDS)
            client = self.client
            if client and self.is_connected and (self._wish.is_set() or self._is_too_silent()):
                self._wish.clear()
                self._join(client)
            time.sleep(max(PAUSE_SECONDS, self._not_before - time.monotonic()))

    def _join(self, client: Client) -> None:
        with self._lock:
            wish = self.log.join_request()
        try:
            ack = self.send_join(client, wish)
        except (SocketIOError, ConnectionLost):
            return self.join()
        with self._lock:
            self._acknowledged(ack)

    def _acknowledged(self, ack: Event) -> None:
        now = time.monotonic()
        self._heard = {None: now} | {message.id: now for message in self.log.streaming}
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

    def _is_too_silent(self) -> bool:
        now = time.monotonic()
        with self._lock:
            quiet = now - self._heard.get(None, now) > QUIET_SECONDS
            last = [self._heard.get(message.id, now) for message in self.log.streaming]
        return quiet or any(now - heard > self._check_seconds for heard in last)
