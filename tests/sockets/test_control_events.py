"""Control events: posted by one process, applied once by every process."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from app.database import find
from app.direct import DirectStatement, Values
from app.events import emit, rooms
from app.extensions import db, socketio
from app.models import ControlEvent
from app.models.columns import now
from app.models.control_event import CONTROL_EVENT_LIFETIME, MIN_CONTROL_EVENTS, Kind
from app.models.conversation import room_of
from app.models.deleting import delete_person
from app.models.model_provider import post_change
from app.replies import offering
from app.sockets import control_events
from app.sockets.control_events import ABSENCE_SECONDS, LATE_SECONDS, ControlEventHandler
from app.transport import fan_out
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.waiting import eventually


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record rejoin events instead of emitting them."""
    applied: list[str] = []
    monkeypatch.setattr(emit, "rejoin", applied.append)
    return applied


def post(harness: Harness, *conversations: str) -> None:
    for conversation in conversations:
        harness.database.write(
            lambda c=conversation: ControlEvent.post(Kind.REJOIN, f"conversation:{c}")
        )


def test_control_events_are_applied_once_and_in_order(harness: Harness, applied: list[str]) -> None:
    process = ControlEventHandler()
    process.handle_new()
    post(harness, "a", "b")
    process.handle_new()
    post(harness, "c")
    process.handle_new()
    process.handle_new()
    assert applied == ["a", "b", "c"]


def test_models_are_read_again_until_that_succeeds(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, tries = ControlEventHandler(), iter([OSError("away"), None])
    process.handle_new()
    harness.database.write(post_change)
    process.handle_new()
    monkeypatch.setattr(offering, "reload_models", lambda: _raise(next(tries)))
    monkeypatch.setattr(offering, "RETRY_SECONDS", 0)
    harness.run_later()
    assert next(tries, "all") == "all"


def _raise(error: Exception | None) -> None:
    if error:
        raise error


def test_a_kind_of_a_later_version_is_logged_once_and_passed_over(
    harness: Harness, applied: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    process = ControlEventHandler()
    process.handle_new()
    harness.database.write(lambda: db.session.add(ControlEvent(kind="unknown", room="a")))
    post(harness, "a")
    for _ in range(3):
        process.handle_new()
    assert applied == ["a"]
    assert [record.message for record in caplog.records] == [
        "Control events of the kind 'unknown' are unknown to this version."
    ]


def test_an_event_that_fails_closes_its_room_and_holds_up_no_other(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejoin = emit.rejoin
    other = harness.database.conversation(cast.olive, cast.max)
    max, olive = harness.reader(cast.max, conversation), harness.reader(cast.olive, other)

    def fail_for_one(public_id: str) -> None:
        if public_id == conversation:
            raise OverflowError
        rejoin(public_id)

    monkeypatch.setattr(emit, "rejoin", fail_for_one)
    process = ControlEventHandler()
    process.handle_new()
    post(harness, conversation, other)
    process.handle_new()
    assert olive.names() == ["rejoin"]
    process.handle_new()
    assert not max.is_connected, "its right to read may have ended"
    assert olive.is_connected


def test_a_socket_that_can_not_be_disconnected_holds_up_no_other(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (harness.reader(person, conversation) for person in (cast.max, cast.olive))
    disconnect = socketio.server.disconnect

    def fail_for_first(sid: str, **options: Any) -> None:
        if sid == first.sid:
            raise OverflowError
        disconnect(sid, **options)

    monkeypatch.setattr(socketio.server, "disconnect", fail_for_first)
    rooms.disconnect(room_of(conversation))
    assert first.is_connected and not second.is_connected


def test_one_that_is_committed_later_than_a_higher_one_is_applied(
    harness: Harness, applied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(control_events.time, "monotonic", lambda: clock[0])
    process = ControlEventHandler()
    process.handle_new()
    add(harness, 7)
    process.handle_new()
    clock[0] += LATE_SECONDS
    add(harness, 6)
    process.handle_new()
    process.handle_new()
    assert applied == ["7", "6"]


def test_only_recent_ones_are_read_again(
    harness: Harness, applied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock: list[float] = [0.0]
    read: list[int] = []
    monkeypatch.setattr(control_events.time, "monotonic", lambda: clock[0])

    def note(statement: DirectStatement, values: Values, **options: bool) -> list[Any]:
        read.append(values["key"])
        return find(statement, values, **options)

    monkeypatch.setattr(control_events, "find", note)
    process = ControlEventHandler()
    add(harness, 1, 2)
    for seconds in (0, 1, LATE_SECONDS, 1):
        clock[0] += seconds
        process.handle_new()
    add(harness, 3)
    process.handle_new()
    assert read == [0, 0, 0, 2, 2]
    assert applied == ["3"]


def add(harness: Harness, *keys: int) -> None:
    """Add control events with these ids, each for a conversation named like its id."""
    rows = [ControlEvent(id=key, kind=Kind.REJOIN, room=room_of(str(key))) for key in keys]
    harness.database.write(lambda: db.session.add_all(rows))


def test_every_process_applies_a_control_event(harness: Harness, applied: list[str]) -> None:
    processes = [ControlEventHandler(), ControlEventHandler()]
    for process in processes:
        process.handle_new()
    post(harness, "a")
    for process in processes:
        process.handle_new()
    assert applied == ["a", "a"]


def test_control_events_from_before_the_start_are_ignored(
    harness: Harness, applied: list[str]
) -> None:
    post(harness, "a")
    process = ControlEventHandler()
    process.handle_new()
    post(harness, "b")
    process.handle_new()
    assert applied == ["b"]


def test_disconnecting_a_room_closes_only_its_sockets(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max, eve = harness.reader(cast.max, conversation), harness.reader(cast.eve)
    rooms.disconnect(room_of(conversation))
    assert (max.is_connected, eve.is_connected) == (False, True)


def test_disconnecting_all_closes_every_socket(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    readers = [harness.reader(cast.max, conversation), harness.reader(cast.eve)]
    rooms.disconnect(None)
    assert not any(reader.is_connected for reader in readers)


def test_a_process_paused_for_too_long_disconnects_everyone(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(control_events.time, "monotonic", lambda: clock[0])
    process = ControlEventHandler()
    process.handle_new()
    eve = harness.reader(cast.eve)
    clock[0] += ABSENCE_SECONDS - 1
    process.handle_new()
    assert eve.is_connected
    clock[0] += ABSENCE_SECONDS + 1
    process.handle_new()
    assert not eve.is_connected


def test_a_clock_that_is_ahead_deletes_no_recent_control_events(harness: Harness) -> None:
    def post(count: int) -> None:
        for _ in range(count):
            ControlEvent.post(Kind.DISCONNECT, "nobody")

    def kept() -> int:
        return len(db.session.execute(ControlEvent.after()).all())

    harness.database.write(lambda: post(10))
    harness.database.write(make_older)
    harness.database.write(lambda: post(1))
    assert harness.database.read(kept) == 11
    harness.database.write(lambda: post(MIN_CONTROL_EVENTS))
    assert harness.database.read(kept) <= MIN_CONTROL_EVENTS + 2, (
        "old events are deleted in the end"
    )


def make_older() -> None:
    for event in db.session.scalars(db.select(ControlEvent)):
        event.created_at = now() - 2 * CONTROL_EVENT_LIFETIME


def test_what_revokes_a_right_does_not_wait_for_descriptions(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = harness.database.conversation(cast.olive, cast.max)
    olive = harness.reader(cast.olive, conversation)
    max = harness.reader(cast.max, other)
    process = ControlEventHandler()
    process.handle_new()
    later: list[Any] = []
    monkeypatch.setattr(control_events, "start_task", lambda *task: later.append(task))
    harness.database.write(lambda: ControlEvent.post(Kind.DESCRIBE, room_of(conversation)))
    post(harness, other)
    process.handle_new()
    assert max.names() == ["rejoin"]
    assert rooms.sockets(room_of(other)) == []
    assert olive.names() == []
    for task, *arguments in later:
        task(*arguments)
    assert olive.names() == ["conversation"]


def test_a_description_that_fails_disconnects_its_readers(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive, eve = harness.reader(cast.olive, conversation), harness.reader(cast.eve)
    monkeypatch.setattr(emit, "conversation", lambda *_: 1 / 0)
    control_events.describe(room_of(conversation))
    assert (olive.is_connected, eve.is_connected) == (False, True)


def test_readers_leave_at_once_while_an_event_is_being_sent_to_their_room(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event that is being sent takes a while: there may be thousands of readers."""
    readers = [harness.reader(person, conversation) for person in (cast.olive, cast.max)]
    room = room_of(conversation)
    description = harness.database.read(lambda: control_events._payload(conversation))
    assert description is not None
    tasks: list[threading.Thread] = []

    def rejoin() -> None:
        with harness.app.app_context():
            emit.rejoin(conversation)

    def let_others_run(_seconds: float) -> None:
        if not tasks:
            tasks.append(threading.Thread(target=rejoin))
            tasks[0].start()
            eventually(lambda: not rooms.sockets(room), 10.0, "the readers have not left")

    monkeypatch.setattr(fan_out, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(socketio.server, "sleep", let_others_run)
    emit.conversation(description)
    tasks[0].join()
    received = [reader.names() for reader in readers]
    assert sorted(received) == [["conversation", "rejoin"], ["rejoin"]]


def test_readers_that_can_not_be_asked_to_join_again_are_disconnected(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive, eve = harness.reader(cast.olive, conversation), harness.reader(cast.eve)
    monkeypatch.setattr(emit, "_emit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        emit.rejoin(conversation)
    assert (olive.is_connected, eve.is_connected) == (False, True)


def test_readers_are_told_that_an_account_is_deleted(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max = harness.reader(cast.max, conversation)
    eve = harness.reader(cast.eve)
    process = ControlEventHandler()
    process.handle_new()
    harness.ask(conversation, cast.olive)
    [message, *_] = [data for name, data in max.received() if name == "message"]
    delete_person(harness.user(cast.olive))
    process.handle_new()
    told = [data for name, data in max.received() if name == "former"]
    assert told == [{"conversation": conversation, "sender": message["sender"]}]
    assert "former" not in eve.names()
