"""Two processes on one database, and no Redis: each looks for itself, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.events.looking import NOT_ALONE
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.descriptions import wait_for_descriptions
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

RARELY = 1000.0  # so that no reader asks by itself


@pytest.fixture(scope="module")
def pair(database_url: str, folder: Path) -> Iterator[tuple[Server, Server]]:
    with (
        Server(database_url, folder / "one.log") as one,
        Server(database_url, folder / "two.log") as two,
    ):
        yield one, two


def test_readers_of_the_other_process_get_all_and_the_log_says_that_it_is_late(
    pair: tuple[Server, Server], database: Database, cast: Cast
) -> None:
    where = database.conversation(cast.olive, cast.max)
    readers = [Reader(each.token, where, check_seconds=RARELY) for each in (cast.olive, cast.max)]
    for reader, server in zip(readers, pair, strict=True):
        reader.connect(server.url)
        eventually(lambda reader=reader: reader.has_joined)
    here, there = readers
    wait_for_descriptions(database, cast, there)
    endless = here.send("/tokens 100000 /rate 50")["reply"]
    eventually(lambda: there.has_text(endless))
    joins = len(there.joins)
    held = there.message(endless).seq
    eventually(lambda: there.message(endless).seq > held + 100)
    assert len(there.joins) == joins, "it gets the text itself, and need not join for it"
    assert there.ask("stop", {"id": endless})["ok"]
    agreed(readers, endless, database)
    reply = there.send("Once more. /tokens 20 /rate 0")["reply"]
    assert agreed(readers, reply, database).status == "complete"
    for reader in readers:
        reader.close()
    for server in pair:
        assert server.output.count(NOT_ALONE) == 1
