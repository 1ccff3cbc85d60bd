"""Requests are validated before they are handled, and never crash a handler."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models.paging import LARGEST_POSITION
from app.schemas import HELD_MESSAGES
from app.text import QUESTION_LENGTH
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket

EVENTS = ["conversations", "create", "join", "leave", "send", "stop", "retry", "history"]
CODES = {"unauthorized", "not_found", "invalid", "too_large", "conflict"}


def refused(reader: Socket, event: str, payload: Any) -> tuple[str, str]:
    """Send a request that must be refused; return the code and the sentence."""
    ack = reader.ask(event, payload)
    assert ack["ok"] is False
    return ack["error"], ack["message"]


INVALID: list[tuple[str, Any, str]] = [
    ("send", {"content": "Hi"}, "conversation"),
    ("send", {"conversation": "c"}, "content"),
    ("send", {"conversation": 7, "content": "Hi"}, "conversation"),
    ("send", {"conversation": "", "content": "Hi"}, "conversation"),
    ("send", {"conversation": "c" * 65, "content": "Hi"}, "conversation"),
    ("send", {"conversation": "c", "content": 7}, "content"),
    ("send", {"conversation": "c", "content": None}, "content"),
    ("send", {"conversation": "c", "content": ""}, "content"),
    ("send", {"conversation": "c", "content": " \n\t"}, "content"),
    ("send", {"conversation": "c", "content": "a\0b"}, "content"),
    ("send", {"conversation": "c", "content": "a\ud800b"}, "content"),
    ("send", {"conversation": "c", "content": "Hi", "key": "k" * 65}, "key"),
    ("send", {"conversation": "c", "content": "Hi", "key": 7}, "key"),
    ("send", [], "payload"),
    ("send", "c", "payload"),
    ("join", {"conversation": "c", "after": -1}, "after"),
    ("join", {"conversation": "c", "after": LARGEST_POSITION + 1}, "after"),
    ("join", {"conversation": "c", "after": "1"}, "after"),
    ("join", {"conversation": "c", "after": True}, "after"),
    ("join", None, "conversation"),
    ("join", {"conversation": "c", "after": 1.5}, "after"),
    ("join", {"conversation": "c", "revision": 1.5}, "revision"),
    ("join", {"conversation": "c", "revision": []}, "revision"),
    ("join", {"conversation": "c", "have": {"m": -1}}, "have.m"),
    ("join", {"conversation": "c", "have": []}, "have"),
    ("leave", {}, "conversation"),
    ("history", {"conversation": "c"}, "before"),
    ("create", {"title": "t" * 201}, "title"),
    ("create", {"title": "a\0b"}, "title"),
    ("create", {"title": "a\r\nb"}, "title"),
    ("create", {"title": "a\x85b"}, "title"),
    ("create", {"model": "unheard of"}, "model"),
    ("conversations", {"before": 1}, "before"),
    ("conversations", {"before": "not a page token"}, "before"),
    ("stop", {}, "id"),
    ("retry", {"id": None}, "id"),
]


def test_an_invalid_request_is_refused_with_the_fields_name(harness: Harness, cast: Cast) -> None:
    max = harness.reader(cast.max)
    for event, payload, field in INVALID:
        code, sentence = refused(max, event, payload)
        assert code == "invalid", (event, payload)
        assert sentence.startswith(f"{field}: "), (event, payload)


def test_a_question_has_a_limited_length(harness: Harness, cast: Cast, conversation: str) -> None:
    max = harness.reader(cast.max)
    question = {"conversation": conversation, "content": "ö" * QUESTION_LENGTH}
    assert max.ask("send", question)["ok"]
    question["content"] += "ö"
    code, sentence = refused(max, "send", question)
    assert code == "too_large" and "32,000" in sentence
    assert len(harness.database.messages(conversation)) == 2


def test_have_has_a_limited_number_of_messages(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max)
    have = {f"m{number}": 0 for number in range(HELD_MESSAGES)}
    assert max.ask("join", {"conversation": conversation, "have": have})["ok"]
    have["one more"] = 0
    assert refused(max, "join", {"conversation": conversation, "have": have})[0] == "invalid"


def test_an_unknown_event_is_refused(harness: Harness, cast: Cast) -> None:
    assert refused(harness.reader(cast.max), "drop_table", {})[0] == "invalid"


def test_an_event_without_a_payload_or_with_two_is_acknowledged(
    harness: Harness, cast: Cast
) -> None:
    max = harness.reader(cast.max)
    assert max.ask("conversations")["ok"]
    assert max.ask("conversations", None, "more")["ok"]


FIELDS = ["conversation", "content", "id", "after", "have", "before", "title", "model", "key"]
TEXTS = st.text(st.characters(codec=None) | st.sampled_from(string.printable), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)


def test_any_payload_is_acknowledged_with_a_known_code(
    harness: Harness, cast: Cast, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(EVENTS), PAYLOADS, st.booleans())
    def ask(event: str, payload: Any, mine: bool) -> None:
        if mine and isinstance(payload, dict):
            payload["conversation"] = conversation
        ack = harness.reader(cast.max).ask_anything(event, payload)
        assert ack["ok"] is True or ack["error"] in CODES, ack
        assert ack["ok"] is True or len(ack["message"]) < 500

    ask()
    assert "failed" not in caplog.text
