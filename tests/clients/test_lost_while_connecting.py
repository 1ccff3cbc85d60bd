"""What the readers make of a server that goes away while it is being connected to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from socketio.exceptions import ConnectionError as NotConnected

from midstream import Access, Unreachable, connection
from midstream.ordered import OrderedClient
from tests.clients.doors import DOORS, breaks, says_nothing
from tests.clients.readers import EVERY, Readers
from tests.clients.scripted import JOINED, Event, Scene, ScriptedServer
from tests.vectors.tale import answer, whole

pytestmark = [pytest.mark.usefixtures("unguarded"), pytest.mark.system, pytest.mark.timeout(60)]

FOR_EVER = 1000.0
WHERE = {"namespaces": [connection.NAMESPACE]}


@pytest.fixture(params=DOORS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with closing(ScriptedServer(Scene)) as server:
        server.doors = [request.param]
        yield server.url


class Slow(OrderedClient):
    """Whatever is said to it, it takes note of that when the connection is gone already."""

    def connect(self, *args: Any, **options: Any) -> None:
        self._connect_event = event = threading.Event()
        wait = event.wait

        def wait_long(timeout: float) -> bool:
            said = wait(timeout)
            self.eio.read_loop_task.join()
            return said

        event.wait = wait_long  # type: ignore[method-assign, assignment]
        super().connect(*args, **options)


class Slower(OrderedClient):
    """It takes note in the last moment in which it can happen unseen."""

    def __setattr__(self, name: str, value: Any) -> None:
        if (name, value) == ("connected", True):
            self.eio.read_loop_task.join()
        super().__setattr__(name, value)


def test_it_is_not_reached_and_that_is_known_at_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", FOR_EVER)
    monkeypatch.setattr(connection, "OrderedClient", Slow)
    with pytest.raises(Unreachable):
        connection.Connection(Access(url, "t")).open()


@pytest.mark.parametrize("kind", [Slow, Slower])
def test_it_is_never_taken_for_connected(url: str, kind: type[OrderedClient]) -> None:
    client = kind()
    with pytest.raises(NotConnected):
        client.connect(url, transports=["websocket"], wait_timeout=FOR_EVER, **WHERE)
    assert client.namespaces == {}


class Leaving(Scene):
    """Sends it away when it has begun."""

    def join(self, number: int) -> Event:
        self.say("message", answer(2) if number == 1 else whole(2, "Hello"))
        if number == 1:
            self.server.doors = [says_nothing, breaks]
            self.send_away()
        return JOINED


@pytest.mark.slow
def test_they_come_back_all_the_same() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(closing(ScriptedServer(Leaving))) for _ in EVERY]
        readers = [stack.enter_context(closing(Readers(server.url))) for server in servers]
        begun = zip(readers, EVERY, strict=True)
        commands = {name: each.start(name, "c", token="t") for each, name in begun}
        ended = {name: (each.end(), each.output) for name, each in commands.items()}
        assert ended == dict.fromkeys(EVERY, (0, "Hello\n"))
        assert not any(server.doors for server in servers)
