"""Another connection holds the database's write lock for a while."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.extensions import db
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]
StartServer = Callable[..., Server]


def test_readers_can_join_and_an_answer_continues_after_another_connection_held_the_write_lock(
    start_server: StartServer, database: Database, cast: Cast, read: Read
) -> None:
    server = start_server()
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where, server.url)
    reply = olive.send("/tokens 120 /rate 60")["reply"]
    eventually(lambda: olive.has_text(reply))

    with database.app.app_context():
        db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        for _ in range(5):
            late = read(cast.max, where, server.url)
            assert late.acks[0]["ok"], "joining must not need the write lock"
        held = late.message(reply).seq
        db.session.rollback()

    stored = agreed([olive, late], reply, database)
    assert stored.status == "complete" and stored.seq > held
