"""Pinned messages: every reader has the list of them, and they stay with their version."""

from __future__ import annotations

from typing import Any

import pytest

from app import replies
from app.errors import NotFound
from app.events.payloads import sender
from app.models import Status, pins
from app.models.message import NOT_SHOWN
from app.models.rights import MemberRole
from app.providers import Text
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.fixture
def handler() -> ControlEventHandler:
    """What every server process does with control events."""
    handler = ControlEventHandler()
    handler.handle_new()
    return handler


@pytest.fixture
def answer(harness: Harness, cast: Cast, conversation: str) -> str:
    return harness.answered(conversation, cast.olive, Text("**Yes**,\nof course.")).public_id


def pin(socket: Socket, message: str, **more: Any) -> dict[str, Any]:
    return socket.ask("pin", {"id": message, **more})


def pinned(socket: Socket, conversation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = socket.join(conversation).get("pinned", [])
    return found


def test_what_is_pinned_reaches_every_reader_in_order(
    harness: Harness,
    cast: Cast,
    conversation: str,
    answer: str,
    max: Socket,
    handler: ControlEventHandler,
) -> None:
    question = harness.database.messages(conversation)[0].id
    olive = harness.reader(cast.olive, conversation)
    max.received()
    assert pin(max, answer) == {"ok": True} == pin(olive, question)
    handler.handle_new()
    (_, _first), (name, described) = max.received()
    by_max, by_olive = (sender(conversation, harness.user(each)) for each in (cast.max, cast.olive))
    assert name == "conversation" and described["pinned"] == [
        {"id": question, "position": 1, "author": "Olive", "excerpt": "And?", "by": by_olive},
        {"id": answer, "position": 2, "model": "demo", "excerpt": "Yes, of course.", "by": by_max},
    ]
    assert olive.received()[-1][1] == described
    before = described["version"]
    assert pin(max, question, on=False) == {"ok": True}
    handler.handle_new()
    ((_, described),) = max.received()
    assert [each["id"] for each in described["pinned"]] == [answer]
    assert described["version"] > before


def test_what_is_so_already_changes_nothing(
    harness: Harness, conversation: str, answer: str, max: Socket, handler: ControlEventHandler
) -> None:
    assert pin(max, answer, on=False)["ok"] and pin(max, answer)["ok"]
    handler.handle_new()
    max.received()
    assert pin(max, answer)["ok"]
    handler.handle_new()
    assert max.received() == []


def test_pins_stay_with_their_version(
    harness: Harness, conversation: str, answer: str, max: Socket
) -> None:
    pin(max, answer)
    reply = max.ask("retry", {"id": answer})["reply"]
    assert [data.get("pinned") for name, data in max.received() if name == "conversation"] == [None]
    assert pin(max, answer)["message"] == NOT_SHOWN
    assert pin(max, reply)["message"] == pins.STREAMS
    max.ask("stop", {"id": reply})
    shown = max.ask("choose", {"id": reply, "version": 1})["id"]
    assert [each["id"] for each in pinned(max, conversation)] == [shown]
    *_, (name, described) = max.received()
    assert name == "conversation" and described["pinned"][0]["id"] == shown


def test_a_conversation_has_only_so_many(
    harness: Harness,
    cast: Cast,
    conversation: str,
    answer: str,
    max: Socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pins, "MAX_PINS", 1)
    question = harness.database.messages(conversation)[0].id
    assert pin(max, answer)["ok"]
    assert pin(max, question)["message"] == pins.TOO_MANY
    pin(max, answer, on=False)
    assert pin(max, question)["ok"]


def test_who_has_pinned_it_may_be_gone(
    harness: Harness, cast: Cast, conversation: str, answer: str, max: Socket
) -> None:
    empty = harness.begin(conversation, cast.olive)
    empty.end(Status.COMPLETE)
    harness.flush()
    pin(max, empty.public_id)
    harness.database.remove_member(conversation, cast.max)
    (found,) = pinned(harness.reader(cast.olive), conversation)
    assert found["by"] == sender(conversation, harness.user(cast.max))
    assert "excerpt" not in found


def test_bad_requests_are_refused(
    harness: Harness, cast: Cast, conversation: str, answer: str, max: Socket
) -> None:
    rita = harness.database.bot("Rita")
    harness.database.add_member(conversation, rita, MemberRole.READER)
    assert pin(harness.reader(rita), answer)["error"] == "forbidden"
    assert pin(harness.reader(cast.eve), answer)["error"] == "not_found"
    assert pin(max, "0" * 32)["error"] == "not_found"
    assert pin(max, "")["error"] == "invalid" == pin(max, answer, on=1)["error"]
    with pytest.raises(NotFound):
        replies.pin(10**6, 1, on=True)
