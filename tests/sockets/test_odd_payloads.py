"""Whatever value a reader sends in whichever key: it is refused with a sentence, or ignored."""

from __future__ import annotations

import json
import logging
import math
from typing import Any

import pytest

from app import schemas
from app.auth import rate_limits
from app.sockets import namespace
from app.sockets.namespace import Conversations
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
SCHEMAS: dict[str, type[schemas.Payload]] = {
    **{"join": schemas.Join, "leave": schemas.Leave, "send": schemas.Send, "edit": schemas.Edit},
    **dict.fromkeys(("stop", "continue", "branch"), schemas.MessageRef),
    **{"retry": schemas.Retry, "choose": schemas.Choose, "create": schemas.Create},
    **{"conversations": schemas.ListConversations, "read": schemas.Read},
    **{"history": schemas.History, "react": schemas.React, "reacted": schemas.Reacted},
    **{"pin": schemas.Pin, "presence": schemas.Presence, "typing": schemas.Typing},
}
REFUSALS = {"invalid", "not_found", "conflict", "too_large", "forbidden"}


@pytest.fixture
def requests(harness: Harness, cast: Cast, conversation: str) -> dict[str, dict[str, Any]]:
    """A valid payload of each event, with all keys, about an answer that has ended."""
    harness.answered(conversation, cast.olive)
    question, answer = harness.database.messages(conversation)
    here, model = {"conversation": conversation}, {"model": "demo"}
    more = {**model, "asks": ["demo"], "files": [], "key": "k"}
    return {
        "join": {**here, "after": 0, "revision": 0, "have": {answer.id: 0}},
        "send": {**here, **more, "content": "Why?", "quotes": answer.id},
        "edit": {**more, "id": question.id, "content": "Why not?", "key": "e"},
        "stop": {"id": answer.id},
        "retry": {**model, "id": answer.id},
        "continue": {"id": answer.id},
        "choose": {"id": answer.id, "version": 1},
        "create": {**model, "title": "A title"},
        "conversations": {"before": "", "archived": False, "follow": False},
        "read": {**here, "position": 1},
        "history": {**here, "before": 1, "limit": 1},
        "react": {"id": answer.id, "emoji": "👍", "on": True},
        "reacted": {**here, "after": 0},
        "pin": {"id": answer.id, "on": True},
        "branch": {"id": question.id},
        "presence": {**here, "here": True, "following": True},
        "typing": here,
        "leave": here,
    }


def test_there_is_a_payload_of_each_event_with_all_its_keys(
    requests: dict[str, dict[str, Any]],
) -> None:
    names = {name for name in dir(Conversations) if name.startswith("on_")}
    assert {f"on_{name}" for name in requests} == names - {"on_connect"}
    for event, payload in requests.items():
        assert set(payload) == set(SCHEMAS[event].model_fields), event


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
