"""Events that come whole are read in a quick way, which comes to the same as line by line."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.base import PermanentError
from app.providers.sse import MAX_EVENT_BYTES, ServerEvent, ServerEvents

USUAL = b'data: {"a":"\xc3\xa9"}\n\n'
OTHERS = (
    *(b"data: {}\n\n", b"data: [DONE]\n\n", b'data: {"a":1}\n', b"\n", b"\r", b"\r\n", b"\n}\n\n"),
    *(b"data: {\xff}\n\n", b'data: data: {"a":1}\n\n', b'data:{"a":1}\n\n', b'{"a":1}\n', b"{\n"),
    *(b"event: error\n", b"error: no\n\n", b": alive\n\n", b"\xef\xbb\xbf", b"id: 1\n"),
    *(b'data: {"a":\ndata: 1}\n\n', b'data: {"a":1}\r\n\r\n', b"retry: 1\n\n", b"dat"),
)
FRAGMENTS = st.one_of(st.just(USUAL), st.just(USUAL), st.just(USUAL), st.sampled_from(OTHERS))
CHUNKS = st.lists(FRAGMENTS, min_size=1, max_size=4).map(b"".join)


class LineByLine(ServerEvents):
    """Reads every chunk in the other way."""

    def _usual_in(self, chunk: bytes) -> list[ServerEvent]:
        return []


class Counting(ServerEvents):
    """Counts what it reads in the quick way."""

    quick = 0

    def _usual_in(self, chunk: bytes) -> list[ServerEvent]:
        found = super()._usual_in(chunk)
        self.quick += len(found)
        return found


def events_in(reader: ServerEvents, chunks: Iterable[bytes]) -> list[ServerEvent]:
    return [event for chunk in (*chunks, b"") for event in reader.feed(chunk)]


@given(st.lists(CHUNKS, max_size=6))
def test_both_ways_come_to_the_same(chunks: list[bytes]) -> None:
    assert events_in(ServerEvents(), chunks) == events_in(LineByLine(), chunks)


def test_whole_events_are_read_in_the_quick_way() -> None:
    reader = Counting()
    events = events_in(reader, [USUAL, USUAL * 3, USUAL])
    assert events == [ServerEvent("", '{"a":"é"}')] * 5
    assert reader.quick == 4, "the first chunk may begin with a byte order mark"


def test_a_chunk_that_is_longer_than_an_event_may_be_is_read_in_the_other_way() -> None:
    reader = Counting()
    reader.feed(USUAL)
    reader.feed(b'data: {"a":"%s"}\n\n' % (b"x" * MAX_EVENT_BYTES))
    assert reader.quick == 0
    with pytest.raises(PermanentError):
        reader.check()
