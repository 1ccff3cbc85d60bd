"""Nobody slips in, or back in, while what would shut them out is on its way."""

from __future__ import annotations

import pytest

from app.errors import Unauthorized, Unavailable
from app.events import emit, rooms
from app.models import ApiToken
from app.models.conversation import room_of
from app.sockets import joins
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def revoke(harness: Harness, person: Person) -> None:
    def end() -> None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        token.revoke()

    harness.database.write(end)


def test_a_token_revoked_between_the_look_and_the_room_does_not_let_in(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = rooms.enter

    def revoke_then_enter(sid: str, room: str) -> None:
        monkeypatch.setattr(rooms, "enter", enter)
        revoke(harness, cast.rex)
        enter(sid, room)

    monkeypatch.setattr(rooms, "enter", revoke_then_enter)
    assert not harness.reader(cast.rex).is_connected


def test_a_socket_that_is_just_being_let_in_is_closed_a_moment_later(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = ControlEventHandler()
    process.handle_new()
    rex = harness.reader(cast.rex)
    monkeypatch.setattr(rooms, "sockets", lambda room: [])  # as if it were not there yet
    revoke(harness, cast.rex)
    process.handle_new()
    assert rex.is_connected
    monkeypatch.undo()
    process.handle_new()
    assert not rex.is_connected


def test_a_join_in_flight_does_not_enter_once_its_socket_is_closed(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max, conversation)
    sid, room = max.sid, room_of(conversation)
    rooms.disconnect(room_of(conversation))
    with pytest.raises(Unauthorized):
        rooms.enter(sid, room)
    assert rooms.sockets(room) == []


def test_an_event_of_a_closed_socket_is_refused(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max)
    namespace = emit.socketio.server.namespace_handlers[rooms.NAMESPACE]
    sid = max.sid
    assert namespace.trigger_event("conversations", sid, {})["ok"]
    rooms.disconnect(None)
    ack = namespace.trigger_event("conversations", sid, {})
    assert (ack["ok"], ack["error"]) == (False, "unauthorized")


def test_who_is_removed_during_a_join_whose_read_fails_is_not_left_in_the_room(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = ControlEventHandler()
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
