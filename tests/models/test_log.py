"""The log of a message only ever grows, and nobody writes an entry twice."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Message
from app.models.log import (
    Addition,
    Delta,
    delete_logs,
    entry_at,
    insert_entries,
    last_seq,
    read_log,
)
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def message(harness: Harness, cast: Cast, conversation: str) -> int:
    """The key of an answer without text."""
    return harness.message_key(harness.ask(conversation, cast.olive))


def add(harness: Harness, message: int, *seqs: int) -> None:
    additions = [Addition(message, seq, f"c{seq}", f"t{seq}") for seq in seqs]
    harness.database.write(lambda: insert_entries(additions))


def test_an_empty_log_is_at_0(harness: Harness, message: int) -> None:
    assert harness.database.read(lambda: read_log(message)) == Delta(0, 0, "", "")
    assert harness.database.read(lambda: last_seq(message)) == 0


def test_it_is_read_in_order_from_anywhere(harness: Harness, message: int) -> None:
    add(harness, message, 2, 1)
    add(harness, message, 3)
    assert harness.database.read(lambda: read_log(message)) == Delta(0, 3, "c1c2c3", "t1t2t3")
    assert harness.database.read(lambda: read_log(message, 2)) == Delta(2, 3, "c3", "t3")
    assert harness.database.read(lambda: read_log(message, 3)) == Delta(3, 3, "", "")
    assert harness.database.read(lambda: last_seq(message)) == 3


def test_each_can_be_read_by_itself(harness: Harness, message: int) -> None:
    add(harness, message, 1, 2)
    found = [harness.database.read(lambda seq=seq: entry_at(message, seq)) for seq in (2, 3)]
    assert found == [Addition(message, 2, "c2", "t2"), None]


def test_a_second_writer_fails_and_none_of_its_text_stays(harness: Harness, message: int) -> None:
    add(harness, message, 1, 2)
    with pytest.raises(IntegrityError):
        add(harness, message, 3, 2)
    assert harness.database.read(lambda: last_seq(message)) == 2


def test_what_has_no_message_can_not_be_written(harness: Harness, message: int) -> None:
    with pytest.raises(IntegrityError):
        add(harness, message + 1000, 1)


def test_logs_go_with_their_message(harness: Harness, message: int) -> None:
    add(harness, message, 1)
    harness.database.write(lambda: db.session.delete(db.session.get_one(Message, message)))
    assert harness.database.read(lambda: last_seq(message)) == 0


def test_only_what_is_named_is_removed(harness: Harness, cast: Cast, message: int) -> None:
    elsewhere = harness.database.conversation(cast.olive)
    other = harness.message_key(harness.ask(elsewhere, cast.olive))
    add(harness, message, 1)
    add(harness, other, 1)
    harness.database.write(lambda: delete_logs([message]))
    assert harness.database.read(lambda: (last_seq(message), last_seq(other))) == (0, 1)
