"""A failure while one session is asked whether it is signed in holds up no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.transport.unauthenticated_connections import SignInChecks


class Server:
    """A Socket.IO server on which nobody signs in, and whose first `disconnect` fails."""

    def __init__(self) -> None:
        self.gone: list[str] = []
        self.fails = True
        self.eio = SimpleNamespace(sockets={"a": 1, "b": 1}, disconnect=self._disconnect)
        self.manager = SimpleNamespace(sid_from_eio_sid=lambda *_: None)

    def start_background_task(self, *_: Any) -> None:
        """The test does it itself."""

    def _disconnect(self, session: str) -> None:
        if self.fails:
            raise OSError
        self.gone.append(session)


def test_who_could_not_be_sent_away_is_asked_again() -> None:
    server = Server()
    checks = SignInChecks(server, "/conversations", seconds=0)
    checks.add("a")
    checks.add("b")
    for _ in "ab":
        with pytest.raises(OSError):
            checks._check_due()
    server.fails = False
    checks._check_due()
    assert sorted(server.gone) == ["a", "b"]
