"""Whoever is let into a session that ends meanwhile leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import socketio

from app.transport.late_arrivals import forget_late_arrivals
from app.transport.reliances import STOCK_SOCKET

HERE, SESSION = "/conversations", "a session"


def refused() -> None:
    raise socketio.exceptions.ConnectionRefusedError("unauthorized")


def lost() -> None:
    raise KeyError(SESSION)


def welcome() -> None:
    """There is nothing against it."""


class Scene:
    """A session on which somebody is let in; `meanwhile` happens while that is decided."""

    def __init__(self, decide: Callable[[], None]) -> None:
        self.server = socketio.Server(
            async_mode="threading", monitor_clients=False, async_handlers=False, namespaces=[HERE]
        )
        self.meanwhile: Callable[[], None] = welcome
        self.server.on("connect", self.connect, namespace=HERE)
        forget_late_arrivals(self.server, HERE)
        self.decide = decide
        self.engine = self.server.eio
        self.connection = STOCK_SOCKET(self.engine, SESSION)
        self.engine.sockets[SESSION] = self.connection
        self.engine.handlers["connect"](SESSION, {})

    def connect(self, _sid: str, _environ: dict[str, Any], _auth: Any = None) -> None:
        self.meanwhile()
        self.decide()

    def end(self) -> None:
        self.connection.close(wait=False)
        del self.engine.sockets[SESSION]

    def ask(self) -> None:
        self.engine.handlers["message"](SESSION, f"0{HERE},")

    @property
    def is_here(self) -> bool:
        manager = self.server.manager
        traces = (manager.rooms, manager.pending_connect, manager.pending_disconnect)
        return any(trace.get(HERE) for trace in traces)


@pytest.mark.parametrize("decide", [welcome, refused, lost])
def test_nothing_is_left_of_who_is_let_into_a_session_that_ends(
    decide: Callable[[], None],
) -> None:
    scene = Scene(decide)
    scene.meanwhile = scene.end
    scene.ask()
    assert not scene.is_here


def test_nothing_is_left_where_the_session_had_ended_before() -> None:
    scene = Scene(welcome)
    scene.end()
    scene.ask()
    assert not scene.is_here


def test_who_is_let_in_in_time_is_here() -> None:
    scene = Scene(welcome)
    scene.ask()
    assert scene.is_here


def test_what_is_missing_in_an_open_session_is_an_error() -> None:
    with pytest.raises(KeyError):
        Scene(lost).ask()
