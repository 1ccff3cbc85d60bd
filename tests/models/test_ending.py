"""An answer ends exactly once; afterwards nothing changes it any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Entry, Message, Status
from app.models.appending import append
from app.models.ending import Ending, end, fold, store_html, unrendered
from app.models.log import Delta, read_log
from app.models.paging import PAGE_BYTES
from app.models.stats import Stats, stats_of
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def message(harness: Harness, cast: Cast, conversation: str) -> int:
    """The key of an answer with two entries."""
    key = harness.message_key(harness.ask(conversation, cast.olive))
    for delta in (Delta(0, 1, "Hel", "Hm"), Delta(1, 2, "lo", ".")):
        harness.database.write(lambda delta=delta: append(db.session.connection(), {key: delta}))
    return key


def end_with(harness: Harness, last: Delta, ending: Ending) -> Stats | None:
    """End a message as its writer does; None if it does not stream any more."""

    def work() -> Stats | None:
        connection, key = db.session.connection(), ending.message_id
        return fold(connection, ending, last.seq) if append(connection, {key: last}) else None

    return harness.database.write(work)


def row(key: int) -> Message:
    db.session.rollback()
    return db.session.get_one(Message, key)


def test_ending_stores_the_last_entry_and_deletes_the_log(harness: Harness, message: int) -> None:
    stats = end_with(harness, Delta(2, 3, "!", ".."), Ending(message, Status.COMPLETE, None, "Hm."))

    ended = row(message)
    assert stats == stats_of(ended)
    assert ended.note == "Hm."
    assert (ended.content, ended.thinking, ended.seq) == ("Hello!", "Hm...", 3)
    assert (ended.status, ended.size) == ("complete", 11)
    assert ended.ended_at is not None
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 0


def test_a_log_of_any_length_is_folded_in_order(harness: Harness, message: int) -> None:
    for seq in range(3, 1200):
        text = f"{seq}, " if seq % 7 else ""
        delta = Delta(seq - 1, seq, text, "")
        harness.database.write(
            lambda delta=delta: append(db.session.connection(), {message: delta})
        )
    log = harness.database.read(lambda: read_log(message))
    last = harness.database.write(lambda: end(Ending(message, Status.STOPPED)))
    assert last == Delta(1199, 1200, "", "")
    ended = row(message)
    assert (ended.content, ended.thinking) == (log.content, log.thinking)
    assert ended.size == len(log.content.encode()) + len(log.thinking.encode())


def test_an_answer_without_any_text_is_empty(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    key = harness.message_key(harness.ask(conversation, cast.olive))
    harness.database.write(lambda: end(Ending(key, Status.STOPPED)))
    assert (row(key).content, row(key).thinking, row(key).size) == ("", "", 0)


def test_a_second_ending_changes_nothing(harness: Harness, message: int) -> None:
    assert harness.database.write(lambda: end(Ending(message, Status.STOPPED)))
    late = Ending(message, Status.FAILED, error="too late")
    assert end_with(harness, Delta(3, 4, "more", ""), late) is None
    assert harness.database.write(lambda: end(late)) is None
    ended = row(message)
    assert (ended.status, ended.content, ended.error, ended.seq) == ("stopped", "Hello", None, 3)


def test_one_of_several_concurrent_endings_wins(harness: Harness, message: int) -> None:
    together = Barrier(4)
    statuses = [Status.COMPLETE, Status.STOPPED, Status.INTERRUPTED, Status.FAILED]

    def end_it(status: Status) -> Status | None:
        together.wait()
        return status if harness.database.write(lambda: end(Ending(message, status))) else None

    with ThreadPoolExecutor(4) as pool:
        winners = [status for status in pool.map(end_it, statuses) if status]

    assert winners == [row(message).status]


def test_an_ending_with_an_existing_sequence_number_is_refused(
    harness: Harness, message: int
) -> None:
    with pytest.raises(IntegrityError):
        end_with(harness, Delta(1, 2, "!", ""), Ending(message, Status.COMPLETE))
    assert (row(message).status, row(message).seq) == ("streaming", 0)
    assert end_with(harness, Delta(2, 3, "!", ""), Ending(message, Status.COMPLETE))
    assert row(message).content == "Hello!"


def test_a_renewed_lease_prevents_the_ending(harness: Harness, message: int) -> None:
    assert row(message).lease == 0
    assert harness.database.write(lambda: end(Ending(message, Status.INTERRUPTED, lease=1))) is None
    assert harness.database.write(lambda: end(Ending(message, Status.INTERRUPTED, lease=0)))


def test_an_ended_answer_is_not_streaming(harness: Harness, message: int) -> None:
    assert harness.database.read(
        lambda: db.session.scalars(Message.streaming_among([message])).all()
    )
    harness.database.write(lambda: end(Ending(message, Status.COMPLETE)))
    found = harness.database.read(
        lambda: db.session.scalars(Message.streaming_among([message])).all()
    )
    assert found == []


def test_the_html_of_an_ended_answer_is_stored_once(harness: Harness, message: int) -> None:
    assert harness.database.read(lambda: unrendered(message)) is None, "it streams"
    harness.database.write(lambda: end(Ending(message, Status.COMPLETE)))
    assert harness.database.read(lambda: unrendered(message)) == ("assistant", "Hello", False)
    harness.database.write(lambda: store_html(message, "<p>Hello</p>"))
    assert harness.database.read(lambda: unrendered(message)) is None


def test_the_stored_size_counts_bytes_of_text_and_thinking(harness: Harness, message: int) -> None:
    end_with(harness, Delta(2, 3, "ü" * PAGE_BYTES, ""), Ending(message, Status.COMPLETE))
    assert row(message).size == 2 * PAGE_BYTES + len("HelloHm.")
