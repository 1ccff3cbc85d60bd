"""A process dies, is stopped or falls asleep: every answer ends, its text kept, and once."""

from __future__ import annotations

import signal
import time
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
EXIT_SECONDS = 5.0
ENDLESS = "/think 20 /tokens 100000 /rate 100"
SHORT = "/tokens 20 /rate 0"


def test_killed_and_restarted_an_answer_is_interrupted_and_can_be_retried(
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


def test_asked_to_stop_it_interrupts_its_answers_at_once_and_goes(
    start_server: StartServer, database: Database, cast: Cast, read: Read
) -> None:
    server = start_server()
    places = [database.conversation(cast.olive) for _ in range(5)]
    readers = [read(cast.olive, where, server.url) for where in places]
    replies = [reader.send(ENDLESS)["reply"] for reader in readers]
    for reader, reply in zip(readers, replies, strict=True):
        eventually(lambda reader=reader, reply=reply: reader.has_text(reply))

    began = time.monotonic()
    code = server.stop()

    assert (code, time.monotonic() - began < EXIT_SECONDS) == (0, True)
    for reader, reply in zip(readers, replies, strict=True):
        assert agreed([reader], reply, database).status == "interrupted"
        assert reader.events("streaming_end", reply), "it must have been told before the goodbye"
        assert database.entries(reply) == 0


def test_a_silent_model_does_not_keep_the_process_from_going(
    start_server: StartServer, database: Database, cast: Cast, read: Read
) -> None:
    server = start_server()
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where, server.url)
    reply = olive.send("/tokens 5 /rate 0 /hang after 5")["reply"]
    eventually(lambda: olive.has_text(reply))

    assert server.stop() == 0

    assert agreed([olive], reply, database).status == "interrupted"


@pytest.mark.redis
def test_a_process_that_slept_longer_than_its_lease_changes_nothing_when_it_wakes(
    start_server: StartServer, redis_url: str, database: Database, cast: Cast, read: Read
) -> None:
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "REDIS_URL": redis_url}
    sleeper, other = start_server(**settings), start_server(**settings)
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where, sleeper.url), read(cast.max, where, other.url)
    reply = olive.send(ENDLESS)["reply"]
    eventually(lambda: max.has_text(reply))

    sleeper.pause()
    eventually(lambda: max.shows(reply, "interrupted"), LEASE_SECONDS + MARGIN_SECONDS)
    interrupted = agreed([max], reply, database)
    sleeper.signal(signal.SIGCONT)

    assert agreed([olive, max], reply, database) == interrupted
    next_reply = olive.send(SHORT)["reply"]
    assert agreed([olive, max], next_reply, database).status == "complete"
    assert agreed([olive, max], reply, database) == interrupted
    assert database.entries(reply) == 0
