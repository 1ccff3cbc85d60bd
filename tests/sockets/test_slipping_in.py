"""Nobody slips in, or back in, while what would shut them out is on its way."""

from __future__ import annotations

import pytest

from app.errors import Unauthorized, Unavailable
from app.events import emit, rooms
from app.models import ApiToken
from app.models.conversation import room_of
from app.sockets import joins
from app.sockets.control_events import ControlEvents
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def revoke(harness: Harness, person: Person) -> None:
    def end() -> None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        token.revoke()

    harness.database.write(end)


def test_a_token_revoked_before_the_socket_enters_its_room_is_refused(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = rooms.enter

    def revoke_then_enter(sid: str, room: str) -> None:
        monkeypatch.setattr(rooms, "enter", enter)
        revoke(harness, cast.rex)
        enter(sid, room)

    monkeypatch.setattr(rooms, "enter", revoke_then_enter)
    assert not harness.reader(cast.rex).is_connected


def test_a_socket_missed_by_a_disconnect_is_closed_by_the_next_run(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = ControlEvents()
    process.handle_new()
    rex = harness.reader(cast.rex)
    monkeypatch.setattr(rooms, "sockets", lambda room: [])  # as if it were not there yet
    revoke(harness, cast.rex)
    process.handle_new()
    assert rex.is_connected
    monkeypatch.undo()
    process.handle_new()
    assert not rex.is_connected


def test_a_closed_socket_can_not_enter_a_room(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max, conversation)
    sid, room = max.sid, room_of(conversation)
    rooms.disconnect(room_of(conversation))
    with pytest.raises(Unauthorized):
        rooms.enter(sid, room)
    assert rooms.sockets(room) == []


def test_an_event_from_a_closed_socket_is_refused(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max)
    namespace = emit.socketio.server.namespace_handlers[rooms.NAMESPACE]
    sid = max.sid
    assert namespace.trigger_event("conversations", sid, {})["ok"]
    rooms.disconnect(None)
    ack = namespace.trigger_event("conversations", sid, {})
    assert (ack["ok"], ack["error"]) == (False, "unauthorized")


def test_a_failed_join_of_a_removed_member_leaves_the_room(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = ControlEvents()
    process.handle_new()
    max = harness.reader(cast.max)
    enter, room = rooms.enter, room_of(conversation)

    def remove_then_enter(sid: str, where: str) -> None:
        if where == room:
            harness.database.remove_member(conversation, cast.max)
            process.handle_new()
        enter(sid, where)

    def fail(_work: object) -> None:
        raise Unavailable()

    monkeypatch.setattr(rooms, "enter", remove_then_enter)
    monkeypatch.setattr(joins, "read", fail)
    ack = max.ask("join", {"conversation": conversation, "after": 0})
    assert (ack["ok"], ack["error"]) == (False, "unavailable")
    assert rooms.sockets(room) == []
