"""Whatever value is in whichever place of a stream, the answer ends as an answer ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.providers import Event, Note, Piece, ProviderError, Usage
from app.providers.answer_reader import LARGEST_COUNT, AnswerReader
from app.providers.anthropic import MessageReader
from app.providers.errors import FAILURES
from app.providers.openai import CompletionReader
from tests.providers.reading import api_of, recording

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

READERS: dict[str, type[AnswerReader]] = {"openai": CompletionReader, "anthropic": MessageReader}
ODD = """
null true false 0 -1 1 12 2147483647 2147483648 9223372036854775808 1.0 1.5 -0.0 1e400 -1e400 NaN
Infinity "" " " "12" "-1" "true" "null" "error" "stop" "length" "429" "[DONE]" "\\ud83d" "\\u0000"
"\\ufeff" "\\u2028" [] [[]] [null] [1] ["a"] [{}] {} {"":0} {"text":null} {"error":0} {"type":[]}
{"type":{"type":"error"}} {"message":[]} {"content":{"content":{"text":1e400}}}
""".split()
ODD += ["9" * 5_000, "[" * 200 + "]" * 200, '"' + "x" * 5_000 + '"']
SHAPES = {
    "openai": [
        '{"id": "x", "object": "chat.completion.chunk", "created": 1, "choices": [{"index": 0,'
        ' "delta": {"role": "assistant", "content": "Hi", "reasoning_content": "Hm", "refusal":'
        ' null, "tool_calls": null, "extra_content": {"google": {"thought": false}}}, "message":'
        ' null, "finish_reason": null, "error": null}], "usage": {"prompt_tokens": 1,'
        ' "completion_tokens": 2}, "x_groq": {"usage": null}, "base_resp": {"status_code": 0}}',
        '{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}',
    ],
    "anthropic": [
        '{"type": "message_start", "message": {"content": [], "stop_reason": null, "usage":'
        ' {"input_tokens": 1, "output_tokens": 1}}}',
        '{"type": "content_block_start", "content_block": {"type": "text", "text": "Hi"}}',
        '{"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}}',
        '{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage":'
        ' {"output_tokens": 2}}',
    ],
}
MARK = "the odd value"


def places(value: Any) -> Iterator[Any]:
    """Yield a JSON value again and again, each time with a mark in another place."""
    yield MARK
    if not isinstance(value, (dict, list)):
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        for marked in places(each):
            changed = value.copy()
            changed[key] = marked
            yield changed


def changed_streams(api: str) -> list[list[str]]:
    """Return streams of this API that each have a mark in one place."""
    events = SHAPES[api]
    return [
        [*events[:number], json.dumps(marked), *events[number + 1 :]]
        for number, event in enumerate(events)
        for marked in places(json.loads(event))
    ]


STREAMS = {api: changed_streams(api) for api in SHAPES}


def read(reader: AnswerReader, *chunks: bytes) -> Iterator[Event]:
    """Yield the events of an answer whose body arrives in chunks, none of them empty."""
    for chunk in (*filter(None, chunks), b""):
        yield from reader.feed(chunk)
        reader.check()
        if reader.is_over:
            break
    yield from reader.rest(None)


def check(api: str, events: list[str]) -> None:
    """Read a stream; assert that all that comes out of it can be stored, and is bounded."""
    body = "".join(f"data: {event}\n\n" for event in events).encode("utf-8", "surrogatepass")
    try:
        for event in read(READERS[api](), body):
            assert isinstance(event, Piece | Usage | Note)
            if isinstance(event, Usage):
                for count in (event.input_tokens, event.output_tokens):
                    assert count is None or (type(count) is int and 0 <= count <= LARGEST_COUNT)
    except (ProviderError, *FAILURES):
        pass


@pytest.mark.parametrize("api", SHAPES)
def test_an_odd_value_in_any_place_is_no_surprise(api: str) -> None:
    for events in STREAMS[api]:
        for odd in ODD:
            check(api, [event.replace(f'"{MARK}"', odd) for event in events])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("api", SHAPES)
@given(st.data())
@settings(deadline=None)
def test_any_value_in_any_place_is_no_surprise(api: str, data: st.DataObject) -> None:
    events = data.draw(st.sampled_from(STREAMS[api]))
    odd = json.dumps(data.draw(json_values))
    check(api, [event.replace(f'"{MARK}"', odd) for event in events])


@pytest.mark.parametrize("name", ["openai-text", "anthropic-thinking"])
@given(st.data())
@settings(deadline=None)
def test_a_stream_with_any_bytes_in_it_is_no_surprise(name: str, data: st.DataObject) -> None:
    events = recording(name)[:20]
    body = "".join(f"data: {event}\n\n" for event in events).encode()
    at = data.draw(st.integers(0, len(body)))
    end = at + data.draw(st.integers(0, 40))
    body = body[:at] + data.draw(st.binary(max_size=20)) + body[end:]
    try:
        list(read(READERS[api_of(name)](), body[:at], body[at:]))
    except (ProviderError, *FAILURES):
        pass
