"""What one process writes down, every process applies once."""

from __future__ import annotations

import pytest

from app.events import emit
from app.extensions import db
from app.models import Notice
from app.models.columns import now
from app.models.control_event import MIN_NOTICES, NOTICE_LIFETIME, Kind
from app.models.conversation import room_of
from app.sockets import control_events
from app.sockets.control_events import ABSENCE_SECONDS, Notices
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of whom, instead of doing it."""
    applied: list[str] = []
    monkeypatch.setattr(emit, "rejoin", applied.append)
    return applied


def post(harness: Harness, *conversations: str) -> None:
    for conversation in conversations:
        harness.database.write(lambda c=conversation: Notice.post(Kind.REJOIN, f"conversation:{c}"))


def test_each_is_heeded_once_and_in_order(harness: Harness, applied: list[str]) -> None:
    process = Notices()
    process.apply()
    post(harness, "a", "b")
    process.apply()
    post(harness, "c")
    process.apply()
    process.apply()
    assert applied == ["a", "b", "c"]


def test_every_process_heeds_it(harness: Harness, applied: list[str]) -> None:
    processes = [Notices(), Notices()]
    for process in processes:
        process.apply()
    post(harness, "a")
    for process in processes:
        process.apply()
    assert applied == ["a", "a"]


def test_what_was_there_before_the_process_does_not_concern_it(
    harness: Harness, applied: list[str]
) -> None:
    post(harness, "a")
    process = Notices()
    process.apply()
    post(harness, "b")
    process.apply()
    assert applied == ["b"]


def test_closing_leaves_the_sockets_of_other_rooms_alone(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    max, eve = harness.reader(cast.max, conversation), harness.reader(cast.eve)
    emit.disconnect(room_of(conversation))
    assert (max.is_connected, eve.is_connected) == (False, True)


def test_closing_all_closes_all(harness: Harness, cast: Cast, conversation: str) -> None:
    readers = [harness.reader(cast.max, conversation), harness.reader(cast.eve)]
    emit.disconnect(None)
    assert not any(reader.is_connected for reader in readers)


def test_who_was_absent_for_too_long_to_have_heard_everything_sends_all_away(
    harness: Harness, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(control_events.time, "monotonic", lambda: clock[0])
    process = Notices()
    process.apply()
    eve = harness.reader(cast.eve)
    clock[0] += ABSENCE_SECONDS - 1
    process.apply()
    assert eve.is_connected
    clock[0] += ABSENCE_SECONDS + 1
    process.apply()
    assert not eve.is_connected


def test_a_clock_that_is_ahead_takes_no_notice_from_the_others(harness: Harness) -> None:
    def post(count: int) -> None:
        for _ in range(count):
            Notice.post(Kind.DISCONNECT, "nobody")

    def kept() -> int:
        return len(db.session.execute(Notice.recent()).all())

    harness.database.write(lambda: post(10))
    harness.database.write(make_older)
    harness.database.write(lambda: post(1))
    assert harness.database.read(kept) == 11
    harness.database.write(lambda: post(MIN_NOTICES))
    assert harness.database.read(kept) <= MIN_NOTICES + 2, "in the end they go"


def make_older() -> None:
    for notice in db.session.scalars(db.select(Notice)):
        notice.created_at = now() - 2 * NOTICE_LIFETIME
