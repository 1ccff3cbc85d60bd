"""A retry replaces the last answer for every reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

QUESTION = "/tokens 40 /rate 100"


def test_a_retry_replaces_the_answer_for_every_reader_without_another_join(
    database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    question, old = _ask(olive)
    agreed([olive, max], old, database)

    new = max.ask("retry", {"id": old})["reply"]

    agreed([olive, max], new, database)
    assert not olive.shows(old) and not max.shows(old)
    assert olive.events("removed") == max.events("removed")
    assert max.events("removed")[0]["ids"] == [old]
    assert [m.id for m in database.messages(where)] == [question, new]
    assert len(max.joins) == 1, "nothing was lost, so no other join was necessary"


def test_a_reader_that_was_disconnected_during_a_retry_reloads(
    database: Database, cast: Cast, read: Read, server_url: str
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    _, old = _ask(olive)
    agreed([olive, max], old, database)
    max.cut()
    new = olive.ask("retry", {"id": old})["reply"]
    agreed([olive], new, database)

    max.connect(server_url)

    agreed([max], new, database)
    assert not max.shows(old)
    assert any(ack.get("reload") for ack in max.acks)


def _ask(reader: Reader) -> tuple[str, str]:
    ack = reader.send(QUESTION)
    return ack["id"], ack["reply"]
