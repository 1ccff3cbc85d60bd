"""Cancelling wakes the reader at once, wherever it waits, and closes the connection."""

from __future__ import annotations

import gc
import threading
import time

import pytest

from app.providers import Stream, Text
from app.providers.base import Cancelled
from tests.providers.conftest import Ask
from tests.providers.reading import Got, in_eventlet, read, until
from tests.support.fake_model import FakeModel

PROMPT_SECONDS = (
    15.0  # generous for a busy machine; without cancelling the first stream would end after 20
)
WAITS = ["hang", "stall", "drip", "drip-pieces", "drip-headers", "groq-reasoning@20"]


def close_while_it_waits(stream: Stream, fake: FakeModel) -> tuple[Got, float]:
    """Close a stream from another thread than its reader's; return its events and the seconds."""
    got: list[Got] = []
    reader = threading.Thread(target=lambda: got.append(read(stream)), daemon=True)
    reader.start()
    until(lambda: fake.requests)
    time.sleep(0.1)  # most likely it waits in the read by now; elsewhere it must end as well
    assert reader.is_alive()
    started = time.monotonic()
    stream.close()
    reader.join(2 * PROMPT_SECONDS)
    return got[0], time.monotonic() - started


@pytest.mark.parametrize("api", ["openai", "anthropic"])
@pytest.mark.parametrize("wait", WAITS)
def test_closing_wakes_the_reader(wait: str, api: str, ask: Ask, fake: FakeModel) -> None:
    if wait.startswith("groq") and api == "anthropic":
        wait = "anthropic-thinking@0.8"
    got, seconds = close_while_it_waits(ask(f"{api}:{wait}"), fake)
    assert isinstance(got.error, Cancelled)
    assert seconds < PROMPT_SECONDS
    assert fake.requests[0].disconnected.wait(5)


def test_closing_wakes_a_reader_of_an_encrypted_connection(ask: Ask, tls: FakeModel) -> None:
    for wait in ("openai:hang", "openai:stall", "openai:drip"):
        tls.requests.clear()
        got, seconds = close_while_it_waits(ask(wait), tls)
        assert isinstance(got.error, Cancelled)
        assert seconds < PROMPT_SECONDS
        assert tls.requests[0].disconnected.wait(5)


def test_a_stream_that_is_garbage_collected_is_disconnected(ask: Ask, fake: FakeModel) -> None:
    events = iter(ask("openai:stall"))
    assert isinstance(next(events), Text)
    assert not fake.requests[0].disconnected.is_set()
    del events
    gc.collect()
    assert fake.requests[0].disconnected.wait(5)


def test_a_reader_that_stops_early_closes_the_connection(ask: Ask, fake: FakeModel) -> None:
    with pytest.raises(ZeroDivisionError):
        for _ in ask("anthropic:stall"):
            raise ZeroDivisionError
    assert fake.requests[0].disconnected.wait(5)


def test_many_answers_are_read_at_once(ask: Ask, fake: FakeModel) -> None:
    streams = [ask("openai:stall") for _ in range(120)]
    readers = [threading.Thread(target=read, args=(stream,)) for stream in streams]
    for reader in readers:
        reader.start()
    until(lambda: len(fake.requests) == 120, 30)
    for stream in streams:
        stream.close()
    for reader in readers:
        reader.join(10)
    assert not any(reader.is_alive() for reader in readers)
    assert all(request.disconnected.wait(5) for request in fake.requests)


@pytest.mark.usefixtures("environment")
def test_closing_wakes_readers_in_greenlets(fake: FakeModel) -> None:
    names = ["openai:hang", "openai:stall", "openai:drip", "anthropic:stall", "demo"]
    for waits, error, seconds in in_eventlet("cancel", *names):
        assert waits, "precondition: the reader was waiting"
        assert error == "Cancelled"
        assert seconds < PROMPT_SECONDS
    assert len(fake.requests) == len(names) - 1
    assert all(request.disconnected.wait(5) for request in fake.requests)
