"""A chunk with text alone is read in a quick way, which comes to the same as the usual one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.providers.answer_reader import Fields
from app.providers.base import Event, ProviderError
from app.providers.openai import CHUNK, CompletionReader

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values


class UsualReader(CompletionReader):
    """Reads everything in the usual way."""

    def plain_text(self, fields: Fields) -> str:
        return ""


class CountingReader(CompletionReader):
    """Counts what it reads in the quick way."""

    quick = 0

    def plain_text(self, fields: Fields) -> str:
        text = super().plain_text(fields)
        self.quick += bool(text)
        return text


def optional(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these keys, most often none."""
    rare = {
        name: st.one_of(st.just(MISSING), st.just(MISSING), each) for name, each in values.items()
    }
    return st.fixed_dictionaries(rare).map(
        lambda found: {name: each for name, each in found.items() if each is not MISSING}
    )


def event_of(chunk: Fields, kind: str = "") -> bytes:
    named = f"event: {kind}\n" if kind else ""
    return f"{named}data: {json.dumps(chunk)}\n\n".encode()


MISSING = object()
TEXTS = st.sampled_from(["", "word ", "<think>", "</think>", "\0", "\ud83d", "é"])
CONTENTS = st.one_of(TEXTS, TEXTS, st.sampled_from([None, 7, [], [{"type": "text", "text": "x"}]]))
REASONS = st.sampled_from([None, "", "stop", "length", "tool_calls", "error"])
DELTAS = st.builds(
    lambda content, more: {"content": content, **more},
    CONTENTS,
    optional(
        role=st.just("assistant"),
        reasoning=TEXTS,
        refusal=st.sampled_from([None, "no"]),
        tool_calls=st.just([{}]),
        error=st.just({"message": "m"}),
        text=TEXTS,
    ),
)
CHOICES = st.builds(
    lambda index, delta, more: {"index": index, "delta": delta, **more},
    st.sampled_from([0, 0, 0, 1, None]),
    st.one_of(DELTAS, DELTAS, st.sampled_from([None, {}, "text"])),
    optional(
        finish_reason=REASONS,
        stop_reason=REASONS,
        logprobs=st.none(),
        message=st.just({"content": "whole"}),
        usage=st.just({"prompt_tokens": 1}),
    ),
)
CHUNKS = st.builds(
    lambda choices, more: {"choices": choices, "object": CHUNK, **more},
    st.one_of(
        st.lists(CHOICES, max_size=2), CHOICES.map(lambda it: [it]), st.sampled_from([None, [7]])
    ),
    optional(
        id=st.just("a"),
        object=st.sampled_from(["error", "chat.completion", None]),
        usage=st.sampled_from([None, {}, {"prompt_tokens": 3, "completion_tokens": 4}]),
        x_groq=st.just({"usage": {"completion_tokens": 9}}),
        error=st.just({"message": "m"}),
        status=st.sampled_from([200, 500]),
        finish_reason=REASONS,
        type=st.just("error"),
    ),
)
EVENTS = st.builds(event_of, CHUNKS, st.sampled_from(["", "", "", "message", "error"]))
STREAMS = st.lists(st.lists(EVENTS, min_size=1, max_size=4).map(b"".join), max_size=5)


def outcome(
    reader: CompletionReader, stream: Sequence[bytes]
) -> tuple[list[Event], str | None, list[Any]]:
    """Return what a reader yields, the error at the end, and what it knows then."""
    events: list[Event] = []
    sentence = None
    try:
        for data in [*stream, b""]:
            events += reader.feed(data)
            reader.check()
        events += reader.rest(None)
    except ProviderError as error:
        sentence = error.sentence
    state = [reader.finish, reader.asked_for_tool, reader.declined, reader.has_text]
    return events, sentence, [*state, reader._streamed]


@given(STREAMS)
def test_both_ways_come_to_the_same(stream: list[bytes]) -> None:
    assert outcome(CompletionReader(), stream) == outcome(UsualReader(), stream)


@pytest.mark.parametrize("more", [{}, {"usage": None}, {"system_fingerprint": "fp_1"}])
def test_the_usual_chunk_is_read_in_the_quick_way(more: dict[str, Any]) -> None:
    choice = {"index": 0, "delta": {"content": "word "}, "logprobs": None, "finish_reason": None}
    chunk = {"id": "a", "object": CHUNK, "created": 1, "model": "m", "choices": [choice], **more}
    reader = CountingReader()
    outcome(reader, [event_of(chunk) * 9])
    assert reader.quick == 8, "the first says which choice is read"


@pytest.mark.parametrize(
    ("more", "of_choice", "of_delta"),
    [
        ({"usage": {"prompt_tokens": 3}}, {}, {}),
        ({"x_groq": {"usage": {"prompt_tokens": 3}}}, {}, {}),
        ({"object": "error"}, {}, {}),
        ({"error": {"message": "m"}}, {}, {}),
        ({}, {"finish_reason": "length"}, {}),
        ({}, {"stop_reason": "length"}, {}),
        ({}, {"index": 1}, {}),
        ({}, {}, {"reasoning": "Hm"}),
        ({}, {}, {"tool_calls": [{}]}),
        ({}, {}, {"content": [{"type": "thinking", "thinking": "Hm"}]}),
    ],
)
def test_a_chunk_that_says_more_is_read_in_the_usual_way(
    more: dict[str, Any], of_choice: dict[str, Any], of_delta: dict[str, Any]
) -> None:
    choice = {"index": 0, "delta": {"content": "word ", **of_delta}, **of_choice}
    first = {"object": CHUNK, "choices": [{"index": 0, "delta": {"content": "A "}}]}
    stream = [event_of(first), event_of({"object": CHUNK, "choices": [choice], **more})]
    reader = CountingReader()
    assert outcome(reader, stream) == outcome(UsualReader(), stream)
    assert reader.quick == 0
