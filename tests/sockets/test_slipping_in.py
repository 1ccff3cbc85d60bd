"""Nobody slips in, or back in, while what would shut them out is on its way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from limits import parse

from app.errors import Unauthorized
from app.extensions import db
from app.models import ApiToken, Notice
from app.models.columns import now
from app.models.notice import KEPT, KEPT_AT_LEAST, Kind
from app.sockets import letting_in, notices, out
from app.sockets.allowances import Allowances
from app.sockets.notices import ABSENCE_SECONDS, Notices
from app.sockets.uses import Uses
from tests.support.cast import Cast, Person
from tests.support.socket import Socket
from tests.support.stage import Stage


def token_of(person: Person) -> ApiToken:
    token = ApiToken.by_token(person.token)
    assert token is not None
    return token


def revoke(stage: Stage, person: Person) -> None:
    stage.records.write(lambda: token_of(person).revoke())


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
    heeding = Notices()
    heeding.heed()
    rex = stage.reader(cast.rex)
    monkeypatch.setattr(notices.out, "sockets", lambda room: [])  # as if it were not there yet
    revoke(stage, cast.rex)
    heeding.heed()
    assert rex.is_connected
    monkeypatch.undo()
    heeding.heed()
    assert not rex.is_connected


def test_a_join_in_flight_does_not_enter_once_its_socket_is_closed(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    max = stage.reader(cast.max, conversation)
    sid, room = max.sid, out.conversation_room(conversation)
    out.disconnect(out.conversation_room(conversation))
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


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_reader_cannot_say_what_is_the_servers_to_say(
    stage: Stage, cast: Cast, event: str
) -> None:
    eve = stage.reader(cast.eve)
    namespace = out.socketio.server.namespace_handlers[out.NAMESPACE]
    ack = namespace.trigger_event(event, eve.sid, {"token": cast.max.token})
    assert ack["error"] == "invalid"
    assert eve.ask("conversations", {})["ok"]


@pytest.mark.parametrize("token", ["\ud800", "a\0b", "x" * 100_000])
def test_a_token_that_cannot_even_be_text_lets_nobody_in(stage: Stage, token: str) -> None:
    assert not Socket(stage.app, token).is_connected


@pytest.mark.parametrize("name", ["a\0b", "' OR 1=1", "x"])
@pytest.mark.parametrize("event", ["join", "history", "stop"])
def test_an_id_that_cannot_be_one_is_not_found(
    stage: Stage, cast: Cast, event: str, name: str
) -> None:
    wish = {"conversation": name, "id": name, "before": 1}
    assert stage.reader(cast.eve).ask_anything(event, wish)["error"] == "not_found"


def test_what_cannot_be_an_id_is_not_believed_to_be_there(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    max = stage.reader(cast.max)
    max.join(conversation, have={"a\0b": 1})
    removed = [data for name, data in max.received() if name == "removed"]
    assert [data["ids"] for data in removed] == [["a\0b"]]


def test_who_was_absent_for_too_long_to_have_heard_everything_sends_all_away(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(notices.time, "monotonic", lambda: clock[0])
    heeding = Notices()
    heeding.heed()
    eve = stage.reader(cast.eve)
    clock[0] += ABSENCE_SECONDS - 1
    heeding.heed()
    assert eve.is_connected
    clock[0] += ABSENCE_SECONDS + 1
    heeding.heed()
    assert not eve.is_connected


def test_a_clock_that_is_ahead_takes_no_notice_from_the_others(stage: Stage) -> None:
    def post(count: int) -> None:
        for _ in range(count):
            Notice.post(Kind.DISCONNECT, "nobody")

    def kept() -> int:
        return len(db.session.execute(Notice.recent()).all())

    stage.records.write(lambda: post(10))
    stage.records.write(make_older)
    stage.records.write(lambda: post(1))
    assert stage.records.read(kept) == 11
    stage.records.write(lambda: post(KEPT_AT_LEAST))
    assert stage.records.read(kept) <= KEPT_AT_LEAST + 2, "in the end they go"


def make_older() -> None:
    for notice in db.session.scalars(db.select(Notice)):
        notice.created_at = now() - 2 * KEPT


def test_the_last_use_is_noted_to_the_minute(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = Uses()
    monkeypatch.setattr(letting_in, "uses", uses)
    assert used(stage, cast.eve) is None
    stage.reader(cast.eve)
    uses.note()
    first = used(stage, cast.eve)
    assert first is not None and now() - first < timedelta(minutes=1)
    stage.reader(cast.eve)
    uses.note()
    assert used(stage, cast.eve) == first
    assert used(stage, cast.max) is None


def used(stage: Stage, person: Person) -> object:
    return stage.records.read(lambda: token_of(person).last_used_at)


def test_what_is_allowed_comes_back_steadily(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("app.sockets.allowances.time.monotonic", lambda: clock[0])
    allowed, each = parse("10 per 10 seconds"), Allowances()
    assert [each.spend("a", allowed) for _ in range(12)] == [0] * 10 + [1] * 2
    clock[0] += 1.0
    assert [each.spend("a", allowed) for _ in range(2)] == [0, 1]
    assert each.spend("b", allowed) == 0
    each.forget("a")
    assert each.spend("a", allowed) == 0
    assert [each.spend("c", None) for _ in range(100)] == [0] * 100
