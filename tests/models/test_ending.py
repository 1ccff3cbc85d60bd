"""Ending happens once, by whoever wins; after it nothing changes the message any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Entry, Message, Status
from app.models.ending import Ending, end, store_html, unrendered
from app.models.log import Addition, Delta, insert_entries
from app.models.paging import PAGE_BYTES
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def message(harness: Harness, cast: Cast, conversation: str) -> int:
    """The key of an answer with two entries."""
    key = harness.message_key(harness.ask(conversation, cast.olive))
    log = [Addition(key, 1, "Hel", "Hm"), Addition(key, 2, "lo", ".")]
    harness.database.write(lambda: insert_entries(log))
    return key


def row(key: int) -> Message:
    db.session.rollback()
    return db.session.get_one(Message, key)


def test_the_end_takes_an_entry_of_its_own_and_folds_the_log(
    harness: Harness, message: int
) -> None:
    last = harness.database.write(lambda: end(Ending(message, Status.COMPLETE, "!", "..")))

    assert last == Delta(2, 3, "!", "..")
    ended = row(message)
    assert (ended.content, ended.thinking, ended.seq) == ("Hello!", "Hm...", 3)
    assert (ended.status, ended.size) == ("complete", 11)
    assert ended.ended_at is not None
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 0


def test_the_second_to_end_it_changes_nothing(harness: Harness, message: int) -> None:
    assert harness.database.write(lambda: end(Ending(message, Status.STOPPED)))
    late = Ending(message, Status.FAILED, "more", error="too late")
    assert harness.database.write(lambda: end(late)) is None
    ended = row(message)
    assert (ended.status, ended.content, ended.error, ended.seq) == ("stopped", "Hello", None, 3)


def test_of_many_who_end_it_at_once_one_wins(harness: Harness, message: int) -> None:
    together = Barrier(4)
    statuses = [Status.COMPLETE, Status.STOPPED, Status.INTERRUPTED, Status.FAILED]

    def end_it(status: Status) -> Status | None:
        together.wait()
        return status if harness.database.write(lambda: end(Ending(message, status))) else None

    with ThreadPoolExecutor(4) as pool:
        winners = [status for status in pool.map(end_it, statuses) if status]

    assert winners == [row(message).status]


def test_who_has_not_written_its_last_entry_can_not_end_it_with_text(
    harness: Harness, message: int
) -> None:
    with pytest.raises(IntegrityError):
        harness.database.write(lambda: end(Ending(message, Status.COMPLETE, "!", since=1)))
    assert (row(message).status, row(message).seq) == ("streaming", 0)
    assert harness.database.write(lambda: end(Ending(message, Status.COMPLETE, "!", since=2)))
    assert row(message).content == "Hello!"


def test_a_lease_that_was_renewed_meanwhile_prevents_it(harness: Harness, message: int) -> None:
    assert row(message).lease == 0
    assert harness.database.write(lambda: end(Ending(message, Status.INTERRUPTED, lease=1))) is None
    assert harness.database.write(lambda: end(Ending(message, Status.INTERRUPTED, lease=0)))


def test_after_the_end_nothing_is_streaming_to_write_to(harness: Harness, message: int) -> None:
    assert harness.database.read(
        lambda: db.session.scalars(Message.streaming_among([message])).all()
    )
    harness.database.write(lambda: end(Ending(message, Status.COMPLETE)))
    found = harness.database.read(
        lambda: db.session.scalars(Message.streaming_among([message])).all()
    )
    assert found == []


def test_the_html_of_what_has_ended_is_stored_once(harness: Harness, message: int) -> None:
    assert harness.database.read(lambda: unrendered(message)) is None, "it streams"
    harness.database.write(lambda: end(Ending(message, Status.COMPLETE)))
    assert harness.database.read(lambda: unrendered(message)) == "Hello"
    harness.database.write(lambda: store_html(message, "<p>Hello</p>"))
    assert harness.database.read(lambda: unrendered(message)) is None


def test_the_size_is_what_pages_are_measured_by(harness: Harness, message: int) -> None:
    harness.database.write(lambda: end(Ending(message, Status.COMPLETE, "ü" * PAGE_BYTES)))
    assert row(message).size == 2 * PAGE_BYTES + len("HelloHm.")
