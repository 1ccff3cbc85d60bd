"""What makes no sense is refused, and the sentence names what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import Client

pytestmark = pytest.mark.system

INVALID: list[tuple[str, Any, str]] = [
    ("join", None, "conversation"),
    ("join", [], "payload"),
    ("join", "text", "payload"),
    ("join", {"conversation": 7}, "conversation"),
    ("join", {"conversation": ""}, "conversation"),
    ("join", {"conversation": "x" * 65}, "conversation"),
    ("join", {"conversation": "x", "after": -1}, "after"),
    ("join", {"conversation": "x", "after": "1"}, "after"),
    ("join", {"conversation": "x", "after": 1.5}, "after"),
    ("join", {"conversation": "x", "after": True}, "after"),
    ("join", {"conversation": "x", "after": 2**63}, "after"),
    ("join", {"conversation": "x", "revision": []}, "revision"),
    ("join", {"conversation": "x", "have": []}, "have"),
    ("join", {"conversation": "x", "have": {"y": -1}}, "have.y"),
    ("join", {"conversation": "x", "have": {str(n): 1 for n in range(101)}}, "have"),
    ("leave", {}, "conversation"),
    ("send", {"conversation": "x"}, "content"),
    ("send", {"conversation": "x", "content": None}, "content"),
    ("send", {"conversation": "x", "content": ""}, "content"),
    ("send", {"conversation": "x", "content": " \n\t\u3000"}, "content"),
    ("send", {"conversation": "x", "content": "a\0b"}, "content"),
    ("send", {"conversation": "x", "content": "half \ud83d of a pair"}, "content"),
    ("send", {"conversation": "x", "content": "y", "key": "k" * 65}, "key"),
    ("stop", {}, "id"),
    ("retry", {"id": 1}, "id"),
    ("history", {"conversation": "x"}, "before"),
    ("conversations", {"before": 1}, "before"),
    ("conversations", {"before": "no cursor of ours"}, "before"),
    ("create", {"title": "x" * 201}, "title"),
    ("create", {"model": "nobody/knows-it"}, "model"),
]


@pytest.mark.parametrize(("event", "payload", "field"), INVALID)
def test_a_payload_that_makes_no_sense_is_invalid_and_its_field_is_named(
    eve: Client, event: str, payload: Any, field: str
) -> None:
    ack = eve.ask(event, payload)

    assert (ack["ok"], ack["error"]) == (False, "invalid")
    assert ack["message"].startswith(f"{field}: ") or field in ack["message"]


def test_an_unknown_event_is_refused_rather_than_left_without_an_answer(eve: Client) -> None:
    assert eve.ask("subscribe", {"conversation": "x"})["error"] == "invalid"
