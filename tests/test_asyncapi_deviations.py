"""The fixture `documented` reports deviations of the server from docs/asyncapi.yaml."""

from __future__ import annotations

from tests.support import asyncapi
from tests.support.asyncapi import problems

CHUNK = {"id": "a", "conversation": "c", "since": 0, "seq": 1, "status": "streaming"}


def test_an_event_with_an_undocumented_key_is_reported() -> None:
    assert problems("chunk", CHUNK) == []
    assert problems("chunk", {**CHUNK, "colour": "blue"})


def test_an_event_without_a_required_key_is_reported() -> None:
    assert problems("chunk", {"id": "a"})


def test_a_streaming_message_event_with_text_is_reported() -> None:
    about = {"position": 1, "revision": 0, "role": "assistant", "created_at": "2026-01-01Z"}
    message = {**CHUNK, **about, "seq": 0}
    assert problems("message", message) == []
    assert problems("message", {**message, "content": "x"})
    assert problems("message", {**message, "seq": 1})


def test_an_accepted_request_that_is_not_documented_is_reported() -> None:
    asyncapi.watch_request("join", {"conversation": "c", "after": "1"}, {"ok": True})
    assert any(problem.startswith("join: $.after") for problem in noticed())
    asyncapi.watch_request("dance", {}, {"ok": True})
    assert noticed() == ["dance: accepted"]


def test_an_unknown_error_code_is_reported() -> None:
    asyncapi.watch_request("leave", {}, {"ok": False, "error": "odd", "message": "No."})
    assert noticed()


def noticed() -> list[str]:
    """Return the reported deviations and clear them, so that the test can pass."""
    found = list(asyncapi.DEVIATIONS)
    asyncapi.DEVIATIONS.clear()
    return found
