"""When the Python reader joins again, on a fake connection that the test controls."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from midstream import Access, Reader, Refused, View, inactivity, reader
from midstream.early import MAX_CHARACTERS, EarlyEvents
from tests.support.waiting import eventually
from tests.vectors.scenario import answer, description, progress, question

JOINED = {"ok": True, **description(2)}


class FakeConnection:
    """A connection, and the requests that were sent on it."""

    instances: list[FakeConnection]

    def __init__(self, _access: Access, _conversation: str) -> None:
        self.incoming: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.is_aborted = False
        FakeConnection.instances.append(self)

    def open(self) -> FakeConnection:
        return self

    def request(self, event: str, payload: dict[str, Any]) -> None:
        self.requests.append((event, payload))

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.is_aborted = True

    def receive(self, event: str, data: Any) -> None:
        self.incoming.put((event, data))

    def join(self, count: int, **ack: Any) -> dict[str, Any]:
        """Wait for the join of this number and acknowledge it; return its payload."""
        eventually(lambda: len(self.requests) >= count)
        assert len(self.requests) == count
        self.receive("ack", ("join", JOINED | ack))
        return self.requests[-1][1]


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeConnection]:
    """The first connection of a reader that runs until the test ends."""
    FakeConnection.instances = []
    monkeypatch.setattr(reader, "Connection", FakeConnection)
    follower = Reader(Access("http://here", "t"), "c", View())
    thread = threading.Thread(target=follower.run)
    thread.start()
    eventually(lambda: FakeConnection.instances)
    yield FakeConnection.instances[0]
    follower.stop()
    FakeConnection.instances[-1].receive("rejoin", {"conversation": "another"})
    thread.join()


def join_mid_answer(connection: FakeConnection) -> None:
    """Let the reader join, and hold two entries of a streaming answer."""
    connection.receive("message", question(1))
    connection.receive("message", answer(2))
    connection.receive("current_state", progress("a2", 0, 2, content="Hel"))
    assert connection.join(1) == {"conversation": "c", "after": 0, "have": {}}


def test_it_joins_after_inactivity(
    connection: FakeConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inactivity, "MESSAGE_SECONDS", 0.3)
    join_mid_answer(connection)
    assert connection.join(2)["have"] == {"a2": 2}


def test_it_joins_once_after_a_gap(connection: FakeConnection) -> None:
    join_mid_answer(connection)
    connection.receive("chunk", progress("a2", 3, 4, content="o"))
    connection.receive("chunk", progress("a2", 4, 5, content="!"))
    assert connection.join(2) == {"conversation": "c", "after": 2, "revision": 0, "have": {"a2": 2}}


def test_it_requests_the_last_page_after_a_reload(connection: FakeConnection) -> None:
    join_mid_answer(connection)
    connection.receive("rejoin", {"conversation": "c"})
    connection.join(2, reload=True)
    assert connection.join(3) == {"conversation": "c", "after": 0, "have": {}}


def test_it_waits_as_long_as_the_server_demands(connection: FakeConnection) -> None:
    refusal = {"error": "rate_limited", "message": "Slower.", "retry_after": 0.3}
    connection.join(1, ok=False, **refusal)
    assert connection.join(2) == {"conversation": "c", "after": 0, "have": {}}


def test_it_reconnects_when_a_join_is_not_acknowledged(
    connection: FakeConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    join_mid_answer(connection)
    monkeypatch.setattr(reader, "ACK_SECONDS", 0.2)
    connection.receive("rejoin", {"conversation": "c"})
    eventually(lambda: len(FakeConnection.instances) == 2)
    assert connection.is_aborted
    assert FakeConnection.instances[1].join(1)["have"] == {"a2": 2}


def test_it_keeps_its_messages_when_it_reconnects(connection: FakeConnection) -> None:
    join_mid_answer(connection)
    connection.receive("disconnect", None)
    eventually(lambda: len(FakeConnection.instances) == 2)
    joined = FakeConnection.instances[1].join(1)
    assert joined == {"conversation": "c", "after": 2, "revision": 0, "have": {"a2": 2}}


def test_a_permanent_refusal_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(FakeConnection):
        def request(self, event: str, payload: dict[str, Any]) -> None:
            refusal = {"ok": False, "error": "not_found", "message": "Nothing."}
            self.receive("ack", (event, refusal))

    FakeConnection.instances = []
    monkeypatch.setattr(reader, "Connection", Refusing)
    with pytest.raises(Refused) as refused:
        Reader(Access("http://here", "t"), "c", View()).run()
    assert (refused.value.code, refused.value.message) == ("not_found", "Nothing.")


def test_events_with_too_much_text_are_dropped_and_missing() -> None:
    early = EarlyEvents()
    text = "x" * (MAX_CHARACTERS // 2 + 1)
    early.keep("chunk", {"id": "a", "since": 1, "content": text})
    early.keep("chunk", {"id": "a", "since": 2, "thinking": text})
    assert [data["since"] for _, data in early.take("a")] == [1]
    assert early.is_waiting
    early.clear()
    assert not early.is_waiting
