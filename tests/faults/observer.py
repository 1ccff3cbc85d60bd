"""A reader that always reconnects and records all that it shows and receives."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from socketio.exceptions import SocketIOError

from midstream.rule import Event, Message
from tests.faults.history import History, Received, Sent, Shown
from tests.support.cast import Person
from tests.support.client import Client, ConnectionLost
from tests.support.reader import Reader
from tests.support.waiting import eventually

CHECK_SECONDS = 2.0
RETRY_SECONDS = 0.1
GONE = (SocketIOError, ConnectionLost, OSError)
RETRY = {"unavailable", "rate_limited", "unauthorized"}  # the last: before it is signed in


class Observer(Reader):
    """Follows a conversation from `stay` to `close`, through all failures of the server."""

    def __init__(self, name: str, person: Person, conversation: str, history: History) -> None:
        self.name = name
        self.person = person
        self.history = history
        self._staying: threading.Thread | None = None
        self._is_closed = threading.Event()
        super().__init__(person.token, conversation, check_seconds=CHECK_SECONDS)

    @property
    def conversation(self) -> str:
        """Return the id of the conversation."""
        return self.log.conversation

    def stay(self, url: str) -> Observer:
        """Connect, reconnect whenever necessary, and wait for the first join."""
        self._staying = threading.Thread(target=self._stay, args=(url,), daemon=True)
        self._staying.start()
        eventually(lambda: self.has_joined, what=f"{self.name} has not joined")
        return self

    def close(self) -> None:
        """Disconnect for good."""
        self._is_closed.set()
        if self._staying:
            self._staying.join()
        super().close()

    def state(self) -> str:
        """Describe its state, for the message of a failed check."""
        is_here = self._staying and self._staying.is_alive()
        line = self.client.eio.state if self.client else "no client"
        words = [
            "running" if is_here else "ended",
            "connected" if self.is_connected else "not connected",
            f"line: {line}",
            f"refused: {self.refused}",
            f"join pending: {self._pending_join.is_set()}",
            f"last acks: {self.acks[-2:]}",
            f"last joins: {self.joins[-2:]}",
        ]
        return f"{self.name}: {', '.join(words)}"

    def send_until_acknowledged(self, content: str, key: str) -> Event | None:
        """Send with one key until it is acknowledged; None if it is closed before."""
        payload = {"conversation": self.conversation, "content": content, "key": key}
        while not self._is_closed.is_set():
            ack = self.try_to_ask("send", payload)
            if ack.get("ok"):
                self.history.sent.append(Sent(self.conversation, ack["id"], content))
                return ack
            assert ack.get("error", "unavailable") in RETRY, ack
            time.sleep(RETRY_SECONDS)
        return None

    def try_to_ask(self, event: str, payload: Event) -> Event:
        """Return the acknowledgement, or {} if the connection is lost."""
        client = self.client
        try:
            return client.ask(event, payload) if client else {}
        except GONE:
            return {}

    def changed(self, message: Message) -> None:
        """Record what is shown."""
        super().changed(message)
        text = (message.content, message.thinking)
        self.history.shown.append(Shown(self.name, message.id, message.seq, message.status, *text))

    def receive(self, event: str, data: Event) -> None:
        """Record that an event was received."""
        received = Received(self.person.name, data["conversation"], event, time.monotonic())
        self.history.received.append(received)
        super().receive(event, data)

    def send_join(self, client: Client, request: Event) -> Event:
        """Join; without an acknowledgement the connection is considered lost."""
        try:
            ack = super().send_join(client, request)
            if ack.get("error") == "unauthorized":
                raise ConnectionLost("disconnected just now")
        except ConnectionLost:
            client.cut()
            raise
        return ack

    def _stay(self, url: str) -> None:
        while not self._is_closed.is_set():
            if self.refused and self.history.is_member(self.person.name, self.conversation):
                self.refused = None  # the reply to a join from before it was admitted again
                self.join()
            if not self.is_connected and not self.refused:
                self.cut()
                with suppress(*GONE):
                    self.connect(url)
            self._is_closed.wait(RETRY_SECONDS)
