"""docs/asyncapi.yaml and the server accept and refuse the same requests."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError

from app import schemas
from app.schemas import Payload
from tests.support.asyncapi import REQUESTS, request_schemas

SCHEMAS = {model.__name__: model for model in REQUESTS}
RIGHT: dict[str, dict[str, Any]] = {
    "Join": {"conversation": "c", "after": 3, "revision": 0, "have": {"a": 2}},
    "Leave": {"conversation": "c"},
    "Send": {"conversation": "c", "content": "Why?", "key": "k"},
    "Edit": {"id": "q", "content": "Why not?", "key": ""},
    "MessageRef": {"id": "a"},
    "Retry": {"id": "a", "model": "demo"},
    "React": {"id": "a", "emoji": "👍", "on": True},
    "Reacted": {"conversation": "c", "after": 3},
    "Pin": {"id": "a", "on": False},
    "Choose": {"id": "a", "version": 2},
    "History": {"conversation": "c", "before": 7, "limit": 50},
    "Read": {"conversation": "c", "position": 7},
    "Presence": {"conversation": "c", "here": True, "following": False},
    "Typing": {"conversation": "c"},
    "ListConversations": {"before": "then~1"},
    "Create": {"title": "Tides", "model": "demo"},
}
BOUNDS = [0, 1, 49, 50, 51, 2**53 - 1, 2**53]

characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\t \x85\u2028\ufeff")
texts = st.text(characters, max_size=70) | st.sampled_from([63, 64, 65, 200, 201]).map("x".__mul__)
numbers = st.sampled_from(BOUNDS) | st.integers() | st.floats(allow_nan=False) | st.just(1.0)
values = (
    texts
    | numbers
    | st.none()
    | st.booleans()
    | st.dictionaries(texts, numbers | texts, max_size=3)
    | st.lists(texts, max_size=2)
)


@st.composite
def nearly_right(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Return a valid payload in which some keys are missing or have other values."""
    payload = dict(RIGHT[name])
    for key in draw(st.lists(st.sampled_from([*payload, "else"]), max_size=2)):
        payload.pop(key, None)
        if draw(st.integers(0, 3)):
            payload[key] = draw(values)
    return payload


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_document_and_the_server_accept_the_same_requests(name: str) -> None:
    seen: set[bool] = set()

    @settings(deadline=None)
    @given(nearly_right(name))
    def compare(payload: dict[str, Any]) -> None:
        seen.add(is_accepted(SCHEMAS[name], payload))
        assert is_documented(name, payload) == is_accepted(SCHEMAS[name], payload)

    compare()
    assert seen == {True, False}, "there must be valid and invalid payloads"


@pytest.mark.parametrize(
    ("content", "is_right"),
    [
        ("x" * 32_000, True),
        ("x" * 32_001, False),
        ("", False),
        (" \n\u2003", False),
        ("\x1c\x85\ufeff", False),
        ("a\0b", False),
        (" a ", True),
        ("👩‍👧" * 9, True),
    ],
)
def test_the_document_and_the_server_accept_the_same_questions(
    content: str, is_right: bool
) -> None:
    payload = {"conversation": "c", "content": content}
    assert is_documented("Send", payload) is is_accepted(schemas.Send, payload) is is_right


def is_documented(name: str, payload: Any) -> bool:
    return validator(name).is_valid(payload)


@cache
def validator(name: str) -> Draft7Validator:
    return Draft7Validator(request_schemas()[name])


def is_accepted(model: type[Payload], payload: Any) -> bool:
    try:
        model.model_validate(payload)
    except ValidationError:
        return False
    return True
