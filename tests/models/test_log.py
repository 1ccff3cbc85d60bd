"""The log of a message is append-only, and each entry is written once."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import Message
from app.models.appending import append
from app.models.log import Delta, last_seq, read_entry, read_log
from tests.support.cast import Cast
from tests.support.harness import Harness


@pytest.fixture
def message(harness: Harness, cast: Cast, conversation: str) -> int:
    """The key of an answer without text."""
    return harness.message_key(harness.ask(conversation, cast.olive))


def add(harness: Harness, message: int, *seqs: int) -> None:
    def work() -> None:
        for seq in seqs:
            delta = Delta(seq - 1, seq, f"c{seq}", f"t{seq}")
            assert set(append(db.session.connection(), {message: delta})) == {message}

    harness.database.write(work)


def test_an_empty_log_has_sequence_number_0(harness: Harness, message: int) -> None:
    assert harness.database.read(lambda: read_log(message)) == Delta(0, 0, "", "")
    assert harness.database.read(lambda: last_seq(message)) == 0


def test_the_log_is_read_in_order_from_any_sequence_number(harness: Harness, message: int) -> None:
    add(harness, message, 2, 1)
    add(harness, message, 3)
    assert harness.database.read(lambda: read_log(message)) == Delta(0, 3, "c1c2c3", "t1t2t3")
    assert harness.database.read(lambda: read_log(message, 2)) == Delta(2, 3, "c3", "t3")
    assert harness.database.read(lambda: read_log(message, 3)) == Delta(3, 3, "", "")
    assert harness.database.read(lambda: last_seq(message)) == 3


def test_a_single_entry_can_be_read(harness: Harness, message: int) -> None:
    add(harness, message, 1, 2)
    found = [harness.database.read(lambda seq=seq: read_entry(message, seq)) for seq in (2, 3)]
    assert found == [Delta(1, 2, "c2", "t2"), None]


def test_appending_an_existing_sequence_number_fails_and_stores_nothing(
    harness: Harness, message: int
) -> None:
    add(harness, message, 1, 2)
    with pytest.raises(IntegrityError):
        add(harness, message, 3, 2)
    assert harness.database.read(lambda: last_seq(message)) == 2


def test_deleting_a_message_deletes_its_log(harness: Harness, message: int) -> None:
    add(harness, message, 1)
    harness.database.write(lambda: db.session.delete(db.session.get_one(Message, message)))
    assert harness.database.read(lambda: last_seq(message)) == 0
