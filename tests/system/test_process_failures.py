"""A process is killed or paused: its answers are interrupted once and keep their text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.counted]
Read = Callable[..., Reader]
StartServer = Callable[..., Server]

LEASE_SECONDS = 1.0
MARGIN_SECONDS = 2.0
ENDLESS = "/think 20 /tokens 100000 /rate 100"
SHORT = "/tokens 20 /rate 0"


def test_after_a_kill_and_a_restart_the_answer_is_interrupted_and_can_be_retried(
    start_server: StartServer, database: Database, cast: Cast, read: Read
) -> None:
    server = start_server(LEASE_SECONDS=str(LEASE_SECONDS))
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where, server.url), read(cast.max, where, server.url)
    reply = olive.send(ENDLESS)["reply"]
    waiting = max.send(SHORT)["id"]
    eventually(lambda: len(max.message(reply).content) > 50)

    server.kill()
    seen = [olive.samples[reply][-1], max.samples[reply][-1]]
    server.start()

    eventually(
        lambda: database.message(reply).status == "interrupted", LEASE_SECONDS + MARGIN_SECONDS
    )
    for reader in (olive, max):
        reader.cut()
        reader.connect(server.url)
    stored = agreed([olive, max], reply, database)
    assert stored.status == "interrupted"
    assert all(stored.content.startswith(sample.content) for sample in seen)
    eventually(
        lambda: (
            database.messages(where)[-1].role == "assistant" and len(database.messages(where)) == 4
        )
    )
    [_, _, question, second] = database.messages(where)
    assert question.id == waiting
    agreed([olive, max], second.id, database)
    new = olive.ask("retry", {"id": second.id})["reply"]
    assert agreed([olive, max], new, database).status == "complete"
