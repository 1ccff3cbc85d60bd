"""Against strangers who stay: who has not signed in to the namespace in time is sent away.

Answering pings is not signing in; without this a connection that does only that stays for ever.
So does one that has left the namespace again, by itself or because it was sent away.
"""

from __future__ import annotations

import time
from collections import deque
from threading import Lock
from typing import Any, NamedTuple

GLANCE_SECONDS = 0.25


class Guest(NamedTuple):
    """A session, when it will be asked whether it is signed in, and whether it was before."""

    ask_at: float
    session: str
    was_signed_in: bool


class Strangers:
    """Asks every session again and again, `patience_seconds` apart. One that was not signed in
    twice in a row is closed; so is a new one the first time."""

    def __init__(self, server: Any, namespace: str, patience_seconds: float) -> None:
        self._server = server
        self._namespace = namespace
        self._patience_seconds = patience_seconds
        self._guests: deque[Guest] = deque()  # in the order in which they are asked
        self._starting = Lock()
        self._is_watched = False

    def welcome(self, session: str) -> None:
        """Give a new session its time to sign in."""
        self._ask_later(session, was_signed_in=False)
        with self._starting:
            if not self._is_watched:
                self._is_watched = True
                self._server.start_background_task(self._watch)

    def _ask_later(self, session: str, *, was_signed_in: bool) -> None:
        ask_at = time.monotonic() + self._patience_seconds
        self._guests.append(Guest(ask_at, session, was_signed_in))

    def _watch(self) -> None:
        while True:
            self._server.sleep(GLANCE_SECONDS)
            while self._guests and self._guests[0].ask_at <= time.monotonic():
                self._ask(self._guests.popleft())

    def _ask(self, guest: Guest) -> None:
        if guest.session not in self._server.eio.sockets:
            return
        is_signed_in = self._is_signed_in(guest.session)
        if is_signed_in or guest.was_signed_in:
            self._ask_later(guest.session, was_signed_in=is_signed_in)
        else:
            self._server.eio.disconnect(guest.session)

    def _is_signed_in(self, session: str) -> bool:
        manager = self._server.manager
        sid = manager.sid_from_eio_sid(session, self._namespace)
        return sid is not None and bool(manager.is_connected(sid, self._namespace))


def dismiss_strangers(server: Any, namespace: str, patience_seconds: float) -> None:
    """Close the connections of a Socket.IO server that are not signed in after this time."""
    strangers = Strangers(server, namespace, patience_seconds)
    let_in = server.eio.handlers["connect"]

    def on_connect(session: str, environ: dict[str, Any]) -> Any:
        strangers.welcome(session)
        return let_in(session, environ)

    server.eio.on("connect", on_connect)
