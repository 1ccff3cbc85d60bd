"""Groups of processes behind nginx and HAProxy, with the files in deploy/: whoever reads a
conversation comes to one of them, as long as it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.reverse_proxies import PROXIES
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.nginx, pytest.mark.haproxy, pytest.mark.redis]
Read = Callable[..., Reader]

QUESTION = "/tokens 40 /rate 80"
CONVERSATIONS = 12  # hardly all of them come to one process


@pytest.fixture(scope="module")
def groups(database_url: str, redis_url: str, folder: Path) -> Iterator[tuple[Server, Server]]:
    settings = {"REDIS_URL": redis_url, "TRUSTED_PROXIES": "1"}
    with (
        Server(database_url, folder / "one.log", **settings) as one,
        Server(database_url, folder / "two.log", **settings) as two,
    ):
        yield one, two


@pytest.fixture(params=PROXIES)
def url(
    request: pytest.FixtureRequest, groups: tuple[Server, Server], tmp_path: Path
) -> Iterator[str]:
    """The address of a proxy; it logs who has served which conversation."""
    urls = [each.url for each in groups]
    with PROXIES[request.param](urls, tmp_path, by_conversation=True) as url:
        yield url


def served(log: Path) -> dict[str, set[str]]:
    """Return the processes that have served each conversation; None is a request of none."""
    found = defaultdict(set)
    for line in log.read_text().splitlines():
        key, _, process = line.partition(" ")
        found[key].add(process)
    return found


def test_who_reads_together_is_in_one_process_and_moves_when_it_ends(
    groups: tuple[Server, Server],
    url: str,
    database: Database,
    cast: Cast,
    read: Read,
    tmp_path: Path,
) -> None:
    log = tmp_path / "served.log"
    browser = BrowserSession(url).sign_in(cast.olive)
    wheres = [database.conversation(cast.olive, cast.max) for _ in range(CONVERSATIONS)]

    def follow(where: str) -> list[Reader]:
        address = f"{url}?conversation={where}"
        return [read(person, where, address) for person in (cast.olive, cast.max)]

    readers = {where: follow(where) for where in wheres}
    replies = {where: each[0].send(QUESTION)["reply"] for where, each in readers.items()}
    for where in wheres:
        assert browser.http.get(f"{url}/conversations/{where}", timeout=30).ok
        assert agreed(readers[where], replies[where], database).status == "complete"
        for reader in readers[where]:
            reader.cut()

    eventually(lambda: len(log.read_text().splitlines()) > 3 * CONVERSATIONS)
    processes = served(log)
    assert {len(processes[where]) for where in wheres} == {1}
    assert len(set().union(*(processes[where] for where in wheres))) == 2

    one = groups[0].url.partition("//")[2]
    where = next(where for where in wheres if processes[where] == {one})
    groups[0].kill()
    again = follow(where)
    reply = again[0].send(QUESTION)["reply"]
    assert agreed(again, reply, database).status == "complete"
    groups[0].start()
