"""WORKERS: several processes on one port, which are one server to their readers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server, environment, run_python
from tests.support.waiting import eventually
from tests.system.test_raw_packets import PollingReader

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.redis, pytest.mark.slow]
Read = Callable[..., Reader]

QUESTION = "/think 20 /tokens 60 /rate 80"
ENDLESS = "/tokens 100000 /rate 80"
WORKERS = 2


@pytest.fixture(scope="module")
def settings(redis_url: str) -> dict[str, str]:
    return {"WORKERS": str(WORKERS), "REDIS_URL": redis_url}


def workers_of(server: Server) -> list[int]:
    """Return the ids of the worker processes that serve by now."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [each for each in map(int, children.read_text().split()) if listens(each)]


def listens(pid: int) -> bool:
    """Return whether a process has a listening TCP socket; it has its descriptors by then."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        links = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:  # it has just ended
        return False
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return b"--worker" in command and any(row[3] == "0A" and row[9] in inodes for row in rows)


@pytest.fixture
def all_serve(server: Server) -> Server:
    """The server, once all its workers serve."""
    eventually(lambda: len(workers_of(server)) == WORKERS, 60.0)
    return server


def test_readers_of_all_workers_receive_an_answer(
    all_serve: Server, database: Database, cast: Cast, read: Read
) -> None:
    """Of eight connections hardly all come to one worker: each has a port of its own."""
    where = database.conversation(cast.olive, cast.max)
    readers = [read(cast.max, where) for _ in range(8)]
    reply = readers[0].send(QUESTION)["reply"]
    assert agreed(readers, reply, database).status == "complete"


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"]])
def test_readers_that_poll_reach_their_worker(
    all_serve: Server, database: Database, cast: Cast, transports: list[str]
) -> None:
    where = database.conversation(cast.olive, cast.max)
    readers = [PollingReader(all_serve.url, cast.max.token, transports) for _ in range(8)]
    for reader in readers:
        reader.read(where)
    reply = readers[0].ask("send", {"conversation": where, "content": QUESTION})["reply"]
    eventually(lambda: database.message(str(reply)).status == "complete")
    stored = database.message(str(reply)).content
    for reader in readers:
        eventually(lambda reader=reader: reader.shows(reply, stored))
        assert reader.client.transport() == transports[-1]
        reader.client.disconnect()


def test_a_session_is_served_by_its_worker_whichever_connection_asks(all_serve: Server) -> None:
    """Each request on a connection of its own, and many on one that is kept."""
    opened = [open_session(all_serve) for _ in range(6)]
    assert {sid.rpartition(".")[2] for sid in opened} <= {"1", "2"}
    with requests.Session() as kept:
        for sid in opened * 3:
            for asking in (kept, requests):
                url = f"{all_serve.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
                answer = asking.post(url, data="40/conversations,", timeout=20)  # type: ignore[attr-defined]
                assert (answer.status_code, answer.text) == (200, "OK")
            assert kept.get(f"{all_serve.url}/healthz", timeout=20).ok


def open_session(server: Server) -> str:
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    sid: str = requests.get(url, timeout=20).text.partition('"sid":"')[2].partition('"')[0]
    return sid


def test_requests_at_once_are_all_answered(all_serve: Server) -> None:
    sids = [open_session(all_serve) for _ in range(4)]

    def ask(number: int) -> int:
        sid = sids[number % len(sids)]
        url = f"{all_serve.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
        return requests.post(url, data="3", timeout=30).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(160))) == {200}


def test_a_worker_that_dies_is_replaced_by_another_one(
    all_serve: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    readers = [read(cast.max, where) for _ in range(4)]
    reply = readers[0].send(QUESTION)["reply"]
    agreed(readers, reply, database)
    before = workers_of(all_serve)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
        eventually(lambda pid=pid: pid not in workers_of(all_serve))
        eventually(lambda: len(workers_of(all_serve)) == WORKERS, 60.0)
    assert not set(before) & set(workers_of(all_serve))
    again = [read(cast.max, where) for _ in range(4)]
    reply = again[0].send(QUESTION)["reply"]
    assert agreed(again, reply, database).status == "complete"


def test_sigterm_ends_all_workers_and_their_answers(
    start_server: Callable[..., Server],
    settings: dict[str, str],
    database: Database,
    cast: Cast,
    read: Read,
) -> None:
    server = start_server(**settings)
    eventually(lambda: len(workers_of(server)) == WORKERS, 60.0)
    workers = workers_of(server)
    wheres = [database.conversation(cast.olive) for _ in range(4)]
    readers = [read(cast.olive, where, server.url) for where in wheres]
    replies = [reader.send(ENDLESS)["reply"] for reader in readers]
    for reader, reply in zip(readers, replies, strict=True):
        eventually(lambda reader=reader, reply=reply: reader.has_text(reply))
    assert server.stop() == 0
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    for reader, reply in zip(readers, replies, strict=True):
        assert agreed([reader], reply, database).status == "interrupted"


def test_workers_end_with_the_process_that_has_started_them(
    start_server: Callable[..., Server], settings: dict[str, str]
) -> None:
    server = start_server(**settings)
    eventually(lambda: len(workers_of(server)) == WORKERS, 60.0)
    workers = workers_of(server)
    server.kill()
    eventually(lambda: not [pid for pid in workers if is_running(pid)])


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_redis_workers_are_refused_with_a_sentence(database_url: str) -> None:
    ran = run_python("wsgi.py", env=environment(database_url, WORKERS="2"))
    assert ran.returncode == 1
    assert ran.stderr == (
        "midstream: WORKERS above 1 needs REDIS_URL: the workers send each other events through "
        "Redis.\n"
    )
