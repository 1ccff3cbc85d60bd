"""When the Python reader joins again, on a connection of which the test is the other end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from midstream import Access, Reader, Refused, View, reader, timing
from tests.support.waiting import eventually
from tests.vectors.tale import answer, description, progress, question

JOINED = {"ok": True, **description(2)}


class Line:
    """A connection, and what was asked on it."""

    lines: list[Line]

    def __init__(self, _access: Access) -> None:
        self.arrivals: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.is_aborted = False
        Line.lines.append(self)

    def open(self) -> Line:
        return self

    def request(self, event: str, payload: dict[str, Any]) -> None:
        self.requests.append((event, payload))

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.is_aborted = True

    def tell(self, event: str, data: Any) -> None:
        self.arrivals.put((event, data))

    def join(self, count: int, **ack: Any) -> dict[str, Any]:
        """Wait for so many joins, acknowledge the last, and return what it said."""
        eventually(lambda: len(self.requests) >= count)
        assert len(self.requests) == count
        self.tell("ack", ("join", JOINED | ack))
        return self.requests[-1][1]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The first connection of a reader that runs until the test ends."""
    Line.lines = []
    monkeypatch.setattr(reader, "Connection", Line)
    follows = Reader(Access("http://here", "t"), "c", View())
    thread = threading.Thread(target=follows.run)
    thread.start()
    eventually(lambda: Line.lines)
    yield Line.lines[0]
    follows.stop()
    Line.lines[-1].tell("rejoin", {"conversation": "another"})
    thread.join()


def begin(line: Line) -> None:
    """Have the reader join and hold two entries of a streaming answer."""
    line.tell("message", question(1))
    line.tell("message", answer(2))
    line.tell("current_state", progress("a2", 0, 2, content="Hel"))
    assert line.join(1) == {"conversation": "c", "after": 0, "have": {}}


def test_it_joins_after_a_silence(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "MESSAGE_SECONDS", 0.3)
    begin(line)
    assert line.join(2)["have"] == {"a2": 2}


def test_it_joins_after_a_gap_and_once(line: Line) -> None:
    begin(line)
    line.tell("chunk", progress("a2", 3, 4, content="o"))
    line.tell("chunk", progress("a2", 4, 5, content="!"))
    assert line.join(2) == {"conversation": "c", "after": 2, "revision": 0, "have": {"a2": 2}}


def test_it_begins_anew_when_told_to_reload(line: Line) -> None:
    begin(line)
    line.tell("rejoin", {"conversation": "c"})
    line.join(2, reload=True)
    assert line.join(3) == {"conversation": "c", "after": 0, "have": {}}


def test_it_waits_as_long_as_it_is_told_to(line: Line) -> None:
    refusal = {"error": "rate_limited", "message": "Slower.", "retry_after": 0.3}
    line.join(1, ok=False, **refusal)
    assert line.join(2) == {"conversation": "c", "after": 0, "have": {}}


def test_a_join_that_is_not_acknowledged_is_a_lost_connection(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(line)
    monkeypatch.setattr(reader, "ACK_SECONDS", 0.2)
    line.tell("rejoin", {"conversation": "c"})
    eventually(lambda: len(Line.lines) == 2)
    assert line.is_aborted
    assert Line.lines[1].join(1)["have"] == {"a2": 2}


def test_it_comes_back_after_a_cut_with_what_it_holds(line: Line) -> None:
    begin(line)
    line.tell("disconnect", None)
    eventually(lambda: len(Line.lines) == 2)
    said = Line.lines[1].join(1)
    assert said == {"conversation": "c", "after": 2, "revision": 0, "have": {"a2": 2}}


def test_what_is_refused_for_good_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class No(Line):
        def request(self, event: str, payload: dict[str, Any]) -> None:
            refusal = {"ok": False, "error": "not_found", "message": "Nothing."}
            self.tell("ack", (event, refusal))

    Line.lines = []
    monkeypatch.setattr(reader, "Connection", No)
    with pytest.raises(Refused) as refused:
        Reader(Access("http://here", "t"), "c", View()).run()
    assert (refused.value.code, refused.value.sentence) == ("not_found", "Nothing.")
