"""Payloads of what has no model or no author to be named."""

from __future__ import annotations

from flask import Flask

from app.events.payloads import notification_payload, pinned_payload
from app.models.mentions import Told
from app.models.message import Role
from app.models.pins import Pinned


def test_an_answer_of_an_unknown_model_is_pinned_without_a_name(app: Flask) -> None:
    pinned = Pinned("m", 3, Role.ASSISTANT, None, None, "Hello", 1)
    with app.app_context():
        payload = pinned_payload("c", pinned)
    assert not payload.keys() & {"author", "model"} and payload["excerpt"] == "Hello"


def test_a_message_of_nobody_is_told_of_without_a_name() -> None:
    told = Told([1], "c", "Tests", "m", None)
    assert notification_payload(told, "answer") == {
        "conversation": "c",
        "id": "m",
        "kind": "answer",
        "title": "Tests",
    }
