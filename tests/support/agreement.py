"""The guarantee: all readers end with what the database holds, and before that show nothing but
a beginning of it."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.database import Database, Stored
from tests.support.reader import Reader
from tests.support.waiting import eventually

ENDED = ("complete", "stopped", "interrupted", "failed")


def agreed(
    readers: Iterable[Reader], message_id: str, database: Database, seconds: float = 20.0
) -> Stored:
    """Wait until a message has ended for all readers, check the guarantee, return the message."""
    readers = list(readers)
    eventually(
        lambda: all(reader.shows(message_id, *ENDED) for reader in readers),
        seconds,
        f"message {message_id} has not ended for every reader",
    )
    stored = database.message(message_id)
    for reader in readers:
        _assert_equal(reader, stored)
        _assert_only_beginnings(reader, stored)
    return stored


def _assert_equal(reader: Reader, stored: Stored) -> None:
    shown = reader.message(stored.id)
    assert shown.content == stored.content
    assert shown.thinking == stored.thinking
    assert (shown.status, shown.seq) == (stored.status, stored.seq)
    assert (shown.error, shown.note) == (stored.error, stored.note)


def _assert_only_beginnings(reader: Reader, stored: Stored) -> None:
    samples = reader.samples[stored.id]
    assert samples, "it has shown nothing"
    for sample in samples:
        assert stored.content.startswith(sample.content)
        assert stored.thinking.startswith(sample.thinking)
    if not any(ack.get("reload") for ack in reader.acks):  # after which it starts again
        seqs = [sample.seq for sample in samples]
        assert seqs == sorted(set(seqs)), "it went back"
