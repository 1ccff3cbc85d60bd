"""What one process writes down, every process applies once."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import Notice
from app.models.columns import now
from app.models.conversation import room_of
from app.models.notice import MIN_NOTICES, NOTICE_LIFETIME, Kind
from app.sockets import notices, out
from app.sockets.notices import ABSENCE_SECONDS, Notices
from tests.support.cast import Cast
from tests.support.stage import Stage


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of whom, instead of doing it."""
    applied: list[str] = []
    monkeypatch.setattr(out, "rejoin", applied.append)
    return applied


def post(stage: Stage, *conversations: str) -> None:
    for conversation in conversations:
        stage.records.write(lambda c=conversation: Notice.post(Kind.REJOIN, f"conversation:{c}"))


def test_each_is_heeded_once_and_in_order(stage: Stage, applied: list[str]) -> None:
    process = Notices()
    process.apply()
    post(stage, "a", "b")
    process.apply()
    post(stage, "c")
    process.apply()
    process.apply()
    assert applied == ["a", "b", "c"]


def test_every_process_heeds_it(stage: Stage, applied: list[str]) -> None:
    processes = [Notices(), Notices()]
    for process in processes:
        process.apply()
    post(stage, "a")
    for process in processes:
        process.apply()
    assert applied == ["a", "a"]


def test_what_was_there_before_the_process_does_not_concern_it(
    stage: Stage, applied: list[str]
) -> None:
    post(stage, "a")
    process = Notices()
    process.apply()
    post(stage, "b")
    process.apply()
    assert applied == ["b"]


def test_closing_leaves_the_sockets_of_other_rooms_alone(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    max, eve = stage.reader(cast.max, conversation), stage.reader(cast.eve)
    out.disconnect(room_of(conversation))
    assert (max.is_connected, eve.is_connected) == (False, True)


def test_closing_all_closes_all(stage: Stage, cast: Cast, conversation: str) -> None:
    readers = [stage.reader(cast.max, conversation), stage.reader(cast.eve)]
    out.disconnect(None)
    assert not any(reader.is_connected for reader in readers)


def test_who_was_absent_for_too_long_to_have_heard_everything_sends_all_away(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(notices.time, "monotonic", lambda: clock[0])
    process = Notices()
    process.apply()
    eve = stage.reader(cast.eve)
    clock[0] += ABSENCE_SECONDS - 1
    process.apply()
    assert eve.is_connected
    clock[0] += ABSENCE_SECONDS + 1
    process.apply()
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
    stage.records.write(lambda: post(MIN_NOTICES))
    assert stage.records.read(kept) <= MIN_NOTICES + 2, "in the end they go"


def make_older() -> None:
    for notice in db.session.scalars(db.select(Notice)):
        notice.created_at = now() - 2 * NOTICE_LIFETIME
