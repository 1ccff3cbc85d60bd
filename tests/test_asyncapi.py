"""docs/asyncapi.yaml is AsyncAPI 3, says what the server checks, and what it sends."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError

from app.sockets import payloads, shapes
from app.sockets.namespace import Conversations
from app.sockets.payloads import Payload
from tests.support import asyncapi
from tests.support.asyncapi import DOCUMENT, contents, document, problems, request_schemas, requests

ROOT = Path(__file__).parents[1]
STANDARD = ROOT / "node_modules/@asyncapi/specs/schemas/3.0.0.json"
EVENTS = ["message", "current_state", "chunk", "streaming_end", "conversation", "removed", "rejoin"]

SCHEMAS = {model.__name__: model for model in asyncapi.REQUESTS}
REQUESTS = {
    "join": payloads.Join,
    "leave": payloads.Leave,
    "send": payloads.Send,
    "edit": payloads.Edit,
    "stop": payloads.MessageRef,
    "retry": payloads.MessageRef,
    "history": payloads.History,
    "conversations": payloads.ListConversations,
    "create": payloads.Create,
}


def test_it_is_valid_asyncapi_3() -> None:
    standard = json.loads(STANDARD.read_text())
    errors = list(Draft7Validator(standard).iter_errors(contents()))
    assert [error.json_path for error in errors] == []


def test_each_reference_leads_somewhere() -> None:
    references = re.findall(r"\$ref: \"#/([^\"]+)\"", DOCUMENT.read_text())
    assert len(references) > 100
    for reference in references:
        target: Any = contents()
        for step in reference.split("/"):
            target = target[step]


def test_its_requests_are_made_of_what_the_server_checks() -> None:
    assert DOCUMENT.read_text() == document(), "bin/asyncapi brings it up to date"


def test_it_has_every_request_that_the_server_answers() -> None:
    answered = {name.removeprefix("on_") for name in dir(Conversations) if name.startswith("on_")}
    assert requests() == answered - {"connect", "disconnect"} == set(REQUESTS)


def test_each_request_is_checked_as_it_is_documented() -> None:
    for request, model in REQUESTS.items():
        payload = contents()["components"]["messages"][request]["payload"]
        assert payload == {"$ref": f"#/components/schemas/{model.__name__}"}


@pytest.mark.parametrize("shape", ["Progress", "Announcement", "Description", "Removal"])
def test_its_events_have_the_keys_that_the_server_sends(shape: str) -> None:
    documented, sent = contents()["components"]["schemas"][shape], getattr(shapes, shape)
    hints = get_type_hints(sent, include_extras=True)
    required = {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert set(documented["properties"]) == set(hints)
    assert set(documented["required"]) == required


RIGHT: dict[str, dict[str, Any]] = {
    "Join": {"conversation": "c", "after": 3, "revision": 0, "have": {"a": 2}},
    "Leave": {"conversation": "c"},
    "Send": {"conversation": "c", "content": "Why?", "key": "k"},
    "Edit": {"id": "q", "content": "Why not?", "key": ""},
    "MessageRef": {"id": "a"},
    "History": {"conversation": "c", "before": 7, "limit": 50},
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
    """Return a right payload in which keys have gone, or have other values."""
    payload = dict(RIGHT[name])
    for key in draw(st.lists(st.sampled_from([*payload, "else"]), max_size=2)):
        payload.pop(key, None)
        if draw(st.integers(0, 3)):
            payload[key] = draw(values)
    return payload


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_document_and_the_server_refuse_the_same(name: str) -> None:
    seen: set[bool] = set()

    @settings(deadline=None)
    @given(nearly_right(name))
    def compare(payload: dict[str, Any]) -> None:
        seen.add(is_accepted(SCHEMAS[name], payload))
        assert is_documented(name, payload) == is_accepted(SCHEMAS[name], payload)

    compare()
    assert seen == {True, False}, "all were of one kind"


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
def test_both_know_a_question(content: str, is_right: bool) -> None:
    payload = {"conversation": "c", "content": content}
    assert is_documented("Send", payload) is is_accepted(payloads.Send, payload) is is_right


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


def test_the_examples_of_the_protocol_are_right() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    examples = [json.loads(line) for block in blocks for line in objects(block)]
    found = {name for example in examples for name in matching(example)}
    assert all(matching(example) for example in examples if "steps" not in example)
    assert set(EVENTS) | {"join", "join.ack", "send", "send.ack", "conversations.ack"} <= found


def objects(block: str) -> list[str]:
    """Return the JSON objects of a block, each of which begins on a line of its own."""
    return re.split(r"\n(?=\{)", block.strip())


def matching(example: Any) -> list[str]:
    return [name for name in contents()["components"]["messages"] if not problems(name, example)]
