"""Sessions are limited by address, must sign in, and leave nothing behind when they end early."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import socketio

from app.transport.admission import Admission, SignInDeadlines
from app.transport.sending import EngineIOSocket

NAMESPACE, SESSION = "/conversations", "a session"
SOURCE = {"REMOTE_ADDR": "192.0.2.1"}


def refuse() -> None:
    raise socketio.exceptions.ConnectionRefusedError("unauthorized")


def fail() -> None:
    raise KeyError(SESSION)


def admit() -> None:
    """Admit whoever asks."""


class Scenario:
    """A session on which somebody connects; `meanwhile` happens while that is decided."""

    def __init__(self, decide: Callable[[], None] = admit) -> None:
        self.server = socketio.Server(
            async_mode="threading",
            monitor_clients=False,
            async_handlers=False,
            namespaces=[NAMESPACE],
        )
        self.decide = decide
        self.meanwhile: Callable[[], None] = admit
        self.server.on("connect", self.connect, namespace=NAMESPACE)
        self.engine = self.server.eio
        self.engine.start_background_task = lambda *_: None
        Admission(self.server, NAMESPACE, per_address=1, sign_in_seconds=10).install()
        self.session = EngineIOSocket(self.engine, SESSION)
        self.engine.sockets[SESSION] = self.session
        assert self.engine.handlers["connect"](SESSION, SOURCE) is None

    def connect(self, _sid: str, _environ: dict[str, Any], _auth: Any = None) -> None:
        self.meanwhile()
        self.decide()

    def end(self) -> None:
        self.session.close(wait=False)
        del self.engine.sockets[SESSION]

    def ask(self) -> None:
        self.engine.handlers["message"](SESSION, f"0{NAMESPACE},")

    @property
    def is_connected(self) -> bool:
        manager = self.server.manager
        traces = (manager.rooms, manager.pending_connect, manager.pending_disconnect)
        return any(trace.get(NAMESPACE) for trace in traces)


def test_a_session_over_the_limit_is_refused_until_another_ends() -> None:
    handlers = Scenario().engine.handlers
    assert handlers["connect"]("b", SOURCE) == "There are too many connections from this address."
    handlers["disconnect"](SESSION, "gone")
    assert handlers["connect"]("b", SOURCE) is None


def test_a_session_that_is_closed_twice_frees_one_place() -> None:
    handlers = Scenario().engine.handlers
    handlers["disconnect"](SESSION, "gone")
    handlers["disconnect"](SESSION, "gone")
    assert handlers["connect"]("b", SOURCE) is None
    assert handlers["connect"]("c", SOURCE) == "There are too many connections from this address."


@pytest.mark.parametrize("decide", [admit, refuse, fail])
def test_a_session_that_ends_while_it_is_admitted_leaves_nothing(
    decide: Callable[[], None],
) -> None:
    scenario = Scenario(decide)
    scenario.meanwhile = scenario.end
    scenario.ask()
    assert not scenario.is_connected


def test_a_session_that_has_ended_before_leaves_nothing() -> None:
    scenario = Scenario()
    scenario.end()
    scenario.ask()
    assert not scenario.is_connected


def test_an_open_session_is_connected() -> None:
    scenario = Scenario()
    scenario.ask()
    assert scenario.is_connected


def test_a_key_error_in_an_open_session_is_raised() -> None:
    with pytest.raises(KeyError):
        Scenario(fail).ask()


class Server:
    """A Socket.IO server on which nobody signs in, and whose first `disconnect` fails."""

    def __init__(self) -> None:
        self.disconnected: list[str] = []
        self.fails = True
        self.eio = SimpleNamespace(sockets={"a": 1, "b": 1}, disconnect=self._disconnect)
        self.manager = SimpleNamespace(sid_from_eio_sid=lambda *_: None)

    def start_background_task(self, *_: Any) -> None:
        """The test runs the checks itself."""

    def _disconnect(self, session: str) -> None:
        if self.fails:
            raise OSError
        self.disconnected.append(session)


def test_a_session_that_could_not_be_checked_is_checked_again() -> None:
    server = Server()
    deadlines = SignInDeadlines(server, NAMESPACE, seconds=0)
    deadlines.add("a")
    deadlines.add("b")
    for _ in "ab":
        with pytest.raises(OSError):
            deadlines.checks.call_due()
    server.fails = False
    deadlines.checks.call_due()
    assert sorted(server.disconnected) == ["a", "b"]
