"""What arrives together is taken together, and nothing waits for what has not arrived."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from app.providers import Text, Thinking
from app.providers.base import Cancelled, TimeLimitError
from app.providers.call import Call, TimeLimits
from app.providers.connection import READ_BYTES, TcpConnection
from tests.providers.conftest import Ask
from tests.providers.reading import chunk, read
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body

LIMITS = TimeLimits(connect=60, read=60, total=60)


def body(*events: str) -> Body:
    return Body("".join(f"data: {event}\n\n" for event in events).encode())


def test_tokens_that_arrive_together_are_one_piece(ask: Ask, fake: FakeModel) -> None:
    tokens = [chunk({"content": f"{n}, "}) for n in range(50)]
    thoughts = [chunk({"reasoning_content": f"{n}? "}) for n in range(50)]
    fake.bodies["body"] = body(*thoughts, *tokens, "[DONE]")
    got = read(ask("openai:body"))
    assert got.thinking == "".join(f"{n}? " for n in range(50))
    assert got.text == "".join(f"{n}, " for n in range(50))
    pieces = [type(event) for event in got.events if isinstance(event, Text | Thinking)]
    assert len(pieces) < 10, "each read has at most one of each"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("bad", ['{"error": {"code": 500}}', '{"choices": ['])
def test_text_that_arrives_together_with_an_error_is_kept(
    ask: Ask, fake: FakeModel, bad: str
) -> None:
    fake.bodies["body"] = body(chunk({"content": "Hel"}), chunk({"content": "lo"}), bad)
    got = read(ask("openai:body"))
    assert got.text == "Hello"
    assert got.error is not None


def test_the_whole_answer_after_its_text_is_not_repeated(ask: Ask, fake: FakeModel) -> None:
    whole = '{"object": "chat.completion", "choices": [{"message": {"content": "Hello"}}]}'
    fake.bodies["body"] = body(chunk({"content": "Hel"}), chunk({"content": "lo"}), whole)
    assert read(ask("openai:body")).text == "Hello"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_what_arrives_during_a_pause_is_read_at_once(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    pauses = []

    def pause(read_at: float) -> float:
        pauses.append(read_at)
        if len(pauses) > 1:
            return 0.0
        for data in (b"two ", b"three "):
            theirs.sendall(data)
        return 0.001

    connection = TcpConnection(ours, Call(LIMITS, pause))
    began = time.monotonic()
    theirs.sendall(b"one ")
    assert connection.read() == b"one "
    assert pauses == [], "a first read is not paused for"
    assert connection.read() == b"two three "
    assert pauses == [pauses[0]] * 2, "it is asked once more after a pause"
    assert began < pauses[0] < time.monotonic()


def test_what_did_not_fit_into_a_read_is_read_without_a_pause(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    connection = TcpConnection(ours, Call(LIMITS, lambda _: 3600.0))
    theirs.sendall(b"x" * (2 * READ_BYTES + 1))
    assert [len(connection.read()) for _ in range(3)] == [READ_BYTES, READ_BYTES, 1]


def drained(ends: tuple[socket.socket, socket.socket], call: Call) -> TcpConnection:
    """Return a connection whose next read is paused for."""
    ours, theirs = ends
    connection = TcpConnection(ours, call)
    theirs.sendall(b"x")
    connection.read()
    return connection


def test_after_a_pause_it_waits_as_without_one(ends: tuple[socket.socket, socket.socket]) -> None:
    pauses = []
    call = Call(TimeLimits(connect=60, read=0.05, total=60), lambda _: pauses.append(1) or 0.001)
    connection = drained(ends, call)
    with pytest.raises(TimeLimitError):
        connection.read()
    assert pauses
    call.expect_event()
    call.cancel()
    with pytest.raises(Cancelled):
        connection.read()


def test_a_pause_ends_with_the_time_limit(ends: tuple[socket.socket, socket.socket]) -> None:
    call = Call(TimeLimits(connect=60, read=0.05, total=60), lambda _: 3600.0)
    connection = drained(ends, call)
    with pytest.raises(TimeLimitError):
        connection.read()
