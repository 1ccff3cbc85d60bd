"""Text is appended to messages that stream, all in one statement, and to no others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import event

from app.extensions import db
from app.models import Status
from app.models.appending import append
from app.models.ending import Ending, end
from app.models.log import Delta, last_seq, read_log
from tests.support.cast import Cast
from tests.support.harness import Harness

TEXTS = [
    "plain",
    "",
    "'; DROP TABLE entry; --",
    "\u2028 é 👩‍👩‍👧",
    "%s ? :at %(at)s {0}",
    "\\",
    "\x7f\x01",
]


@pytest.fixture
def messages(harness: Harness, cast: Cast) -> list[int]:
    """The keys of three answers that stream."""
    places = [harness.database.conversation(cast.olive) for _ in range(3)]
    return [harness.message_key(harness.ask(where, cast.olive)) for where in places]


def appended(harness: Harness, deltas: Mapping[int, Delta]) -> set[int]:
    return set(harness.database.write(lambda: append(db.session.connection(), deltas)))


def test_every_message_that_streams_gets_its_entry(harness: Harness, messages: list[int]) -> None:
    deltas = {key: Delta(0, 1, f"c{key}", f"t{key}") for key in reversed(messages)}
    assert appended(harness, deltas) == set(messages)
    for key in messages:
        assert harness.database.read(lambda key=key: read_log(key)) == deltas[key]


def test_what_has_ended_or_does_not_exist_gets_none(harness: Harness, messages: list[int]) -> None:
    ended, *streaming = messages
    harness.database.write(lambda: end(Ending(ended, Status.STOPPED)))
    nobody = max(messages) + 1000
    deltas = {key: Delta(0, 1, "text", "") for key in (*messages, nobody)}
    assert appended(harness, deltas) == set(streaming)
    assert harness.database.read(lambda: [last_seq(key) for key in (*messages, nobody)]) == [
        0,
        1,
        1,
        0,
    ]


def test_texts_are_stored_as_they_are(harness: Harness, messages: list[int]) -> None:
    for seq, text in enumerate(TEXTS, 1):
        appended(harness, {messages[0]: Delta(seq - 1, seq, text, text[::-1])})
    log = harness.database.read(lambda: read_log(messages[0]))
    assert log == Delta(0, len(TEXTS), "".join(TEXTS), "".join(text[::-1] for text in TEXTS))


def test_one_statement_appends_to_all(harness: Harness, messages: list[int]) -> None:
    calls: list[tuple[str, bool]] = []

    def note(_connection: object, _cursor: object, text: str, *rest: object) -> None:
        calls.append((text, bool(rest[-1])))

    event.listen(db.engine, "before_cursor_execute", note)
    appended(harness, {key: Delta(0, 1, "text", "") for key in messages})
    event.remove(db.engine, "before_cursor_execute", note)
    inserts = [is_many for text, is_many in calls if text.startswith("INSERT")]
    assert inserts == [True]
