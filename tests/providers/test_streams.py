"""Deviations from the APIs that were seen in real servers, sent over HTTP.

`cases/` contains bodies that once failed; further variants of each kind are written out here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.providers import Usage, endings
from app.providers.sse import ServerEvent, ServerEvents
from tests.providers.conftest import Ask
from tests.providers.reading import Got, chunk, read
from tests.support.fake_model import FakeModel
from tests.support.fake_streams import Body

pytestmark = pytest.mark.usefixtures("quick")

CASES = Path(__file__).parent / "cases"
HELLO = "Hello world."
STOP = chunk({}, "stop")
STEPS = (1, 7, 1_000_000)
LINES_OF_TEXT = "Here are the steps:\n- first step\n- second step\n\nResult\n=> done"


def answer(ask: Ask, fake: FakeModel, body: Body, name: str = "openai:body") -> Got:
    """Request this body; it must take exactly one request."""
    fake.bodies["body"] = body
    fake.requests.clear()
    got = read(ask(name))
    assert len(fake.requests) == 1
    return got


def stream(*events: str, end: str = "\n\n", done: str = "[DONE]") -> bytes:
    """Return the body of a stream of these events."""
    return "".join(f"data: {event}{end}" for event in (*events, done) if event).encode()


def case(name: str, step: int = 1_000_000) -> Body:
    kind = "application/json" if name.endswith(".json") else "text/event-stream"
    return Body((CASES / name).read_bytes(), kind, step=step)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "name",
    "bom retry-first event-ping-empty id-then-keepalive no-final-blank done-no-finish"
    " non-stream-in-sse message-not-delta usage-2pow63 usage-negative".split(),
)
def test_unusual_streams_are_read_completely(
    name: str, step: int, ask: Ask, fake: FakeModel
) -> None:
    got = answer(ask, fake, case(f"{name}.sse", step))
    assert (got.text, got.thinking, got.note, got.error) == (HELLO, "", None, None)
    assert all(count is None or 0 <= count < 2**31 for use in got.usage for count in vars_of(use))


def vars_of(usage: Usage) -> tuple[int | None, int | None]:
    return usage.input_tokens, usage.output_tokens


@pytest.mark.parametrize("step", STEPS)
def test_an_answer_that_is_not_streamed_is_read(step: int, ask: Ask, fake: FakeModel) -> None:
    got = answer(ask, fake, case("non-stream-json.json", step))
    assert (got.text, got.usage, got.error) == (HELLO, [Usage(1, 2)], None)


def test_a_message_without_event_lines_is_read(ask: Ask, fake: FakeModel) -> None:
    got = answer(ask, fake, case("a-no-event-lines.sse"), "anthropic:body")
    assert (got.text, got.usage, got.error) == (HELLO, [Usage(9, 5)], None)


def test_line_breaks_in_text_are_kept(ask: Ask, fake: FakeModel) -> None:
    assert answer(ask, fake, case("setext.sse")).text == LINES_OF_TEXT


@pytest.mark.parametrize(
    ("name", "text", "note"),
    [
        ("empty-stop", "", endings.EMPTY),
        ("tool-calls-only", "", endings.TOOL),
        ("safety-empty", "", endings.FILTERED),
        ("length", "The three laws are: first, ", endings.CUT),
        ("content-filter-partial", "To make it you first mix ", endings.WITHHELD),
    ],
)
def test_an_incomplete_answer_has_a_note(
    name: str, text: str, note: str, ask: Ask, fake: FakeModel
) -> None:
    got = answer(ask, fake, case(f"{name}.sse"))
    assert (got.text, got.note, got.error) == (text, note, None)


@pytest.mark.parametrize("step", STEPS)
def test_a_model_that_begins_thinking(step: int, ask: Ask, fake: FakeModel) -> None:
    got = answer(ask, fake, case("think-no-open.sse", step), "openai:body+begins-thinking")
    assert (got.thinking, got.text) == ("The user says hi.\nI should greet.", HELLO)
    assert fake.requests[0].body["model"] == "body", "the suffix is not part of the name"
    got = answer(ask, fake, case("think-no-open.sse", step))
    assert (got.thinking, "think" in got.text) == ("", False)
    assert got.text.startswith("The user") and got.text.endswith(HELLO)


@pytest.mark.parametrize(
    "end", ["\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\r\n\n", "\n", "\r", "\n\n\n\n", "\n: x\n\n"]
)
@pytest.mark.parametrize("step", STEPS)
def test_every_line_ending_is_accepted(end: str, step: int, ask: Ask, fake: FakeModel) -> None:
    events = [chunk({"content": "Hello"}), chunk({"content": " world."}), STOP]
    got = answer(ask, fake, Body(stream(*events, end=end), step=step))
    assert (got.text, got.error) == (HELLO, None)


LINES_OF_STREAMS = [
    b"data: a",
    b"data:b",
    b"event: e",
    b": c",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b"\r\n",
]


@given(st.lists(st.sampled_from(LINES_OF_STREAMS)).map(b"".join), st.lists(st.integers(0, 60)))
@example(b"data: a\r\ndata:b\r\n\ndata: a\r\n\n", list(range(60)))
def test_any_split_of_a_stream_gives_the_same_events(body: bytes, cuts: list[int]) -> None:
    edges = sorted([0, *(cut for cut in cuts if cut < len(body)), len(body)])
    pieces = [body[a:b] for a, b in pairwise(edges)]
    assert events_of(pieces) == events_of([body])


def events_of(chunks: Iterable[bytes]) -> list[ServerEvent]:
    events = ServerEvents()
    whole = [event for chunk in filter(None, chunks) for event in events.feed(chunk)]
    return whole + events.feed(b"")


def test_a_type_belongs_to_the_data_after_it_where_no_blank_line_follows() -> None:
    body = b"event: a\ndata: 1\nevent: b\ndata: 2\n\ndata: 3\nevent: c\n\ndata: 4\n\n"
    events = events_of([body])
    assert events == [("a", "1"), ("b", "2"), ("c", "3"), ("", "4")]


def test_a_line_feed_alone_after_a_line_is_a_blank_line() -> None:
    body = b"data: a\r\ndata:b\r\n\ndata: a\r\n\n"
    events = events_of(body[i : i + 1] for i in range(len(body)))
    assert events == [("", "a\nb"), ("", "a")]


PRETTY = json.dumps(json.loads(chunk({"content": HELLO}, "stop")), indent=2)
FINAL = chunk({"content": " world."}, "stop")


def as_whole(text: str, name: str = "message") -> list[str]:
    """Return a chunk that calls itself a whole completion."""
    choice = {"index": 0, name: {"content": text}, "finish_reason": None}
    return [json.dumps({"object": "chat.completion", "choices": [choice]})]


def with_message(*deltas: str) -> list[str]:
    """Return chunks that have the text so far beside each delta; the last one ends it."""
    chunks = [json.loads(chunk({"content": delta})) for delta in deltas]
    for number, each in enumerate(chunks, 1):
        each["choices"][0]["message"] = {"role": "assistant", "content": "".join(deltas[:number])}
    chunks[-1]["choices"][0]["finish_reason"] = "stop"
    return list(map(json.dumps, chunks))


WHOLE = json.dumps(
    {
        "object": "chat.completion",
        "choices": [{"message": {"content": HELLO, "reasoning_content": None}}],
    },
)
SPLIT = [chunk({"content": "Hello"}), chunk({"content": " world."}), STOP]
LINES = "\n".join(SPLIT)
USUAL = stream(chunk({"content": HELLO}), STOP)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(USUAL.replace(b"data: ", b"data:"), id="no space"),
        pytest.param(
            USUAL.replace(b"data:", b"event:  \nid: 9\nretry: x\nfoo\ndata:"), id="fields"
        ),
        pytest.param(USUAL.replace(b"data:", b"id: " + b"9" * 100_000 + b"\ndata:"), id="huge id"),
        pytest.param(USUAL.replace(b"[DONE]", b"[DONE] "), id="white space after the end"),
        pytest.param(USUAL + b"data: {garbage\n\n\x00\xff", id="garbage after the end"),
        pytest.param(USUAL + b"data: " + b"x" * 3_000_000, id="a long line after the end"),
        pytest.param(USUAL.replace(b"data: [DONE]", b"[DONE]"), id="bare end"),
        pytest.param(USUAL.replace(b"\n\ndata: [DONE]\n\n", b""), id="no line end"),
        pytest.param(b"\n\n\r\n" + USUAL, id="blank lines first"),
        pytest.param(b'data: {"message": "ok"}\n\n' + USUAL, id="a message that all is well"),
        pytest.param(
            b'data: {"code": 200, "msg": "success"}\n\n' + stream(FINAL.replace(" w", "Hello w")),
            id="a code that all is well",
        ),
        pytest.param(USUAL + b'data: {"message": "bye"}\n\n', id="a message after the end"),
        pytest.param(stream("".join(SPLIT)), id="JSON documents in an event"),
        pytest.param("".join(SPLIT).encode(), id="JSON documents in a line"),
        pytest.param(
            stream(f"{SPLIT[0]} {SPLIT[1]}").replace(b"\n\ndata: [DONE]", b"\ndata: [DONE]"),
            id="JSON documents and an end in an event",
        ),
        pytest.param(b"\xef\xbb\xbf: hello\n\n" + USUAL, id="comment after the mark"),
        pytest.param(b"data\n\ndata:\n\ndata: ping\n\ndata: 5\n\n" + USUAL, id="keep-alive"),
        pytest.param(b"event: ping\ndata: {}\n\n" + USUAL, id="ping with data"),
        pytest.param(b"data: null\n\ndata: []\n\ndata: true\n\n" + USUAL, id="no objects"),
        pytest.param(b'data: {"choices": []}\n\n' + USUAL, id="no choices"),
        pytest.param(b'data: {"choices": null, "error": null}\n\n' + USUAL, id="null choices"),
        pytest.param(USUAL + USUAL, id="a second stream"),
        pytest.param(b"data: {}\n\n" + USUAL, id="empty object"),
        pytest.param(stream(PRETTY.replace("\n", "\ndata: ")), id="several data lines"),
        pytest.param(PRETTY.encode(), id="pretty JSON"),
        pytest.param(b"\n  " + WHOLE.encode() + b"\n", id="white space around JSON"),
        pytest.param(b"\xef\xbb\xbf" + WHOLE.encode(), id="mark before JSON"),
        pytest.param(LINES.encode(), id="JSON lines"),
        pytest.param(f"[{WHOLE}]".encode(), id="JSON in a list"),
        pytest.param(stream(WHOLE, done=""), id="whole answer, no end"),
        pytest.param(
            stream(chunk({"content": HELLO}), WHOLE), id="the whole again after the pieces"
        ),
        pytest.param(stream('{"choices": [{"text": "Hello world."}]}'), id="text completion"),
        pytest.param(
            stream('{"choices": [{"delta": null, "message": {"content": "Hello world."}}]}'),
            id="null delta",
        ),
        pytest.param(
            stream(
                '{"choices": [{"delta": {"content": null}, "message":'
                ' {"content": "Hello world."}}]}'
            ),
            id="a delta without text beside a message",
        ),
        pytest.param(
            stream(*as_whole("Hello", "delta"), *as_whole(" world.", "delta")), id="deltas"
        ),
        pytest.param(
            stream(*as_whole("Hello"), *as_whole(" world."), *as_whole(HELLO)),
            id="messages, and the whole again",
        ),
        pytest.param(
            json.dumps({"choices": [{"message": {"content": HELLO}}]}).encode(),
            id="JSON that says of nothing what it is",
        ),
        pytest.param(f"[{chunk({'content': 'Hello'})},\n{FINAL}]".encode(), id="JSON list"),
        pytest.param(stream(f"[{chunk({'content': 'Hello'})}, {FINAL}]"), id="list in an event"),
        pytest.param(
            USUAL.replace(b'"choices"', b'"error": {"code": 0}, "choices"'), id="no error"
        ),
        pytest.param(
            stream('{"choices": 1, "choices": [{"delta": {"content": "Hello world."}}]}'),
            id="a key twice",
        ),
        pytest.param(USUAL.replace(b"data: ", b"data: data: "), id="framed twice"),
        pytest.param(USUAL.replace(b"[DONE]", b"[done]"), id="end in lower case"),
        pytest.param(USUAL.replace(b"[DONE]", b'"[DONE]"'), id="end in quotation marks"),
        pytest.param(USUAL.replace(b"\n\n", b"\nevent: x\n"), id="types in place of blank lines"),
        pytest.param(
            stream(*with_message("Hello", " world.", "")), id="the text so far beside each delta"
        ),
        pytest.param(
            stream(*as_whole("Hello"), *as_whole("Hello wor"), *as_whole(HELLO)),
            id="the text so far in each message",
        ),
        pytest.param(
            stream(*(each.replace('"index": 0', '"index": NaN') for each in SPLIT)),
            id="an index that is no number",
        ),
        pytest.param(
            stream(SPLIT[0], *(each.replace('"index": 0', '"index": "0"') for each in SPLIT[1:])),
            id="an index as text",
        ),
        pytest.param(
            stream(chunk({"content": {"type": "text", "text": {"value": HELLO}}}), STOP),
            id="a text with a value",
        ),
    ],
)
@pytest.mark.parametrize("step", STEPS[1:])
@pytest.mark.parametrize("kind", ["text/event-stream", "text/plain", "application/json"])
def test_deviating_streams_are_read_as_meant(
    body: bytes, step: int, kind: str, ask: Ask, fake: FakeModel
) -> None:
    got = answer(ask, fake, Body(body, kind, step=step))
    assert (got.text, got.note, got.error) == (HELLO, None, None)


@pytest.mark.parametrize(
    ("delta", "thinking", "text"),
    [
        ({"content": "<thought>Hm.", "extra_content": {"google": {"thought": True}}}, "Hm.", ""),
        ({"content": "Hm.", "extra_content": {"google": {"thought": True}}}, "Hm.", ""),
        ({"content": "Yes.", "extra_content": {"google": {"thought": False}}}, "", "Yes."),
        ({"content": "Yes.", "extra_content": None}, "", "Yes."),
        ({"content": "</thought>Yes."}, "", "Yes."),
    ],
)
def test_google_thoughts_are_thinking(
    delta: dict[str, object], thinking: str, text: str, ask: Ask, fake: FakeModel
) -> None:
    got = answer(ask, fake, Body(stream(chunk(delta), STOP)))
    assert (got.thinking, got.text) == (thinking, text)


def test_google_thoughts_end_with_a_tag(ask: Ask, fake: FakeModel) -> None:
    thought = {"extra_content": {"google": {"thought": True}}}
    events = [
        chunk({"content": "<thought>Hm, "} | thought),
        chunk({"content": "so."} | thought),
        chunk({"content": "</thought>Yes."}),
        STOP,
    ]
    got = answer(ask, fake, Body(stream(*events)))
    assert (got.thinking, got.text) == ("Hm, so.", "Yes.")


COUNTS = {
    "0": 0,
    "2147483647": 2**31 - 1,
    "2147483648": None,
    "-1": None,
    "1.0": None,
    '"5"': None,
    "true": None,
    "null": None,
    "NaN": None,
    "1e400": None,
    "[1]": None,
    "9" * 20: None,
    "9" * 5_000: None,
}


@pytest.mark.parametrize("count", COUNTS)
def test_an_invalid_token_count_is_omitted(count: str, ask: Ask, fake: FakeModel) -> None:
    usage = f'{{"choices": [], "usage": {{"prompt_tokens": 3, "completion_tokens": {count}}}}}'
    got = answer(ask, fake, Body(stream(chunk({"content": HELLO}), STOP, usage)))
    assert (got.text, got.usage, got.error) == (HELLO, [Usage(3, COUNTS[count])], None)
    message = [
        '{"type": "message_start", "message": {"usage": {"input_tokens": 3}}}',
        '{"type": "message_delta", "delta": {"stop_reason": "end_turn"},'
        f' "usage": {{"input_tokens": null, "output_tokens": {count}}}}}',
    ]
    got = answer(ask, fake, Body(stream(*message)), "anthropic:body")
    assert (got.usage, got.error) == ([Usage(3, COUNTS[count])], None)


@pytest.mark.parametrize("usage", ["null", "[]", "7", '"many"', "{}"])
def test_an_invalid_usage_is_omitted(usage: str, ask: Ask, fake: FakeModel) -> None:
    event = f'{{"choices": [{{"delta": {{}}, "finish_reason": "stop"}}], "usage": {usage}}}'
    got = answer(ask, fake, Body(stream(chunk({"content": HELLO}), event)))
    assert (got.text, got.usage, got.error) == (HELLO, [], None)


@pytest.mark.parametrize(
    "body",
    [
        {"content": [{"type": "text", "text": HELLO}], "stop_reason": "end_turn"},
        {"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": HELLO}]},
        {"content": [{"text": HELLO}]},
        {"content": HELLO},
        {"content": [{"type": "text", "text": HELLO}], "stop_reason": None},
    ],
)
def test_an_anthropic_message_that_is_not_streamed_is_read(
    body: dict[str, object], ask: Ask, fake: FakeModel
) -> None:
    whole = {"type": "message", "stop_reason": "end_turn", "usage": {"input_tokens": 1}} | body
    got = answer(ask, fake, Body(json.dumps(whole).encode(), "application/json"), "anthropic:body")
    assert (got.text, got.usage, got.error) == (HELLO, [Usage(1, None)], None)


@pytest.mark.parametrize("where", ["choice", "x_groq"])
@pytest.mark.parametrize("names", [("prompt", "completion"), ("input", "output")])
def test_a_usage_is_found_in_any_place(
    names: tuple[str, str], where: str, ask: Ask, fake: FakeModel
) -> None:
    usage = {"usage": {f"{names[0]}_tokens": 1, f"{names[1]}_tokens": 2}}
    event = json.loads(STOP)
    {"choice": event["choices"][0], "x_groq": event.setdefault("x_groq", {})}[where].update(usage)
    got = answer(ask, fake, Body(stream(chunk({"content": HELLO}), json.dumps(event))))
    assert got.usage == [Usage(1, 2)]


def pieces(texts: Iterable[str]) -> Sequence[str]:
    return [chunk({"content": text}) for text in texts]


def test_characters_split_between_packets_are_joined(ask: Ask, fake: FakeModel) -> None:
    events = [
        json.dumps(json.loads(each), ensure_ascii=False) for each in pieces(["é👩‍👩‍👧", "\u2028x"])
    ]
    got = answer(ask, fake, Body(stream(*events, STOP), step=1))
    assert got.text == "é👩‍👩‍👧\u2028x"


def test_control_characters_need_no_escape(ask: Ask, fake: FakeModel) -> None:
    body = stream(chunk({"content": "a?b"}), STOP)
    for control, text in (b"\t", "a\tb"), (b"\0", "a\ufffdb"), (b"\x7f", "a\x7fb"):
        for framed in (body, body.replace(b"\n\n", b"\n"), body.replace(b"data: ", b"")):
            assert answer(ask, fake, Body(framed.replace(b"?", control))).text == text


def test_invalid_utf8_is_replaced(ask: Ask, fake: FakeModel) -> None:
    body = stream(chunk({"content": "a?b"}), STOP).replace(b"?", b"\xff")
    assert answer(ask, fake, Body(body)).text == "a\ufffdb"
