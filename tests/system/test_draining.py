"""SIGTERM lets answers come to their end, and sends the readers to another process."""

from __future__ import annotations

import signal
from collections.abc import Callable
from uuid import uuid4

import pytest
import requests

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually
from tests.system.test_raw_packets import PollingReader
from tests.system.test_workers import workers_of

pytestmark = [
    pytest.mark.system,
    pytest.mark.async_mode,
    pytest.mark.counted,
    pytest.mark.redis,
]
StartServer = Callable[..., Server]
Read = Callable[..., Reader]

SHORT = "/think 20 /tokens 90 /rate 40"
ENDLESS = "/think 20 /tokens 100000 /rate 40"


@pytest.fixture
def redis(redis_url: str) -> dict[str, str]:
    """The settings of processes that are alone: those of the test before are no others to them."""
    return {"REDIS_URL": redis_url, "REDIS_PREFIX": f"draining-{uuid4().hex}"}


def begin(reader: Reader, question: str) -> str:
    """Ask, and return the id of the answer, which has begun."""
    reply: str = reader.send(question)["reply"]
    eventually(lambda: reader.has_text(reply))
    return reply


def test_readers_go_to_another_process_while_their_answers_go_on_and_end(
    start_server: StartServer, redis: dict[str, str], database: Database, cast: Cast, read: Read
) -> None:
    ending = start_server(**redis, DRAIN_SECONDS="60")
    other = start_server(**redis, LEASE_SECONDS="600")
    where = database.conversation(cast.olive)
    readers = [read(cast.olive, where, ending.url) for _ in range(3)]
    polling = PollingReader(ending.url, cast.olive.token, ["polling"])
    polling.read(where)
    reply = begin(readers[0], ENDLESS)
    waiting = readers[1].send("/tokens 3 /rate 0")
    assert "reply" not in waiting, "precondition: it waits for the end of the first answer"

    ending.signal(signal.SIGTERM)

    for reader in readers:
        eventually(lambda reader=reader: not reader.is_connected)
        assert reader.disconnect_reasons[0] == "server disconnect"
    eventually(lambda: not polling.client.connected)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{ending.url}/readyz", timeout=20)
    for reader in readers:
        reader.cut()
        reader.connect(other.url)
    before = database.message(reply).seq
    eventually(lambda: all(reader.message(reply).seq > before for reader in readers))
    assert readers[0].ask("stop", {"id": reply})["ok"]
    assert agreed(readers, reply, database).status == "stopped"
    assert ending.wait() == 0
    eventually(lambda: len(database.messages(where)) == 4)
    assert agreed(readers, database.messages(where)[-1].id, database).status == "complete"


def test_readers_go_to_a_process_that_starts_meanwhile(
    start_server: StartServer, redis: dict[str, str], database: Database, cast: Cast, read: Read
) -> None:
    ending = start_server(**redis, DRAIN_SECONDS="60")
    where = database.conversation(cast.olive)
    reader = read(cast.olive, where, ending.url)
    reply = begin(reader, ENDLESS)
    ending.signal(signal.SIGTERM)
    eventually(lambda: "was asked to end" in ending.output)
    held = reader.message(reply).seq
    eventually(lambda: reader.message(reply).seq > held)
    assert reader.is_connected, "precondition: it is alone"
    other = start_server(**redis, LEASE_SECONDS="600")
    eventually(lambda: not reader.is_connected)
    reader.connect(other.url)
    assert reader.ask("stop", {"id": reply})["ok"]
    assert agreed([reader], reply, database).status == "stopped"
    assert ending.wait() == 0


def test_a_process_alone_serves_its_readers_until_its_answers_have_ended(
    start_server: StartServer, database: Database, cast: Cast, read: Read
) -> None:
    server = start_server(DRAIN_SECONDS="60")
    where, elsewhere = (database.conversation(cast.olive) for _ in range(2))
    reader, other = (read(cast.olive, each, server.url) for each in (where, elsewhere))
    reply = begin(reader, ENDLESS)
    question = {"id": database.messages(where)[0].id, "version": 1}
    assert reader.ask("choose", question)["ok"], "precondition: it changes nothing"

    server.signal(signal.SIGTERM)
    eventually(lambda: reader.ask("choose", question).get("error") == "unavailable")
    asked = other.send("/tokens 3 /rate 0")
    assert "reply" not in asked
    assert requests.get(f"{server.url}/readyz", timeout=20).ok
    late = read(cast.olive, where, server.url)
    assert late.ask("stop", {"id": reply})["ok"]

    assert server.wait() == 0
    assert agreed([reader, late], reply, database).status == "stopped"
    assert [each.id for each in database.messages(elsewhere)] == [asked["id"]], "it waits"
    server.start()
    other.cut()
    other.connect(server.url)
    eventually(lambda: len(database.messages(elsewhere)) == 2)
    assert agreed([other], database.messages(elsewhere)[1].id, database).status == "complete"


def test_what_is_not_done_in_time_is_interrupted(
    start_server: StartServer, database: Database, cast: Cast, read: Read
) -> None:
    server = start_server(DRAIN_SECONDS="0.5")
    reader = read(cast.olive, database.conversation(cast.olive), server.url)
    reply = begin(reader, ENDLESS)
    assert server.stop() == 0
    assert agreed([reader], reply, database).status == "interrupted"
    assert reader.events("streaming_end", reply), "it must arrive before the disconnect"


@pytest.mark.parametrize(("number", "workers"), [("SIGINT", 1), ("SIGTERM", 1), ("SIGTERM", 2)])
def test_ctrl_c_and_a_second_signal_end_at_once(
    start_server: StartServer,
    redis: dict[str, str],
    database: Database,
    cast: Cast,
    read: Read,
    number: str,
    workers: int,
) -> None:
    server = start_server(**redis, WORKERS=str(workers), DRAIN_SECONDS="100000")
    if workers > 1:
        eventually(lambda: len(workers_of(server)) == workers, 60.0)
    reader = read(cast.olive, database.conversation(cast.olive), server.url)
    reply = begin(reader, ENDLESS)
    server.signal(signal.Signals[number])
    while number == "SIGTERM" and database.message(reply).status == "streaming":
        server.signal(signal.SIGTERM)  # of several that come at once it sees one
    assert server.wait() == 0
    assert database.message(reply).status == "interrupted"


def test_workers_are_drained_together(
    start_server: StartServer, redis: dict[str, str], database: Database, cast: Cast, read: Read
) -> None:
    """No other process is there, so both serve their readers to the end."""
    server = start_server(**redis, WORKERS="2", DRAIN_SECONDS="60")
    eventually(lambda: len(workers_of(server)) == 2, 60.0)
    readers = [
        read(cast.olive, where, server.url)
        for where in [database.conversation(cast.olive) for _ in range(4)]
    ]
    replies = [begin(reader, SHORT) for reader in readers]
    assert server.stop() == 0
    for reader, reply in zip(readers, replies, strict=True):
        assert agreed([reader], reply, database).status == "complete"
