"""Revocations, removals and disconnects that happen during a connect or a join."""

from __future__ import annotations

import pytest

from app.database import release
from app.errors import Unauthorized, Unavailable
from app.events import emit, rooms
from app.extensions import db, socketio
from app.models import ApiToken, Conversation
from app.models.conversation import room_of
from app.providers import Text
from app.replies import generation
from app.sockets import joins
from app.sockets.control_events import ControlEventHandler
from tests.sockets.conftest import Reads
from tests.support.cast import Cast, Person
from tests.support.harness import Harness


def revoke(harness: Harness, person: Person) -> None:
    def end() -> None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        token.revoke()

    harness.database.write(end)


def test_a_socket_missed_by_a_disconnect_is_closed_by_the_next_run(
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


def test_text_committed_after_the_read_is_sent_live(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max)

    def more() -> None:
        generation.add_event(answer, Text("after the read"))
        harness.flush()

    reads.after = more
    max.join(conversation)

    assert [(name, data["seq"]) for name, data in max.received()] == [
        ("chunk", 1),
        ("current_state", 0),
    ]


def test_a_stranger_does_not_enter_the_room_even_for_a_moment(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    ack = harness.reader(cast.eve).ask("join", {"conversation": conversation})
    assert ack["error"] == "not_found"
    assert reads.count == 0, "with nobody in the room there is nothing to read"


def test_a_member_removed_during_a_join_is_refused(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max)
    reads.before = lambda: harness.database.remove_member(conversation, cast.max)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "not_found"
    assert reads.count == 1, "precondition: Max was admitted"

    generation.add_event(answer, Text("among us"))
    harness.flush()
    assert max.received() == []
    assert max.sid not in rooms.sockets(room_of(conversation))


def test_a_conversation_deleted_during_a_join_is_not_found(
    harness: Harness, cast: Cast, conversation: str, reads: Reads
) -> None:
    key = harness.key(conversation)

    def delete() -> None:
        harness.database.write(lambda: db.session.delete(db.session.get_one(Conversation, key)))

    reads.before = delete
    ack = harness.reader(cast.max).ask("join", {"conversation": conversation})
    assert ack["error"] == "not_found"


def test_a_reader_that_disconnects_before_the_read_does_not_block_others(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    max, olive = harness.reader(cast.max), harness.reader(cast.olive)
    goes = [max.sid]

    def release_and_go() -> None:
        release()
        for sid in goes:
            socketio.server.manager.disconnect(sid, rooms.NAMESPACE)
        goes.clear()

    monkeypatch.setattr(joins, "release", release_and_go)

    assert max.ask("join", {"conversation": conversation, "after": 0})["error"] == "unauthorized"

    assert not goes, "precondition: Max has disconnected"
    assert olive.ask("join", {"conversation": conversation, "after": 0})["ok"]


def test_a_socket_that_disconnects_while_entering_a_room_is_not_left_in_it(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = harness.reader(cast.max).sid
    manager = socketio.server.manager
    known = manager.eio_sid_from_sid

    def look_up_and_go(*args: str) -> str | None:
        found: str | None = known(*args)
        manager.disconnect(sid, rooms.NAMESPACE)
        return found

    monkeypatch.setattr(manager, "eio_sid_from_sid", look_up_and_go)

    with pytest.raises(Unauthorized):
        rooms.enter(sid, "a room")

    assert rooms.sockets("a room") == []
