"""Whatever value a reader sends in whichever key: it is refused with a sentence, or ignored."""

from __future__ import annotations

import json
import logging
import math
from typing import Any

import pytest

from app.auth import rate_limits
from app.sockets import namespace
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket

pytestmark = pytest.mark.no_cover  # it runs what others run, with many values

ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.0, 1.5, 2**31, 2**53, 2**63, 10**90),
    *(math.inf, -math.inf, math.nan),
    *("", " ", "12", "a\0b", "\ud800", "\u202e", "\u2028", "\ufeff", "x" * 300_000, "0" * 32),
    *([], [[]], {}, {"": None}, {"a": {"a": []}}, [1] * 5_000),
    {str(number): 1 for number in range(5_000)},
]
REFUSALS = {"invalid", "not_found", "conflict", "too_large", "forbidden"}


@pytest.fixture
def requests(harness: Harness, cast: Cast, conversation: str) -> dict[str, dict[str, Any]]:
    """A valid payload of each event, about an answer that has ended."""
    harness.answered(conversation, cast.olive)
    question, answer = harness.database.messages(conversation)
    here, model = {"conversation": conversation}, {"model": "demo"}
    return {
        "join": {**here, "after": 0, "revision": 0, "have": {answer.id: 0}},
        "leave": here,
        "send": {**here, **model, "content": "Why?", "key": "k"},
        "edit": {**model, "id": question.id, "content": "Why not?", "key": "k"},
        "stop": {"id": answer.id},
        "retry": {**model, "id": answer.id},
        "choose": {"id": answer.id, "version": 1},
        "create": {**model, "title": "A title"},
        "conversations": {"before": "", "archived": False, "follow": False},
        "read": {**here, "position": 1},
        "history": {**here, "before": 1, "limit": 1},
    }


def check(olive: Socket, event: str, payload: Any) -> None:
    """Send an event; assert that it is done, or refused for a reason of its own."""
    ack = olive.ask_anything(event, payload)
    assert ack["ok"] or ack["error"] in REFUSALS, (event, payload, ack)
    json.dumps(ack).encode()


def test_no_value_is_an_error_of_the_server(
    harness: Harness,
    cast: Cast,
    requests: dict[str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(rate_limits, "hit", lambda *_: None)
    monkeypatch.setattr(namespace, "seconds_until_allowed", lambda *_: 0)
    olive = harness.reader(cast.olive)
    for event, payload in requests.items():
        for odd in ODD:
            check(olive, event, odd)
            for key in [*payload, "else"]:
                check(olive, event, payload | {key: odd})
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
