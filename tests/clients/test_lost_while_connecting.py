"""The connection is lost while a reader connects."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from socketio.exceptions import ConnectionError as NotConnected

from midstream import Access, Unreachable, connection
from midstream.ordered_client import OrderedClient
from tests.clients.dropping import DROPS, before_open, without_close_frame
from tests.clients.readers import EVERY, Readers
from tests.clients.scripted import JOINED, Event, Script, ScriptedServer
from tests.vectors.scenario import answer, ended_answer

pytestmark = [pytest.mark.usefixtures("stock_socket"), pytest.mark.system, pytest.mark.timeout(60)]

FOREVER_SECONDS = 1000.0
OPTIONS = {"namespaces": [connection.NAMESPACE]}


@pytest.fixture(params=DROPS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with closing(ScriptedServer(Script)) as server:
        server.drops = [request.param]
        yield server.url


class LateEvent(OrderedClient):
    """It handles the server's answer only when the connection is already lost."""

    def connect(self, *args: Any, **options: Any) -> None:
        self._connect_event = event = threading.Event()
        wait = event.wait

        def wait_long(timeout: float) -> bool:
            is_set = wait(timeout)
            self.eio.read_loop_task.join()
            return is_set

        event.wait = wait_long  # type: ignore[method-assign, assignment]
        super().connect(*args, **options)


class LateConnected(OrderedClient):
    """The connection is lost immediately before it sets `connected`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if (name, value) == ("connected", True):
            self.eio.read_loop_task.join()
        super().__setattr__(name, value)


def test_a_lost_connection_is_unreachable_at_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", FOREVER_SECONDS)
    monkeypatch.setattr(connection, "OrderedClient", LateEvent)
    with pytest.raises(Unreachable):
        connection.Connection(Access(url, "t")).open()


@pytest.mark.parametrize("kind", [LateEvent, LateConnected])
def test_a_lost_connection_never_counts_as_connected(url: str, kind: type[OrderedClient]) -> None:
    client = kind()
    with pytest.raises(NotConnected):
        client.connect(url, transports=["websocket"], wait_timeout=FOREVER_SECONDS, **OPTIONS)
    assert client.namespaces == {}


class DisconnectingTwice(Script):
    """Disconnects the reader in the middle of an answer, and drops its next two connections."""

    def join(self, number: int) -> Event:
        self.emit("message", answer(2) if number == 1 else ended_answer(2, "Hello"))
        if number == 1:
            self.server.drops = [before_open, without_close_frame]
            self.disconnect()
        return JOINED


@pytest.mark.slow
def test_they_reconnect_after_dropped_connections() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(closing(ScriptedServer(DisconnectingTwice))) for _ in EVERY]
        readers = [stack.enter_context(closing(Readers(server.url))) for server in servers]
        pairs = zip(readers, EVERY, strict=True)
        commands = {name: each.start(name, "c", token="t") for each, name in pairs}
        ended = {name: (each.wait(), each.output) for name, each in commands.items()}
        assert ended == dict.fromkeys(EVERY, (0, "Hello\n"))
        assert not any(server.drops for server in servers)
