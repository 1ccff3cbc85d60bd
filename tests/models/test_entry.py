"""The log of a message only ever grows, and nobody writes an entry twice."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Message
from app.models.entry import (
    Addition,
    Delta,
    delete_logs,
    entry_at,
    insert_entries,
    last_seq,
    read_log,
)
from tests.support.cast import Cast
from tests.support.stage import Stage


@pytest.fixture
def message(stage: Stage, cast: Cast, conversation: str) -> int:
    """The key of an answer without text."""
    return stage.message_key(stage.ask(conversation, cast.olive))


def add(stage: Stage, message: int, *seqs: int) -> None:
    additions = [Addition(message, seq, f"c{seq}", f"t{seq}") for seq in seqs]
    stage.records.write(lambda: insert_entries(additions))


def test_an_empty_log_is_at_0(stage: Stage, message: int) -> None:
    assert stage.records.read(lambda: read_log(message)) == Delta(0, 0, "", "")
    assert stage.records.read(lambda: last_seq(message)) == 0


def test_it_is_read_in_order_from_anywhere(stage: Stage, message: int) -> None:
    add(stage, message, 2, 1)
    add(stage, message, 3)
    assert stage.records.read(lambda: read_log(message)) == Delta(0, 3, "c1c2c3", "t1t2t3")
    assert stage.records.read(lambda: read_log(message, 2)) == Delta(2, 3, "c3", "t3")
    assert stage.records.read(lambda: read_log(message, 3)) == Delta(3, 3, "", "")
    assert stage.records.read(lambda: last_seq(message)) == 3


def test_each_can_be_read_by_itself(stage: Stage, message: int) -> None:
    add(stage, message, 1, 2)
    found = [stage.records.read(lambda seq=seq: entry_at(message, seq)) for seq in (2, 3)]
    assert found == [Addition(message, 2, "c2", "t2"), None]


def test_a_second_writer_fails_and_none_of_its_text_stays(stage: Stage, message: int) -> None:
    add(stage, message, 1, 2)
    with pytest.raises(IntegrityError):
        add(stage, message, 3, 2)
    assert stage.records.read(lambda: last_seq(message)) == 2


def test_what_has_no_message_can_not_be_written(stage: Stage, message: int) -> None:
    with pytest.raises(IntegrityError):
        add(stage, message + 1000, 1)


def test_logs_go_with_their_message(stage: Stage, message: int) -> None:
    add(stage, message, 1)
    stage.records.write(lambda: db.session.delete(db.session.get_one(Message, message)))
    assert stage.records.read(lambda: last_seq(message)) == 0


def test_only_what_is_named_is_removed(stage: Stage, cast: Cast, message: int) -> None:
    elsewhere = stage.records.conversation(cast.olive)
    other = stage.message_key(stage.ask(elsewhere, cast.olive))
    add(stage, message, 1)
    add(stage, other, 1)
    stage.records.write(lambda: delete_logs([message]))
    assert stage.records.read(lambda: (last_seq(message), last_seq(other))) == (0, 1)
