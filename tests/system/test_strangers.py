"""Strangers with a share link read along in every process, exactly, through lost connections."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server, command
from tests.support.sharing import found, share
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.redis, pytest.mark.async_mode]
Read = Callable[..., Reader]

LONG = "Go on. /tokens 150 /rate 80"
SECOND = 1.0


@pytest.fixture(scope="module")
def settings(redis_url: str) -> dict[str, str]:
    return {"REDIS_URL": redis_url}


def test_strangers_of_another_process_read_along_until_their_link_is_revoked(
    server: Server,
    start_server: Callable[..., Server],
    settings: dict[str, str],
    database: Database,
    cast: Cast,
    read: Read,
) -> None:
    there = start_server(**settings)  # where no member reads
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)
    first = olive.send("Once. /tokens 10 /rate 0")["reply"]
    agreed([olive], first, database)
    secrets = [share(database, where, cast.olive), share(database, where, cast.olive, answer=first)]
    ids = [found(database, secret).public_id for secret in secrets]
    whole, one, cut = (
        Reader(secrets[0], ids[0]),
        Reader(secrets[1], ids[1]),
        Reader(secrets[0], ids[0]),
    )
    try:
        for stranger in (whole, one, cut):
            stranger.connect(there.url)
            eventually(lambda each=stranger: each.acks, what="it must join")
        reply = olive.send(LONG)["reply"]
        for stranger in (whole, cut):
            eventually(lambda each=stranger: each.has_text(reply))
        cut.cut()
        cut.connect(server.url)
        agreed([olive, whole, cut], reply, database)
        assert not any("content" in each for each in one.events("chunk"))
        assert len(one.log.messages) == 2

        retried = olive.ask("retry", {"id": reply})["reply"]
        eventually(lambda: whole.has_text(retried))
        command(server.database_url, "share", "revoke", str(found(database, secrets[0]).id))
        revoked = time.monotonic()
        eventually(lambda: not (whole.is_connected or cut.is_connected), 5)
        agreed([olive], retried, database)
        for stranger in (whole, cut):
            late = [each for each in stranger.received if each.at > revoked + SECOND]
            assert not [each for each in late if each.event != "rejoin"]
        assert one.is_connected
    finally:
        for stranger in (whole, one, cut):
            stranger.close()
