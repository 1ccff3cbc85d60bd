"""A join sends what the reader lacks, at any time, and duplicates nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

LONG = "Go on. /think 20 /tokens 100 /rate 80"
SHORT = "Be brief. /tokens 10 /rate 0"


def test_the_reader_handles_the_state(database: Database, cast: Cast, read: Read) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    reply = olive.send(LONG)["reply"]
    eventually(lambda: max.has_text(reply))
    max.loses = lambda event, data: event in ("chunk", "streaming_end")  # states alone

    eventually(lambda: max.join() or max.shows(reply, "complete"))

    assert len(max.events("current_state", reply)) > 2
    agreed([olive, max], reply, database)


def test_concurrent_joins_do_not_duplicate_text(database: Database, cast: Cast, read: Read) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send(LONG)["reply"]
    requests = [{"conversation": where, "have": {reply: seq}} for seq in range(40)]
    with ThreadPoolExecutor(8) as pool:
        acks = list(pool.map(lambda request: olive.ask("join", request), requests))

    assert all(ack["ok"] for ack in acks)
    assert len(olive.events("current_state", reply)) >= 40
    agreed([olive], reply, database)


def test_after_reconnecting_two_missed_answers_are_complete_and_in_order(
    database: Database, cast: Cast, read: Read, server_url: str
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where), read(cast.max, where)
    first = olive.send(LONG)["reply"]
    eventually(lambda: max.has_text(first))
    max.cut()
    agreed([olive], first, database)
    second = olive.send(SHORT)["reply"]
    agreed([olive], second, database)
    assert not max.shows(second)

    max.connect(server_url)

    agreed([olive, max], first, database)
    agreed([olive, max], second, database)
    in_order = sorted(max.log.messages.values(), key=lambda message: message.about["position"])
    assert [message.id for message in in_order] == [m.id for m in database.messages(where)]
