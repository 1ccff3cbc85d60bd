"""Nobody slips in, or back in, while what would shut them out is on its way."""

from __future__ import annotations

import pytest

from app.errors import Unauthorized, Unavailable
from app.models import ApiToken
from app.models.conversation import room_of
from app.sockets import out, shared_joins
from app.sockets.notices import Notices
from tests.support.cast import Cast, Person
from tests.support.stage import Stage


def revoke(stage: Stage, person: Person) -> None:
    def end() -> None:
        token = ApiToken.by_token(person.token)
        assert token is not None
        token.revoke()

    stage.records.write(end)


def test_a_token_revoked_between_the_look_and_the_room_does_not_let_in(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter = out.enter

    def revoke_then_enter(sid: str, room: str) -> None:
        monkeypatch.setattr(out, "enter", enter)
        revoke(stage, cast.rex)
        enter(sid, room)

    monkeypatch.setattr(out, "enter", revoke_then_enter)
    assert not stage.reader(cast.rex).is_connected


def test_a_socket_that_is_just_being_let_in_is_closed_a_moment_later(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Notices()
    process.apply()
    rex = stage.reader(cast.rex)
    monkeypatch.setattr(out, "sockets", lambda room: [])  # as if it were not there yet
    revoke(stage, cast.rex)
    process.apply()
    assert rex.is_connected
    monkeypatch.undo()
    process.apply()
    assert not rex.is_connected


def test_a_join_in_flight_does_not_enter_once_its_socket_is_closed(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    max = stage.reader(cast.max, conversation)
    sid, room = max.sid, room_of(conversation)
    out.disconnect(room_of(conversation))
    with pytest.raises(Unauthorized):
        out.enter(sid, room)
    assert out.sockets(room) == []


def test_an_event_of_a_closed_socket_is_refused(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    max = stage.reader(cast.max)
    namespace = out.socketio.server.namespace_handlers[out.NAMESPACE]
    sid = max.sid
    assert namespace.trigger_event("conversations", sid, {})["ok"]
    out.disconnect(None)
    ack = namespace.trigger_event("conversations", sid, {})
    assert (ack["ok"], ack["error"]) == (False, "unauthorized")


def test_who_is_removed_during_a_join_whose_read_fails_is_not_left_in_the_room(
    stage: Stage, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Notices()
    process.apply()
    max = stage.reader(cast.max)
    enter, room = out.enter, room_of(conversation)

    def remove_then_enter(sid: str, where: str) -> None:
        if where == room:
            stage.records.dismiss(conversation, cast.max)
            process.apply()
        enter(sid, where)

    def fail(_work: object) -> None:
        raise Unavailable()

    monkeypatch.setattr(out, "enter", remove_then_enter)
    monkeypatch.setattr(shared_joins, "read", fail)
    ack = max.ask("join", {"conversation": conversation, "after": 0})
    assert (ack["ok"], ack["error"]) == (False, "unavailable")
    assert out.sockets(room) == []
