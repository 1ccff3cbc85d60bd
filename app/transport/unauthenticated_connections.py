"""Against connections that stay unauthenticated: who has not signed in in time is sent away.

Answering pings is not signing in; without this a connection that does only that stays for ever.
So does one that has left the namespace again, by itself or because it was sent away.
"""

from __future__ import annotations

import time
from collections import deque
from threading import Lock
from typing import Any, NamedTuple

from app.background import run_periodically

POLL_SECONDS = 0.25


class SignInCheck(NamedTuple):
    """When a session is looked at next, and whether it was signed in the last time."""

    due_at: float
    session: str
    was_signed_in: bool


class SignInChecks:
    """Looks at every session again and again, `seconds` apart. One that was not signed in
    twice in a row is closed; so is a new one the first time."""

    def __init__(self, server: Any, namespace: str, seconds: float) -> None:
        self._server = server
        self._namespace = namespace
        self._seconds = seconds
        self._checks: deque[SignInCheck] = deque()  # the next one first
        self._starting = Lock()
        self._is_watched = False

    def add(self, session: str) -> None:
        """Give a new session its time to sign in."""
        self._schedule(session, was_signed_in=False)
        with self._starting:
            if not self._is_watched:
                self._is_watched = True
                self._server.start_background_task(
                    run_periodically, self._check_due, POLL_SECONDS, POLL_SECONDS
                )

    def _schedule(self, session: str, *, was_signed_in: bool) -> None:
        due_at = time.monotonic() + self._seconds
        self._checks.append(SignInCheck(due_at, session, was_signed_in))

    def _check_due(self) -> None:
        while self._checks and self._checks[0].due_at <= time.monotonic():
            check = self._checks.popleft()
            try:
                self._check(check)
            except Exception:  # the others are asked soon, and this one is asked again
                self._schedule(check.session, was_signed_in=check.was_signed_in)
                raise

    def _check(self, check: SignInCheck) -> None:
        if check.session not in self._server.eio.sockets:
            return
        is_signed_in = self._is_signed_in(check.session)
        if is_signed_in or check.was_signed_in:
            self._schedule(check.session, was_signed_in=is_signed_in)
        else:
            self._server.eio.disconnect(check.session)

    def _is_signed_in(self, session: str) -> bool:
        manager = self._server.manager
        sid = manager.sid_from_eio_sid(session, self._namespace)
        return sid is not None and bool(manager.is_connected(sid, self._namespace))


def close_unauthenticated(server: Any, namespace: str, seconds: float) -> None:
    """Close the connections of a Socket.IO server that are not signed in after this time."""
    checks = SignInChecks(server, namespace, seconds)
    connect = server.eio.handlers["connect"]

    def on_connect(session: str, environ: dict[str, Any]) -> Any:
        checks.add(session)
        return connect(session, environ)

    server.eio.on("connect", on_connect)
